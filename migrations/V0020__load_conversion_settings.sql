-- V0020__load_conversion_settings
-- Why:    what a client of the ERP gets that the converted lead does not say differs between tenants.
-- Breaks: no
-- Undo:   delete from crm_settings where name in ('conversion_branch_code', 'conversion_street', 'sales_rep_default')
-- Can be repeated: rows that exist are left as they are.

merge into crm_settings tgt
using (
         select 'conversion_branch_code' as name, '1' as value,
                'Code of the first branch of a client that is made from a converted lead' as description
           from dual
          union all
         select 'conversion_street', 'Não informado',
                'Street of the billing address of a converted lead that has none; the ERP needs one'
           from dual
          union all
         select 'sales_rep_default', '99',
                'Sales rep of a converted lead whose rep the ERP does not know, unless it does not know this one'
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (src.name, src.value, src.description)
/
commit
/
