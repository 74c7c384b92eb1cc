create or replace package body crm_test_inbox
is
   co_crm_id constant pls_integer := crm_test_fixture.co_crm_id;

   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   procedure store(
      in_key           in  varchar2,
      in_crm_id        in  number default co_crm_id,
      out_inbox_id     out number,
      out_is_duplicate out varchar2
   )
   is
   begin
      crm_inbox.store(
         in_source        => 'utplsql',
         in_event_type    => 'LEAD_UPDATED',
         in_dedupe_key    => rpad(in_key, 64, '0'),
         in_crm_id        => in_crm_id,
         in_body          => to_blob(sys.utl_raw.cast_to_raw('{"Lead":{"Id":1}}')),
         in_fields        => null,
         out_inbox_id     => out_inbox_id,
         out_is_duplicate => out_is_duplicate
      );
   end store;

   function stored(
      in_key    in varchar2,
      in_crm_id in number default co_crm_id
   ) return number
   is
      l_inbox_id     number;
      l_is_duplicate varchar2(1 char);
   begin
      store(
         in_key           => in_key,
         in_crm_id        => in_crm_id,
         out_inbox_id     => l_inbox_id,
         out_is_duplicate => l_is_duplicate
      );
      return l_inbox_id;
   end stored;

   function event(in_inbox_id in number) return crm_inbox_events%rowtype
   is
      r_event crm_inbox_events%rowtype;
   begin
      select i.*
        into r_event
        from crm_inbox_events i
       where i.inbox_id = in_inbox_id;
      return r_event;
   end event;

   function claimed return crm_ids_ct
   is
      t_inbox_ids crm_ids_ct;
   begin
      crm_inbox.claim(
         in_worker_id     => crm_test_fixture.co_worker_id,
         in_batch_size    => 10,
         in_lease_seconds => 60,
         out_inbox_ids    => t_inbox_ids
      );
      return t_inbox_ids;
   end claimed;

   procedure settle(
      in_inbox_id      in number,
      in_outcome       in varchar2,
      in_retry_seconds in number default null
   )
   is
   begin
      crm_bridge_api.settle_webhook(
         in_inbox_id      => in_inbox_id,
         in_fence_token   => event(in_inbox_id).fence_token,
         in_outcome       => in_outcome,
         in_retry_seconds => in_retry_seconds
      );
   end settle;

   procedure stored_with_body
   is
      l_inbox_id     number;
      l_is_duplicate varchar2(1 char);
   begin
      store(in_key => 'a', out_inbox_id => l_inbox_id, out_is_duplicate => l_is_duplicate);
      ut.expect(l_is_duplicate).to_equal('N');
      ut.expect(event(l_inbox_id).status).to_equal('READY');
      ut.expect(
         sys.utl_raw.cast_to_varchar2(sys.dbms_lob.substr(event(l_inbox_id).body))
      ).to_equal('{"Lead":{"Id":1}}');
   end stored_with_body;

   procedure same_key_is_duplicate
   is
      co_first       constant number := stored(in_key => 'a');
      l_second       number;
      l_is_duplicate varchar2(1 char);
   begin
      store(in_key => 'a', out_inbox_id => l_second, out_is_duplicate => l_is_duplicate);
      ut.expect(l_is_duplicate).to_equal('S');
      ut.expect(l_second).to_equal(co_first);
      ut.expect(event(co_first).arrivals).to_equal(2);
   end same_key_is_duplicate;

   procedure repetition_is_due_again
   is
      co_inbox_id constant number := stored(in_key => 'a');
   begin
      ut.expect(claimed().count).to_equal(1);
      settle(in_inbox_id => co_inbox_id, in_outcome => 'DONE');
      ut.expect(event(co_inbox_id).status).to_equal('DONE');
      ut.expect(stored(in_key => 'a')).to_equal(co_inbox_id);
      ut.expect(event(co_inbox_id).status).to_equal('READY');
   end repetition_is_due_again;

   procedure repetition_in_flight
   is
      co_inbox_id constant number := stored(in_key => 'a');
   begin
      ut.expect(claimed().count).to_equal(1);
      ut.expect(stored(in_key => 'a')).to_equal(co_inbox_id);
      ut.expect(event(co_inbox_id).status).to_equal('INFLIGHT');
      settle(in_inbox_id => co_inbox_id, in_outcome => 'DONE');
      ut.expect(event(co_inbox_id).status).to_equal('READY');
   end repetition_in_flight;

   procedure newest_per_lead
   is
      co_key      constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_old      constant number := stored(in_key => 'a');
      co_new      constant number := stored(in_key => 'b');
      t_inbox_ids crm_ids_ct := claimed;
   begin
      ut.expect(t_inbox_ids.count).to_equal(1);
      ut.expect(t_inbox_ids(1)).to_equal(co_new);
      ut.expect(event(co_new).record_key).to_equal(co_key);
      ut.expect(event(co_old).status).to_equal('SUPERSEDED');
   end newest_per_lead;

   procedure claim_takes_lease
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_id  constant number := stored(in_key => 'a');
   begin
      ut.expect(claimed().count).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_equal(crm_test_fixture.co_worker_id);
      ut.expect(event(co_id).fence_token).to_equal(crm_test_fixture.record_of(co_key).fence_token);
      settle(in_inbox_id => co_id, in_outcome => 'DONE');
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
   end claim_takes_lease;

   procedure leased_record_waits
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
      l_id    number;
   begin
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      l_id := stored(in_key => 'a');
      ut.expect(claimed().count).to_equal(0);
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'DELIVERED');
      ut.expect(claimed().count).to_equal(1);
      ut.expect(event(l_id).status).to_equal('INFLIGHT');
   end leased_record_waits;

   procedure unknown_lead
   is
      co_id constant number := stored(in_key => 'a', in_crm_id => 990000555);
   begin
      ut.expect(claimed().count).to_equal(1);
      ut.expect(event(co_id).record_key).to_be_null();
      ut.expect(event(co_id).fence_token).to_equal(1);
   end unknown_lead;

   procedure unknown_lead_one_by_one
   is
      co_first  constant number := stored(in_key => 'a', in_crm_id => 990000555);
      co_second constant number := stored(in_key => 'b', in_crm_id => 990000555);
      co_other  constant number := stored(in_key => 'c', in_crm_id => 990000556);
      t_ids     crm_ids_ct := claimed();
   begin
      ut.expect(t_ids.count).to_equal(2);
      ut.expect(t_ids(1)).to_equal(co_first);
      ut.expect(t_ids(2)).to_equal(co_other);
      ut.expect(claimed().count).to_equal(0);
      settle(in_inbox_id => co_first, in_outcome => 'DONE');
      t_ids := claimed();
      ut.expect(t_ids.count).to_equal(1);
      ut.expect(t_ids(1)).to_equal(co_second);
   end unknown_lead_one_by_one;

   procedure unknown_lead_retry_waits
   is
      co_first  constant number := stored(in_key => 'a', in_crm_id => 990000555);
      l_second  number;
   begin
      ut.expect(claimed().count).to_equal(1);
      settle(in_inbox_id => co_first, in_outcome => 'RETRY', in_retry_seconds => 3600);
      l_second := stored(in_key => 'b', in_crm_id => 990000555);
      ut.expect(claimed().count).to_equal(1);
      ut.expect(event(l_second).status).to_equal('INFLIGHT');
   end unknown_lead_retry_waits;

   procedure no_lead_at_all
   is
      co_first  constant number := stored(in_key => 'a', in_crm_id => null);
      co_second constant number := stored(in_key => 'b', in_crm_id => null);
   begin
      ut.expect(claimed().count).to_equal(2);
      ut.expect(event(co_first).status).to_equal('INFLIGHT');
      ut.expect(event(co_second).status).to_equal('INFLIGHT');
   end no_lead_at_all;

   procedure webhook_goes_before_change
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_id   constant number := stored(in_key => 'a');
      t_ids   crm_ids_ct;
   begin
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code;
      crm_outbox.claim(
         in_worker_id     => 'test',
         in_batch_size    => 10,
         in_lease_seconds => 60,
         out_event_ids    => t_ids
      );
      ut.expect(t_ids.count).to_equal(0);
      ut.expect(claimed().count).to_equal(1);
      settle(in_inbox_id => co_id, in_outcome => 'DONE');
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(co_key);
   end webhook_goes_before_change;

   procedure waiting_retry_holds_back
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_id  constant number := stored(in_key => 'a');
   begin
      ut.expect(claimed().count).to_equal(1);
      settle(in_inbox_id => co_id, in_outcome => 'RETRY', in_retry_seconds => 3600);
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code;
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      update crm_inbox_events i
         set i.received_on = systimestamp - numtodsinterval(
                crm_config.number_value(in_name => crm_config.co_hold_seconds), 'SECOND'
             )
       where i.inbox_id = co_id;
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(co_key);
   end waiting_retry_holds_back;

   procedure retry_waits
   is
      co_id constant number := stored(in_key => 'a');
   begin
      ut.expect(claimed().count).to_equal(1);
      settle(in_inbox_id => co_id, in_outcome => 'RETRY', in_retry_seconds => 3600);
      ut.expect(claimed().count).to_equal(0);
      ut.expect(event(co_id).status).to_equal('READY');
      ut.expect(event(co_id).failures).to_equal(1);
   end retry_waits;

   procedure parked_after_max_failures
   is
      co_id constant number := stored(in_key => 'a');
   begin
      update crm_settings s
         set s.value = '2'
       where s.name = 'max_failures';
      <<attempts>>
      for i in 1 .. 2 loop
         ut.expect(claimed().count).to_equal(1);
         settle(in_inbox_id => co_id, in_outcome => 'RETRY', in_retry_seconds => 0);
      end loop attempts;
      ut.expect(event(co_id).status).to_equal('PARKED');
   end parked_after_max_failures;

   procedure old_token_is_refused
   is
      co_id constant number := stored(in_key => 'a');
   begin
      ut.expect(claimed().count).to_equal(1);
      crm_bridge_api.settle_webhook(
         in_inbox_id    => co_id,
         in_fence_token => 0,
         in_outcome     => 'DONE'
      );
   end old_token_is_refused;

   procedure unknown_outcome_is_refused
   is
      co_id constant number := stored(in_key => 'a');
   begin
      ut.expect(claimed().count).to_equal(1);
      settle(in_inbox_id => co_id, in_outcome => 'APPLIED');
   end unknown_outcome_is_refused;

   procedure worker_restarts
   is
      co_id      constant number := stored(in_key => 'a', in_crm_id => 990000555);
      l_released pls_integer;
   begin
      ut.expect(claimed().count).to_equal(1);
      crm_bridge_api.begin_worker(
         in_worker_id => crm_test_fixture.co_worker_id,
         out_released => l_released
      );
      ut.expect(l_released).to_equal(1);
      ut.expect(event(co_id).status).to_equal('READY');
   end worker_restarts;
end crm_test_inbox;
/
