create or replace package body crm_test_operator
is
   co_by constant varchar2(20 char) := 'operator';

   function parked_change(in_branch_code in pls_integer default 1) return crm_outbox_events%rowtype
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(
         in_branch_code => in_branch_code,
         in_crm_id      => crm_test_fixture.co_crm_id + in_branch_code
      );
      r_event crm_outbox_events%rowtype;
   begin
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code
         and b.code = in_branch_code;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      crm_test_fixture.settle(
         in_event        => r_event,
         in_outcome      => 'PARKED',
         in_reason_class => 'validation'
      );
      return r_event;
   end parked_change;

   function parked_webhook return crm_inbox_events%rowtype
   is
      r_event crm_inbox_events%rowtype := crm_test_fixture.new_webhook;
   begin
      crm_inbox.finish(
         in_event  => r_event,
         in_status => 'PARKED',
         in_detail => 'the body names no lead'
      );
      return r_event;
   end parked_webhook;

   function audit_count(
      in_action in varchar2,
      in_item   in number
   ) return pls_integer
   is
      l_rows pls_integer;
   begin
      select count(*)
        into l_rows
        from crm_operator_audit a
       where a.action = in_action
         and a.item_id = in_item
         and a.done_by = co_by;
      return l_rows;
   end audit_count;

   procedure change_replayed
   is
      r_event crm_outbox_events%rowtype;
      l_count pls_integer;
   begin
      crm_test_fixture.quiet;
      r_event := parked_change;
      crm_operator.replay_parked(
         in_filter => '{"kind":"OUTBOX","event_id":' || r_event.event_id || '}',
         in_by     => co_by,
         out_count => l_count
      );
      ut.expect(l_count).to_equal(1);
      ut.expect(audit_count('REPLAY', r_event.event_id)).to_equal(1);
      ut.expect(crm_test_fixture.event(r_event.event_id).failures).to_equal(0);
      ut.expect(crm_test_fixture.claim_one().event_id).to_equal(r_event.event_id);
   end change_replayed;

   procedure filter_by_record
   is
      r_first  crm_outbox_events%rowtype;
      r_second crm_outbox_events%rowtype;
      l_count  pls_integer;
   begin
      crm_test_fixture.quiet;
      r_first  := parked_change(in_branch_code => 1);
      r_second := parked_change(in_branch_code => 2);
      crm_operator.replay_parked(
         in_filter => '{"record_key":"' || r_second.record_key || '"}',
         in_by     => co_by,
         out_count => l_count
      );
      ut.expect(l_count).to_equal(1);
      ut.expect(crm_test_fixture.event(r_first.event_id).status).to_equal('PARKED');
      ut.expect(crm_test_fixture.event(r_second.event_id).status).to_equal('READY');
   end filter_by_record;

   procedure filter_by_reason
   is
      r_change  crm_outbox_events%rowtype;
      r_webhook crm_inbox_events%rowtype;
      l_status  crm_inbox_events.status%type;
      l_count   pls_integer;
   begin
      crm_test_fixture.quiet;
      r_change  := parked_change;
      r_webhook := parked_webhook;
      crm_operator.replay_parked(
         in_filter => '{"reason_class":"validation"}',
         in_by     => co_by,
         out_count => l_count
      );
      select i.status
        into l_status
        from crm_inbox_events i
       where i.inbox_id = r_webhook.inbox_id;
      ut.expect(crm_test_fixture.event(r_change.event_id).status).to_equal('READY');
      ut.expect(l_status).to_equal('PARKED');
   end filter_by_reason;

   procedure change_skipped
   is
      r_event crm_outbox_events%rowtype;
      r_next  crm_outbox_events%rowtype;
      l_count pls_integer;
   begin
      crm_test_fixture.quiet;
      r_event := parked_change;
      crm_operator.skip_parked(
         in_filter => '{"kind":"OUTBOX","event_id":' || r_event.event_id || '}',
         in_reason => 'the customer will correct it',
         in_by     => co_by,
         out_count => l_count
      );
      ut.expect(l_count).to_equal(1);
      ut.expect(crm_test_fixture.event(r_event.event_id).status).to_equal('SKIPPED');
      ut.expect(audit_count('SKIP', r_event.event_id)).to_equal(1);
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      update erp.branches b
         set b.address_number = '11'
       where b.client_code = crm_test_fixture.co_client_code;
      r_next := crm_test_fixture.claim_one;
      ut.expect(to_char(r_next.changed_fields)).to_be_like('%"phone"%');
      ut.expect(to_char(r_next.changed_fields)).to_be_like('%"address_number"%');
   end change_skipped;

   procedure webhook_edited
   is
      r_webhook crm_inbox_events%rowtype;
      l_key     crm_records.record_key%type;
      l_body    crm_inbox_events.body%type;
      l_status  crm_inbox_events.status%type;
      l_crm_id  crm_inbox_events.crm_id%type;
      l_before  pls_integer;
   begin
      crm_test_fixture.quiet;
      l_key     := crm_test_fixture.new_synced_branch;
      r_webhook := parked_webhook;
      update crm_inbox_events i
         set i.body = to_blob(sys.utl_raw.cast_to_raw('{"Lead":'))
       where i.inbox_id = r_webhook.inbox_id;
      crm_operator.edit_inbox(
         in_inbox_id => r_webhook.inbox_id,
         in_body     => '{"Lead":{"Id":990000007}}',
         in_by       => co_by,
         in_crm_id   => 990000007
      );
      select i.body, i.status, i.crm_id
        into l_body, l_status, l_crm_id
        from crm_inbox_events i
       where i.inbox_id = r_webhook.inbox_id;
      select sys.dbms_lob.getlength(a.body_before)
        into l_before
        from crm_operator_audit a
       where a.kind = 'INBOX'
         and a.item_id = r_webhook.inbox_id;
      ut.expect(l_status).to_equal('READY');
      ut.expect(l_crm_id).to_equal(990000007);
      ut.expect(sys.dbms_lob.getlength(l_body)).to_equal(25);
      ut.expect(l_before).to_equal(8);
   end webhook_edited;

   procedure edited_is_no_echo
   is
      r_webhook crm_inbox_events%rowtype;
      l_shown   pls_integer;
   begin
      crm_test_fixture.quiet;
      r_webhook := parked_webhook;
      update crm_inbox_events i
         set i.fields = '{"stage":"Ativação"}'
       where i.inbox_id = r_webhook.inbox_id;
      crm_operator.edit_inbox(
         in_inbox_id => r_webhook.inbox_id,
         in_body     => '{"Lead":{"Id":990000007}}',
         in_by       => co_by
      );
      select count(i.fields)
        into l_shown
        from crm_inbox_events i
       where i.inbox_id = r_webhook.inbox_id;
      ut.expect(l_shown).to_equal(0);
   end edited_is_no_echo;

   function shown(in_inbox_id in number) return varchar2
   is
      c_webhook  sys_refcursor;
      l_inbox_id crm_inbox_events.inbox_id%type;
      l_type     crm_inbox_events.event_type%type;
      l_crm_id   crm_inbox_events.crm_id%type;
      l_key      crm_inbox_events.record_key%type;
      l_attempts crm_inbox_events.attempts%type;
      l_detail   crm_inbox_events.detail%type;
      l_received crm_inbox_events.received_on%type;
      l_body     crm_inbox_events.body%type;
   begin
      crm_operator.read_webhook(
         in_inbox_id => in_inbox_id,
         out_webhook => c_webhook
      );
      fetch c_webhook
       into l_inbox_id, l_type, l_crm_id, l_key, l_attempts, l_detail, l_received, l_body;
      close c_webhook;
      return l_type || ' ' || l_detail || ' ' || sys.utl_raw.cast_to_varchar2(sys.dbms_lob.substr(l_body, 100));
   end shown;

   procedure webhook_shown
   is
      r_webhook crm_inbox_events%rowtype;
   begin
      crm_test_fixture.quiet;
      r_webhook := parked_webhook;
      update crm_inbox_events i
         set i.body = to_blob(sys.utl_raw.cast_to_raw('{"Lead":'))
       where i.inbox_id = r_webhook.inbox_id;
      ut.expect(shown(r_webhook.inbox_id)).to_equal('LEAD_UPDATED the body names no lead {"Lead":');
   end webhook_shown;

   procedure unparked_not_shown
   is
      r_webhook crm_inbox_events%rowtype;
   begin
      crm_test_fixture.quiet;
      r_webhook := crm_test_fixture.new_webhook;
      ut.expect(shown(r_webhook.inbox_id)).to_be_null();
   end unparked_not_shown;

   procedure unknown_not_shown
   is
   begin
      ut.expect(shown(-1)).to_be_null();
   end unknown_not_shown;

   procedure edit_of_unparked
   is
      r_webhook crm_inbox_events%rowtype;
   begin
      crm_test_fixture.quiet;
      r_webhook := crm_test_fixture.new_webhook;
      crm_operator.edit_inbox(
         in_inbox_id => r_webhook.inbox_id,
         in_body     => '{}',
         in_by       => co_by
      );
   end edit_of_unparked;

   procedure edit_without_json
   is
      r_webhook crm_inbox_events%rowtype;
   begin
      crm_test_fixture.quiet;
      r_webhook := parked_webhook;
      crm_operator.edit_inbox(
         in_inbox_id => r_webhook.inbox_id,
         in_body     => '{"Lead":',
         in_by       => co_by
      );
   end edit_without_json;

   procedure replay(
      in_filter in varchar2,
      in_by     in varchar2 default co_by
   )
   is
      l_count pls_integer;
   begin
      crm_operator.replay_parked(
         in_filter => in_filter,
         in_by     => in_by,
         out_count => l_count
      );
   end replay;

   procedure unknown_member
   is
   begin
      replay(in_filter => '{"recordkey":"1-1"}');
   end unknown_member;

   procedure id_without_kind
   is
   begin
      replay(in_filter => '{"event_id":1}');
   end id_without_kind;

   procedure filter_without_json
   is
   begin
      replay(in_filter => 'everything');
   end filter_without_json;

   procedure skip_without_reason
   is
      l_count pls_integer;
   begin
      crm_operator.skip_parked(
         in_filter => '{}',
         in_reason => ' ',
         in_by     => co_by,
         out_count => l_count
      );
   end skip_without_reason;

   procedure replay_without_name
   is
   begin
      replay(
         in_filter => '{}',
         in_by     => null
      );
   end replay_without_name;

   function history_count(
      in_record_key in varchar2,
      in_direction  in varchar2,
      in_happening  in varchar2,
      in_outcome    in varchar2
   ) return pls_integer
   is
      l_rows pls_integer;
   begin
      select count(*)
        into l_rows
        from crm_record_history_v h
       where h.record_key = in_record_key
         and h.direction = in_direction
         and h.happening = in_happening
         and h.outcome = in_outcome;
      return l_rows;
   end history_count;

   procedure history
   is
      r_event  crm_outbox_events%rowtype;
      l_key    crm_records.record_key%type;
      l_result varchar2(20 char);
   begin
      crm_test_fixture.quiet;
      l_key := crm_test_fixture.new_synced_branch;
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code;
      r_event := crm_test_fixture.claim_one;
      crm_test_fixture.settle(
         in_event        => r_event,
         in_outcome      => 'PARKED',
         in_reason_class => 'validation'
      );
      replay(in_filter => '{"record_key":"' || l_key || '"}');
      crm_test_fixture.settle(
         in_event   => crm_test_fixture.claim_one,
         in_outcome => 'DELIVERED'
      );
      l_result := crm_test_fixture.apply(in_lead => crm_test_fixture.lead(in_record_key => l_key));
      ut.expect(history_count(l_key, 'ERP to CRM', 'changed in the ERP', 'CAPTURE')).to_equal(1);
      ut.expect(history_count(l_key, 'ERP to CRM', 'attempt ended', 'PARKED')).to_equal(1);
      ut.expect(history_count(l_key, 'ERP to CRM', 'operator', 'REPLAY')).to_equal(1);
      ut.expect(history_count(l_key, 'ERP to CRM', 'settled', 'DELIVERED')).to_equal(2);
      ut.expect(history_count(l_key, 'CRM to ERP', 'received from the CRM', 'LEAD_UPDATED')).to_equal(1);
      ut.expect(history_count(l_key, 'CRM to ERP', 'settled', l_result)).to_equal(1);
   end history;
end crm_test_operator;
/
