-- U0011__create_crm_contact_records
-- Undoes: migrations/V0011__create_crm_contact_records.sql
-- Loses:  what was agreed about contacts, values and stages; changes of later kinds become DIFF

drop table crm_contact_records
/
alter table crm_records drop constraint crm_records_is_budget_in_doubt_ck
/
alter table crm_records drop (
   agreed_budget,
   agreed_order,
   agreed_stage,
   is_budget_in_doubt,
   wanted_stage,
   wanted_discard,
   ended_on,
   end_reason
)
/
alter table crm_outbox_events drop constraint crm_outbox_events_steps_ck
/
alter table crm_outbox_events drop (steps)
/
update crm_outbox_events e
   set e.origin = 'DIFF'
 where e.origin in ('TIME', 'REQUEST', 'MOVED')
/
commit
/
alter table crm_outbox_events drop constraint crm_outbox_events_origin_ck
/
alter table crm_outbox_events add constraint crm_outbox_events_origin_ck check (
   origin in ('CAPTURE', 'APPLY', 'GAP', 'DIFF', 'INITIAL')
)
/
comment on column crm_outbox_events.origin is
   'CAPTURE: trigger; APPLY: value of the ERP sent again; GAP, DIFF: repair; INITIAL: initial load'
/
alter table crm_stages drop constraint crm_stages_is_sold_ck
/
alter table crm_stages drop (is_sold)
/
delete from crm_migrations m
 where m.script = 'migrations/V0011__create_crm_contact_records.sql'
/
commit
/
