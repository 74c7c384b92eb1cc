-- V0018__load_retention_settings
-- Why:    how long personal data and settled rows are kept is a decision of the tenant.
-- Breaks: no
-- Undo:   delete from crm_settings where name in ('retention_payload_days', 'retention_row_days',
--         'worker_live_seconds')
-- Can be repeated: rows that exist are left as they are.

merge into crm_settings tgt
using (
         select 'retention_payload_days' as name,
                '30' as value,
                'Days after which documents and bodies of settled changes and webhooks are emptied' as description
           from dual
          union all
         select 'retention_row_days',
                '180',
                'Days after which settled changes, webhooks, gaps, differences and log rows are deleted'
           from dual
          union all
         select 'worker_live_seconds',
                '60',
                'Seconds after its last heartbeat for which a daemon counts as alive'
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (src.name, src.value, src.description)
/
commit
/
