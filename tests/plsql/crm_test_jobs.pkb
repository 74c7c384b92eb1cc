create or replace package body crm_test_jobs
is
   procedure restore
   is
   begin
      rollback;
      crm_jobs.create_all;
   end restore;

   function job_count(
      in_job_name        in varchar2 default 'CRM\_%\_JOB',
      in_repeat_interval in varchar2 default '%'
   ) return pls_integer
   is
      l_jobs pls_integer;
   begin
      select count(*)
        into l_jobs
        from user_scheduler_jobs j
       where j.job_name like in_job_name escape '\'
         and j.repeat_interval like in_repeat_interval
         and j.enabled = 'TRUE';
      return l_jobs;
   end job_count;

   procedure jobs_are_there
   is
   begin
      ut.expect(job_count(in_job_name => 'CRM\_END\_LEASES\_JOB')).to_equal(1);
      ut.expect(job_count(in_job_name => 'CRM\_TIME\_VALUES\_JOB', in_repeat_interval => 'FREQ=HOURLY%')).to_equal(1);
   end jobs_are_there;

   procedure created_twice
   is
      co_before constant pls_integer := job_count;
   begin
      crm_jobs.create_all;
      ut.expect(job_count).to_equal(co_before);
   end created_twice;

   procedure put_right
   is
      co_before constant pls_integer := job_count;
   begin
      sys.dbms_scheduler.drop_job(job_name => 'CRM_END_LEASES_JOB', force => true);
      sys.dbms_scheduler.set_attribute(
         name      => 'CRM_TIME_VALUES_JOB',
         attribute => 'repeat_interval',
         value     => 'FREQ=YEARLY'
      );
      sys.dbms_scheduler.create_job(
         job_name        => 'CRM_FORGOTTEN_JOB',
         job_type        => 'PLSQL_BLOCK',
         job_action      => 'begin null; end;',
         repeat_interval => 'FREQ=YEARLY',
         enabled         => true,
         auto_drop       => false
      );
      crm_jobs.create_all;
      ut.expect(job_count).to_equal(co_before);
      ut.expect(job_count(in_job_name => 'CRM\_TIME\_VALUES\_JOB', in_repeat_interval => 'FREQ=HOURLY%')).to_equal(1);
      ut.expect(job_count(in_job_name => 'CRM\_FORGOTTEN\_JOB')).to_equal(0);
   end put_right;

   procedure dropped
   is
   begin
      crm_jobs.drop_all;
      ut.expect(job_count).to_equal(0);
   end dropped;

   procedure leases_end
   is
      l_key   crm_records.record_key%type;
      r_event crm_outbox_events%rowtype;
   begin
      crm_test_fixture.quiet;
      l_key := crm_test_fixture.new_synced_branch;
      update erp.branches b
         set b.phone = '11900000001'
       where b.client_code = crm_test_fixture.co_client_code;
      r_event := crm_test_fixture.claim_one;
      update crm_records r
         set r.lease_until = systimestamp - interval '1' second
       where r.record_key = l_key;
      crm_jobs.run_end_leases;
      ut.expect(crm_test_fixture.event(r_event.event_id).status).to_equal('READY');
      ut.expect(crm_test_fixture.record_of(l_key).lease_owner).to_be_null();
   end leases_end;

   procedure values_job_runs
   is
   begin
      crm_jobs.run_time_values;
      ut.expect(job_count(in_job_name => 'CRM\_TIME\_VALUES\_JOB')).to_equal(1);
   end values_job_runs;

   function given_up return pls_integer
   is
      l_messages pls_integer;
   begin
      select count(*)
        into l_messages
        from aq$crm_change_qt m
       where m.msg_state = 'EXPIRED';
      return l_messages;
   end given_up;

   function log_rows return pls_integer
   is
      l_rows pls_integer;
   begin
      select count(*)
        into l_rows
        from error_log l
       where l.message like 'AQ gave up wake-ups%';
      return l_rows;
   end log_rows;

   -- A message that is too old, and somebody that looks for it.
   procedure give_one_up
   is
      e_no_messages   exception;
      e_not_in_queue  exception;
      pragma exception_init(e_no_messages, -25228);
      pragma exception_init(e_not_in_queue, -25263);
      l_enqueue     sys.dbms_aq.enqueue_options_t;
      l_dequeue     sys.dbms_aq.dequeue_options_t;
      l_properties  sys.dbms_aq.message_properties_t;
      l_payload     raw(2000);
      l_msgid       raw(16);
   begin
      l_properties.expiration := 1;
      l_properties.priority   := 1;
      sys.dbms_aq.enqueue(
         queue_name         => $$plsql_unit_owner || '.CRM_CHANGE_Q',
         enqueue_options    => l_enqueue,
         message_properties => l_properties,
         payload            => sys.utl_raw.cast_to_raw('{"event_id":null}'),
         msgid              => l_msgid
      );
      commit;
      <<looks>>
      for i in 1 .. 60 loop -- Oracle's time manager needs its time
         exit looks when given_up > 0;
         sys.dbms_session.sleep(1.1);
         begin
            l_dequeue.wait := sys.dbms_aq.no_wait;
            l_dequeue.msgid := l_msgid;
            sys.dbms_aq.dequeue(
               queue_name         => $$plsql_unit_owner || '.CRM_CHANGE_Q',
               dequeue_options    => l_dequeue,
               message_properties => l_properties,
               payload            => l_payload,
               msgid              => l_msgid
            );
         exception
            when e_no_messages or e_not_in_queue then
               null; -- it is too old, and moves
         end;
      end loop looks;
   end give_one_up;

   procedure given_up_wake_up
   is
      co_logged constant pls_integer := log_rows;
   begin
      give_one_up;
      ut.expect(given_up).to_equal(1);
      crm_jobs.run_exception_queues;
      ut.expect(given_up).to_equal(0);
      ut.expect(log_rows).to_equal(co_logged + 1);
   end given_up_wake_up;
end crm_test_jobs;
/
