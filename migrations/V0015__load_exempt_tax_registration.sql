-- V0015__load_exempt_tax_registration
-- Why:    the value that stands for an exempt client in the CRM differs between tenants.
-- Breaks: no
-- Undo:   delete from crm_settings where name = 'exempt_tax_registration'
-- Can be repeated: a row that exists is left as it is.

merge into crm_settings tgt
using (
         select 'exempt_tax_registration' as name
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (
         src.name,
         '99',
         'State registration that the CRM shows for an exempt client; as in the settings of the daemon'
      )
/
commit
/
