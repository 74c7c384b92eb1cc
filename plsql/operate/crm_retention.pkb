create or replace package body crm_retention
is
   co_max_limit constant pls_integer := 100000;

   -- Each statement finds its rows by an index whose first columns are those of its predicate, oldest first: what was
   -- emptied, and what is younger, is not touched. Documents of work that waits or is parked stay.

   procedure empty_changes(
      in_before in     timestamp with time zone,
      in_limit  in     pls_integer,
      io_rows   in out pls_integer
   )
   is
      t_event_ids crm_ids_ct;
   begin
      update crm_outbox_events e
         set e.document   = null,
             e.steps      = null,
             e.detail     = null,
             e.is_emptied = 'S'
       where e.is_emptied = 'N'
         and e.settled_on < in_before
         and e.status in ('DELIVERED', 'UNCHANGED', 'SUPERSEDED', 'SKIPPED')
         and rownum <= in_limit
      returning e.event_id bulk collect into t_event_ids;
      -- what the CRM answered may quote the record
      forall i in 1 .. t_event_ids.count
         update crm_outbox_attempts a
            set a.detail = null
          where a.event_id = t_event_ids(i)
            and a.detail is not null;
      io_rows := io_rows + t_event_ids.count;
   end empty_changes;

   procedure empty_webhooks(
      in_before in     timestamp with time zone,
      in_limit  in     pls_integer,
      io_rows   in out pls_integer
   )
   is
   begin
      update crm_inbox_events i
         set i.body       = null,
             i.fields     = null,
             i.detail     = null,
             i.is_emptied = 'S'
       where i.is_emptied = 'N'
         and i.settled_on < in_before
         and i.status in ('APPLIED', 'UNCHANGED', 'IGNORED', 'DONE', 'SUPERSEDED', 'SKIPPED')
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      update crm_operator_audit a
         set a.body_before = null,
             a.is_emptied  = 'S'
       where a.is_emptied = 'N'
         and a.done_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
   end empty_webhooks;

   -- A webhook that was stored while its record was being forgotten could not know it yet.
   procedure empty_forgotten(io_rows in out pls_integer)
   is
      t_crm_ids crm_ids_ct;
   begin
      select f.crm_id
        bulk collect into t_crm_ids
        from crm_forgotten_records f
       where f.crm_id is not null;
      -- by key, whatever the statistics say: few leads are forgotten, and many webhooks wait for their age
      forall j in 1 .. t_crm_ids.count
         update crm_inbox_events i
            set i.body       = null,
                i.fields     = null,
                i.is_emptied = 'S'
          where i.crm_id = t_crm_ids(j)
            and i.is_emptied = 'N'
            and i.status <> 'INFLIGHT';
      io_rows := io_rows + sql%rowcount;
   end empty_forgotten;

   procedure delete_settled(
      in_before in     timestamp with time zone,
      in_limit  in     pls_integer,
      io_rows   in out pls_integer
   )
   is
   begin
      delete from crm_outbox_events e
       where e.is_emptied = 'S'
         and e.settled_on < in_before
         and e.status in ('DELIVERED', 'UNCHANGED', 'SUPERSEDED', 'SKIPPED')
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      delete from crm_inbox_events i
       where i.is_emptied = 'S'
         and i.settled_on < in_before
         and i.status in ('APPLIED', 'UNCHANGED', 'IGNORED', 'DONE', 'SUPERSEDED', 'SKIPPED')
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
   end delete_settled;

   procedure delete_records_of_work(
      in_before in     timestamp with time zone,
      in_limit  in     pls_integer,
      io_rows   in out pls_integer
   )
   is
   begin
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
   end delete_records_of_work;

   procedure delete_decisions(
      in_before in     timestamp with time zone,
      in_limit  in     pls_integer,
      io_rows   in out pls_integer
   )
   is
   begin
      delete from crm_merge_audit m
       where m.decided_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
      -- of an open conflict resolved_on is null
      delete from crm_conflicts c
       where c.resolved_on < in_before
         and rownum <= in_limit;
      io_rows := io_rows + sql%rowcount;
   end delete_decisions;

   -- What is left of leads, persons and branches that are gone; a branch that comes back is merged without a base.
   procedure delete_ended(
      in_before in     timestamp with time zone,
      in_limit  in     pls_integer,
      io_rows   in out pls_integer
   )
   is
      -- What somebody works with is left for the next run: nobody waits for a run that takes thousands of rows.
      cursor c_records is
         select r.record_key
           from crm_records r
          where r.left_on < in_before
            and r.lease_owner is null
            for update skip locked;
      cursor c_leads is
         select l.id
           from leads l
          where l.ended_on < in_before
            for update skip locked;
      cursor c_persons is
         select c.id
           from contacts c
          where c.ended_on < in_before
            for update skip locked;
      t_record_keys crm_record_keys_ct;
      t_lead_ids    crm_ids_ct;
      t_person_ids  crm_ids_ct;
   begin
      open c_records;
      fetch c_records bulk collect into t_record_keys limit in_limit;
      close c_records;
      -- asked again under the lock: who came back meanwhile stays
      forall i in 1 .. t_record_keys.count
         update crm_records r
            set r.left_image = null,
                r.left_on    = null
          where r.record_key = t_record_keys(i)
            and r.left_on < in_before
            and r.lease_owner is null;
      io_rows := io_rows + sql%rowcount;
      open c_leads;
      fetch c_leads bulk collect into t_lead_ids limit in_limit;
      close c_leads;
      forall i in 1 .. t_lead_ids.count
         delete from leads l
          where l.id = t_lead_ids(i)
            and l.ended_on < in_before;
      io_rows := io_rows + sql%rowcount;
      open c_persons;
      fetch c_persons bulk collect into t_person_ids limit in_limit;
      close c_persons;
      forall i in 1 .. t_person_ids.count
         delete from contacts c
          where c.id = t_person_ids(i)
            and c.ended_on < in_before;
      io_rows := io_rows + sql%rowcount;
   end delete_ended;

   -- The time so many days ago, as a setting says.
   function time_before(in_name in crm_settings.name%type) return timestamp with time zone
   is
   begin
      return systimestamp - numtodsinterval(crm_config.number_value(in_name => in_name), 'DAY');
   end time_before;

   procedure purge(
      in_limit in  pls_integer,
      out_rows out pls_integer
   )
   is
      co_payloads constant timestamp with time zone := time_before(in_name => crm_config.co_payload_days);
      co_rows     constant timestamp with time zone := time_before(in_name => crm_config.co_row_days);
   begin
      if in_limit is null or in_limit not between 1 and co_max_limit then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => 'limit = ' || in_limit || ', allowed 1 to ' || co_max_limit
         );
      end if;
      out_rows := 0;
      -- what is deleted is emptied before, also when the settings say the opposite
      empty_changes(
         in_before => greatest(co_payloads, co_rows),
         in_limit  => in_limit,
         io_rows   => out_rows
      );
      empty_webhooks(
         in_before => greatest(co_payloads, co_rows),
         in_limit  => in_limit,
         io_rows   => out_rows
      );
      empty_forgotten(io_rows => out_rows);
      delete_settled(
         in_before => co_rows,
         in_limit  => in_limit,
         io_rows   => out_rows
      );
      delete_records_of_work(
         in_before => co_rows,
         in_limit  => in_limit,
         io_rows   => out_rows
      );
      delete_decisions(
         in_before => time_before(in_name => crm_config.co_decision_days),
         in_limit  => in_limit,
         io_rows   => out_rows
      );
      delete_ended(
         in_before => time_before(in_name => crm_config.co_ended_days),
         in_limit  => in_limit,
         io_rows   => out_rows
      );
   end purge;
end crm_retention;
/
