create or replace package body crm_capture_orders
is
   procedure capture(
      in_table_name in varchar2,
      in_keys       in varchar2
   )
   is
      co_ids        constant crm_ids_ct := crm_lists.to_ids(in_list => in_keys);
      t_record_keys crm_record_keys_ct;
   begin
      -- the hints keep the joins on the primary keys, however many rows the optimizer guesses the collection to have
      select /*+ leading(i h b) use_nl(h) index(h) use_nl(b) index(b) */ distinct b.client_code || '-' || b.code
        bulk collect into t_record_keys
        from table(co_ids) i
        join erp.sales_orders h
          on h.id = i.column_value
        join erp.branches b
          on b.client_code = h.client_code
         and b.code = h.branch_code
       where b.integrate_crm = 'S';
      crm_capture_records.append(
         in_table_name  => in_table_name,
         in_record_keys => t_record_keys
      );
   end capture;
end crm_capture_orders;
/
