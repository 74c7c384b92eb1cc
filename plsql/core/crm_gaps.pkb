create or replace package body crm_gaps
is
   -- "ORA-01536: …" gives -1536; null when the text begins otherwise.
   function code_of(in_error in varchar2) return pls_integer deterministic
   is
   begin
      return case
                when in_error like 'ORA-_____:%' then -to_number(substr(in_error, 5, 5))
             end;
   end code_of;

   procedure keep(
      in_table_name  in varchar2,
      in_record_keys in crm_record_keys_ct,
      in_error       in varchar2
   )
   is
      pragma autonomous_transaction;
      co_code    constant pls_integer := code_of(in_error => in_error);
      co_message constant varchar2(1000 char) := substr(in_error, 1, 1000);
   begin
      forall i in 1 .. in_record_keys.count
         insert into crm_capture_gaps (
            table_name, client_code, branch_code, errorcode, message
         ) values (
            in_table_name,
            to_number(substr(in_record_keys(i), 1, instr(in_record_keys(i), '-') - 1)),
            to_number(substr(in_record_keys(i), instr(in_record_keys(i), '-') + 1)),
            co_code,
            co_message
         );
      commit;
   end keep;

   procedure keep_records(
      in_table_name in varchar2,
      in_keys       in varchar2,
      in_error      in varchar2
   )
   is
   begin
      keep(
         in_table_name  => in_table_name,
         in_record_keys => crm_lists.to_record_keys(in_list => in_keys),
         in_error       => in_error
      );
   end keep_records;

   procedure keep_clients(
      in_table_name in varchar2,
      in_keys       in varchar2,
      in_error      in varchar2
   )
   is
      pragma autonomous_transaction;
      co_codes   constant crm_ids_ct := crm_lists.to_ids(in_list => in_keys);
      co_code    constant pls_integer := code_of(in_error => in_error);
      co_message constant varchar2(1000 char) := substr(in_error, 1, 1000);
   begin
      forall i in 1 .. co_codes.count
         insert into crm_capture_gaps (
            table_name, client_code, errorcode, message
         ) values (
            in_table_name, co_codes(i), co_code, co_message
         );
      commit;
   end keep_clients;
end crm_gaps;
/
