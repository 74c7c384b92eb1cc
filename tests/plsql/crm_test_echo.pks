create or replace package crm_test_echo
   authid definer
is
   --%suite(echo: what our own deliveries bring back)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(a webhook that shows what is agreed is settled without being read)
   procedure echo_is_settled;

   --%test(a webhook that shows another value is read)
   procedure other_value_is_read;

   --%test(a webhook that shows another stage is read)
   procedure other_stage_is_read;

   --%test(a webhook that does not show a field of the CRM is read)
   procedure unseen_field_is_read;

   --%test(a field of the ERP that no webhook shows is no reason to read)
   procedure unseen_erp_field;

   --%test(a webhook without fields is read)
   procedure no_fields_is_read;

   --%test(a webhook that comes long after the agreement is read)
   procedure late_is_read;

   --%test(a webhook of a record in doubt, or with a known difference, is read)
   procedure unsure_is_read;

   --%test(an edit told before the echo of an older state is still read)
   procedure edit_under_an_echo;

   --%test(an echo whose delivery was settled between the search and the claim is settled in the claim)
   procedure echo_in_the_claim;

   --%test(an echo that stands for the webhook of an edit is read)
   procedure echo_over_an_edit;

   --%test(an echo that stands for the webhook of an edit is read however often it is tried)
   procedure echo_over_an_edit_again;

   --%test(an echo that stands for other echoes is settled with them)
   procedure echo_over_echoes;

   --%test(a webhook of a person that does not show the persons is read)
   procedure person_is_read;

   --%test(before a stage is agreed, an early stage is an echo and a mirrored one is read)
   procedure first_stage;

   --%test(one field of our own write that is agreed is settled without being read)
   procedure own_field_is_settled;

   --%test(one field of our own write that is not agreed is read)
   procedure own_other_value_is_read;

   --%test(a stage of our own write that is not agreed is read)
   procedure own_other_stage_is_read;

   --%test(one field that somebody else wrote is read although it is agreed)
   procedure others_field_is_read;
end crm_test_echo;
/
