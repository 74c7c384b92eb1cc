create or replace package body crm_test_err
is
   procedure every_number_has_a_sentence
   is
      t_numbers crm_ids_ct := crm_ids_ct(
         crm_err.co_lead_not_taken, crm_err.co_invalid_argument, crm_err.co_invalid_outcome, crm_err.co_stale_claim,
         crm_err.co_unknown_event, crm_err.co_not_parked, crm_err.co_crm_id_taken, crm_err.co_invalid_record_key,
         crm_err.co_invalid_json, crm_err.co_invalid_setting, crm_err.co_invalid_run
      );
   begin
      <<numbers>>
      for i in 1 .. t_numbers.count loop
         ut.expect(crm_err.sentence(in_number => t_numbers(i)), to_char(t_numbers(i))).to_be_not_null();
      end loop numbers;
   end every_number_has_a_sentence;

   procedure number_and_sentence
   is
   begin
      crm_err.raise_error(
         in_number => crm_err.co_invalid_run,
         in_detail => 'run 7'
      );
      ut.fail('nothing was raised');
   exception
      -- plsqlcheck: allow when-others because the test looks at the number and the text of what was raised
      when others then
         ut.expect(sqlcode).to_equal(-20140);
         ut.expect(sqlerrm).to_be_like('%no such run%(run 7)%');
   end number_and_sentence;

   procedure named_exception
   is
   begin
      crm_err.raise_error(in_number => crm_err.co_stale_claim);
      ut.fail('nothing was raised');
   exception
      when crm_err.e_stale_claim then
         ut.expect(sqlcode).to_equal(crm_err.co_stale_claim);
   end named_exception;

   procedure setting_is_a_number
   is
   begin
      ut.expect(crm_config.number_value(in_name => crm_config.co_max_failures)).to_be_greater_than(0);
   end setting_is_a_number;

   procedure unknown_setting
   is
   begin
      ut.expect(crm_config.number_value(in_name => 'no_such_setting')).to_be_null();
   end unknown_setting;

   procedure context_is_json
   is
      co_value   constant varchar2(20 char) := 'a"b\c';
      co_context constant varchar2(100 char) := '{' || crm_log.pair(in_name => 'x', in_value => co_value) || '}';
   begin
      ut.expect(crm_fields.text_of(json_object_t.parse(co_context), 'x')).to_equal(co_value);
   end context_is_json;
end crm_test_err;
/
