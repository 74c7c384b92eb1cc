create or replace package crm_test_rules
   authid definer
is
   --%suite(rules: comparing and merging)
   --%suitepath(crm)

   --%test(composed and decomposed accents are equal)
   procedure unicode_forms;

   --%test(no-break spaces and blanks around do not count)
   procedure blanks;

   --%test(null and blank are equal)
   procedure null_and_blank;

   --%test(null and a value differ, in both directions)
   procedure null_and_value;

   --%test(accents and case count in text but not in folded text)
   procedure folded_text;

   --%test(changed in the CRM only: a field of the CRM comes in)
   procedure crm_change_of_crm_field;

   --%test(changed in the CRM only: a field of the ERP stays)
   procedure crm_change_of_erp_field;

   --%test(changed in the ERP only: the ERP counts, whoever owns the field)
   procedure erp_change_of_crm_field;

   --%test(changed on both sides: the owner wins)
   procedure both_changed;

   --%test(a field that was not read counts as unchanged)
   procedure absent_field;

   --%test(nothing agreed yet: the owner wins wherever the sides differ)
   procedure no_base;

   --%test(the late stages are mirrored, early and unknown ones are not)
   procedure mirrored_stages;

   --%test(every shared field of the view has a policy)
   procedure policies_are_complete;
end crm_test_rules;
/
