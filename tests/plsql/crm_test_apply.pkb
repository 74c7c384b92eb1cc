create or replace package body crm_test_apply
is
   co_client constant pls_integer := crm_test_fixture.co_client_code;
   co_crm_id constant pls_integer := crm_test_fixture.co_crm_id;

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

   function ready_count(in_record_key in varchar2) return pls_integer
   is
   begin
      return crm_test_fixture.event_count(in_record_key => in_record_key, in_status => 'READY');
   end ready_count;

   function applied(
      in_record_key in varchar2,
      in_field_name in varchar2 default null,
      in_value      in varchar2 default null,
      in_stage      in varchar2 default crm_test_fixture.co_mirrored
   ) return varchar2
   is
   begin
      return crm_test_fixture.apply(
         in_lead => crm_test_fixture.lead(
            in_record_key => in_record_key,
            in_field_name => in_field_name,
            in_value      => in_value,
            in_stage      => in_stage
         )
      );
   end applied;

   function decisions return pls_integer
   is
      l_decisions pls_integer;
   begin
      select count(*)
        into l_decisions
        from erp.credit_limit_history h
       where h.client_code = co_client
         and h.branch_code = 1;
      return l_decisions;
   end decisions;

   function mirrored return pls_integer
   is
      l_leads pls_integer;
   begin
      select count(*)
        into l_leads
        from leads l
       where l.id = co_crm_id
         and l.ended_on is null;
      return l_leads;
   end mirrored;

   function agreed(
      in_record_key in varchar2,
      in_field_name in varchar2
   ) return varchar2
   is
   begin
      return crm_fields.text_of(
         json_object_t.parse(crm_test_fixture.record_of(in_record_key).agreed_image), in_field_name
      );
   end agreed;

   procedure crm_field_comes_in
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('APPLIED');
      ut.expect(branch().phone).to_equal('11988887777');
      ut.expect(agreed(co_key, 'phone')).to_equal('11988887777');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_not_null();
      ut.expect(ready_count(co_key)).to_equal(0);
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
   end crm_field_comes_in;

   procedure other_crm_fields_come_in
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'sales_rep', '990002')).to_equal('APPLIED');
      ut.expect(applied(co_key, 'industry', 'Têxtil de Teste')).to_equal('APPLIED');
      ut.expect(applied(co_key, 'financial_analysis', 'Reprovado')).to_equal('APPLIED');
      ut.expect(branch().sales_rep).to_equal(990002);
      ut.expect(branch().industry).to_equal('Têxtil de Teste');
      ut.expect(branch().financial_analysis).to_equal('Reprovado');
      ut.expect(ready_count(co_key)).to_equal(0);
   end other_crm_fields_come_in;

   procedure empty_field_comes_in
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'phone', null)).to_equal('APPLIED');
      ut.expect(branch().phone).to_be_null();
      ut.expect(ready_count(co_key)).to_equal(0);
   end empty_field_comes_in;

   procedure industry_is_matched
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'industry', 'TEXTIL DE TESTE')).to_equal('APPLIED');
      ut.expect(branch().industry).to_equal('Têxtil de Teste');
      ut.expect(ready_count(co_key)).to_equal(0);
   end industry_is_matched;

   procedure erp_field_is_sent_again
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
   begin
      ut.expect(applied(co_key, 'address_street', 'Rua Errada')).to_equal('APPLIED');
      ut.expect(branch().address_street).to_equal('Rua A');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_null();
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.origin).to_equal('APPLY');
      ut.expect(r_event.changed_fields).to_equal('["address_street"]');
      ut.expect(crm_fields.text_of(json_object_t.parse(r_event.document), 'address_street')).to_equal('Rua A');
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'DELIVERED');
      ut.expect(agreed(co_key, 'address_street')).to_equal('Rua A');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_not_null();
   end erp_field_is_sent_again;

   procedure city_spelling
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'city', 'SAO TOME')).to_equal('UNCHANGED');
      ut.expect(ready_count(co_key)).to_equal(0);
      ut.expect(agreed(co_key, 'city')).to_equal('São Tomé');
   end city_spelling;

   procedure echo_is_quiet
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = co_client;
      crm_test_fixture.settle(in_event => crm_test_fixture.claim_one, in_outcome => 'DELIVERED');
      ut.expect(applied(co_key)).to_equal('UNCHANGED');
      ut.expect(ready_count(co_key)).to_equal(0);
      ut.expect(branch().phone).to_equal('11900000001');
   end echo_is_quiet;

   procedure twice_is_once
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('APPLIED');
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('UNCHANGED');
      ut.expect(ready_count(co_key)).to_equal(0);
   end twice_is_once;

   procedure credit_history_once
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_before constant pls_integer := decisions;
   begin
      ut.expect(applied(co_key, 'financial_analysis', 'Reprovado')).to_equal('APPLIED');
      ut.expect(applied(co_key, 'financial_analysis', 'Reprovado')).to_equal('UNCHANGED');
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('APPLIED');
      ut.expect(decisions).to_equal(co_before + 1);
   end credit_history_once;

   procedure credit_limit_is_kept
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_limit erp.credit_limit_history.credit_limit%type;
   begin
      ut.expect(applied(co_key, 'financial_analysis', 'Reprovado')).to_equal('APPLIED');
      select h.credit_limit
        into l_limit
        from erp.credit_limit_history h
       where h.client_code = co_client
         and h.financial_analysis = 'Reprovado';
      ut.expect(l_limit).to_equal(5000);
   end credit_limit_is_kept;

   procedure early_stage_is_ignored
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'phone', '11988887777', 'Novos leads')).to_equal('IGNORED');
      ut.expect(branch().phone).to_equal('1133334444');
      ut.expect(mirrored).to_equal(0);
   end early_stage_is_ignored;

   procedure stage_went_back
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('APPLIED');
      ut.expect(mirrored).to_equal(1);
      ut.expect(applied(co_key, null, null, 'Novos leads')).to_equal('IGNORED');
      ut.expect(mirrored).to_equal(0);
      ut.expect(branch().phone).to_equal('11988887777');
   end stage_went_back;

   function ending return leads%rowtype
   is
      r_lead leads%rowtype;
   begin
      select l.*
        into r_lead
        from leads l
       where l.id = co_crm_id;
      return r_lead;
   end ending;

   procedure ends_with_a_reason
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('APPLIED');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_stage).to_equal(crm_test_fixture.co_mirrored);
      ut.expect(applied(co_key, null, null, 'Novos leads')).to_equal('IGNORED');
      ut.expect(ending().end_reason).to_equal('restart of the cycle');
      ut.expect(ending().ended_on).to_be_not_null();
      ut.expect(ending().phone).to_equal('11988887777');
      ut.expect(ending().stage).to_equal('Novos leads');
      ut.expect(applied(co_key, null, null, 'Descartado')).to_equal('IGNORED');
      ut.expect(crm_test_fixture.record_of(co_key).end_reason).to_equal('discarded in the CRM');
      ut.expect(crm_test_fixture.record_of(co_key).ended_on).to_be_not_null();
   end ends_with_a_reason;

   procedure comes_back
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key)).to_be_not_null();
      ut.expect(applied(co_key, null, null, 'Descartado')).to_equal('IGNORED');
      ut.expect(mirrored).to_equal(0);
      ut.expect(applied(co_key)).to_be_not_null();
      ut.expect(mirrored).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_key).ended_on).to_be_null();
   end comes_back;

   function missing(in_webhook in crm_inbox_events%rowtype) return varchar2
   is
      l_record_key crm_records.record_key%type;
      l_result     crm_types.status_type;
   begin
      crm_apply.apply_missing(
         in_inbox_id    => in_webhook.inbox_id,
         in_fence_token => in_webhook.fence_token,
         out_record_key => l_record_key,
         out_result     => l_result
      );
      return l_result;
   end missing;

   procedure missing_needs_a_second_look
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_webhook crm_inbox_events%rowtype;
   begin
      ut.expect(applied(co_key)).to_be_not_null();
      r_webhook := crm_test_fixture.new_webhook;
      ut.expect(missing(r_webhook)).to_equal('DEFERRED');
      ut.expect(mirrored).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
      update crm_inbox_events i
         set i.next_attempt_at = null,
             i.missing_on      = systimestamp - interval '1' hour
       where i.inbox_id = r_webhook.inbox_id;
      r_webhook := crm_test_fixture.claim_webhook;
      ut.expect(missing(r_webhook)).to_equal('IGNORED');
      ut.expect(mirrored).to_equal(0);
      ut.expect(ending().end_reason).to_equal('the CRM does not have the lead');
      ut.expect(branch().phone).to_equal('1133334444');
   end missing_needs_a_second_look;

   procedure missing_twice_too_soon
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_webhook crm_inbox_events%rowtype;
   begin
      ut.expect(applied(co_key)).to_be_not_null();
      r_webhook := crm_test_fixture.new_webhook;
      ut.expect(missing(r_webhook)).to_equal('DEFERRED');
      update crm_inbox_events i
         set i.next_attempt_at = null
       where i.inbox_id = r_webhook.inbox_id;
      r_webhook := crm_test_fixture.claim_webhook;
      ut.expect(missing(r_webhook)).to_equal('DEFERRED');
      ut.expect(mirrored).to_equal(1);
   end missing_twice_too_soon;

   procedure stage_spelling
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(
         applied(co_key, 'phone', '11988887777', ' ' || decompose('Ativação') || unistr('\00A0'))
      ).to_equal('APPLIED');
      ut.expect(branch().phone).to_equal('11988887777');
   end stage_spelling;

   procedure new_stage_is_mirrored
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_stage leads.stage%type;
   begin
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('APPLIED');
      ut.expect(applied(co_key, null, null, 'Retenção/Expansão')).to_equal('APPLIED');
      select l.stage
        into l_stage
        from leads l
       where l.id = co_crm_id;
      ut.expect(l_stage).to_equal('Retenção/Expansão');
   end new_stage_is_mirrored;

   procedure unknown_lead_is_ignored
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_lead json_object_t := json_object_t.parse(crm_test_fixture.lead(in_record_key => co_key));
   begin
      l_lead.put('crm_id', 990000555);
      l_lead.put('taxid', '99999999999999');
      ut.expect(
         crm_test_fixture.apply(in_lead => l_lead.to_clob, in_crm_id => 990000555)
      ).to_equal('IGNORED');
   end unknown_lead_is_ignored;

   procedure being_created_is_deferred
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = co_client;
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(co_key);
      ut.expect(applied(co_key)).to_equal('DEFERRED');
   end being_created_is_deferred;

   procedure different_fields_merge
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_lead constant clob := crm_test_fixture.lead(
         in_record_key => co_key,
         in_field_name => 'phone',
         in_value      => '11988887777'
      );
      r_event crm_outbox_events%rowtype;
   begin
      update erp.branches b
         set b.address_number = '99'
       where b.client_code = co_client;
      ut.expect(crm_test_fixture.apply(in_lead => co_lead)).to_equal('APPLIED');
      ut.expect(branch().phone).to_equal('11988887777');
      ut.expect(branch().address_number).to_equal('99');
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.changed_fields).to_equal('["address_number"]');
   end different_fields_merge;

   procedure crm_wins_its_field
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_lead constant clob := crm_test_fixture.lead(
         in_record_key => co_key,
         in_field_name => 'phone',
         in_value      => '11988887777'
      );
   begin
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = co_client;
      ut.expect(crm_test_fixture.apply(in_lead => co_lead)).to_equal('APPLIED');
      ut.expect(branch().phone).to_equal('11988887777');
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'UNCHANGED')).to_equal(1);
   end crm_wins_its_field;

   procedure unknown_rep_stays_out
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
   begin
      ut.expect(applied(co_key, 'sales_rep', '999999')).to_be_not_null();
      ut.expect(branch().sales_rep).to_equal(990001);
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.changed_fields).to_equal('["sales_rep"]');
   end unknown_rep_stays_out;

   procedure all_equal_in_the_end
   is
      co_key    constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_pending pls_integer;
      l_apart   pls_integer;
   begin
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('APPLIED');
      update erp.branches b
         set b.address_number = '99'
       where b.client_code = co_client;
      crm_test_fixture.settle(in_event => crm_test_fixture.claim_one, in_outcome => 'DELIVERED');
      ut.expect(applied(co_key)).to_equal('UNCHANGED');
      select count(*)
        into l_pending
        from crm_record_changes_v c
       where c.record_key = co_key
         and c.changed_fields <> '[]';
      select count(*)
        into l_apart
        from view_update_lead_in_crm v
       where v.crm_id = co_crm_id;
      ut.expect(l_pending).to_equal(0);
      ut.expect(l_apart).to_equal(0);
   end all_equal_in_the_end;

   procedure lead_without_id
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_result varchar2(20 char);
   begin
      l_result := crm_test_fixture.apply(in_lead => '{"stage":"Ativação"}');
      ut.fail(co_key || ': ' || l_result);
   end lead_without_id;

   procedure not_json
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_result varchar2(20 char);
   begin
      l_result := crm_test_fixture.apply(in_lead => '{"stage"');
      ut.fail(co_key || ': ' || l_result);
   end not_json;

   procedure back_to_the_mirrored_value
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('APPLIED');
      update erp.branches b
         set b.phone = '1155556666'
       where b.client_code = co_client
         and b.code = 1;
      crm_test_fixture.settle(
         in_event   => crm_test_fixture.claim_one,
         in_outcome => 'DELIVERED'
      );
      ut.expect(applied(co_key, 'phone', '11988887777')).to_equal('APPLIED');
      ut.expect(branch().phone).to_equal('11988887777');
      ut.expect(ready_count(co_key)).to_equal(0);
   end back_to_the_mirrored_value;
end crm_test_apply;
/
