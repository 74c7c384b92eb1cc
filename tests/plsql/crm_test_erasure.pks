create or replace package crm_test_erasure
   authid definer
is
   --%suite(erasure: forgetting a record)
   --%suitepath(crm)

   --%test(a dry run says what there is and changes nothing)
   procedure dry_run;

   --%test(afterwards no table of ours holds a value of the record)
   procedure nothing_left;

   --%test(a second look finds nothing more)
   procedure second_look;

   --%test(who had it done, when and why is kept, without the data)
   procedure audit_row;

   --%test(a record that is being worked on is refused)
   --%throws(-20402)
   procedure leased_record;

   --%test(a webhook of the lead in flight is refused)
   --%throws(-20402)
   procedure webhook_in_flight;

   --%test(a branch that takes part in the ERP is refused unless told)
   --%throws(-20501)
   procedure live_branch;

   --%test(a record that nobody knows is refused)
   --%throws(-20300)
   procedure unknown_record;

   --%test(without a name it is refused)
   --%throws(-20500)
   procedure nobody;

   --%test(without a reason it is refused)
   --%throws(-20500)
   procedure no_reason;

   --%test(what waits or is parked is given up)
   procedure waiting_is_given_up;

   --%test(a change in the ERP does not bring the data back)
   procedure erp_change;

   --%test(a webhook of the lead is noted, but not what it said)
   procedure webhook_body;

   --%test(a lead that was read is not taken in)
   procedure lead_is_not_taken;

   --%test(a webhook that came in between is emptied by the retention)
   procedure late_webhook;

   --%test(a lead of another record with the same tax id is not meant)
   procedure shared_taxid;

   --%test(a record can be let in again)
   procedure lifted;
end crm_test_erasure;
/
