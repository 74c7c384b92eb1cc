create or replace package body crm_values
is
   procedure capture_changed(out_appended out pls_integer)
   is
      t_record_keys crm_record_keys_ct;
      t_event_ids   crm_ids_ct;
      t_versions    crm_ids_ct;
   begin
      select r.record_key
        bulk collect into t_record_keys
        from crm_records r
       where r.crm_id is not null
         and (r.client_code, r.branch_code) in (
                select s.client_code, s.branch_code
                  from crm_record_steps_v s
             )
         and not exists (
                select null
                  from crm_outbox_events e
                 where e.record_key = r.record_key
                   and e.status in ('READY', 'INFLIGHT', 'PARKED')
             )
       order by r.record_key;
      out_appended := t_record_keys.count;
      if out_appended = 0 then
         return;
      end if;
      crm_outbox.append(
         in_record_keys => t_record_keys,
         in_origin      => crm_types.co_origin_time,
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      crm_queue.announce_changes(
         in_event_ids   => t_event_ids,
         in_record_keys => t_record_keys,
         in_versions    => t_versions
      );
   end capture_changed;
end crm_values;
/
