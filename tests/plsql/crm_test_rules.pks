create or replace package crm_test_rules
   authid definer
is
   --%suite(rules: comparing)
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

   --%test(the late stages are mirrored, early and unknown ones are not)
   procedure mirrored_stages;

   --%test(every shared field of the view has a policy)
   procedure policies_are_complete;

   --%test(a CNPJ, with letters or without, and a CPF are told by their check digits)
   procedure check_digits;
end crm_test_rules;
/
