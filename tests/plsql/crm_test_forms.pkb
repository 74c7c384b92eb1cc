create or replace package body crm_test_forms
is
   co_client constant pls_integer := crm_test_fixture.co_client_code;

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   function branch return vw_crm_clients%rowtype
   is
      r_branch vw_crm_clients%rowtype;
   begin
      select v.*
        into r_branch
        from vw_crm_clients v
       where v.client_code = co_client
         and v.branch_code = 1;
      return r_branch;
   end branch;

   function shown_registration(in_text in varchar2) return varchar2
   is
   begin
      update erp.branches b
         set b.tax_registration = in_text
       where b.client_code = co_client;
      return branch().tax_registration;
   end shown_registration;

   function shown_phone(in_text in varchar2) return varchar2
   is
   begin
      update erp.branches b
         set b.phone = in_text
       where b.client_code = co_client;
      return branch().phone;
   end shown_phone;

   function shown_street(in_text in varchar2) return varchar2
   is
   begin
      update erp.branches b
         set b.address_street = in_text
       where b.client_code = co_client;
      return branch().address_street;
   end shown_street;

   procedure tax_registration
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(shown_registration('110.042.490.114')).to_equal('110042490114');
      ut.expect(shown_registration('p-01100424.3/002')).to_equal('P011004243/002');
      ut.expect(shown_registration(' 062.307904-0081 ')).to_equal('0623079040081');
   end tax_registration;

   procedure exempt
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(shown_registration('isento')).to_be_null();
      ut.expect(shown_registration(' Isenta ')).to_be_null();
      ut.expect(shown_registration('99')).to_be_null();
      ut.expect(shown_registration('0')).to_be_null();
      ut.expect(shown_registration('  ')).to_be_null();
      ut.expect(shown_registration(null)).to_be_null();
   end exempt;

   procedure phone
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(shown_phone('(11) 3333-4444')).to_equal('1133334444');
      ut.expect(shown_phone('+55 11 98765-4321')).to_equal('11987654321');
      ut.expect(shown_phone('011 98765-4321')).to_equal('11987654321');
      ut.expect(shown_phone('0800 123 4567')).to_equal('08001234567');
      ut.expect(shown_phone('5533334444')).to_equal('5533334444');
      ut.expect(shown_phone('sem')).to_be_null();
   end phone;

   procedure texts
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      ut.expect(co_key).to_be_not_null();
      ut.expect(shown_street(' Rua A' || chr(10) || 'fundos' || unistr('\00A0'))).to_equal('Rua A fundos');
      ut.expect(shown_street(decompose('Praça São José'))).to_equal('Praça São José');
      ut.expect(shown_street(chr(9) || unistr('\2003'))).to_be_null();
   end texts;

   procedure form_alone_is_quiet
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      update erp.branches b
         set b.phone = '+55 (11) 3333-4444',
             b.tax_registration = '110.042.490.114'
       where b.client_code = co_client;
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'UNCHANGED')).to_equal(1);
   end form_alone_is_quiet;

   procedure form_is_left_alone
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_phone erp.branches.phone%type;
   begin
      update erp.branches b
         set b.phone = '(11) 3333-4444'
       where b.client_code = co_client;
      ut.expect(
         crm_test_fixture.apply(
            in_lead => crm_test_fixture.lead(
               in_record_key => co_key,
               in_field_name => 'sales_rep',
               in_value      => '990002'
            )
         )
      ).to_equal('APPLIED');
      select b.phone
        into l_phone
        from erp.branches b
       where b.client_code = co_client;
      ut.expect(l_phone).to_equal('(11) 3333-4444');
      ut.expect(branch().sales_rep).to_equal(990002);
   end form_is_left_alone;

   procedure json_as_text
   is
      l_object json_object_t := json_object_t.parse('{"s":"São","n":4711,"d":-0.5,"b":true,"e":"","z":null}');
      l_array  json_array_t  := json_array_t.parse('["a",7,null]');
   begin
      ut.expect(crm_fields.text_of(l_object, 's')).to_equal('São');
      ut.expect(crm_fields.text_of(l_object, 'n')).to_equal('4711');
      ut.expect(crm_fields.text_of(l_object, 'd')).to_equal('-0.5');
      ut.expect(crm_fields.text_of(l_object, 'b')).to_equal('true');
      ut.expect(crm_fields.text_of(l_object, 'e')).to_be_null();
      ut.expect(crm_fields.text_of(l_object, 'z')).to_be_null();
      ut.expect(crm_fields.text_of(l_object, 'absent')).to_be_null();
      ut.expect(crm_fields.text_of(l_array, 0)).to_equal('a');
      ut.expect(crm_fields.text_of(l_array, 1)).to_equal('7');
      ut.expect(crm_fields.text_of(l_array, 2)).to_be_null();
      ut.expect(crm_fields.text_of(l_array, 3)).to_be_null();
      ut.expect(crm_fields.text_of(l_array, -1)).to_be_null();
   end json_as_text;

   procedure json_without_text
   is
      l_text crm_types.value_type;
   begin
      l_text := crm_fields.text_of(json_object_t.parse('{"o":{"s":"x"}}'), 'o');
      ut.expect(l_text).to_be_null();
   end json_without_text;
end crm_test_forms;
/
