create or replace package body crm_worker
is
   procedure heartbeat(
      in_worker_id     in  crm_workers.worker_id%type,
      out_live_workers out pls_integer
   )
   is
      co_live_seconds constant number := crm_config.number_value(in_name => crm_config.co_worker_live_seconds);
   begin
      if in_worker_id is null then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => 'worker_id is missing'
         );
      end if;
      merge into crm_workers tgt
      using (
               select in_worker_id as worker_id
                 from dual
            ) src
         on (tgt.worker_id = src.worker_id)
       when matched then
            update
               set tgt.heartbeat_on = systimestamp
       when not matched then
            insert (worker_id, heartbeat_on)
            values (src.worker_id, systimestamp);
      select count(*)
        into out_live_workers
        from crm_workers w
       where w.heartbeat_on > systimestamp - numtodsinterval(co_live_seconds, 'SECOND');
   end heartbeat;
end crm_worker;
/
