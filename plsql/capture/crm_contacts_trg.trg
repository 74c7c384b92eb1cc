create or replace trigger crm_contacts_trg
   for insert
    or delete
    or update of client_code, branch_code, name, email, phone, job_title, job_title_id, is_primary
   on erp.contacts
   disable
   compound trigger
   t_records crm_types.record_key_set_type;

   after each row is
   begin
      if inserting
         or deleting
         -- the columns that vw_crm_clients_contacts shows
         or crm_capture.differs(:old.client_code, :new.client_code)
         or crm_capture.differs(:old.branch_code, :new.branch_code)
         or crm_capture.differs(:old.name, :new.name)
         or crm_capture.differs(:old.email, :new.email)
         or crm_capture.differs(:old.phone, :new.phone)
         or crm_capture.differs(:old.job_title, :new.job_title)
         or crm_capture.differs(:old.job_title_id, :new.job_title_id)
         or crm_capture.differs(:old.is_primary, :new.is_primary)
      then
         if not inserting then
            crm_capture.note(
               io_records     => t_records,
               in_client_code => :old.client_code,
               in_branch_code => :old.branch_code
            );
         end if;
         if not deleting then
            crm_capture.note(
               io_records     => t_records,
               in_client_code => :new.client_code,
               in_branch_code => :new.branch_code
            );
         end if;
      end if;
   end after each row;

   after statement is
   begin
      crm_capture.capture_details(
         in_table_name => 'CONTACTS',
         in_records    => t_records
      );
   end after statement;
end crm_contacts_trg;
/
