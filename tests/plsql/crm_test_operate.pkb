create or replace package body crm_test_operate
is
   function live(in_worker_id in varchar2) return pls_integer
   is
      l_live pls_integer;
   begin
      crm_worker.heartbeat(
         in_worker_id     => in_worker_id,
         out_live_workers => l_live
      );
      return l_live;
   end live;

   procedure live_daemons_count
   is
   begin
      delete from crm_workers;
      ut.expect(live('daemon-a')).to_equal(1);
      ut.expect(live('daemon-b')).to_equal(2);
      ut.expect(live('daemon-a')).to_equal(2);
   end live_daemons_count;

   procedure silent_daemon
   is
   begin
      delete from crm_workers;
      ut.expect(live('daemon-a')).to_equal(1);
      update crm_workers w
         set w.heartbeat_on = systimestamp - interval '10' minute
       where w.worker_id = 'daemon-a';
      ut.expect(live('daemon-b')).to_equal(1);
   end silent_daemon;

   procedure view_of_daemons
   is
      l_shown varchar2(100 char);
   begin
      delete from crm_workers;
      ut.expect(live('daemon-a')).to_equal(1);
      update crm_workers w
         set w.heartbeat_on = systimestamp - interval '10' minute
       where w.worker_id = 'daemon-a';
      ut.expect(live('daemon-b')).to_equal(1);
      select listagg(v.worker_id || ' ' || v.is_live, ', ') within group (order by v.worker_id)
        into l_shown
        from crm_workers_v v;
      ut.expect(l_shown).to_equal('daemon-a N, daemon-b S');
   end view_of_daemons;

   procedure heartbeat_without_name
   is
   begin
      ut.expect(live(null)).to_equal(0);
   end heartbeat_without_name;

   -- A delivered change that was settled so many days ago.
   function settled_change(in_days in pls_integer) return number
   is
      l_event_id crm_outbox_events.event_id%type;
      co_key     constant crm_records.record_key%type := crm_test_fixture.new_synced_branch;
   begin
      select max(e.event_id)
        into l_event_id
        from crm_outbox_events e
       where e.record_key = co_key
         and e.status = 'DELIVERED';
      update crm_outbox_events e
         set e.settled_on = systimestamp - numtodsinterval(in_days, 'DAY')
       where e.event_id = l_event_id;
      return l_event_id;
   end settled_change;

   function purged(in_limit in pls_integer default 1000) return pls_integer
   is
      l_rows pls_integer;
   begin
      crm_retention.purge(
         in_limit => in_limit,
         out_rows => l_rows
      );
      return l_rows;
   end purged;

   procedure document_emptied
   is
      l_event_id crm_outbox_events.event_id%type;
   begin
      crm_test_fixture.quiet;
      l_event_id := settled_change(in_days => 31);
      ut.expect(crm_test_fixture.event(l_event_id).document is not null).to_be_true();
      ut.expect(purged).to_be_greater_or_equal(1);
      ut.expect(crm_test_fixture.event(l_event_id).status).to_equal('DELIVERED');
      ut.expect(crm_test_fixture.event(l_event_id).document is null).to_be_true();
   end document_emptied;

   procedure rows_deleted
   is
      l_event_id crm_outbox_events.event_id%type;
      l_left     pls_integer;
   begin
      crm_test_fixture.quiet;
      l_event_id := settled_change(in_days => 181);
      ut.expect(purged).to_be_greater_or_equal(1);
      select (select count(*) from crm_outbox_events e where e.event_id = l_event_id)
             + (select count(*) from crm_outbox_attempts a where a.event_id = l_event_id)
        into l_left
        from dual;
      ut.expect(l_left).to_equal(0);
   end rows_deleted;

   procedure waiting_kept
   is
      r_event crm_outbox_events%rowtype;
      l_key   crm_records.record_key%type;
      l_rows  pls_integer;
   begin
      crm_test_fixture.quiet;
      l_key := crm_test_fixture.new_synced_branch;
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code;
      r_event := crm_test_fixture.claim_one;
      crm_test_fixture.settle(
         in_event   => r_event,
         in_outcome => 'PARKED'
      );
      update crm_outbox_events e
         set e.settled_on = systimestamp - interval '999' day(3)
       where e.event_id = r_event.event_id;
      l_rows := purged;
      ut.expect(crm_test_fixture.event_count(l_key, 'PARKED')).to_equal(1);
      ut.expect(crm_test_fixture.event(r_event.event_id).document is not null).to_be_true();
   end waiting_kept;

   procedure answer_emptied
   is
      l_event_id crm_outbox_events.event_id%type;
      l_answers  pls_integer;
   begin
      crm_test_fixture.quiet;
      l_event_id := settled_change(in_days => 31);
      update crm_outbox_attempts a
         set a.detail = 'Duplicated Keys: maria@example'
       where a.event_id = l_event_id;
      ut.expect(sql%rowcount).to_be_greater_or_equal(1);
      ut.expect(purged).to_be_greater_or_equal(1);
      select count(a.detail)
        into l_answers
        from crm_outbox_attempts a
       where a.event_id = l_event_id;
      ut.expect(l_answers).to_equal(0);
   end answer_emptied;

   procedure emptied_is_left
   is
      l_event_id crm_outbox_events.event_id%type;
   begin
      crm_test_fixture.quiet;
      l_event_id := settled_change(in_days => 31);
      ut.expect(purged).to_be_greater_or_equal(1);
      ut.expect(crm_test_fixture.event(l_event_id).is_emptied).to_equal('S');
      ut.expect(purged).to_equal(0);
      update crm_outbox_events e
         set e.settled_on = systimestamp - interval '181' day(3)
       where e.event_id = l_event_id;
      ut.expect(purged).to_equal(1);
   end emptied_is_left;

   procedure days_the_other_way_round
   is
      l_event_id crm_outbox_events.event_id%type;
      l_left     pls_integer;
   begin
      crm_test_fixture.quiet;
      update crm_settings s
         set s.value = '999'
       where s.name = 'retention_payload_days';
      l_event_id := settled_change(in_days => 181);
      ut.expect(purged).to_be_greater_or_equal(1);
      select count(*)
        into l_left
        from crm_outbox_events e
       where e.event_id = l_event_id;
      ut.expect(l_left).to_equal(0);
   end days_the_other_way_round;

   procedure decisions_end
   is
      l_left varchar2(100 char);
   begin
      insert into crm_merge_audit (record_key, field_name, policy, taken, decided_on)
      values ('99000001-1', 'name', 'ERP', 'ERP', systimestamp - interval '91' day);
      insert into crm_merge_audit (record_key, field_name, policy, taken, decided_on)
      values ('99000001-1', 'phone', 'CRM', 'CRM', systimestamp - interval '89' day);
      insert into crm_conflicts (
         record_key, field_name, crm_value, status, choice, resolved_on, resolved_by, opened_on
      ) values (
         '99000001-1', 'name', 'x', 'RESOLVED', 'ERP', systimestamp - interval '91' day, 'utplsql',
         systimestamp - interval '99' day
      );
      insert into crm_conflicts (record_key, field_name, crm_value, opened_on)
      values ('99000001-1', 'phone', 'x', systimestamp - interval '999' day(3));
      ut.expect(purged).to_equal(2);
      select listagg(t.field_name, ' ') within group (order by t.field_name)
        into l_left
        from (
                select m.field_name
                  from crm_merge_audit m
                 where m.record_key = '99000001-1'
                 union all
                select c.field_name
                  from crm_conflicts c
                 where c.record_key = '99000001-1'
             ) t;
      ut.expect(l_left).to_equal('phone phone');
   end decisions_end;

   procedure ended_mirror
   is
      l_left varchar2(100 char);
   begin
      crm_test_fixture.quiet;
      insert into leads (id, name, ended_on, end_reason)
      values (990000801, 'gone', systimestamp - interval '366' day(3), 'discarded in the CRM');
      insert into leads (id, name, ended_on, end_reason)
      values (990000802, 'gone lately', systimestamp - interval '364' day(3), 'discarded in the CRM');
      insert into leads (id, name)
      values (990000803, 'alive');
      insert into contacts (id, name, ended_on, end_reason)
      values (990000801, 'gone', systimestamp - interval '366' day(3), 'removed');
      ut.expect(purged).to_equal(2);
      select listagg(t.name, ', ') within group (order by t.name)
        into l_left
        from (
                select l.name
                  from leads l
                 where l.id between 990000801 and 990000803
                 union all
                select c.name
                  from contacts c
                 where c.id between 990000801 and 990000803
             ) t;
      ut.expect(l_left).to_equal('alive, gone lately');
   end ended_mirror;

   procedure left_image_emptied
   is
      l_key crm_records.record_key%type;
   begin
      crm_test_fixture.quiet;
      l_key := crm_test_fixture.new_synced_branch;
      crm_record.agree(
         in_record_key => l_key,
         in_crm_id     => null,
         in_image      => null,
         in_hash       => null
      );
      ut.expect(crm_test_fixture.record_of(l_key).left_image is not null).to_be_true();
      ut.expect(crm_test_fixture.record_of(l_key).left_on is not null).to_be_true();
      ut.expect(purged).to_equal(0);
      update crm_records r
         set r.left_on = systimestamp - interval '366' day(3)
       where r.record_key = l_key;
      ut.expect(purged).to_equal(1);
      ut.expect(crm_test_fixture.record_of(l_key).left_image is null).to_be_true();
   end left_image_emptied;

   procedure limit_holds
   is
      l_emptied pls_integer;
      l_rows    pls_integer;
   begin
      insert into crm_inbox_events (source, event_type, dedupe_key, body, status, settled_on)
      select 'utplsql', 'LEAD_UPDATED', lpad(to_char(level), 64, '9'), to_blob(hextoraw('7B7D')), 'DONE',
             systimestamp - interval '31' day
        from dual
     connect by level <= 3;
      l_rows := purged(in_limit => 2);
      select count(*)
        into l_emptied
        from crm_inbox_events i
       where i.source = 'utplsql'
         and i.dedupe_key like '9999%'
         and i.body is null;
      ut.expect(l_emptied).to_equal(2);
      ut.expect(l_rows).to_be_greater_or_equal(2);
   end limit_holds;

   procedure no_limit
   is
   begin
      ut.expect(purged(in_limit => 0)).to_equal(0);
   end no_limit;
end crm_test_operate;
/
