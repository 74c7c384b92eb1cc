create or replace package body crm_test_guard
is
   co_crm_id constant pls_integer := crm_test_fixture.co_crm_id;
   co_edited constant varchar2(20 char) := '11955550001';
   co_agreed constant varchar2(20 char) := '1133334444';
   co_ours   constant varchar2(20 char) := '11944440001';

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   procedure set_policy(
      in_field  in varchar2,
      in_policy in varchar2
   )
   is
   begin
      update crm_field_policies p
         set p.policy = in_policy
       where p.field_name = in_field;
   end set_policy;

   procedure set_phone(in_phone in varchar2)
   is
   begin
      update erp.branches b
         set b.phone = in_phone
       where b.client_code = crm_test_fixture.co_client_code
         and b.code = 1;
   end set_phone;

   -- A branch that the CRM has, whose phone has changed in the ERP; the change is claimed.
   function claimed_edit(in_phone in varchar2 default co_ours) return crm_outbox_events%rowtype
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      ut.expect(co_key).to_be_not_null();
      set_phone(in_phone);
      return crm_test_fixture.claim_one;
   end claimed_edit;

   function seen(
      in_phone    in varchar2,
      in_industry in varchar2 default null
   ) return clob
   is
      l_seen json_object_t := json_object_t();
   begin
      if in_phone is null then
         l_seen.put_null('phone');
      else
         l_seen.put('phone', in_phone);
      end if;
      if in_industry is not null then
         l_seen.put('industry', in_industry);
      end if;
      return l_seen.to_clob;
   end seen;

   function unseen(
      in_event in crm_outbox_events%rowtype,
      in_seen  in clob
   ) return varchar2
   is
      l_unseen   crm_outbox_events.changed_fields%type;
      l_inbox_id crm_inbox_events.inbox_id%type;
   begin
      crm_guard.check_unseen(
         in_event_id    => in_event.event_id,
         in_fence_token => in_event.fence_token,
         in_crm_id      => co_crm_id,
         in_seen        => in_seen,
         out_unseen     => l_unseen,
         out_inbox_id   => l_inbox_id
      );
      ut.expect(case when l_inbox_id is null then '[]' else 'a hint' end).to_equal(
         case when l_unseen = '[]' then '[]' else 'a hint' end
      );
      return l_unseen;
   end unseen;

   function image_value(in_field in varchar2) return varchar2
   is
   begin
      return crm_fields.text_of(json_object_t.parse(
         crm_test_fixture.record_of(crm_test_fixture.co_client_code || '-1').agreed_image
      ), in_field);
   end image_value;

   function erp_phone return varchar2
   is
      l_phone erp.branches.phone%type;
   begin
      select b.phone
        into l_phone
        from erp.branches b
       where b.client_code = crm_test_fixture.co_client_code
         and b.code = 1;
      return l_phone;
   end erp_phone;

   -- Claims the hint, and applies the lead with this phone.
   procedure apply_hint(
      in_phone      in varchar2,
      in_updated_at in varchar2 default null
   )
   is
      r_hint   crm_inbox_events%rowtype := crm_test_fixture.claim_webhook;
      l_lead   json_object_t;
      l_key    crm_records.record_key%type;
      l_result varchar2(10 char);
   begin
      ut.expect(r_hint.source).to_equal(crm_guard.co_source);
      l_lead := json_object_t.parse(
         crm_test_fixture.lead(
            in_record_key => r_hint.record_key,
            in_field_name => 'phone',
            in_value      => in_phone
         )
      );
      if in_updated_at is not null then
         l_lead.put('updated_at', in_updated_at);
      end if;
      crm_apply.apply_lead(
         in_inbox_id    => r_hint.inbox_id,
         in_fence_token => r_hint.fence_token,
         in_lead        => l_lead.to_clob,
         out_record_key => l_key,
         out_result     => l_result
      );
   end apply_hint;

   procedure nothing_unseen
   is
      r_event crm_outbox_events%rowtype := claimed_edit;
   begin
      ut.expect(unseen(r_event, seen(co_agreed))).to_equal('[]');
      ut.expect(crm_test_fixture.event(r_event.event_id).changed_fields).to_equal('["phone"]');
   end nothing_unseen;

   procedure unseen_edit
   is
      r_event crm_outbox_events%rowtype;
   begin
      r_event := claimed_edit;
      crm_test_fixture.settle(r_event, 'RETRY', in_reason_class => 'unavailable', in_retry_seconds => 0);
      update erp.branches b
         set b.address_street = 'Rua B'
       where b.client_code = crm_test_fixture.co_client_code;
      r_event := crm_test_fixture.claim_one;
      ut.expect(unseen(r_event, seen(co_edited))).to_equal('["phone"]');
      ut.expect(crm_test_fixture.event(r_event.event_id).changed_fields).to_equal('["address_street"]');
   end unseen_edit;

   procedure same_on_both_sides
   is
   begin
      ut.expect(unseen(claimed_edit, seen(co_ours))).to_equal('[]');
   end same_on_both_sides;

   procedure emptied
   is
   begin
      ut.expect(unseen(claimed_edit, seen(null))).to_equal('["phone"]');
   end emptied;

   procedure agreed_value_stays
   is
      r_event crm_outbox_events%rowtype := claimed_edit;
   begin
      ut.expect(unseen(r_event, seen(co_edited))).to_equal('["phone"]');
      crm_test_fixture.settle(r_event, 'DELIVERED', in_crm_id => co_crm_id);
      ut.expect(image_value('phone')).to_equal(co_agreed);
      ut.expect(crm_test_fixture.record_of(r_event.record_key).agreed_hash is null).to_be_true();
   end agreed_value_stays;

   procedure hint_is_merged
   is
      r_event crm_outbox_events%rowtype := claimed_edit;
   begin
      ut.expect(unseen(r_event, seen(co_edited))).to_equal('["phone"]');
      crm_test_fixture.settle(r_event, 'DELIVERED', in_crm_id => co_crm_id);
      apply_hint(in_phone => co_edited);
      ut.expect(erp_phone).to_equal(co_edited);
      ut.expect(image_value('phone')).to_equal(co_edited);
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
   end hint_is_merged;

   procedure latest_keeps_its_time
   is
      r_event crm_outbox_events%rowtype;
   begin
      set_policy('phone', 'LATEST');
      r_event := claimed_edit;
      ut.expect(unseen(r_event, seen(co_edited))).to_equal('["phone"]');
      crm_test_fixture.settle(r_event, 'DELIVERED', in_crm_id => co_crm_id);
      apply_hint(in_phone => co_edited, in_updated_at => '2999-01-01T00:00:00');
      ut.expect(erp_phone).to_equal(co_edited);
   end latest_keeps_its_time;

   procedure field_of_the_erp
   is
   begin
      set_policy('phone', 'ERP');
      ut.expect(unseen(claimed_edit, seen(co_edited))).to_equal('[]');
   end field_of_the_erp;

   procedure folded_field
   is
   begin
      ut.expect(unseen(claimed_edit, seen(co_agreed, 'CERAMICA DE TESTE'))).to_equal('[]');
   end folded_field;

   procedure own_value_in_doubt
   is
      r_event crm_outbox_events%rowtype := claimed_edit(in_phone => '11944440000');
   begin
      crm_test_fixture.settle(r_event, 'IN_DOUBT', in_retry_seconds => 0);
      set_phone(co_ours);
      r_event := crm_test_fixture.claim_one;
      ut.expect(unseen(r_event, seen('11944440000'))).to_equal('[]');
      ut.expect(unseen(r_event, seen(co_edited))).to_equal('["phone"]');
   end own_value_in_doubt;

   procedure own_value_in_merge
   is
      r_event crm_outbox_events%rowtype := claimed_edit(in_phone => '11944440000');
   begin
      crm_test_fixture.settle(r_event, 'IN_DOUBT', in_retry_seconds => 0);
      set_phone(co_ours);
      ut.expect(
         crm_test_fixture.apply(
            in_lead => crm_test_fixture.lead(
               in_record_key => r_event.record_key,
               in_field_name => 'phone',
               in_value      => '11944440000'
            )
         )
      ).to_be_not_null();
      ut.expect(erp_phone).to_equal(co_ours);
      ut.expect(image_value('phone')).to_equal('11944440000');
      ut.expect(crm_test_fixture.claim_one().changed_fields).to_equal('["phone"]');
   end own_value_in_merge;

   procedure without_base
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event crm_outbox_events%rowtype;
   begin
      ut.expect(co_key).to_be_not_null();
      set_phone(co_ours);
      r_event := crm_test_fixture.claim_one;
      ut.expect(unseen(r_event, seen(co_edited))).to_equal('["phone"]');
      crm_test_fixture.settle(r_event, 'DELIVERED', in_crm_id => co_crm_id);
      apply_hint(in_phone => co_edited);
      ut.expect(erp_phone).to_equal(co_edited);
   end without_base;

   procedure without_base_and_empty
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      ut.expect(co_key).to_be_not_null();
      set_phone(co_ours);
      ut.expect(unseen(crm_test_fixture.claim_one, seen(null))).to_equal('[]');
   end without_base_and_empty;

   procedure joined_again
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;

      procedure set_integrate(in_flag in varchar2)
      is
      begin
         update erp.branches b
            set b.integrate_crm = in_flag
          where b.client_code = crm_test_fixture.co_client_code
            and b.code = 1;
      end set_integrate;
   begin
      set_integrate('N');
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.operation).to_equal('REMOVE');
      crm_test_fixture.settle(r_event, 'DELIVERED');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_image is null).to_be_true();
      set_phone(co_ours);
      set_integrate('S');
      r_event := crm_test_fixture.claim_one;
      ut.expect(unseen(r_event, seen(co_agreed))).to_equal('[]');
      ut.expect(unseen(r_event, seen(co_edited))).to_equal('["phone"]');
   end joined_again;

   procedure stale_claim
   is
      r_event  crm_outbox_events%rowtype := claimed_edit;
      l_unseen crm_outbox_events.changed_fields%type;
   begin
      r_event.fence_token := r_event.fence_token - 1;
      l_unseen := unseen(r_event, seen(co_edited));
      ut.expect(l_unseen).to_be_null();
   end stale_claim;
end crm_test_guard;
/
