create or replace trigger crm_credit_limit_history_trg
   for insert
    or delete
    or update of client_code, branch_code, changed_on, financial_analysis
   on erp.credit_limit_history
   disable
   compound trigger
   t_records crm_types.record_key_set_type;

   after each row is
   begin
      if deleting or updating then
         crm_capture.note(
            io_records     => t_records,
            in_client_code => :old.client_code,
            in_branch_code => :old.branch_code
         );
      end if;
      if inserting or updating then
         crm_capture.note(
            io_records     => t_records,
            in_client_code => :new.client_code,
            in_branch_code => :new.branch_code
         );
      end if;
   end after each row;

   after statement is
   begin
      crm_capture.capture_details(
         in_table_name => 'CREDIT_LIMIT_HISTORY',
         in_records    => t_records
      );
   end after statement;
end crm_credit_limit_history_trg;
/
