create or replace trigger trg_crm_update_contact_erp
   for insert or update of name, email, phone, job_title, is_primary
   on contacts
   compound trigger
   t_person_ids crm_ids_ct := crm_ids_ct();

   function differs(
      in_old in varchar2,
      in_new in varchar2
   ) return boolean
   is
   begin
      return case
                when in_old is null then in_new is not null
                when in_new is null then true
                else in_old <> in_new
             end;
   end differs;

   after each row is
   begin
      if inserting
         or differs(:old.name, :new.name)
         or differs(:old.email, :new.email)
         or differs(:old.phone, :new.phone)
         or differs(:old.job_title, :new.job_title)
         or differs(:old.is_primary, :new.is_primary)
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
