-- V0031__load_run_settings
-- Why:    how long before a page was read a record must have been at rest depends on how late the CRM's reads are.
-- Breaks: no
-- Undo:   delete from crm_settings where name = 'run_margin_seconds'
-- Can be repeated: rows that exist are left as they are.

merge into crm_settings tgt
using (
         select 'run_margin_seconds' as name
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (
         src.name,
         '2',
         'Seconds before the reading of a page within which a change of a record leaves it to the live flow'
      )
/
commit
/
