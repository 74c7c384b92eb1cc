create or replace package body crm_reconcile
is
   co_running   constant crm_diff_runs.status%type := 'RUNNING';
   co_done      constant crm_diff_runs.status%type := 'DONE';
   co_failed    constant crm_diff_runs.status%type := 'FAILED';
   co_requested constant crm_differences.status%type := 'REQUESTED';
   co_gone      constant crm_differences.status%type := 'GONE';
   co_repaired  constant crm_capture_gaps.status%type := 'REPAIRED';

   procedure request(
      in_record_keys in crm_record_keys_ct,
      in_origin      in crm_types.origin_type
   )
   is
      t_event_ids crm_ids_ct;
      t_versions  crm_ids_ct;
   begin
      crm_outbox.append(
         in_record_keys => in_record_keys,
         in_origin      => in_origin,
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      crm_queue.announce_changes(
         in_event_ids   => t_event_ids,
         in_record_keys => in_record_keys,
         in_versions    => t_versions
      );
   end request;

   procedure repair_gaps(
      in_limit     in  pls_integer,
      out_repaired out pls_integer
   )
   is
      cursor c_open is
         select g.gap_id
           from crm_capture_gaps g
          where g.status = 'OPEN'
          order by g.gap_id
            for update skip locked;
      t_gap_ids     crm_ids_ct;
      t_record_keys crm_record_keys_ct;
      l_stored      pls_integer;
   begin
      open c_open;
      fetch c_open bulk collect into t_gap_ids limit in_limit;
      close c_open;
      select g.client_code || '-' || coalesce(g.branch_code, b.code)
        bulk collect into t_record_keys
        from crm_capture_gaps g
        left join erp.branches b
          on b.client_code = g.client_code
         and g.branch_code is null
         and b.integrate_crm = crm_types.co_yes
       where g.gap_id in (select t.column_value from table(t_gap_ids) t)
         and coalesce(g.branch_code, b.code) is not null
       group by g.client_code, coalesce(g.branch_code, b.code);
      request(
         in_record_keys => t_record_keys,
         in_origin      => crm_types.co_origin_gap
      );
      forall i in 1 .. t_gap_ids.count
         update crm_capture_gaps g
            set g.status      = co_repaired,
                g.repaired_on = systimestamp
          where g.gap_id = t_gap_ids(i);
      out_repaired := t_gap_ids.count;
      store_crm_ids(out_stored => l_stored);
   end repair_gaps;

   procedure store_crm_ids(out_stored out pls_integer)
   is
      cursor c_missing is
         select b.client_code, b.code, r.crm_id
           from crm_records r
           join erp.branches b
             on b.client_code = r.client_code
            and b.code = r.branch_code
          where r.crm_id is not null
            and decode(b.id_crm, r.crm_id, 0, 1) = 1
            for update of b.id_crm skip locked;
      t_clients  crm_ids_ct;
      t_branches crm_ids_ct;
      t_crm_ids  crm_ids_ct;
   begin
      open c_missing;
      fetch c_missing bulk collect into t_clients, t_branches, t_crm_ids;
      close c_missing;
      forall i in 1 .. t_clients.count
         update erp.branches b
            set b.id_crm = t_crm_ids(i)
          where b.client_code = t_clients(i)
            and b.code = t_branches(i);
      out_stored := t_clients.count;
   end store_crm_ids;

   procedure request_initial_load(out_requested out pls_integer)
   is
   begin
      crm_outbox.append_unsent(out_appended => out_requested);
      if out_requested > 0 then
         crm_queue.announce_backlog;
      end if;
   end request_initial_load;

   procedure start_run(
      in_engine  in  crm_diff_runs.engine%type,
      out_run_id out crm_diff_runs.run_id%type
   )
   is
   begin
      insert into crm_diff_runs (engine)
      values (in_engine)
      returning run_id into out_run_id;
   end start_run;

   procedure assert_state(
      in_run_id     in crm_diff_runs.run_id%type,
      in_is_running in boolean
   )
   is
      l_status crm_diff_runs.status%type;
   begin
      select r.status
        into l_status
        from crm_diff_runs r
       where r.run_id = in_run_id
         for update;
      if in_is_running and l_status <> co_running or not in_is_running and l_status <> co_done then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_run,
            in_detail => 'run ' || in_run_id || ' is ' || l_status
         );
      end if;
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_run,
            in_detail => 'run ' || in_run_id
         );
   end assert_state;

   procedure record_differences(
      in_run_id      in crm_diff_runs.run_id%type,
      in_differences in clob
   )
   is
   begin
      assert_state(
         in_run_id     => in_run_id,
         in_is_running => true
      );
      merge into crm_differences tgt
      using (
               select j.record_key, j.kind, j.erp_hash
                 from json_table(
                         in_differences, '$[*]'
                         columns (
                            record_key varchar2(40 char) path '$.record_key',
                            kind       varchar2(7 char)  path '$.kind',
                            erp_hash   varchar2(64 char) path '$.erp_hash'
                         )
                      ) j
            ) src
         on (tgt.run_id = in_run_id and tgt.record_key = src.record_key)
       when not matched then
            insert (run_id, record_key, kind, erp_hash)
            values (in_run_id, src.record_key, src.kind, src.erp_hash);
   end record_differences;

   procedure finish_run(
      in_run_id        in crm_diff_runs.run_id%type,
      in_status        in crm_diff_runs.status%type,
      in_rows_compared in crm_diff_runs.rows_compared%type,
      in_detail        in crm_diff_runs.detail%type
   )
   is
   begin
      if in_status is null or in_status not in (co_done, co_failed) then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_outcome,
            in_detail => in_status || ', allowed DONE, FAILED'
         );
      end if;
      assert_state(
         in_run_id     => in_run_id,
         in_is_running => true
      );
      update crm_diff_runs r
         set r.status        = in_status,
             r.rows_compared = in_rows_compared,
             r.detail        = in_detail,
             r.finished_on   = systimestamp
       where r.run_id = in_run_id;
   end finish_run;

   procedure repair_differences(
      in_run_id     in  crm_diff_runs.run_id%type,
      out_requested out pls_integer
   )
   is
      t_record_keys crm_record_keys_ct;
   begin
      assert_state(
         in_run_id     => in_run_id,
         in_is_running => false
      );
      select d.record_key
        bulk collect into t_record_keys
        from crm_differences d
        left join crm_records r
          on r.record_key = d.record_key
        left join crm_client_rows_v c
          on c.client_code = to_number(substr(d.record_key, 1, instr(d.record_key, '-') - 1))
         and c.branch_code = to_number(substr(d.record_key, instr(d.record_key, '-') + 1))
       where d.run_id = in_run_id
         and d.status = 'FOUND'
         and (
                c.row_hash is not null and decode(c.row_hash, lower(rawtohex(r.agreed_hash)), 0, 1) = 1
                or c.row_hash is null and r.agreed_image is not null
             )
         and not exists (
                select null
                  from crm_outbox_events e
                 where e.record_key = d.record_key
                   and e.status in ('READY', 'INFLIGHT')
             );
      request(
         in_record_keys => t_record_keys,
         in_origin      => crm_types.co_origin_diff
      );
      forall i in 1 .. t_record_keys.count
         update crm_differences d
            set d.status      = co_requested,
                d.repaired_on = systimestamp
          where d.run_id = in_run_id
            and d.record_key = t_record_keys(i);
      update crm_differences d
         set d.status      = co_gone,
             d.repaired_on = systimestamp
       where d.run_id = in_run_id
         and d.status = 'FOUND';
      out_requested := t_record_keys.count;
   end repair_differences;
end crm_reconcile;
/
