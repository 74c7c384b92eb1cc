create or replace trigger crm_branches_trg
   for insert
    or delete
    or update of client_code, code, taxid, tax_registration, address_street, address_number, address_complement,
                 address_district, address_zipcode, city_id, phone, sales_rep, industry_id, integrate_crm
   on erp.branches
   disable
   compound trigger
   t_records crm_types.record_key_set_type;

   after each row is
   begin
      if inserting then
         if :new.integrate_crm = crm_types.co_yes then
            crm_capture.note(
               io_records     => t_records,
               in_client_code => :new.client_code,
               in_branch_code => :new.code
            );
         end if;
      elsif deleting then
         if :old.integrate_crm = crm_types.co_yes then
            crm_capture.note(
               io_records     => t_records,
               in_client_code => :old.client_code,
               in_branch_code => :old.code
            );
         end if;
      elsif crm_types.co_yes in (:old.integrate_crm, :new.integrate_crm)
         -- the columns that vw_crm_clients shows
         and (
               crm_capture.differs(:old.integrate_crm, :new.integrate_crm)
               or crm_capture.differs(:old.taxid, :new.taxid)
               or crm_capture.differs(:old.tax_registration, :new.tax_registration)
               or crm_capture.differs(:old.address_street, :new.address_street)
               or crm_capture.differs(:old.address_number, :new.address_number)
               or crm_capture.differs(:old.address_complement, :new.address_complement)
               or crm_capture.differs(:old.address_district, :new.address_district)
               or crm_capture.differs(:old.address_zipcode, :new.address_zipcode)
               or crm_capture.differs(:old.city_id, :new.city_id)
               or crm_capture.differs(:old.phone, :new.phone)
               or crm_capture.differs(:old.sales_rep, :new.sales_rep)
               or crm_capture.differs(:old.industry_id, :new.industry_id)
               or crm_capture.differs(:old.client_code, :new.client_code)
               or crm_capture.differs(:old.code, :new.code)
         )
      then
         crm_capture.note(
            io_records     => t_records,
            in_client_code => :old.client_code,
            in_branch_code => :old.code
         );
         crm_capture.note(
            io_records     => t_records,
            in_client_code => :new.client_code,
            in_branch_code => :new.code
         );
      end if;
   end after each row;

   after statement is
   begin
      crm_capture.capture_records(
         in_table_name => 'BRANCHES',
         in_records    => t_records
      );
   end after statement;
end crm_branches_trg;
/
