create or replace package body crm_capture_records
is
   -- The changes stand in the outbox: without the wake-up they wait for the next look of the daemon, logged or not.
   procedure warn_unannounced(in_changes in pls_integer)
   is
   begin
      crm_log.warn(
         in_scope   => 'crm_capture_records.wake_daemon',
         in_message => 'changes captured, but the daemon was not woken',
         in_context => crm_log.pair(
            in_name  => 'changes',
            in_value => to_char(in_changes)
         )
      );
   exception
      when others then
         null;
   end warn_unannounced;

   procedure wake_daemon(in_changes in pls_integer)
   is
   begin
      crm_queue.announce_backlog;
   exception
      when others then
         warn_unannounced(in_changes => in_changes);
   end wake_daemon;

   function without_own(in_record_keys in crm_record_keys_ct) return crm_record_keys_ct
   is
      co_own_record constant crm_types.record_key_type := crm_origin.applying;
      t_record_keys crm_record_keys_ct := crm_record_keys_ct();
   begin
      if co_own_record is null then
         return in_record_keys;
      end if;
      <<records>>
      for i in 1 .. in_record_keys.count loop
         if in_record_keys(i) <> co_own_record then
            t_record_keys.extend;
            t_record_keys(t_record_keys.count) := in_record_keys(i);
         end if;
      end loop records;
      return t_record_keys;
   end without_own;

   procedure append(
      in_table_name  in varchar2,
      in_record_keys in crm_record_keys_ct
   )
   is
      t_record_keys crm_record_keys_ct := in_record_keys;
      t_event_ids   crm_ids_ct;
      t_versions    crm_ids_ct;
   begin
      t_record_keys := without_own(in_record_keys => in_record_keys);
      if t_record_keys.count = 0 then
         return;
      end if;
      crm_changes.append(
         in_record_keys => t_record_keys,
         in_origin      => crm_types.co_origin_capture,
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      wake_daemon(in_changes => t_record_keys.count);
   exception
      when others then
         -- by name at run time: without crm_gaps nothing is kept, but everything is captured as long as nothing fails
         execute immediate 'begin crm_gaps.keep(in_table_name => :1, in_record_keys => :2, in_error => :3); end;'
            using in_table_name, t_record_keys, sqlerrm;
   end append;

   procedure capture(
      in_table_name in varchar2,
      in_keys       in varchar2
   )
   is
   begin
      append(
         in_table_name  => in_table_name,
         in_record_keys => crm_lists.to_record_keys(in_list => in_keys)
      );
   end capture;
end crm_capture_records;
/
