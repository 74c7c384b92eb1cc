create or replace package body crm_capture_branches
is
   procedure capture_details(
      in_table_name in varchar2,
      in_keys       in varchar2
   )
   is
      co_keys       constant crm_record_keys_ct := crm_lists.to_record_keys(in_list => in_keys);
      t_record_keys crm_record_keys_ct;
   begin
      -- the hints keep the join on the primary key, however many rows the optimizer guesses the collection to have
      select /*+ leading(k) use_nl(b) index(b) */ k.column_value
        bulk collect into t_record_keys
        from table(co_keys) k
        join erp.branches b
          on b.client_code = to_number(substr(k.column_value, 1, instr(k.column_value, '-') - 1))
         and b.code = to_number(substr(k.column_value, instr(k.column_value, '-') + 1))
       where b.integrate_crm = 'S';
      crm_capture_records.append(
         in_table_name  => in_table_name,
         in_record_keys => t_record_keys
      );
   end capture_details;

   procedure capture_clients(
      in_table_name in varchar2,
      in_keys       in varchar2
   )
   is
      co_codes      constant crm_ids_ct := crm_lists.to_ids(in_list => in_keys);
      t_record_keys crm_record_keys_ct;
   begin
      select /*+ leading(c) use_nl(b) index(b) */ b.client_code || '-' || b.code
        bulk collect into t_record_keys
        from table(co_codes) c
        join erp.branches b
          on b.client_code = c.column_value
       where b.integrate_crm = 'S';
      crm_capture_records.append(
         in_table_name  => in_table_name,
         in_record_keys => t_record_keys
      );
   end capture_clients;
end crm_capture_branches;
/
