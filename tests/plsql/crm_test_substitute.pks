create or replace package crm_test_substitute
   authid definer
is
   --%suite(substitutes: a value that the CRM does not know)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(what was sent instead is agreed, and the record is quiet)
   procedure sent_is_agreed;

   --%test(a later change of another field is sent, and the field goes with it to be looked at again)
   procedure later_change;

   --%test(reading the lead finds the substitute and sends nothing)
   procedure reading_is_quiet;

   --%test(the webhook that shows the substitute is an echo)
   procedure echo_is_known;

   --%test(a rep that the CRM chooses instead comes in, as a change of the CRM alone)
   procedure chosen_in_the_crm;

   --%test(under the policy MANUAL such a choice is no conflict)
   procedure no_false_conflict;

   --%test(under the policy ERP the substitute does not come into the ERP)
   procedure erp_owned;

   --%test(a value that the CRM knows by now is sent, and others rest)
   procedure released;

   --%test(a delivery of the value itself ends the substitute)
   procedure ends_by_delivery;

   --%test(a lead that is done although the attempt failed keeps what was sent)
   procedure sent_beside_a_failure;

   --%test(only fields with substitutes can be released)
   --%throws(-20100)
   procedure other_field;
end crm_test_substitute;
/
