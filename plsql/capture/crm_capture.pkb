create or replace package body crm_capture
is
   co_scope constant varchar2(130 char) := 'crm_capture.';

   function differs(
      in_old in varchar2,
      in_new in varchar2
   ) return boolean deterministic
   is
   begin
      return case
                when in_old is null then in_new is not null
                when in_new is null then true
                else in_old <> in_new
             end;
   end differs;

   function differs(
      in_old in number,
      in_new in number
   ) return boolean deterministic
   is
   begin
      return case
                when in_old is null then in_new is not null
                when in_new is null then true
                else in_old <> in_new
             end;
   end differs;

   -- The last resort: whatever happens, the statement of the ERP goes on. What even this loses, the diff finds.
   procedure keep_gaps(
      in_table_name   in varchar2,
      in_record_keys  in crm_record_keys_ct,
      in_client_codes in crm_ids_ct
   )
   is
   begin
      crm_log.keep_gaps(
         in_table_name   => in_table_name,
         in_record_keys  => in_record_keys,
         in_client_codes => in_client_codes
      );
   exception
      when others then
         null;
   end keep_gaps;

   procedure announce(
      in_event_ids   in crm_ids_ct,
      in_record_keys in crm_record_keys_ct,
      in_versions    in crm_ids_ct
   )
   is
   begin
      crm_queue.announce_changes(
         in_event_ids   => in_event_ids,
         in_record_keys => in_record_keys,
         in_versions    => in_versions
      );
   exception
      -- the changes stand in the outbox; without the wake-up they wait for the next look of the daemon
      when others then
         crm_log.warn(
            in_scope   => co_scope || 'announce',
            in_message => 'changes captured, but the daemon was not woken',
            in_context => crm_log.pair(
               in_name  => 'changes',
               in_value => to_char(in_event_ids.count)
            )
         );
   end announce;

   procedure append(in_record_keys in crm_record_keys_ct)
   is
      t_event_ids crm_ids_ct;
      t_versions  crm_ids_ct;
   begin
      if in_record_keys.count = 0 then
         return;
      end if;
      crm_outbox.append(
         in_record_keys => in_record_keys,
         in_origin      => crm_types.co_origin_capture,
         out_event_ids  => t_event_ids,
         out_versions   => t_versions
      );
      announce(
         in_event_ids   => t_event_ids,
         in_record_keys => in_record_keys,
         in_versions    => t_versions
      );
   end append;

   procedure note(
      io_records     in out nocopy crm_types.record_key_set_type,
      in_client_code in            crm_records.client_code%type,
      in_branch_code in            crm_records.branch_code%type
   )
   is
   begin
      io_records(in_client_code || '-' || in_branch_code) := 1;
   end note;

   -- The set as a list, without the record that this transaction applies.
   function to_list(in_records in crm_types.record_key_set_type) return crm_record_keys_ct
   is
      co_own_record constant crm_types.record_key_type := crm_origin.applying;
      t_record_keys crm_record_keys_ct := crm_record_keys_ct();
      l_record_key  crm_types.record_key_type := in_records.first;
   begin
      <<records>>
      while l_record_key is not null loop
         if co_own_record is null or l_record_key <> co_own_record then
            t_record_keys.extend;
            t_record_keys(t_record_keys.count) := l_record_key;
         end if;
         l_record_key := in_records.next(l_record_key);
      end loop records;
      return t_record_keys;
   end to_list;

   procedure capture_records(
      in_table_name in varchar2,
      in_records    in crm_types.record_key_set_type
   )
   is
      t_record_keys crm_record_keys_ct;
   begin
      if in_records.count = 0 then
         return;
      end if;
      t_record_keys := to_list(in_records => in_records);
      append(in_record_keys => t_record_keys);
   exception
      when others then
         keep_gaps(
            in_table_name   => in_table_name,
            in_record_keys  => t_record_keys,
            in_client_codes => null
         );
   end capture_records;

   procedure capture_details(
      in_table_name in varchar2,
      in_records    in crm_types.record_key_set_type
   )
   is
      t_record_keys crm_record_keys_ct;
      t_integrated  crm_record_keys_ct;
   begin
      if in_records.count = 0 then
         return;
      end if;
      t_record_keys := to_list(in_records => in_records);
      select k.column_value
        bulk collect into t_integrated
        from table(t_record_keys) k
        join erp.branches b
          on b.client_code = to_number(substr(k.column_value, 1, instr(k.column_value, '-') - 1))
         and b.code = to_number(substr(k.column_value, instr(k.column_value, '-') + 1))
       where b.integrate_crm = crm_types.co_yes;
      append(in_record_keys => t_integrated);
   exception
      when others then
         keep_gaps(
            in_table_name   => in_table_name,
            in_record_keys  => t_record_keys,
            in_client_codes => null
         );
   end capture_details;

   procedure note_id(
      io_ids in out nocopy crm_types.id_set_type,
      in_id  in            number
   )
   is
   begin
      if in_id is not null then
         io_ids(to_char(in_id)) := 1;
      end if;
   end note_id;

   function to_ids(in_ids in crm_types.id_set_type) return crm_ids_ct
   is
      t_ids crm_ids_ct := crm_ids_ct();
      l_id  varchar2(20 char) := in_ids.first;
   begin
      <<ids>>
      while l_id is not null loop
         t_ids.extend;
         t_ids(t_ids.count) := to_number(l_id);
         l_id               := in_ids.next(l_id);
      end loop ids;
      return t_ids;
   end to_ids;

   -- When not even the keys of the branches could be read, the hourly comparison finds the values.
   procedure keep_value_gaps(
      in_table_name  in varchar2,
      in_record_keys in crm_record_keys_ct
   )
   is
   begin
      if in_record_keys is not null then
         keep_gaps(
            in_table_name   => in_table_name,
            in_record_keys  => in_record_keys,
            in_client_codes => null
         );
         return;
      end if;
      crm_log.warn(
         in_scope   => co_scope || 'keep_value_gaps',
         in_message => 'values not captured; the next comparison of values finds them',
         in_context => crm_log.pair(
            in_name  => 'table_name',
            in_value => in_table_name
         )
      );
   exception
      when others then
         null;
   end keep_value_gaps;

   procedure capture_budgets(
      in_table_name in varchar2,
      in_budget_ids in crm_types.id_set_type
   )
   is
      t_budget_ids  crm_ids_ct;
      t_record_keys crm_record_keys_ct;
   begin
      if in_budget_ids.count = 0 then
         return;
      end if;
      t_budget_ids := to_ids(in_ids => in_budget_ids);
      select distinct b.client_code || '-' || b.code
        bulk collect into t_record_keys
        from erp.budgets h
        join erp.branches b
          on b.client_code = h.client_code
         and b.code = h.branch_code
       where h.id in (select t.column_value from table(t_budget_ids) t)
         and b.integrate_crm = crm_types.co_yes;
      append(in_record_keys => t_record_keys);
   exception
      when others then
         keep_value_gaps(
            in_table_name  => in_table_name,
            in_record_keys => t_record_keys
         );
   end capture_budgets;

   procedure capture_orders(
      in_table_name in varchar2,
      in_order_ids  in crm_types.id_set_type
   )
   is
      t_order_ids   crm_ids_ct;
      t_record_keys crm_record_keys_ct;
   begin
      if in_order_ids.count = 0 then
         return;
      end if;
      t_order_ids := to_ids(in_ids => in_order_ids);
      select distinct b.client_code || '-' || b.code
        bulk collect into t_record_keys
        from erp.sales_orders h
        join erp.branches b
          on b.client_code = h.client_code
         and b.code = h.branch_code
       where h.id in (select t.column_value from table(t_order_ids) t)
         and b.integrate_crm = crm_types.co_yes;
      append(in_record_keys => t_record_keys);
   exception
      when others then
         keep_value_gaps(
            in_table_name  => in_table_name,
            in_record_keys => t_record_keys
         );
   end capture_orders;

   procedure capture_clients(
      in_table_name in varchar2,
      in_clients    in crm_types.client_code_set_type
   )
   is
      t_client_codes crm_ids_ct := crm_ids_ct();
      t_record_keys  crm_record_keys_ct;
      l_client_code  pls_integer := in_clients.first;
   begin
      if l_client_code is null then
         return;
      end if;
      <<clients>>
      while l_client_code is not null loop
         t_client_codes.extend;
         t_client_codes(t_client_codes.count) := l_client_code;
         l_client_code := in_clients.next(l_client_code);
      end loop clients;
      select b.client_code || '-' || b.code
        bulk collect into t_record_keys
        from erp.branches b
       where b.client_code in (select c.column_value from table(t_client_codes) c)
         and b.integrate_crm = crm_types.co_yes;
      append(in_record_keys => t_record_keys);
   exception
      when others then
         keep_gaps(
            in_table_name   => in_table_name,
            in_record_keys  => null,
            in_client_codes => t_client_codes
         );
   end capture_clients;
end crm_capture;
/
