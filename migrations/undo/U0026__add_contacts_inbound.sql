-- U0026__add_contacts_inbound
-- Undoes: migrations/V0026__add_contacts_inbound.sql
-- Loses:  who is not to come back, and the policies of contacts

alter table crm_merge_audit drop (contact_id)
/
alter table crm_inbox_events drop constraint crm_inbox_events_contacts_due_ck
/
alter table crm_inbox_events drop constraint crm_inbox_events_reads_ck
/
alter table crm_inbox_events drop (contacts_due, reads)
/
drop table crm_contact_policies
/
drop table crm_let_go_persons
/
alter table crm_contact_records drop (missing_on)
/
drop index contacts_lead_id_idx
/
alter table contacts drop constraint contacts_ended_ck
/
alter table contacts drop (lead_id, ended_on, end_reason)
/
comment on column crm_contact_records.person_id is
   'Id of the person in the CRM; null until its creation is acknowledged'
/
delete from crm_migrations m
 where m.script = 'migrations/V0026__add_contacts_inbound.sql'
/
commit
/
