create or replace package body crm_runs
is
   co_running  constant crm_sync_runs.status%type := 'RUNNING';
   co_paused   constant crm_sync_runs.status%type := 'PAUSED';
   co_done     constant crm_sync_runs.status%type := 'DONE';
   co_failed   constant crm_sync_runs.status%type := 'FAILED';
   co_leads    constant crm_sync_runs.entity%type := 'LEADS';
   co_contacts constant crm_sync_runs.entity%type := 'CONTACTS';
   co_all      constant crm_sync_runs.entity%type := 'ALL';
   co_new      constant varchar2(7 char) := 'NEW';
   co_resume   constant varchar2(7 char) := 'RESUME';
   co_restart  constant varchar2(7 char) := 'RESTART';
   co_left     constant varchar2(4 char) := 'LEFT';
   co_mask     constant varchar2(40 char) := 'YYYY-MM-DD"T"HH24:MI:SS.FF6';
   co_lease    constant pls_integer := 60;
   co_max_piece constant pls_integer := 10000;

   function mark_time(in_mark in varchar2) return timestamp with time zone
   is
   begin
      return from_tz(to_timestamp(in_mark, co_mask), '+00:00');
   end mark_time;

   -- Locks the run until the end of the transaction.
   function locked_run(
      in_run_id    in crm_sync_runs.run_id%type,
      in_run_token in crm_sync_runs.run_token%type
   ) return crm_sync_runs%rowtype
   is
      r_run crm_sync_runs%rowtype;
   begin
      select r.*
        into r_run
        from crm_sync_runs r
       where r.run_id = in_run_id
         -- plsqlcheck: allow waiting-lock because a run is ours and locked before anything else
         for update;
      if r_run.status <> co_running or in_run_token is null or r_run.run_token <> in_run_token then
         crm_err.raise_error(
            in_number => crm_err.co_run_lost,
            in_detail => 'run ' || in_run_id || ' is ' || r_run.status
         );
      end if;
      return r_run;
   exception
      when no_data_found then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_run,
            in_detail => 'run ' || in_run_id
         );
   end locked_run;

   -- For whom a hint is stored: polling sees the same state of a lead several times, a run only once.
   function reason_of(in_run in crm_sync_runs%rowtype) return varchar2
   is
   begin
      return case in_run.kind when co_poll then co_poll else 'run ' || in_run.run_id end;
   end reason_of;

   procedure open_run(
      in_kind          in  crm_sync_runs.kind%type,
      in_entity        in  crm_sync_runs.entity%type,
      in_mode          in  varchar2,
      in_by            in  crm_sync_runs.started_by%type,
      out_run_id       out crm_sync_runs.run_id%type,
      out_run_token    out crm_sync_runs.run_token%type,
      out_entity       out crm_sync_runs.entity%type,
      out_position     out crm_sync_runs.resume_position%type,
      out_has_contacts out crm_types.flag_type
   )
   is
      cursor c_open is
         select r.*
           from crm_sync_runs r
          where r.kind = in_kind
            and r.status in ('RUNNING', 'PAUSED')
            -- plsqlcheck: allow waiting-lock because a run is ours and locked before anything else
            for update;
      r_open     c_open%rowtype;
      l_is_found boolean;
      l_expected crm_sync_runs.records_expected%type;
   begin
      if in_kind not in (co_resync, co_validate)
         or in_entity not in (co_leads, co_contacts, co_all)
         or in_mode not in (co_new, co_resume, co_restart)
         or in_by is null
      then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => in_kind || ', ' || in_entity || ', ' || in_mode
         );
      end if;
      out_has_contacts := case crm_config.text_value(in_name => 'send_steps')
                             when crm_types.co_yes then crm_types.co_yes
                             else crm_types.co_no
                          end;
      open c_open;
      fetch c_open into r_open;
      l_is_found := c_open%found;
      close c_open;
      if l_is_found and in_mode = co_new then
         crm_err.raise_error(
            in_number => crm_err.co_run_open,
            in_detail => 'run ' || r_open.run_id || ' is ' || r_open.status
         );
      elsif not l_is_found and in_mode = co_resume then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_run,
            in_detail => 'no run of kind ' || in_kind || ' is open'
         );
      elsif in_mode = co_resume then
         update crm_sync_runs r
            set r.status           = co_running,
                r.is_pause_wanted  = crm_types.co_no,
                r.run_token        = r.run_token + 1,
                r.last_progress_on = systimestamp
          where r.run_id = r_open.run_id
         returning r.run_id, r.run_token, r.entity, r.resume_position
              into out_run_id, out_run_token, out_entity, out_position;
         return;
      elsif l_is_found then
         update crm_sync_runs r
            set r.status      = co_failed,
                r.finished_on = systimestamp,
                r.detail      = 'given up for a new run'
          where r.run_id = r_open.run_id;
      end if;
      select case when in_entity in (co_leads, co_all) then count(*) else 0 end
        into l_expected
        from crm_records r
       where r.crm_id is not null;
      insert into crm_sync_runs (kind, entity, started_by, records_expected)
      values (in_kind, in_entity, in_by, l_expected)
      returning run_id, run_token, entity into out_run_id, out_run_token, out_entity;
   end open_run;

   procedure take_poll(
      in_every_seconds in  number,
      in_by            in  crm_sync_runs.started_by%type,
      out_run_id       out crm_sync_runs.run_id%type,
      out_run_token    out crm_sync_runs.run_token%type,
      out_position     out crm_sync_runs.resume_position%type
   )
   is
      cursor c_poll is
         select r.run_id
           from crm_sync_runs r
          where r.kind = co_poll
            and r.status = 'RUNNING'
            and r.last_progress_on <= systimestamp - numtodsinterval(in_every_seconds, 'SECOND')
            for update skip locked;
      l_open pls_integer;
   begin
      open c_poll;
      fetch c_poll into out_run_id;
      close c_poll;
      if out_run_id is not null then
         update crm_sync_runs r
            set r.run_token        = r.run_token + 1,
                r.last_progress_on = systimestamp,
                r.started_by       = in_by
          where r.run_id = out_run_id
            -- asked again under the lock: another daemon may have taken the turn before the row was locked
            and r.kind = co_poll
            and r.status = 'RUNNING'
            and r.last_progress_on <= systimestamp - numtodsinterval(in_every_seconds, 'SECOND')
         returning r.run_token, r.resume_position into out_run_token, out_position;
         if sql%rowcount = 0 then
            out_run_id := null;
         end if;
         return;
      end if;
      select count(*)
        into l_open
        from crm_sync_runs r
       where r.kind = co_poll
         and r.status = 'RUNNING';
      if l_open = 0 then
         insert into crm_sync_runs (kind, entity, started_by)
         values (co_poll, co_leads, in_by)
         returning run_id, run_token into out_run_id, out_run_token;
      end if;
   exception
      when dup_val_on_index then
         out_run_id := null;   -- another daemon was faster
   end take_poll;

   procedure begin_page(
      in_run_id           in  crm_sync_runs.run_id%type,
      in_run_token        in  crm_sync_runs.run_token%type,
      out_mark            out varchar2,
      out_is_pause_wanted out crm_types.flag_type
   )
   is
      co_run constant crm_sync_runs%rowtype := locked_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token
      );
   begin
      out_mark            := to_char(sys_extract_utc(systimestamp), co_mask);
      out_is_pause_wanted := co_run.is_pause_wanted;
   end begin_page;

   -- Do persons come into the ERP?
   function takes_persons return boolean
   is
   begin
      return crm_config.text_value(in_name => 'send_steps') = crm_types.co_yes
             and crm_config.text_value(in_name => crm_config.co_take_contacts) = crm_types.co_yes;
   end takes_persons;

   procedure store_page(
      in_run_id     in  crm_sync_runs.run_id%type,
      in_run_token  in  crm_sync_runs.run_token%type,
      in_mark       in  varchar2,
      in_entity     in  crm_sync_runs.entity%type,
      in_page       in  clob,
      out_to_apply  out crm_ids_ct,
      out_equal     out pls_integer,
      out_busy      out pls_integer,
      out_outside   out pls_integer,
      out_different out pls_integer,
      out_left      out pls_integer
   )
   is
      co_run      constant crm_sync_runs%rowtype := locked_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token
      );
      t_results   crm_comparison.results_type;
      t_different crm_comparison.results_type;
      t_to_hand   crm_comparison.results_type;
   begin
      out_to_apply  := crm_ids_ct();
      out_equal     := 0;
      out_busy      := 0;
      out_outside   := 0;
      out_different := 0;
      out_left      := 0;
      if in_entity = co_contacts and co_run.kind = co_poll and not takes_persons then
         return;
      end if;
      if in_entity = co_contacts then
         crm_contact_comparison.compare_persons(
            in_run_id   => in_run_id,
            in_persons  => in_page,
            in_read_on  => mark_time(in_mark => in_mark),
            out_results => t_results
         );
      else
         crm_comparison.compare_leads(
            in_run_id   => in_run_id,
            in_leads    => in_page,
            in_read_on  => mark_time(in_mark => in_mark),
            out_results => t_results
         );
      end if;
      <<results>>
      for i in 1 .. t_results.count loop
         case t_results(i).state
            when crm_comparison.co_equal then
               out_equal := out_equal + 1;
            when crm_comparison.co_busy then
               out_busy := out_busy + 1;
               -- it may take long until polling comes to a person again; the hint waits until the record is free
               if co_run.kind = co_poll and t_results(i).action = crm_comparison.co_read then
                  t_to_hand(t_to_hand.count + 1) := t_results(i);
               end if;
            when crm_comparison.co_outside then
               out_outside := out_outside + 1;
            else
               t_different(t_different.count + 1) := t_results(i);
               if co_run.kind = co_resync
                  and t_results(i).action = crm_comparison.co_read
                  and in_entity = co_leads
               then
                  out_to_apply.extend;
                  out_to_apply(out_to_apply.count) := t_results(i).crm_id;
               -- what the ERP has to send is the business of the outbox, not of polling
               elsif co_run.kind = co_resync or t_results(i).action <> crm_comparison.co_send then
                  t_to_hand(t_to_hand.count + 1) := t_results(i);
               end if;
         end case;
      end loop results;
      out_different := t_different.count;
      if co_run.kind <> co_poll then
         crm_findings.note(
            in_run_id    => in_run_id,
            in_results   => t_different,
            in_is_handed => co_run.kind = co_resync
         );
      end if;
      if co_run.kind <> co_validate then
         crm_findings.hand_over(
            in_reason  => reason_of(in_run => co_run),
            in_results => t_to_hand,
            out_handed => out_left
         );
      end if;
   end store_page;

   procedure apply_lead(
      in_run_id      in  crm_sync_runs.run_id%type,
      in_run_token   in  crm_sync_runs.run_token%type,
      in_mark        in  varchar2,
      in_lead        in  clob,
      out_record_key out crm_records.record_key%type,
      out_result     out varchar2
   )
   is
      co_run        constant crm_sync_runs%rowtype := locked_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token
      );
      l_crm_id      crm_records.crm_id%type;
      l_inbox_id    crm_inbox_events.inbox_id%type;
      l_fence_token crm_inbox_events.fence_token%type;
      t_leased      crm_record_keys_ct;
   begin
      out_result := co_left;
      select max(r.record_key), max(j.crm_id)
        into out_record_key, l_crm_id
        from json_table(in_lead, '$' columns (crm_id number path '$.crm_id')) j
        left join crm_records r
          on r.crm_id = j.crm_id;
      if out_record_key is not null then
         crm_record.lease(
            in_record_keys   => crm_record_keys_ct(out_record_key),
            in_worker_id     => 'run:' || in_run_id,
            in_lease_seconds => co_lease,
            out_record_keys  => t_leased
         );
         if t_leased.count = 1 then
            if not crm_comparison.is_touched(
                      in_record_key => out_record_key,
                      in_read_on    => mark_time(in_mark => in_mark)
                   )
            then
               crm_inbox.store_claimed(
                  in_reason       => reason_of(in_run => co_run),
                  in_crm_id       => l_crm_id,
                  in_record_key   => out_record_key,
                  out_inbox_id    => l_inbox_id,
                  out_fence_token => l_fence_token
               );
               crm_apply.apply_lead(
                  in_inbox_id    => l_inbox_id,
                  in_fence_token => l_fence_token,
                  in_lead        => in_lead,
                  out_record_key => out_record_key,
                  out_result     => out_result
               );
               return;
            end if;
            crm_record.give_back(in_record_keys => t_leased);
         end if;
      end if;
      leave_lead(
         in_run_id    => in_run_id,
         in_run_token => in_run_token,
         in_crm_id    => l_crm_id
      );
   end apply_lead;

   procedure leave_lead(
      in_run_id    in crm_sync_runs.run_id%type,
      in_run_token in crm_sync_runs.run_token%type,
      in_crm_id    in crm_records.crm_id%type
   )
   is
      co_run    constant crm_sync_runs%rowtype := locked_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token
      );
      t_results crm_comparison.results_type;
      l_handed  pls_integer;
   begin
      t_results(1).entity     := crm_comparison.co_lead;
      t_results(1).action     := crm_comparison.co_read;
      t_results(1).crm_id     := in_crm_id;
      t_results(1).read_state := 'left';
      crm_findings.hand_over(
         in_reason  => reason_of(in_run => co_run),
         in_results => t_results,
         out_handed => l_handed
      );
   end leave_lead;

   procedure finish_page(
      in_run_id    in crm_sync_runs.run_id%type,
      in_run_token in crm_sync_runs.run_token%type,
      in_position  in crm_sync_runs.resume_position%type,
      in_read      in crm_sync_runs.records_read%type,
      in_equal     in crm_sync_runs.records_equal%type,
      in_busy      in crm_sync_runs.records_busy%type,
      in_outside   in crm_sync_runs.records_outside%type,
      in_different in crm_sync_runs.records_different%type,
      in_applied   in crm_sync_runs.records_applied%type,
      in_left      in crm_sync_runs.records_left%type
   )
   is
      co_run constant crm_sync_runs%rowtype := locked_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token
      );
   begin
      update crm_sync_runs r
         set r.resume_position   = in_position,
             r.pages             = r.pages + 1,
             r.records_read      = r.records_read + in_read,
             r.records_equal     = r.records_equal + in_equal,
             r.records_busy      = r.records_busy + in_busy,
             r.records_outside   = r.records_outside + in_outside,
             r.records_different = r.records_different + in_different,
             r.records_applied   = r.records_applied + in_applied,
             r.records_left      = r.records_left + in_left,
             r.last_progress_on  = systimestamp
       where r.run_id = co_run.run_id;
   end finish_page;

   procedure find_unseen(
      in_run_id    in  crm_sync_runs.run_id%type,
      in_run_token in  crm_sync_runs.run_token%type,
      in_entity    in  crm_sync_runs.entity%type,
      in_after     in  number,
      in_limit     in  pls_integer,
      out_ids      out crm_ids_ct
   )
   is
      co_run constant crm_sync_runs%rowtype := locked_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token
      );
      cursor c_leads is
         select r.crm_id
           from crm_records r
           left join crm_record_proofs p
             on p.record_key = r.record_key
          where r.crm_id > in_after
            and r.agreed_image is not null
            and (p.looked_on is null or p.looked_on < co_run.started_on)
          order by r.crm_id
          fetch first in_limit rows only;
      cursor c_persons is
         select k.person_id
           from crm_contact_records k
           left join crm_contact_proofs p
             on p.contact_id = k.contact_id
          where k.person_id > in_after
            and k.agreed_image is not null
            and (p.looked_on is null or p.looked_on < co_run.started_on)
          order by k.person_id
          fetch first in_limit rows only;
   begin
      if in_entity = co_contacts then
         open c_persons;
         fetch c_persons bulk collect into out_ids;
         close c_persons;
      else
         open c_leads;
         fetch c_leads bulk collect into out_ids;
         close c_leads;
      end if;
   end find_unseen;

   procedure note_missing(
      in_run_id    in  crm_sync_runs.run_id%type,
      in_run_token in  crm_sync_runs.run_token%type,
      in_entity    in  crm_sync_runs.entity%type,
      in_ids       in  varchar2,
      out_missing  out pls_integer
   )
   is
      co_run    constant crm_sync_runs%rowtype := locked_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token
      );
      t_results crm_comparison.results_type;
      l_handed  pls_integer;
   begin
      if in_entity = co_contacts then
         crm_contact_comparison.compare_missing(
            in_run_id   => in_run_id,
            in_ids      => in_ids,
            out_results => t_results
         );
      else
         crm_comparison.compare_missing(
            in_run_id   => in_run_id,
            in_ids      => in_ids,
            out_results => t_results
         );
      end if;
      out_missing := t_results.count;
      if co_run.kind = co_resync then
         <<missing>>
         for i in 1 .. t_results.count loop
            t_results(i).action := crm_comparison.co_read;
         end loop missing;
         crm_findings.hand_over(
            in_reason  => reason_of(in_run => co_run),
            in_results => t_results,
            out_handed => l_handed
         );
      end if;
      crm_findings.note(
         in_run_id    => in_run_id,
         in_results   => t_results,
         in_is_handed => co_run.kind = co_resync
      );
   end note_missing;

   procedure look_for_unsent(
      in_run_id    in  crm_sync_runs.run_id%type,
      in_run_token in  crm_sync_runs.run_token%type,
      in_after     in  number,
      in_limit     in  pls_integer,
      out_found    out pls_integer,
      out_next     out number
   )
   is
      co_run    constant crm_sync_runs%rowtype := locked_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token
      );
      t_results crm_comparison.results_type;
   begin
      if in_after is null or in_limit is null or in_limit not between 1 and co_max_piece then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_argument,
            in_detail => 'after = ' || in_after || ', limit = ' || in_limit || ', allowed 1 to ' || co_max_piece
         );
      end if;
      out_found := 0;
      out_next  := crm_outbox.last_client(
         in_after => in_after,
         in_limit => in_limit
      );
      if out_next is null then
         return;
      end if;
      if co_run.kind = co_resync then
         crm_outbox.append_unsent(
            in_after     => in_after,
            in_to        => out_next,
            out_appended => out_found
         );
         if out_found > 0 then
            crm_queue.announce_backlog;
         end if;
         return;
      end if;
      crm_comparison.compare_unsent(
         in_after    => in_after,
         in_to       => out_next,
         out_results => t_results
      );
      crm_findings.note(
         in_run_id    => in_run_id,
         in_results   => t_results,
         in_is_handed => false
      );
      out_found := t_results.count;
   end look_for_unsent;

   procedure end_run(
      in_run_id    in crm_sync_runs.run_id%type,
      in_run_token in crm_sync_runs.run_token%type,
      in_status    in crm_sync_runs.status%type,
      in_detail    in crm_sync_runs.detail%type
   )
   is
      co_run constant crm_sync_runs%rowtype := locked_run(
         in_run_id    => in_run_id,
         in_run_token => in_run_token
      );
   begin
      if in_status is null or in_status not in (co_done, co_failed, co_paused) then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_outcome,
            in_detail => in_status || ', allowed DONE, FAILED, PAUSED'
         );
      end if;
      update crm_sync_runs r
         set r.status          = in_status,
             r.is_pause_wanted = crm_types.co_no,
             r.finished_on     = case when in_status <> co_paused then systimestamp end,
             r.detail          = in_detail
       where r.run_id = co_run.run_id;
   end end_run;

   procedure ask_pause(
      in_kind   in  crm_sync_runs.kind%type,
      out_asked out pls_integer
   )
   is
   begin
      update crm_sync_runs r
         set r.is_pause_wanted = crm_types.co_yes
       where r.kind = in_kind
         and r.status = 'RUNNING';
      out_asked := sql%rowcount;
   end ask_pause;

   procedure repair(
      in_run_id    in  crm_sync_runs.run_id%type,
      in_by        in  crm_sync_findings.settled_by%type,
      in_limit     in  pls_integer,
      out_repaired out pls_integer
   )
   is
      l_is_done pls_integer;
   begin
      select count(*)
        into l_is_done
        from crm_sync_runs r
       where r.run_id = in_run_id
         and r.status = 'DONE';
      if l_is_done = 0 or in_by is null then
         crm_err.raise_error(
            in_number => crm_err.co_invalid_run,
            in_detail => 'run ' || in_run_id || ' is not finished'
         );
      end if;
      crm_findings.repair(
         in_run_id    => in_run_id,
         in_by        => in_by,
         in_limit     => in_limit,
         out_repaired => out_repaired
      );
   end repair;

   procedure keep_convergence
   is
   begin
      insert into crm_convergence_history (
         records_expected, records_proven, records_different, proven_percent, oldest_seconds
      )
      select c.records_expected, c.records_proven, c.records_different, c.proven_percent, c.oldest_seconds
        from crm_convergence_v c;
   end keep_convergence;
end crm_runs;
/
