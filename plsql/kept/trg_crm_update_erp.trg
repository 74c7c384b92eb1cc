create or replace trigger trg_crm_update_erp
   for insert or update of sales_rep, phone, industry, financial_analysis
   on leads
   compound trigger
   t_lead_ids crm_ids_ct := crm_ids_ct();

   after each row is
   begin
      if inserting
         or crm_capture.differs(:old.sales_rep, :new.sales_rep)
         or crm_capture.differs(:old.phone, :new.phone)
         or crm_capture.differs(:old.industry, :new.industry)
         or crm_capture.differs(:old.financial_analysis, :new.financial_analysis)
      then
         t_lead_ids.extend;
         t_lead_ids(t_lead_ids.count) := :new.id;
      end if;
   end after each row;

   after statement is
   begin
      if t_lead_ids.count > 0 then
         prc_update_clients(in_lead_ids => t_lead_ids);
      end if;
   end after statement;
end trg_crm_update_erp;
/
