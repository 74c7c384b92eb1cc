-- V0010__load_crm_settings
-- Why:    defaults for limits, stages and field ownership; a tenant changes the rows, not the code.
-- Breaks: no
-- Undo:   delete from crm_field_policies; delete from crm_stages; delete from crm_settings
-- Can be repeated: rows that exist are left as they are.

merge into crm_settings tgt
using (
         select 'max_failures' as name, '20' as value,
                'Attempts that may fail before a change or a webhook is parked' as description
           from dual
          union all
         select 'deferred_seconds', '5',
                'Seconds until a deferred webhook is looked at again'
           from dual
          union all
         select 'default_credit_limit', '0',
                'Credit limit of the first credit decision of a branch, when it comes from the CRM'
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (src.name, src.value, src.description)
/

merge into crm_stages tgt
using (
         select 'Descartado' as name, 1 as position, 'N' as is_mirrored from dual
          union all
         select 'Novos leads', 2, 'N' from dual
          union all
         select 'Pesquisa (filtro 1)', 3, 'N' from dual
          union all
         select 'Prospecção (filtro 2)', 4, 'N' from dual
          union all
         select 'Passagem de bastão', 5, 'N' from dual
          union all
         select 'Desenvolvimento/Orçamento', 6, 'S' from dual
          union all
         select 'Ativação', 7, 'S' from dual
          union all
         select 'Retenção/Expansão', 8, 'S' from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, position, is_mirrored)
      values (src.name, src.position, src.is_mirrored)
/

merge into crm_field_policies tgt
using (
         select 'client_code' as field_name, 1 as position, 'ERP' as owner_side, 'TEXT' as comparison from dual
          union all
         select 'taxid', 2, 'ERP', 'TEXT' from dual
          union all
         select 'name', 3, 'ERP', 'TEXT' from dual
          union all
         select 'tax_registration', 4, 'ERP', 'TEXT' from dual
          union all
         select 'industry', 5, 'CRM', 'FOLDED' from dual
          union all
         select 'phone', 6, 'CRM', 'TEXT' from dual
          union all
         select 'address_street', 7, 'ERP', 'TEXT' from dual
          union all
         select 'address_number', 8, 'ERP', 'TEXT' from dual
          union all
         select 'address_complement', 9, 'ERP', 'TEXT' from dual
          union all
         select 'address_district', 10, 'ERP', 'TEXT' from dual
          union all
         select 'address_zipcode', 11, 'ERP', 'TEXT' from dual
          union all
         select 'city', 12, 'ERP', 'FOLDED' from dual
          union all
         select 'state', 13, 'ERP', 'FOLDED' from dual
          union all
         select 'sales_rep', 14, 'CRM', 'TEXT' from dual
          union all
         select 'financial_analysis', 15, 'CRM', 'TEXT' from dual
      ) src
   on (tgt.field_name = src.field_name)
 when not matched then
      insert (field_name, position, owner_side, comparison)
      values (src.field_name, src.position, src.owner_side, src.comparison)
/
commit
/
