create or replace package crm_test_conflict
   authid definer
is
   --%suite(conflicts: a person decides)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(both sides changed a field under MANUAL: a conflict is open and neither side is changed)
   procedure conflict_opens;

   --%test(while it is open the field is not sent, and other fields are)
   procedure field_rests_outbound;

   --%test(while it is open the field does not come in, and its newest values are kept)
   procedure field_rests_inbound;

   --%test(a delivery leaves the agreed value of the resting field alone)
   procedure base_is_kept;

   --%test(resolved for the ERP: its value is sent)
   procedure resolved_for_erp;

   --%test(resolved for the CRM: its value comes into the ERP and nothing is sent)
   procedure resolved_for_crm;

   --%test(resolved with a third value: both sides get it)
   procedure resolved_with_value;

   --%test(sides that become equal end the conflict)
   procedure ends_by_itself;

   --%test(every value that gave way is in the audit, and in the history of the record)
   procedure audited;

   --%test(the later change wins under LATEST, by the times of both sides)
   procedure latest_by_time;

   --%test(a conflict is resolved once)
   --%throws(-20400)
   procedure resolved_once;

   --%test(a choice that does not exist is refused)
   --%throws(-20401)
   procedure unknown_choice;

   --%test(a conflict of a record that is being worked on waits)
   --%throws(-20402)
   procedure leased_record;
end crm_test_conflict;
/
