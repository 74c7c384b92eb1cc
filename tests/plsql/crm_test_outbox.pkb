create or replace package body crm_test_outbox
is
   procedure quiet
   is
   begin
      crm_test_fixture.quiet;
   end quiet;

   procedure change_phone(
      in_phone       in varchar2,
      in_branch_code in pls_integer default 1
   )
   is
   begin
      update erp.branches b
         set b.phone = in_phone
       where b.client_code = crm_test_fixture.co_client_code
         and b.code = in_branch_code;
   end change_phone;

   procedure claim_returns_document
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.status).to_equal('INFLIGHT');
      ut.expect(r_event.operation).to_equal('UPSERT');
      ut.expect(r_event.attempts).to_equal(1);
      ut.expect(r_event.is_in_doubt).to_equal('N');
      ut.expect(r_event.idempotency_key).to_equal('erp:' || co_key || ':' || r_event.version);
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_equal(crm_test_fixture.co_worker_id);
      ut.expect(crm_test_fixture.record_of(co_key).fence_token).to_equal(r_event.fence_token);
      ut.expect(crm_fields.text_of(json_object_t.parse(r_event.document), 'phone')).to_equal('11900000001');
      ut.expect(crm_fields.text_of(json_object_t.parse(r_event.document), 'city')).to_equal('São Tomé');
   end claim_returns_document;

   procedure claim_of_nothing
   is
      t_event_ids crm_ids_ct;
   begin
      crm_outbox.claim(
         in_worker_id     => 'utplsql',
         in_batch_size    => 10,
         in_lease_seconds => 60,
         out_event_ids    => t_event_ids
      );
      ut.expect(t_event_ids.count).to_equal(0);
   end claim_of_nothing;

   procedure burst_coalesces
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event  crm_outbox_events%rowtype;
      r_second crm_outbox_events%rowtype;
   begin
      <<edits>>
      for i in 1 .. 10 loop
         change_phone(in_phone => '1190000000' || mod(i, 10));
      end loop edits;
      r_event  := crm_test_fixture.claim_one;
      r_second := crm_test_fixture.claim_one;
      ut.expect(crm_fields.text_of(json_object_t.parse(r_event.document), 'phone')).to_equal('11900000000');
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'SUPERSEDED')).to_equal(9);
      ut.expect(r_second.event_id).to_be_null();
   end burst_coalesces;

   procedure two_records
   is
      co_first    constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
      co_second   constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 2);
      t_event_ids crm_ids_ct;
   begin
      change_phone(in_phone => '11900000001', in_branch_code => 2);
      change_phone(in_phone => '11900000001', in_branch_code => 1);
      crm_outbox.claim(
         in_worker_id     => 'utplsql',
         in_batch_size    => 10,
         in_lease_seconds => 60,
         out_event_ids    => t_event_ids
      );
      ut.expect(t_event_ids.count).to_equal(2);
      ut.expect(crm_test_fixture.event(t_event_ids(1)).record_key).to_equal(co_second);
      ut.expect(crm_test_fixture.event(t_event_ids(2)).record_key).to_equal(co_first);
   end two_records;

   procedure batch_limit
   is
      co_first  constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
      co_second constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 2);
   begin
      change_phone(in_phone => '11900000001', in_branch_code => 1);
      change_phone(in_phone => '11900000001', in_branch_code => 2);
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(co_first);
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(co_second);
   end batch_limit;

   procedure leased_record_is_skipped
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_first crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_first := crm_test_fixture.claim_one;
      change_phone(in_phone => '11900000002');
      ut.expect(r_first.record_key).to_equal(co_key);
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
   end leased_record_is_skipped;

   procedure change_during_lease
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_first  crm_outbox_events%rowtype;
      r_second crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_first := crm_test_fixture.claim_one;
      change_phone(in_phone => '11900000002');
      crm_test_fixture.settle(in_event => r_first, in_outcome => 'DELIVERED', in_crm_id => 990000001);
      r_second := crm_test_fixture.claim_one;
      ut.expect(r_second.record_key).to_equal(co_key);
      ut.expect(r_second.version).to_be_greater_than(r_first.version);
      ut.expect(r_second.fence_token).to_be_greater_than(r_first.fence_token);
      ut.expect(r_second.changed_fields).to_equal('["phone"]');
   end change_during_lease;

   procedure delivered_writes_agreement
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event  crm_outbox_events%rowtype;
      r_record crm_records%rowtype;
      l_hash   varchar2(64 char);
   begin
      change_phone(in_phone => '11900000001');
      r_event := crm_test_fixture.claim_one;
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_null();
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'DELIVERED', in_crm_id => 990000001);
      r_record := crm_test_fixture.record_of(co_key);
      select h.row_hash
        into l_hash
        from crm_client_hashes_v h
       where h.record_key = co_key;
      ut.expect(lower(rawtohex(r_record.agreed_hash))).to_equal(l_hash);
      ut.expect(r_record.agreed_version).to_equal(r_event.version);
      ut.expect(r_record.crm_id).to_equal(990000001);
      ut.expect(r_record.lease_owner).to_be_null();
      ut.expect(crm_fields.text_of(json_object_t.parse(r_record.agreed_image), 'phone')).to_equal('11900000001');
      ut.expect(crm_test_fixture.event(r_event.event_id).status).to_equal('DELIVERED');
   end delivered_writes_agreement;

   procedure crm_id_reaches_erp
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      l_crm_id erp.branches.id_crm%type;
   begin
      select b.id_crm
        into l_crm_id
        from erp.branches b
       where b.client_code = crm_test_fixture.co_client_code
         and b.code = 1;
      ut.expect(l_crm_id).to_equal(crm_test_fixture.co_crm_id);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'READY')).to_equal(0);
   end crm_id_reaches_erp;

   procedure equal_content_is_unchanged
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      change_phone(in_phone => '11900000009');
      change_phone(in_phone => '1133334444');
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'UNCHANGED')).to_equal(1);
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
   end equal_content_is_unchanged;

   procedure changed_fields_only
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      update erp.branches b
         set b.phone          = '11900000009',
             b.address_number = 'S/N'
       where b.client_code = crm_test_fixture.co_client_code;
      ut.expect(crm_test_fixture.claim_one().changed_fields).to_equal('["phone","address_number"]');
      ut.expect(crm_test_fixture.record_of(co_key).crm_id).to_equal(crm_test_fixture.co_crm_id);
   end changed_fields_only;

   procedure null_is_a_change
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => null);
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.changed_fields).to_equal('["phone"]');
      ut.expect(crm_fields.text_of(json_object_t.parse(r_event.document), 'phone')).to_be_null();
      ut.expect(json_object_t.parse(r_event.document).has('phone')).to_be_true();
   end null_is_a_change;

   procedure retry_keeps_key
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_first  crm_outbox_events%rowtype;
      r_second crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_first := crm_test_fixture.claim_one;
      crm_test_fixture.settle(in_event => r_first, in_outcome => 'RETRY', in_reason_class => 'transient');
      r_second := crm_test_fixture.claim_one;
      ut.expect(r_second.record_key).to_equal(co_key);
      ut.expect(r_second.event_id).to_equal(r_first.event_id);
      ut.expect(r_second.idempotency_key).to_equal(r_first.idempotency_key);
      ut.expect(r_second.attempts).to_equal(2);
      ut.expect(r_second.is_in_doubt).to_equal('N');
   end retry_keeps_key;

   procedure retry_waits
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      change_phone(in_phone => '11900000001');
      crm_test_fixture.settle(
         in_event         => crm_test_fixture.claim_one,
         in_outcome       => 'RETRY',
         in_reason_class  => 'transient',
         in_retry_seconds => 3600
      );
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'READY')).to_equal(1);
   end retry_waits;

   procedure rate_limit_does_not_count
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_event := crm_test_fixture.claim_one;
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'RETRY', in_reason_class => 'rate_limited');
      ut.expect(crm_test_fixture.event(r_event.event_id).failures).to_equal(0);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'READY')).to_equal(1);
   end rate_limit_does_not_count;

   procedure parked_after_max_failures
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event crm_outbox_events%rowtype;
   begin
      update crm_settings s
         set s.value = '2'
       where s.name = 'max_failures';
      change_phone(in_phone => '11900000001');
      <<attempts>>
      for i in 1 .. 2 loop
         r_event := crm_test_fixture.claim_one;
         crm_test_fixture.settle(in_event => r_event, in_outcome => 'RETRY', in_reason_class => 'transient');
      end loop attempts;
      ut.expect(crm_test_fixture.event(r_event.event_id).status).to_equal('PARKED');
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
   end parked_after_max_failures;

   procedure in_doubt_is_remembered
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_first  crm_outbox_events%rowtype;
      r_second crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_first := crm_test_fixture.claim_one;
      crm_test_fixture.settle(in_event => r_first, in_outcome => 'IN_DOUBT', in_reason_class => 'transient');
      ut.expect(crm_test_fixture.record_of(co_key).doubtful_fields).to_equal('["phone"]');
      r_second := crm_test_fixture.claim_one;
      ut.expect(r_second.is_in_doubt).to_equal('S');
      ut.expect(r_second.idempotency_key).to_equal(r_first.idempotency_key);
      crm_test_fixture.settle(in_event => r_second, in_outcome => 'DELIVERED');
      ut.expect(crm_test_fixture.record_of(co_key).doubtful_fields).to_be_null();
   end in_doubt_is_remembered;

   procedure doubt_passes_to_newer_version
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_second crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      crm_test_fixture.settle(in_event => crm_test_fixture.claim_one, in_outcome => 'IN_DOUBT');
      update erp.branches b
         set b.address_number = '99'
       where b.client_code = crm_test_fixture.co_client_code;
      r_second := crm_test_fixture.claim_one;
      ut.expect(r_second.record_key).to_equal(co_key);
      ut.expect(r_second.attempts).to_equal(1);
      ut.expect(r_second.is_in_doubt).to_equal('S');
      ut.expect(r_second.changed_fields).to_equal('["phone","address_number"]');
   end doubt_passes_to_newer_version;

   procedure doubt_prevents_unchanged
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      crm_test_fixture.settle(in_event => crm_test_fixture.claim_one, in_outcome => 'IN_DOUBT');
      change_phone(in_phone => '1133334444');
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.record_key).to_equal(co_key);
      ut.expect(r_event.status).to_equal('INFLIGHT');
      ut.expect(r_event.changed_fields).to_equal('["phone"]');
   end doubt_prevents_unchanged;

   procedure expire_lease(in_record_key in varchar2)
   is
   begin
      update crm_records r
         set r.lease_until = systimestamp - interval '1' second
       where r.record_key = in_record_key;
   end expire_lease;

   procedure expired_lease
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_first  crm_outbox_events%rowtype;
      r_second crm_outbox_events%rowtype;
      t_keys   crm_record_keys_ct;
      l_lost   pls_integer;
   begin
      change_phone(in_phone => '11900000001');
      r_first := crm_test_fixture.claim_one;
      expire_lease(in_record_key => co_key);
      crm_record.end_expired(out_record_keys => t_keys);
      crm_outbox.return_lost(in_record_keys => t_keys);
      r_second := crm_test_fixture.claim_one;
      ut.expect(r_second.event_id).to_equal(r_first.event_id);
      ut.expect(r_second.attempts).to_equal(2);
      ut.expect(r_second.is_in_doubt).to_equal('S');
      ut.expect(r_second.fence_token).to_be_greater_than(r_first.fence_token);
      select count(*)
        into l_lost
        from crm_outbox_attempts a
       where a.event_id = r_first.event_id
         and a.attempt = 1
         and a.outcome = 'LOST';
      ut.expect(l_lost).to_equal(1);
   end expired_lease;

   procedure worker_restarts
   is
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event    crm_outbox_events%rowtype;
      l_released pls_integer;
   begin
      change_phone(in_phone => '11900000001');
      r_event := crm_test_fixture.claim_one;
      crm_bridge_api.begin_worker(
         in_worker_id => crm_test_fixture.co_worker_id,
         out_released => l_released
      );
      ut.expect(l_released).to_equal(1);
      ut.expect(crm_test_fixture.event(r_event.event_id).status).to_equal('READY');
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
   end worker_restarts;

   procedure old_token_is_refused
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_event := crm_test_fixture.claim_one;
      r_event.fence_token := r_event.fence_token - 1;
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'DELIVERED', in_crm_id => 990000001);
      ut.fail('settled record ' || co_key);
   end old_token_is_refused;

   procedure lease_has_one_token
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_event := crm_test_fixture.claim_one;
      crm_record.assert_lease(in_record_key => co_key, in_fence_token => r_event.fence_token - 1);
      ut.fail('an old token held the lease of ' || co_key);
   end lease_has_one_token;

   procedure lease_given_back_is_over
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_event := crm_test_fixture.claim_one;
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'DELIVERED', in_crm_id => 990000001);
      crm_record.assert_lease(in_record_key => co_key, in_fence_token => r_event.fence_token);
      ut.fail('a lease that was given back held ' || co_key);
   end lease_given_back_is_over;

   procedure settle_twice_is_refused
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_event crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      r_event := crm_test_fixture.claim_one;
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'DELIVERED', in_crm_id => 990000001);
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'DELIVERED', in_crm_id => 990000001);
      ut.fail('settled record ' || co_key || ' twice');
   end settle_twice_is_refused;

   procedure unknown_outcome_is_refused
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      change_phone(in_phone => '11900000001');
      crm_test_fixture.settle(in_event => crm_test_fixture.claim_one, in_outcome => 'PERHAPS');
      ut.fail('settled record ' || co_key);
   end unknown_outcome_is_refused;

   procedure unknown_event_is_refused
   is
      r_event crm_outbox_events%rowtype;
   begin
      r_event.event_id    := -1;
      r_event.fence_token := 1;
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'RETRY');
   end unknown_event_is_refused;

   procedure batch_of_zero_is_refused
   is
      t_event_ids crm_ids_ct;
   begin
      crm_outbox.claim(
         in_worker_id     => 'utplsql',
         in_batch_size    => 0,
         in_lease_seconds => 60,
         out_event_ids    => t_event_ids
      );
   end batch_of_zero_is_refused;

   procedure crm_id_is_unique
   is
      co_first  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(in_branch_code => 1);
      co_second constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(
         in_branch_code => 2,
         in_crm_id      => crm_test_fixture.record_of(co_first).crm_id
      );
   begin
      ut.fail('two records have one lead: ' || co_second);
   end crm_id_is_unique;

   procedure delivery_overtakes_parked
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_parked crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '1');
      r_parked := crm_test_fixture.claim_one;
      crm_test_fixture.settle(in_event => r_parked, in_outcome => 'PARKED', in_reason_class => 'validation');
      change_phone(in_phone => '11900000001');
      crm_test_fixture.settle(
         in_event   => crm_test_fixture.claim_one,
         in_outcome => 'DELIVERED',
         in_crm_id  => 990000001
      );
      ut.expect(crm_test_fixture.event(r_parked.event_id).status).to_equal('SUPERSEDED');
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'DELIVERED')).to_equal(1);
   end delivery_overtakes_parked;

   procedure replay
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_branch;
      r_parked crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '1');
      r_parked := crm_test_fixture.claim_one;
      crm_test_fixture.settle(in_event => r_parked, in_outcome => 'PARKED', in_reason_class => 'validation');
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      crm_outbox.replay(in_event_id => r_parked.event_id);
      ut.expect(crm_test_fixture.claim_one().event_id).to_equal(r_parked.event_id);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key)).to_equal(1);
   end replay;

   procedure removal
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
   begin
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = crm_test_fixture.co_client_code;
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.operation).to_equal('REMOVE');
      ut.expect(r_event.document is null).to_be_true();
      crm_test_fixture.settle(in_event => r_event, in_outcome => 'DELIVERED');
      ut.expect(crm_test_fixture.record_of(co_key).agreed_hash).to_be_null();
   end removal;

   procedure removal_of_unsent
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_branch;
   begin
      update erp.branches b
         set b.integrate_crm = 'N'
       where b.client_code = crm_test_fixture.co_client_code;
      ut.expect(crm_test_fixture.claim_one().event_id).to_be_null();
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'UNCHANGED')).to_equal(1);
   end removal_of_unsent;

   procedure latecomer_is_renumbered
   is
      co_key  constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      r_event crm_outbox_events%rowtype;
   begin
      change_phone(in_phone => '11900000001');
      update crm_outbox_events e
         set e.version = 0
       where e.record_key = co_key
         and e.status = 'READY';
      r_event := crm_test_fixture.claim_one;
      ut.expect(r_event.version).to_be_greater_than(crm_test_fixture.record_of(co_key).agreed_version);
      ut.expect(r_event.idempotency_key).to_equal('erp:' || co_key || ':' || r_event.version);
   end latecomer_is_renumbered;

   procedure initial_load
   is
      co_unsent constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
      co_synced constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(in_branch_code => 2);
      l_first   pls_integer;
      l_second  pls_integer;
   begin
      crm_bridge_api.request_initial_load(out_requested => l_first);
      crm_bridge_api.request_initial_load(out_requested => l_second);
      ut.expect(l_first).to_be_greater_than(0);
      ut.expect(l_second).to_equal(0);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_unsent, in_status => 'READY')).to_equal(1);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_synced, in_status => 'READY')).to_equal(0);
   end initial_load;

   procedure initial_load_in_pieces
   is
      co_unsent   constant crm_records.record_key%type := crm_test_fixture.new_branch(in_branch_code => 1);
      l_client    crm_records.client_code%type := to_number(substr(co_unsent, 1, instr(co_unsent, '-') - 1));
      l_requested pls_integer;
      l_next      number;
   begin
      crm_bridge_api.request_unsent(
         in_after      => l_client - 1,
         in_limit      => 1,
         out_requested => l_requested,
         out_next      => l_next
      );
      ut.expect(l_requested).to_equal(1);
      ut.expect(l_next).to_equal(l_client);
      -- what is requested already is passed over, wherever it begins again
      crm_bridge_api.request_unsent(
         in_after      => l_client - 1,
         in_limit      => 1,
         out_requested => l_requested,
         out_next      => l_next
      );
      ut.expect(l_requested).to_equal(0);
      ut.expect(crm_test_fixture.event_count(in_record_key => co_unsent, in_status => 'READY')).to_equal(1);
      select max(c.code)
        into l_client
        from erp.clients c;
      crm_bridge_api.request_unsent(
         in_after      => l_client,
         in_limit      => 1,
         out_requested => l_requested,
         out_next      => l_next
      );
      ut.expect(l_next).to_be_null();
   end initial_load_in_pieces;

   procedure piece_too_large
   is
      l_requested pls_integer;
      l_next      number;
   begin
      crm_bridge_api.request_unsent(
         in_after      => 0,
         in_limit      => 10001,
         out_requested => l_requested,
         out_next      => l_next
      );
   end piece_too_large;
end crm_test_outbox;
/
