-- V0027__load_contact_policies
-- Why:    who talks with the people of a client works in the CRM: its value wins when both sides changed one.
-- Breaks: no
-- Undo:   delete from crm_contact_policies; delete from crm_settings where name = 'take_contacts'
-- Can be repeated: rows that exist are left as they are.

merge into crm_contact_policies tgt
using (
         select 'name' as field_name, 1 as position, 'CRM' as policy, 'TEXT' as comparison from dual
          union all
         select 'email', 2, 'CRM', 'FOLDED' from dual
          union all
         select 'phone', 3, 'CRM', 'TEXT' from dual
          union all
         select 'job_title', 4, 'CRM', 'TEXT' from dual
          union all
         select 'is_primary', 5, 'CRM', 'TEXT' from dual
      ) src
   on (tgt.field_name = src.field_name)
 when not matched then
      insert (field_name, position, policy, comparison)
      values (src.field_name, src.position, src.policy, src.comparison)
/
merge into crm_settings tgt
using (
         select 'take_contacts' as name
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (src.name, 'S', 'S = the persons of a mirrored lead come into the ERP as contacts')
/
commit
/
