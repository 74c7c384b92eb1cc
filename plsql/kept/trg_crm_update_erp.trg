create or replace trigger trg_crm_update_erp
   for insert or update of sales_rep, phone, industry, financial_analysis
   on leads
   compound trigger
   t_lead_ids crm_ids_ct := crm_ids_ct();

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

   function differs(
      in_old in number,
      in_new in number
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
         or differs(:old.sales_rep, :new.sales_rep)
         or differs(:old.phone, :new.phone)
         or differs(:old.industry, :new.industry)
         or differs(:old.financial_analysis, :new.financial_analysis)
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
