create or replace package body crm_worker
is
   -- A daemon that knows crm_quota says so after each heartbeat.
   co_silence constant interval day to second := interval '30' second;

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

   procedure note_booked(
      in_worker_id  in  crm_workers.worker_id%type,
      in_seconds    in  number,
      out_sharing   out pls_integer,
      out_is_beside out varchar2
   )
   is
      co_live_seconds constant number := crm_config.number_value(in_name => crm_config.co_worker_live_seconds);
      l_others        pls_integer;
      l_own           pls_integer;
      l_live          pls_integer;
   begin
      crm_err.assert_given(
         in_name  => 'worker_id',
         in_value => in_worker_id
      );
      select count(case when w.worker_id <> in_worker_id and w.is_old = 'S' then 1 end),
             count(case when w.worker_id = in_worker_id and w.is_old = 'S' then 1 end),
             count(case when w.heartbeat_on > systimestamp - numtodsinterval(co_live_seconds, 'SECOND') then 1 end)
        into l_others,
             l_own,
             l_live
        from (
                select n.worker_id,
                       n.heartbeat_on,
                       case when n.booked_on is null or n.booked_on < n.heartbeat_on - co_silence then 'S' end as is_old
                  from crm_workers n
                 where n.heartbeat_on > systimestamp - numtodsinterval(greatest(co_live_seconds, in_seconds), 'SECOND')
             ) w;
      merge into crm_workers tgt
      using (
               select in_worker_id as worker_id
                 from dual
            ) src
         on (tgt.worker_id = src.worker_id)
       when matched then
            update
               set tgt.booked_on = systimestamp
       when not matched then
            insert (worker_id, heartbeat_on, booked_on)
            values (src.worker_id, systimestamp, systimestamp);
      out_sharing := case l_others when 0 then 1 else greatest(l_live, 1) end;
      out_is_beside := case when l_others + l_own > 0 then 'S' else 'N' end;
   end note_booked;
end crm_worker;
/
