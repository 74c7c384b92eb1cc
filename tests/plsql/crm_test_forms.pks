create or replace package crm_test_forms
   authid definer
is
   --%suite(forms: the ERP is shown as the CRM holds it)
   --%suitepath(crm)

   --%beforeeach
   procedure quiet;

   --%test(a state registration loses its punctuation)
   procedure tax_registration;

   --%test(every spelling of exempt is null)
   procedure exempt;

   --%test(a phone is its national number)
   procedure phone;

   --%test(texts are composed, trimmed, and without control characters)
   procedure texts;

   --%test(a change of the form alone sends nothing)
   procedure form_alone_is_quiet;

   --%test(what comes in equal but for its form leaves the ERP alone)
   procedure form_is_left_alone;

   --%test(a member of a JSON object or array is read as text, whatever its type)
   procedure json_as_text;

   --%test(an object or an array has no text)
   --%throws(crm_err.e_invalid_json)
   procedure json_without_text;
end crm_test_forms;
/
