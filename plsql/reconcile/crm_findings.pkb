create or replace package body crm_findings
is
   co_open     constant crm_sync_findings.state%type := 'OPEN';
   co_repaired constant crm_sync_findings.state%type := 'REPAIRED';
   co_piece    constant pls_integer := 100;

   procedure request(in_record_keys in crm_record_keys_ct)
   is
      t_record_keys crm_record_keys_ct;
      t_event_ids   crm_ids_ct;
      t_versions    crm_ids_ct;
   begin
      select /*+ cardinality(k 100) */ distinct k.column_value
        bulk collect into t_record_keys
        from table(in_record_keys) k
       where not exists (
                select null
                  from crm_outbox_events e
                 where e.record_key = k.column_value
                   and e.status in ('READY', 'INFLIGHT')
             )
       order by k.column_value;
      if t_record_keys.count = 0 then
         return;
      end if;
      crm_outbox.append(
         in_record_keys => t_record_keys,
         in_origin      => crm_types.co_origin_diff,
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      crm_queue.announce_changes(
         in_event_ids   => t_event_ids,
         in_record_keys => t_record_keys,
         in_versions    => t_versions
      );
   end request;

   -- The kind of webhook that would have said so; null: what is to be done is no hint.
   function event_type_of(in_result in crm_comparison.result_type) return crm_inbox_events.event_type%type
   is
   begin
      return case
                when in_result.action = crm_comparison.co_convert then crm_types.co_lead_converted
                when in_result.action <> crm_comparison.co_read then null
                when in_result.entity = crm_comparison.co_contact then crm_types.co_person_updated
                else crm_types.co_lead_updated
             end;
   end event_type_of;

   -- A lead is named once, however many of its persons differ.
   procedure hint(
      in_reason     in     varchar2,
      in_event_type in     crm_inbox_events.event_type%type,
      in_results    in     crm_comparison.results_type,
      io_handed     in out pls_integer
   )
   is
      t_crm_ids     crm_ids_ct := crm_ids_ct();
      t_read_states crm_types.hashes_type;
      t_known       crm_types.id_set_type;
      t_inbox_ids   crm_ids_ct;
      l_crm_id      varchar2(20 char);
   begin
      <<results>>
      for i in 1 .. in_results.count loop
         if event_type_of(in_result => in_results(i)) = in_event_type then
            io_handed := io_handed + 1;
            l_crm_id  := to_char(in_results(i).crm_id);
            if not t_known.exists(l_crm_id) then
               t_known(l_crm_id) := i;
               t_crm_ids.extend;
               t_crm_ids(t_crm_ids.count)     := in_results(i).crm_id;
               t_read_states(t_crm_ids.count) := in_results(i).read_state;
            end if;
         end if;
      end loop results;
      if t_crm_ids.count = 0 then
         return;
      end if;
      crm_inbox.store_hints(
         in_reason      => in_reason,
         in_event_type  => in_event_type,
         in_crm_ids     => t_crm_ids,
         in_read_states => t_read_states,
         out_inbox_ids  => t_inbox_ids
      );
      -- one wake-up is enough: the daemon claims until nothing is left
      if t_inbox_ids.count > 0 then
         crm_queue.announce_webhook(in_inbox_id => t_inbox_ids(t_inbox_ids.count));
      end if;
   end hint;

   procedure note(
      in_run_id    in crm_sync_findings.run_id%type,
      in_results   in crm_comparison.results_type,
      in_is_handed in boolean
   )
   is
      co_is_handed constant crm_types.flag_type := case
                                                      when in_is_handed then crm_types.co_yes
                                                      else crm_types.co_no
                                                   end;
   begin
      forall i in 1 .. in_results.count
         insert into crm_sync_findings (
            run_id, item, entity, kind, action, record_key, crm_id, contact_id, person_id, fields, state, settled_on
         )
         select in_run_id, in_results(i).item, in_results(i).entity, in_results(i).kind, in_results(i).action,
                in_results(i).record_key, in_results(i).crm_id, in_results(i).contact_id, in_results(i).person_id,
                in_results(i).fields,
                case
                   when co_is_handed = crm_types.co_yes and in_results(i).action <> crm_comparison.co_person
                   then co_repaired
                   else co_open
                end,
                case
                   when co_is_handed = crm_types.co_yes and in_results(i).action <> crm_comparison.co_person
                   then systimestamp
                end
           from dual
          where not exists (
                   select null
                     from crm_sync_findings f
                    where f.run_id = in_run_id
                      and f.item = in_results(i).item
                );
   end note;

   procedure hand_over(
      in_reason  in  varchar2,
      in_results in  crm_comparison.results_type,
      out_handed out pls_integer
   )
   is
      t_to_send crm_record_keys_ct := crm_record_keys_ct();
   begin
      <<results>>
      for i in 1 .. in_results.count loop
         if in_results(i).action = crm_comparison.co_send then
            t_to_send.extend;
            t_to_send(t_to_send.count) := in_results(i).record_key;
         end if;
      end loop results;
      out_handed := t_to_send.count;
      request(in_record_keys => t_to_send);
      hint(
         in_reason     => in_reason,
         in_event_type => crm_types.co_lead_updated,
         in_results    => in_results,
         io_handed     => out_handed
      );
      hint(
         in_reason     => in_reason,
         in_event_type => crm_types.co_lead_converted,
         in_results    => in_results,
         io_handed     => out_handed
      );
      hint(
         in_reason     => in_reason,
         in_event_type => crm_types.co_person_updated,
         in_results    => in_results,
         io_handed     => out_handed
      );
   end hand_over;

   -- The lead is gone for good: the record starts anew, and its change makes a lead, or adopts the one that is there.
   procedure renew(
      in_finding in  crm_sync_findings%rowtype,
      out_is_new out crm_types.flag_type
   )
   is
   begin
      crm_record.forget_lead(
         in_record_key    => in_finding.record_key,
         in_crm_id        => in_finding.crm_id,
         out_is_forgotten => out_is_new
      );
      if out_is_new = crm_types.co_yes then
         crm_steps.forget_persons(in_record_key => in_finding.record_key);
         request(in_record_keys => crm_record_keys_ct(in_finding.record_key));
      end if;
   end renew;

   function result_of(in_finding in crm_sync_findings%rowtype) return crm_comparison.result_type
   is
      r_result crm_comparison.result_type;
   begin
      r_result.item       := in_finding.item;
      r_result.entity     := in_finding.entity;
      r_result.kind       := in_finding.kind;
      r_result.action     := in_finding.action;
      r_result.record_key := in_finding.record_key;
      r_result.crm_id     := in_finding.crm_id;
      r_result.read_state := in_finding.finding_id;
      return r_result;
   end result_of;

   procedure repair(
      in_run_id    in  crm_sync_findings.run_id%type,
      in_by        in  crm_sync_findings.settled_by%type,
      in_limit     in  pls_integer,
      out_repaired out pls_integer
   )
   is
      cursor c_open is
         select f.*
           from crm_sync_findings f
          where f.run_id = in_run_id
            and f.state = 'OPEN'
            and f.action <> crm_comparison.co_person
            and not exists (
                   select null
                     from crm_records r
                    where r.record_key = f.record_key
                      and r.lease_owner is not null
                )
          order by f.finding_id
            -- plsqlcheck: allow waiting-lock because findings are ours and locked before anything else
            for update of f.state;
      type findings_type is table of c_open%rowtype;
      t_findings findings_type;
      t_results  crm_comparison.results_type;
      t_done     crm_ids_ct;
      l_is_new   crm_types.flag_type;
      l_handed   pls_integer;
   begin
      out_repaired := 0;
      open c_open;
      <<pieces>>
      while out_repaired < in_limit loop
         fetch c_open bulk collect into t_findings limit least(co_piece, in_limit - out_repaired);
         exit pieces when t_findings.count = 0;
         t_results.delete;
         t_done := crm_ids_ct();
         <<findings>>
         for i in 1 .. t_findings.count loop
            l_is_new := crm_types.co_yes;
            if t_findings(i).action = crm_comparison.co_renew then
               renew(
                  in_finding => t_findings(i),
                  out_is_new => l_is_new
               );
            else
               t_results(t_results.count + 1) := result_of(in_finding => t_findings(i));
            end if;
            if l_is_new = crm_types.co_yes then
               t_done.extend;
               t_done(t_done.count) := t_findings(i).finding_id;
            end if;
         end loop findings;
         hand_over(
            in_reason  => 'repair of run ' || in_run_id,
            in_results => t_results,
            out_handed => l_handed
         );
         forall i in 1 .. t_done.count
            update crm_sync_findings f
               set f.state      = co_repaired,
                   f.settled_on = systimestamp,
                   f.settled_by = in_by
             where f.finding_id = t_done(i);
         out_repaired := out_repaired + t_done.count;
      end loop pieces;
      close c_open;
   end repair;
end crm_findings;
/
