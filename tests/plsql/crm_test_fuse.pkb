create or replace package body crm_test_fuse
is
   co_client constant pls_integer := crm_test_fixture.co_client_code;

   procedure prepare
   is
   begin
      crm_test_fixture.quiet;
      update crm_settings s
         set s.value = '3'
       where s.name = 'loop_deliveries';
   end prepare;

   -- An edit in the ERP, claimed.
   function edited(in_round in pls_integer) return crm_outbox_events%rowtype
   is
   begin
      update erp.branches b
         set b.address_number = to_char(in_round)
       where b.client_code = co_client
         and b.code = 1;
      return crm_test_fixture.claim_one;
   end edited;

   -- Rounds of a change from the CRM and an edit in the ERP.
   procedure go_round(
      in_record_key in varchar2,
      in_rounds     in pls_integer,
      in_is_crm     in boolean default true
   )
   is
   begin
      <<rounds>>
      for i in 1 .. in_rounds loop
         if in_is_crm then
            ut.expect(
               crm_test_fixture.apply(crm_test_fixture.lead(in_record_key, 'phone', '1198888000' || i))
            ).to_equal('APPLIED');
         end if;
         crm_test_fixture.settle(
            in_event   => edited(i),
            in_outcome => 'DELIVERED'
         );
      end loop rounds;
   end go_round;

   function last_event(in_record_key in varchar2) return crm_outbox_events%rowtype
   is
      l_event_id crm_outbox_events.event_id%type;
   begin
      select max(e.event_id)
        into l_event_id
        from crm_outbox_events e
       where e.record_key = in_record_key;
      return crm_test_fixture.event(l_event_id);
   end last_event;

   procedure loop_is_parked
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      go_round(in_record_key => co_key, in_rounds => 3);
      ut.expect(edited(9).event_id).to_be_null();
      ut.expect(last_event(co_key).status).to_equal('PARKED');
      ut.expect(last_event(co_key).reason_class).to_equal('loop');
      ut.expect(last_event(co_key).detail).to_be_like('3 deliveries within 10 minutes%');
      ut.expect(crm_test_fixture.record_of(co_key).lease_owner).to_be_null();
   end loop_is_parked;

   procedure edits_alone_flow
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      go_round(in_record_key => co_key, in_rounds => 5, in_is_crm => false);
      ut.expect(edited(9).status).to_equal('INFLIGHT');
   end edits_alone_flow;

   procedure slow_exchange_flows
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      go_round(in_record_key => co_key, in_rounds => 2);
      update crm_records r
         set r.loop_since = r.loop_since - interval '11' minute
       where r.record_key = co_key;
      go_round(in_record_key => co_key, in_rounds => 2);
      ut.expect(edited(9).status).to_equal('INFLIGHT');
   end slow_exchange_flows;

   procedure others_flow
   is
      co_key   constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
      co_other constant crm_records.record_key%type := crm_test_fixture.new_synced_branch(
         in_branch_code => 2,
         in_crm_id      => 990000002
      );
   begin
      go_round(in_record_key => co_key, in_rounds => 3);
      ut.expect(edited(9).event_id).to_be_null();
      update erp.branches b
         set b.phone = '1177778888'
       where b.client_code = co_client
         and b.code = 2;
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(co_other);
   end others_flow;

   procedure replay_mends
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      go_round(in_record_key => co_key, in_rounds => 3);
      ut.expect(edited(9).event_id).to_be_null();
      crm_outbox.end_parked(
         in_event_ids => crm_ids_ct(last_event(co_key).event_id),
         in_status    => 'READY'
      );
      ut.expect(crm_test_fixture.claim_one().record_key).to_equal(co_key);
   end replay_mends;

   procedure flows_after_the_minutes
   is
      co_key constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      go_round(in_record_key => co_key, in_rounds => 3);
      ut.expect(edited(9).event_id).to_be_null();
      ut.expect(edited(10).event_id).to_be_null();
      update crm_records r
         set r.loop_since = r.loop_since - interval '11' minute
       where r.record_key = co_key;
      crm_test_fixture.settle(
         in_event   => edited(11),
         in_outcome => 'DELIVERED'
      );
      ut.expect(last_event(co_key).status).to_equal('DELIVERED');
      ut.expect(crm_test_fixture.event_count(in_record_key => co_key, in_status => 'PARKED')).to_equal(0);
   end flows_after_the_minutes;
end crm_test_fuse;
/
