-- V0019__add_leads_ended_on
-- Why:    a lead that ends leaves the mirror without being deleted; it is gone only when it was not found twice.
-- Breaks: no
-- Undo:   alter table leads drop (ended_on, end_reason); alter table crm_inbox_events drop (missing_on);
--         delete from crm_settings where name = 'missing_recheck_seconds'

alter table leads add (
   ended_on   timestamp(6) with time zone,
   end_reason varchar2(200 char),
   constraint leads_ended_ck check (
      (ended_on is null and end_reason is null) or (ended_on is not null and end_reason is not null)
   )
)
/
comment on column leads.ended_on is 'When the lead left the mirrored stages; null = it is mirrored'
/
comment on column leads.end_reason is 'Why it left'
/
alter table crm_inbox_events add (
   missing_on timestamp(6) with time zone
)
/
comment on column crm_inbox_events.missing_on is 'When the CRM first said that it does not have the lead; null = it has'
/
merge into crm_settings tgt
using (
         select 'missing_recheck_seconds' as name
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (src.name, '60', 'Seconds until a lead that the CRM did not find is looked for a second time')
/
commit
/
