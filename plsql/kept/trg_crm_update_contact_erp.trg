create or replace trigger trg_crm_update_contact_erp
   for insert or update of name, email, phone, job_title, is_primary
   on contacts
   compound trigger
   t_person_ids crm_ids_ct := crm_ids_ct();

   after each row is
   begin
      if inserting
         or crm_capture.differs(:old.name, :new.name)
         or crm_capture.differs(:old.email, :new.email)
         or crm_capture.differs(:old.phone, :new.phone)
         or crm_capture.differs(:old.job_title, :new.job_title)
         or crm_capture.differs(:old.is_primary, :new.is_primary)
      then
         t_person_ids.extend;
         t_person_ids(t_person_ids.count) := :new.id;
      end if;
   end after each row;

   after statement is
   begin
      if t_person_ids.count > 0 then
         prc_update_client_contacts(in_person_ids => t_person_ids);
      end if;
   end after statement;
end trg_crm_update_contact_erp;
/
