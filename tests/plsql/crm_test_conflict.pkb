create or replace package body crm_test_conflict
is
   co_client    constant pls_integer := crm_test_fixture.co_client_code;
   co_old_phone constant varchar2(20 char) := '1133334444';
   co_erp_phone constant varchar2(20 char) := '11900000001';
   co_crm_phone constant varchar2(20 char) := '11988887777';
   co_by        constant varchar2(20 char) := 'operator';

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   function phone return varchar2
   is
      l_phone vw_crm_clients.phone%type;
   begin
      select v.phone
        into l_phone
        from vw_crm_clients v
       where v.client_code = co_client
         and v.branch_code = 1;
      return l_phone;
   end phone;

   procedure change_phone(in_phone in varchar2)
   is
   begin
      update erp.branches b
         set b.phone = in_phone
       where b.client_code = co_client;
   end change_phone;

   procedure change_number(in_number in varchar2)
   is
   begin
      update erp.branches b
         set b.address_number = in_number
       where b.client_code = co_client;
   end change_number;

   procedure set_policy(in_policy in varchar2)
   is
   begin
      update crm_field_policies p
         set p.policy = in_policy
       where p.field_name = 'phone';
   end set_policy;

   function lead_with(
      in_record_key in varchar2,
      in_phone      in varchar2
   ) return clob
   is
   begin
      return crm_test_fixture.lead(
         in_record_key => in_record_key,
         in_field_name => 'phone',
         in_value      => in_phone
      );
   end lead_with;

   function conflict_of(in_record_key in varchar2) return crm_conflicts%rowtype
   is
      r_conflict crm_conflicts%rowtype;
   begin
      select c.*
        into r_conflict
        from crm_conflicts c
       where c.record_key = in_record_key;
      return r_conflict;
   end conflict_of;

   function agreed_phone(in_record_key in varchar2) return varchar2
   is
   begin
      return crm_fields.text_of(json_object_t.parse(crm_test_fixture.record_of(in_record_key).agreed_image), 'phone');
   end agreed_phone;

   -- Both sides changed the phone; the policy is MANUAL.
   function record_in_conflict return varchar2
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_lead constant clob := lead_with(co_key, co_crm_phone);
   begin
      set_policy('MANUAL');
      change_phone(co_erp_phone);
      ut.expect(crm_test_fixture.apply(in_lead => co_lead)).to_equal('APPLIED');
      return co_key;
   end record_in_conflict;

   procedure resolve(
      in_record_key in varchar2,
      in_choice     in varchar2,
      in_value      in varchar2 default null
   )
   is
      l_record_key crm_records.record_key%type;
   begin
      crm_conflict.resolve(
         in_conflict_id => conflict_of(in_record_key).conflict_id,
         in_choice      => in_choice,
         in_value       => in_value,
         in_by          => co_by,
         out_record_key => l_record_key
      );
      ut.expect(l_record_key).to_equal(in_record_key);
   end resolve;

   procedure conflict_opens
   is
      co_key     constant crm_records.record_key%type := record_in_conflict;
      r_conflict constant crm_conflicts%rowtype := conflict_of(co_key);
   begin
      ut.expect(r_conflict.status).to_equal('OPEN');
      ut.expect(r_conflict.field_name).to_equal('phone');
      ut.expect(r_conflict.base_value).to_equal(co_old_phone);
      ut.expect(r_conflict.erp_value).to_equal(co_erp_phone);
      ut.expect(r_conflict.crm_value).to_equal(co_crm_phone);
      ut.expect(phone).to_equal(co_erp_phone);
      ut.expect(agreed_phone(co_key)).to_equal(co_old_phone);
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_null();
   end conflict_opens;

   procedure field_rests_outbound
   is
      co_key  constant crm_records.record_key%type := record_in_conflict;
      r_event crm_outbox_events%rowtype;
   begin
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'UNCHANGED')).to_equal(1);
      change_number('99');
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.changed_fields).to_equal('["address_number"]');
   end field_rests_outbound;

   procedure field_rests_inbound
   is
      co_key constant crm_records.record_key%type := record_in_conflict;
   begin
      ut.expect(crm_test_fixture.apply(in_lead => lead_with(co_key, '11977776666'))).to_be_not_null();
      ut.expect(phone).to_equal(co_erp_phone);
      ut.expect(conflict_of(co_key).crm_value).to_equal('11977776666');
      ut.expect(conflict_of(co_key).base_value).to_equal(co_old_phone);
   end field_rests_inbound;

   procedure base_is_kept
   is
      co_key constant crm_records.record_key%type := record_in_conflict;
   begin
      change_number('99');
      crm_test_fixture.settle(in_event => crm_test_fixture.claim_one, in_outcome => 'DELIVERED');
      ut.expect(agreed_phone(co_key)).to_equal(co_old_phone);
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_null();
   end base_is_kept;

   procedure resolved_for_erp
   is
      co_key  constant crm_records.record_key%type := record_in_conflict;
      r_event crm_outbox_events%rowtype;
   begin
      resolve(co_key, 'ERP');
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.changed_fields).to_equal('["phone"]');
      ut.expect(crm_fields.text_of(json_object_t.parse(r_event.document), 'phone')).to_equal(co_erp_phone);
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'DELIVERED');
      ut.expect(agreed_phone(co_key)).to_equal(co_erp_phone);
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_not_null();
   end resolved_for_erp;

   procedure resolved_for_crm
   is
      co_key  constant crm_records.record_key%type := record_in_conflict;
      r_event crm_outbox_events%rowtype;
   begin
      resolve(co_key, 'CRM');
      ut.expect(phone).to_equal(co_crm_phone);
      ut.expect(agreed_phone(co_key)).to_equal(co_crm_phone);
      r_event := crm_test_fixture.claim_one;
      ut.expect(coalesce(r_event.changed_fields, '[]')).to_equal('[]');
   end resolved_for_crm;

   procedure resolved_with_value
   is
      co_key  constant crm_records.record_key%type := record_in_conflict;
      r_event crm_outbox_events%rowtype;
   begin
      resolve(co_key, 'VALUE', '11955554444');
      ut.expect(phone).to_equal('11955554444');
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.changed_fields).to_equal('["phone"]');
      ut.expect(crm_fields.text_of(json_object_t.parse(r_event.document), 'phone')).to_equal('11955554444');
   end resolved_with_value;

   procedure ends_by_itself
   is
      co_key constant crm_records.record_key%type := record_in_conflict;
   begin
      ut.expect(crm_test_fixture.apply(in_lead => lead_with(co_key, co_erp_phone))).to_be_not_null();
      ut.expect(conflict_of(co_key).status).to_equal('RESOLVED');
      ut.expect(conflict_of(co_key).choice).to_equal('EQUAL');
      ut.expect(agreed_phone(co_key)).to_equal(co_erp_phone);
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_not_null();
   end ends_by_itself;

   procedure audited
   is
      co_key  constant crm_records.record_key%type := record_in_conflict;
      l_rows  pls_integer;
      r_audit crm_merge_audit%rowtype;
   begin
      resolve(co_key, 'CRM');
      select a.*
        into r_audit
        from crm_merge_audit a
       where a.record_key = co_key;
      ut.expect(r_audit.taken).to_equal('CRM');
      ut.expect(r_audit.policy).to_equal('MANUAL');
      ut.expect(r_audit.erp_value).to_equal(co_erp_phone);
      ut.expect(r_audit.decided_by).to_equal(co_by);
      select count(*)
        into l_rows
        from crm_record_history_v h
       where h.record_key = co_key
         and h.happening in ('merge decision', 'conflict opened');
      ut.expect(l_rows).to_equal(2);
   end audited;

   function applied_with_time(
      in_record_key in varchar2,
      in_lead       in clob,
      in_updated_at in varchar2
   ) return varchar2
   is
      l_lead json_object_t := json_object_t.parse(in_lead);
   begin
      l_lead.put('updated_at', in_updated_at);
      ut.expect(in_record_key).to_be_not_null();
      return crm_test_fixture.apply(in_lead => l_lead.to_clob);
   end applied_with_time;

   procedure latest_by_time
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_lead constant clob := lead_with(co_key, co_crm_phone);
   begin
      set_policy('LATEST');
      change_phone(co_erp_phone);
      ut.expect(applied_with_time(co_key, co_lead, '2001-01-01T00:00:00Z')).to_be_not_null();
      ut.expect(phone).to_equal(co_erp_phone);
      crm_test_fixture.settle(in_event => crm_test_fixture.claim_one, in_outcome => 'DELIVERED');
      change_phone('11900000002');
      ut.expect(applied_with_time(co_key, co_lead, '2999-01-01T00:00:00Z')).to_be_not_null();
      ut.expect(phone).to_equal(co_crm_phone);
   end latest_by_time;

   procedure resolved_once
   is
      co_key constant crm_records.record_key%type := record_in_conflict;
   begin
      resolve(co_key, 'ERP');
      resolve(co_key, 'ERP');
   end resolved_once;

   procedure unknown_choice
   is
      co_key constant crm_records.record_key%type := record_in_conflict;
   begin
      resolve(co_key, 'BOTH');
   end unknown_choice;

   procedure leased_record
   is
      co_key constant crm_records.record_key%type := record_in_conflict;
   begin
      change_number('99');
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(co_key);
      resolve(co_key, 'ERP');
   end leased_record;
end crm_test_conflict;
/
