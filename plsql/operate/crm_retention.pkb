create or replace package body crm_retention
is
   co_max_limit constant pls_integer := 100000;

   procedure empty_payloads(
      in_before in timestamp with time zone,
      in_limit  in pls_integer,
      io_rows   in out pls_integer
   )
   is
   begin
      update crm_outbox_events e
         set e.document = null,
             e.steps    = null
       where e.status in (
                crm_types.co_delivered, crm_types.co_unchanged, crm_types.co_superseded, crm_types.co_skipped
             )
         and e.settled_on < in_before
         and (e.document is not null or e.steps is not null)
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      update crm_inbox_events i
         set i.body   = null,
             i.fields = null
       where i.status not in (crm_types.co_ready, crm_types.co_inflight, crm_types.co_parked)
         and i.settled_on < in_before
         and (i.body is not null or i.fields is not null)
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      update crm_operator_audit a
         set a.body_before = null
       where a.done_on < in_before
         and a.body_before is not null
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
   end empty_payloads;

   procedure delete_rows(
      in_before in timestamp with time zone,
      in_limit  in pls_integer,
      io_rows   in out pls_integer
   )
   is
   begin
      delete from crm_outbox_events e
       where e.status in (
                crm_types.co_delivered, crm_types.co_unchanged, crm_types.co_superseded, crm_types.co_skipped
             )
         and e.settled_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      delete from crm_inbox_events i
       where i.status not in (crm_types.co_ready, crm_types.co_inflight, crm_types.co_parked)
         and i.settled_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      delete from crm_capture_gaps g
       where g.repaired_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      delete from crm_diff_runs d
       where d.finished_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      delete from crm_sync_runs s
       where s.finished_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      delete from crm_convergence_history h
       where h.taken_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      delete from crm_workers w
       where w.heartbeat_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      delete from error_log l
       where l.created_on < cast(in_before as timestamp)
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
   end delete_rows;

   procedure purge(
      in_limit in  pls_integer,
      out_rows out pls_integer
   )
   is
      co_payload_days constant number := crm_config.number_value(in_name => crm_config.co_payload_days);
      co_row_days     constant number := crm_config.number_value(in_name => crm_config.co_row_days);
   begin
      if in_limit is null or in_limit not between 1 and co_max_limit then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => 'limit = ' || in_limit || ', allowed 1 to ' || co_max_limit
         );
      end if;
      out_rows := 0;
      empty_payloads(
         in_before => systimestamp - numtodsinterval(co_payload_days, 'DAY'),
         in_limit  => in_limit,
         io_rows   => out_rows
      );
      delete_rows(
         in_before => systimestamp - numtodsinterval(co_row_days, 'DAY'),
         in_limit  => in_limit,
         io_rows   => out_rows
      );
   end purge;
end crm_retention;
/
