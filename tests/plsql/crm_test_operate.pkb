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
