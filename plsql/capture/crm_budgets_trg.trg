create or replace trigger crm_budgets_trg
   for update of client_code, branch_code, status
   on erp.budgets
   disable
   compound trigger
   t_records crm_types.record_key_set_type;

   after each row is
   begin
      -- a new one has no deliveries yet, and one that is deleted has none any more
      if crm_capture.differs(:old.client_code, :new.client_code)
         or crm_capture.differs(:old.branch_code, :new.branch_code)
         or crm_capture.differs(:old.status, :new.status)
      then
         crm_capture.note(
            io_records     => t_records,
            in_client_code => :old.client_code,
            in_branch_code => :old.branch_code
         );
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
         in_table_name => 'BUDGETS',
         in_records    => t_records
      );
   end after statement;
end crm_budgets_trg;
/
