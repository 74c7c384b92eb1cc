create or replace package body crm_jobs
is
   co_scope     constant varchar2(130 char) := 'crm_jobs.';
   co_like_jobs constant varchar2(20 char) := 'CRM\_%\_JOB';
   co_type      constant varchar2(20 char) := 'PLSQL_BLOCK';
   co_piece     constant pls_integer := 20000;

   type job_type is record (
      job_name        varchar2(128 char),
      job_action      varchar2(4000 char),
      repeat_interval varchar2(4000 char),
      comments        varchar2(240 char)
   );
   type jobs_type is table of job_type;

   function job(
      in_job_name        in varchar2,
      in_job_action      in varchar2,
      in_repeat_interval in varchar2,
      in_comments        in varchar2
   ) return job_type
   is
      r_job job_type;
   begin
      r_job.job_name        := in_job_name;
      r_job.job_action      := in_job_action;
      r_job.repeat_interval := in_repeat_interval;
      r_job.comments        := in_comments;
      return r_job;
   end job;

   -- The only list of the jobs.
   function all_jobs return jobs_type
   is
   begin
      return jobs_type(
         job(
            in_job_name        => 'CRM_CAPTURE_WATCH_JOB',
            in_job_action      => 'begin crm_jobs.run_capture_watch; end;',
            in_repeat_interval => 'FREQ=MINUTELY;INTERVAL=1',
            in_comments        => 'Looks at the triggers of capture; an invalid one is switched off'
         ),
         job(
            in_job_name        => 'CRM_CONVERGENCE_JOB',
            in_job_action      => 'begin crm_jobs.run_convergence; end;',
            in_repeat_interval => 'FREQ=HOURLY;BYMINUTE=50',
            in_comments        => 'Keeps how much is proven to be equal, once an hour'
         ),
         job(
            in_job_name        => 'CRM_END_LEASES_JOB',
            in_job_action      => 'begin crm_jobs.run_end_leases; end;',
            in_repeat_interval => 'FREQ=MINUTELY;INTERVAL=1',
            in_comments        => 'Ends leases that have run out'
         ),
         job(
            in_job_name        => 'CRM_EXCEPTION_QUEUES_JOB',
            in_job_action      => 'begin crm_jobs.run_exception_queues; end;',
            in_repeat_interval => 'FREQ=MINUTELY;INTERVAL=10',
            in_comments        => 'Takes away wake-ups that AQ has given up'
         ),
         job(
            in_job_name        => 'CRM_FIGURES_JOB',
            in_job_action      => 'begin crm_jobs.run_figures; end;',
            in_repeat_interval => 'FREQ=HOURLY;BYMINUTE=20',
            in_comments        => 'Counts the records, once an hour'
         ),
         job(
            in_job_name        => 'CRM_RETENTION_JOB',
            in_job_action      => 'begin crm_jobs.run_retention; end;',
            in_repeat_interval => 'FREQ=HOURLY;BYMINUTE=35',
            in_comments        => 'Empties and deletes what is older than the settings say'
         ),
         job(
            in_job_name        => 'CRM_TIME_VALUES_JOB',
            in_job_action      => 'begin crm_jobs.run_time_values; end;',
            -- at 00:05 the day has changed; the other hours repair what capture lost
            in_repeat_interval => 'FREQ=HOURLY;BYMINUTE=5',
            in_comments        => 'Sends the values that differ because days have passed'
         )
      );
   end all_jobs;

   -- 1: as in the list; 0: otherwise there; null: not there.
   function state_of(in_job in job_type) return pls_integer
   is
      l_state pls_integer;
   begin
      select max(case
                    when to_char(j.job_action) = in_job.job_action and j.repeat_interval = in_job.repeat_interval
                         and j.enabled = 'TRUE' then 1
                    else 0
                 end)
        into l_state
        from user_scheduler_jobs j
       where j.job_name = in_job.job_name;
      return l_state;
   end state_of;

   procedure drop_unknown(in_jobs in jobs_type)
   is
      l_is_known boolean;
   begin
      <<existing>>
      for r_existing in (
         select j.job_name
           from user_scheduler_jobs j
          where j.job_name like co_like_jobs escape '\'
          order by j.job_name
      ) loop
         l_is_known := false;
         <<known>>
         for i in 1 .. in_jobs.count loop
            l_is_known := l_is_known or in_jobs(i).job_name = r_existing.job_name;
         end loop known;
         if not l_is_known then
            sys.dbms_scheduler.drop_job(
               job_name => r_existing.job_name,
               force    => true
            );
         end if;
      end loop existing;
   end drop_unknown;

   procedure create_all
   is
      co_jobs constant jobs_type := all_jobs;
      l_state pls_integer;
   begin
      <<jobs>>
      for i in 1 .. co_jobs.count loop
         l_state := state_of(in_job => co_jobs(i));
         if l_state = 0 then
            sys.dbms_scheduler.drop_job(
               job_name => co_jobs(i).job_name,
               force    => true
            );
         end if;
         if l_state is null or l_state = 0 then
            sys.dbms_scheduler.create_job(
               job_name        => co_jobs(i).job_name,
               job_type        => co_type,
               job_action      => co_jobs(i).job_action,
               repeat_interval => co_jobs(i).repeat_interval,
               enabled         => true,
               auto_drop       => false,
               comments        => co_jobs(i).comments
            );
         end if;
      end loop jobs;
      drop_unknown(in_jobs => co_jobs);
   end create_all;

   procedure drop_all
   is
   begin
      drop_unknown(in_jobs => jobs_type());
   end drop_all;

   procedure run_end_leases
   is
   begin
      crm_bridge_api.end_expired_leases;
   end run_end_leases;

   procedure run_exception_queues
   is
      l_removed pls_integer;
   begin
      crm_queue.drain_exceptions(
         in_limit    => co_piece,
         out_removed => l_removed
      );
      if l_removed > 0 then
         crm_log.warn(
            in_scope   => co_scope || 'run_exception_queues',
            in_message => 'AQ gave up wake-ups: a daemon fails again and again after dequeuing, its log says why',
            in_context => crm_log.pair(
               in_name  => 'messages',
               in_value => to_char(l_removed)
            )
         );
      end if;
   end run_exception_queues;

   procedure run_figures
   is
   begin
      crm_watch.count_sizes;
   end run_figures;

   procedure run_capture_watch
   is
   begin
      crm_watch.watch_capture;
   end run_capture_watch;

   procedure run_convergence
   is
   begin
      crm_runs.keep_convergence;
   end run_convergence;

   procedure run_retention
   is
      l_rows pls_integer;
   begin
      crm_retention.purge(
         in_limit => co_piece,
         out_rows => l_rows
      );
      if l_rows > 0 then
         crm_log.info(
            in_scope   => co_scope || 'run_retention',
            in_message => 'settled work was emptied or deleted',
            in_context => crm_log.pair(
               in_name  => 'rows',
               in_value => to_char(l_rows)
            )
         );
      end if;
   end run_retention;

   procedure run_time_values
   is
      l_appended pls_integer;
   begin
      crm_values.capture_changed(out_appended => l_appended);
      if l_appended > 0 then
         crm_log.info(
            in_scope   => co_scope || 'run_time_values',
            in_message => 'values that differ because days have passed are sent',
            in_context => crm_log.pair(
               in_name  => 'records',
               in_value => to_char(l_appended)
            )
         );
      end if;
   end run_time_values;
end crm_jobs;
/
