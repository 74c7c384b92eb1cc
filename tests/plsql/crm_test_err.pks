create or replace package crm_test_err
   authid definer
is
   --%suite(errors and settings)
   --%suitepath(crm)

   --%test(every number of the catalogue has a sentence)
   procedure every_number_has_a_sentence;

   --%test(an error carries its number, sentence and detail)
   procedure number_and_sentence;

   --%test(a named exception catches its number)
   procedure named_exception;

   --%test(a setting is a number)
   procedure setting_is_a_number;

   --%test(an unknown setting is refused)
   --%throws(-20130)
   procedure unknown_setting;

   --%test(a context is JSON, whatever the value)
   procedure context_is_json;
end crm_test_err;
/
