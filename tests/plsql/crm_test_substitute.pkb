create or replace package body crm_test_substitute
is
   co_client   constant pls_integer := crm_test_fixture.co_client_code;
   co_rep      constant varchar2(10 char) := '990001';
   co_sent     constant varchar2(10 char) := '99';
   co_lead     constant varchar2(100 char) := '[{"step":"lead","done":true,"sent":{"sales_rep":"' || co_sent || '"}}]';

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   procedure settle(
      in_event   in crm_outbox_events%rowtype,
      in_steps   in varchar2,
      in_outcome in varchar2 default 'DELIVERED'
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      crm_outbox.settle(
         in_event_id      => in_event.event_id,
         in_fence_token   => in_event.fence_token,
         in_outcome       => in_outcome,
         in_crm_id        => crm_test_fixture.co_crm_id,
         in_calls         => 1,
         in_http_status   => null,
         in_reason_class  => null,
         in_detail        => null,
         in_retry_seconds => 0,
         out_record_key   => l_record_key,
         in_steps         => in_steps
      );
   end settle;

   -- A branch whose rep the CRM does not know.
   function replaced_rep return varchar2
   is
      co_key      constant crm_records.record_key%type := crm_test_fixture.new_branch;
      t_event_ids crm_ids_ct;
      t_versions  crm_ids_ct;
   begin
      crm_outbox.append(
         in_record_keys => crm_record_keys_ct(co_key),
         in_origin      => 'INITIAL',
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      settle(
         in_event => crm_test_fixture.claim_one,
         in_steps => co_lead
      );
      return co_key;
   end replaced_rep;

   function agreed(in_record_key in varchar2) return varchar2
   is
   begin
      return crm_fields.text_of(
         json_object_t.parse(crm_test_fixture.record_of(in_record_key).agreed_image), 'sales_rep'
      );
   end agreed;

   function substitutes(in_record_key in varchar2) return varchar2
   is
   begin
      return crm_test_fixture.record_of(in_record_key).substitutes;
   end substitutes;

   function rep return number
   is
      l_rep erp.branches.sales_rep%type;
   begin
      select b.sales_rep
        into l_rep
        from erp.branches b
       where b.client_code = co_client
         and b.code = 1;
      return l_rep;
   end rep;

   function ready_count(in_record_key in varchar2) return pls_integer
   is
   begin
      return crm_test_fixture.event_count(in_record_key => in_record_key, in_status => 'READY');
   end ready_count;

   function read_back(
      in_record_key in varchar2,
      in_rep        in varchar2 default co_sent
   ) return varchar2
   is
   begin
      return crm_test_fixture.apply(crm_test_fixture.lead(in_record_key, 'sales_rep', in_rep));
   end read_back;

   procedure sent_is_agreed
   is
      co_key constant crm_records.record_key%type := replaced_rep;
   begin
      ut.expect(agreed(co_key)).to_equal(co_sent);
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_not_null();
      ut.expect(substitutes(co_key)).to_be_like('%"value":"' || co_rep || '"%');
      update erp.branches b
         set b.updated_on = sysdate
       where b.client_code = co_client;
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
   end sent_is_agreed;

   procedure later_change
   is
      co_key  constant crm_records.record_key%type := replaced_rep;
      r_event crm_outbox_events%rowtype;
   begin
      update erp.branches b
         set b.phone = '1155556666'
       where b.client_code = co_client;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.changed_fields).to_be_like('%"phone"%');
      ut.expect(r_event.changed_fields).to_be_like('%"sales_rep"%');
      settle(
         in_event => r_event,
         in_steps => co_lead
      );
      ut.expect(agreed(co_key)).to_equal(co_sent);
   end later_change;

   procedure reading_is_quiet
   is
      co_key constant crm_records.record_key%type := replaced_rep;
   begin
      ut.expect(read_back(co_key)).to_be_not_null();
      ut.expect(read_back(co_key)).to_equal('UNCHANGED');
      ut.expect(ready_count(co_key)).to_equal(0);
      ut.expect(agreed(co_key)).to_equal(co_sent);
      ut.expect(substitutes(co_key)).to_be_not_null();
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_not_null();
      ut.expect(rep).to_equal(990001);
   end reading_is_quiet;

   procedure echo_is_known
   is
      co_key      constant crm_records.record_key%type := replaced_rep;
      l_inbox_id  crm_inbox_events.inbox_id%type;
      l_duplicate varchar2(1 char);
      l_settled   pls_integer;
   begin
      crm_inbox.store(
         in_source        => 'utplsql',
         in_event_type    => 'LEAD_UPDATED',
         in_dedupe_key    => rawtohex(sys_guid()) || rawtohex(sys_guid()),
         in_crm_id        => crm_test_fixture.co_crm_id,
         in_body          => null,
         in_fields        => crm_test_fixture.lead(co_key, 'sales_rep', co_sent, 'Novos leads'),
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_duplicate
      );
      crm_echo.settle_echoes(
         in_limit    => 10,
         out_settled => l_settled
      );
      ut.expect(l_settled).to_equal(1);
   end echo_is_known;

   procedure chosen_in_the_crm
   is
      co_key      constant crm_records.record_key%type := replaced_rep;
      l_decisions pls_integer;
   begin
      ut.expect(read_back(co_key, '990002')).to_equal('APPLIED');
      ut.expect(rep).to_equal(990002);
      ut.expect(substitutes(co_key)).to_be_null();
      ut.expect(ready_count(co_key)).to_equal(0);
      select count(*)
        into l_decisions
        from crm_merge_audit a
       where a.record_key = co_key
         and a.field_name = 'sales_rep';
      ut.expect(l_decisions).to_equal(0);
   end chosen_in_the_crm;

   procedure no_false_conflict
   is
      co_key      constant crm_records.record_key%type := replaced_rep;
      l_conflicts pls_integer;
   begin
      update crm_field_policies p
         set p.policy = 'MANUAL'
       where p.field_name = 'sales_rep';
      ut.expect(read_back(co_key, '990002')).to_equal('APPLIED');
      ut.expect(rep).to_equal(990002);
      select count(*)
        into l_conflicts
        from crm_conflicts c
       where c.record_key = co_key;
      ut.expect(l_conflicts).to_equal(0);
   end no_false_conflict;

   procedure erp_owned
   is
      co_key constant crm_records.record_key%type := replaced_rep;
   begin
      update crm_field_policies p
         set p.policy = 'ERP'
       where p.field_name = 'sales_rep';
      ut.expect(read_back(co_key, '990002')).to_be_not_null();
      ut.expect(rep).to_equal(990001);
      ut.expect(ready_count(co_key)).to_equal(1);
   end erp_owned;

   procedure released
   is
      co_key constant crm_records.record_key%type := replaced_rep;
      t_keys crm_record_keys_ct;
   begin
      crm_substitute.release(
         in_field_name   => 'sales_rep',
         in_known        => '["99","990002"]',
         out_record_keys => t_keys
      );
      ut.expect(t_keys.count).to_equal(0);
      crm_substitute.release(
         in_field_name   => 'sales_rep',
         in_known        => '["99","990001"]',
         out_record_keys => t_keys
      );
      ut.expect(t_keys.count).to_equal(1);
      ut.expect(t_keys(1)).to_equal(co_key);
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_null();
      -- once is enough
      crm_substitute.release(
         in_field_name   => 'sales_rep',
         in_known        => '["99","990001"]',
         out_record_keys => t_keys
      );
      ut.expect(t_keys.count).to_equal(0);
   end released;

   procedure ends_by_delivery
   is
      co_key      constant crm_records.record_key%type := replaced_rep;
      t_keys      crm_record_keys_ct;
      t_event_ids crm_ids_ct;
      t_versions  crm_ids_ct;
      r_event     crm_outbox_events%rowtype;
   begin
      crm_substitute.release(
         in_field_name   => 'sales_rep',
         in_known        => '["990001"]',
         out_record_keys => t_keys
      );
      crm_outbox.append(
         in_record_keys => t_keys,
         in_origin      => 'APPLY',
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.changed_fields).to_equal('["sales_rep"]');
      settle(
         in_event => r_event,
         in_steps => null
      );
      ut.expect(agreed(co_key)).to_equal(co_rep);
      ut.expect(substitutes(co_key)).to_be_null();
   end ends_by_delivery;

   procedure sent_beside_a_failure
   is
      co_key  constant crm_records.record_key%type := replaced_rep;
      r_event crm_outbox_events%rowtype;
   begin
      update erp.branches b
         set b.phone = '1155556666'
       where b.client_code = co_client;
      r_event := crm_test_fixture.claim_one;
      settle(
         in_event   => r_event,
         in_steps   => co_lead,
         in_outcome => 'RETRY'
      );
      ut.expect(agreed(co_key)).to_equal(co_sent);
      ut.expect(substitutes(co_key)).to_be_not_null();
   end sent_beside_a_failure;

   procedure other_field
   is
      t_keys crm_record_keys_ct;
   begin
      crm_substitute.release(
         in_field_name   => 'phone',
         in_known        => '[]',
         out_record_keys => t_keys
      );
   end other_field;
end crm_test_substitute;
/
