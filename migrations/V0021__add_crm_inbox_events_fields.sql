-- V0021__add_crm_inbox_events_fields
-- Why:    the echo of our own delivery can be told by what the webhook shows, without asking the CRM.
-- Breaks: no; webhooks without fields are read as before
-- Undo:   alter table crm_inbox_events drop (fields); delete from crm_settings where name = 'echo_seconds'

alter table crm_inbox_events add (
   fields clob,
   constraint crm_inbox_events_fields_ck check (fields is json)
)
/
comment on column crm_inbox_events.fields is
   'What could be read of the body, JSON under neutral names, and stage; null = nothing. Compared only, never applied'
/
merge into crm_settings tgt
using (
         select 'echo_seconds' as name
           from dual
      ) src
   on (tgt.name = src.name)
 when not matched then
      insert (name, value, description)
      values (
         src.name,
         '300',
         'Seconds after an agreement in which a webhook that shows nothing new counts as its echo; 0 = never'
      )
/
commit
/
