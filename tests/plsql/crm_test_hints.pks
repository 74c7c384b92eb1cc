create or replace package crm_test_hints
   authid definer
is
   --%suite(hints: what a webhook spares us to read)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(custom fields that a webhook shows as agreed come with the claim)
   procedure agreed_values;

   --%test(another value of any custom field makes them be read)
   procedure other_value;

   --%test(a null where a value is agreed makes them be read)
   procedure null_and_value;

   --%test(a custom field that is not shown makes them be read)
   procedure unseen_value;

   --%test(a webhook that shows no fields makes them be read)
   procedure no_fields;

   --%test(an edit whose webhook was overtaken by an older one makes them be read)
   procedure overtaken;

   --%test(a second attempt reads them)
   procedure second_attempt;

   --%test(they are read while another webhook of the lead is parked)
   procedure parked_one;

   --%test(they are read while the record is in doubt)
   procedure in_doubt;

   --%test(a webhook that has waited for long makes them be read)
   procedure old_webhook;

   --%test(a webhook of a person makes them be read)
   procedure of_a_person;

   --%test(a lead without a record is read wholly)
   procedure unknown_lead;
end crm_test_hints;
/
