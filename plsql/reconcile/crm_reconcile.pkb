create or replace package body crm_reconcile
is
   co_running   constant crm_diff_runs.status%type := 'RUNNING';
   co_done      constant crm_diff_runs.status%type := 'DONE';
   co_failed    constant crm_diff_runs.status%type := 'FAILED';
   co_requested constant crm_differences.status%type := 'REQUESTED';
   co_gone      constant crm_differences.status%type := 'GONE';
   co_repaired  constant crm_capture_gaps.status%type := 'REPAIRED';
   co_ids_at_a_time constant pls_integer := 1000;
   co_max_piece constant pls_integer := 10000;

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

   procedure add(
      in_client_code in            crm_capture_gaps.client_code%type,
      in_branch_code in            crm_capture_gaps.branch_code%type,
      io_records     in out nocopy crm_types.record_key_set_type
   )
   is
   begin
      io_records(in_client_code || '-' || in_branch_code) := 1;
   end add;

   function to_list(in_records in crm_types.record_key_set_type) return crm_record_keys_ct
   is
      t_record_keys crm_record_keys_ct := crm_record_keys_ct();
      l_record_key  crm_types.record_key_type := in_records.first;
   begin
      <<records>>
      while l_record_key is not null loop
         t_record_keys.extend;
         t_record_keys(t_record_keys.count) := l_record_key;
         l_record_key                       := in_records.next(l_record_key);
      end loop records;
      return t_record_keys;
   end to_list;

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
      t_found        crm_ids_ct;
      t_gap_ids      crm_ids_ct := crm_ids_ct();
      t_client_codes crm_ids_ct;
      t_branch_codes crm_ids_ct;
      t_records      crm_types.record_key_set_type;
      l_stored       pls_integer;
   begin
      open c_open;
      fetch c_open bulk collect into t_found limit in_limit;
      close c_open;
      -- asked again under the lock: another daemon may have repaired one before its row was locked
      forall i in 1 .. t_found.count
         update crm_capture_gaps g
            set g.status      = co_repaired,
                g.repaired_on = systimestamp
          where g.gap_id = t_found(i)
            and g.status = 'OPEN'
         returning g.gap_id, g.client_code, g.branch_code
         bulk collect into t_gap_ids, t_client_codes, t_branch_codes;
      -- by the key of each gap: nothing is joined, whatever the optimizer guesses of their number
      <<gaps>>
      for i in 1 .. t_gap_ids.count loop
         if t_branch_codes(i) is not null then
            add(
               in_client_code => t_client_codes(i),
               in_branch_code => t_branch_codes(i),
               io_records     => t_records
            );
         else
            <<branches>>
            for r_branch in (
               select b.code
                 from erp.branches b
                where b.client_code = t_client_codes(i)
                  and b.integrate_crm = 'S'
            ) loop
               add(
                  in_client_code => t_client_codes(i),
                  in_branch_code => r_branch.code,
                  io_records     => t_records
               );
            end loop branches;
         end if;
      end loop gaps;
      request(
         in_record_keys => to_list(in_records => t_records),
         in_origin      => crm_types.co_origin_gap
      );
      out_repaired := t_gap_ids.count;
      store_crm_ids(out_stored => l_stored);
   end repair_gaps;

   procedure store_crm_ids(out_stored out pls_integer)
   is
      cursor c_found is
         select r.record_key
           from crm_records r
          where r.id_due_on <= systimestamp
          order by r.record_key
            for update skip locked;
      -- asked again under the lock: the record may have got another lead, or lost its own, before its row was locked
      cursor c_due(in_record_keys in crm_record_keys_ct) is
         select r.record_key, b.client_code, b.code, r.crm_id
           from crm_records r
           left join erp.branches b
             on b.client_code = r.client_code
            and b.code = r.branch_code
            and decode(b.id_crm, r.crm_id, 0, 1) = 1
          where r.record_key in (select /*+ cardinality(k 100) */ k.column_value from table(in_record_keys) k)
            and r.id_due_on <= systimestamp
          order by r.record_key;
      cursor c_branch(
         in_client_code in crm_records.client_code%type,
         in_branch_code in crm_records.branch_code%type
      ) is
         select b.id_crm
           from erp.branches b
          where b.client_code = in_client_code
            and b.code = in_branch_code
            for update of b.id_crm skip locked;
      type due_type is table of c_due%rowtype;
      t_found  crm_record_keys_ct;
      t_due    due_type;
      r_branch c_branch%rowtype;
      l_found  boolean;
   begin
      out_stored := 0;
      open c_found;
      fetch c_found bulk collect into t_found limit co_ids_at_a_time;
      close c_found;
      open c_due(in_record_keys => t_found);
      fetch c_due bulk collect into t_due;
      close c_due;
      <<due>>
      for i in 1 .. t_due.count loop
         l_found := true;
         if t_due(i).client_code is not null and t_due(i).crm_id is not null then
            open c_branch(
               in_client_code => t_due(i).client_code,
               in_branch_code => t_due(i).code
            );
            fetch c_branch into r_branch;
            l_found := c_branch%found;
            close c_branch;
            if l_found then
               update erp.branches b
                  set b.id_crm = t_due(i).crm_id
                where b.client_code = t_due(i).client_code
                  and b.code = t_due(i).code;
               out_stored := out_stored + 1;
            end if;
         end if;
         if l_found then
            update crm_records r
               set r.id_due_on = null
             where r.record_key = t_due(i).record_key;
         end if;
      end loop due;
   end store_crm_ids;

   procedure find_missing_ids(out_found out pls_integer)
   is
   begin
      update crm_records r
         set r.id_due_on = systimestamp
       where r.crm_id is not null
         and r.id_due_on is null
         and exists (
                select null
                  from erp.branches b
                 where b.client_code = r.client_code
                   and b.code = r.branch_code
                   and decode(b.id_crm, r.crm_id, 0, 1) = 1
             );
      out_found := sql%rowcount;
   end find_missing_ids;

   procedure request_unsent(
      in_after      in  number,
      in_limit      in  pls_integer,
      out_requested out pls_integer,
      out_next      out number
   )
   is
   begin
      if in_after is null or in_limit is null or in_limit not between 1 and co_max_piece then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => 'after = ' || in_after || ', limit = ' || in_limit || ', allowed 1 to ' || co_max_piece
         );
      end if;
      out_requested := 0;
      out_next      := crm_outbox.last_client(
         in_after => in_after,
         in_limit => in_limit
      );
      if out_next is null then
         return;
      end if;
      crm_outbox.append_unsent(
         in_after     => in_after,
         in_to        => out_next,
         out_appended => out_requested
      );
      if out_requested > 0 then
         crm_queue.announce_backlog;
      end if;
   end request_unsent;

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
         -- plsqlcheck: allow waiting-lock because a run is ours and locked before anything else
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
