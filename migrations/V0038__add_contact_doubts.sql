-- V0038__add_contact_doubts
-- Why:    of a contact in doubt only what was lost goes again; a webhook's retry holds its record back for so long.
-- Breaks: no; a row in doubt without the column's value is sent whole, as before
-- Undo:   migrations/undo/U0038__add_contact_doubts.sql

alter table crm_contact_records add (
   doubtful_fields varchar2(200 char)
)
/
comment on column crm_contact_records.doubtful_fields is
   'JSON array: fields that the attempt without an answer has sent; null while in doubt = all of them'
/
merge into crm_settings tgt
using (
         select 'hold_seconds' as name
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (
         src.name,
         '900',
         'Seconds after its arrival in which a webhook that waits for its retry holds back what its lead is sent'
      )
/
commit
/
