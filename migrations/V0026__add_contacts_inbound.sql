-- V0026__add_contacts_inbound
-- Why:    the persons of a lead come into the ERP: where each belongs, who wins a field, what is not to come back.
-- Breaks: no; a daemon that does not read persons goes on as before
-- Undo:   drop table crm_contact_policies; drop table crm_let_go_persons; alter table contacts drop (lead_id, ended_on,
--         end_reason); alter table crm_contact_records drop (missing_on);
--         alter table crm_inbox_events drop (contacts_due, reads); alter table crm_merge_audit drop (contact_id);
--         delete from crm_settings where name = 'take_contacts'

alter table contacts add (
   lead_id    number(12),
   ended_on   timestamp(6) with time zone,
   end_reason varchar2(200 char),
   constraint contacts_ended_ck check (
      (ended_on is null and end_reason is null) or (ended_on is not null and end_reason is not null)
   )
)
/
create index contacts_lead_id_idx on contacts (lead_id)
/
comment on column contacts.lead_id is 'Lead of the person, which tells the branch; a client may have several'
/
comment on column contacts.ended_on is 'When the person was found to be gone from the CRM; null = it is there'
/
comment on column contacts.end_reason is 'Why it left'
/
alter table crm_contact_records add (
   missing_on timestamp(6) with time zone
)
/
comment on column crm_contact_records.missing_on is
   'When the CRM first did not name the person among those of its lead; null = it did'
/
comment on column crm_contact_records.person_id is
   'Id of the person in the CRM; null until its creation is acknowledged, and again when it was removed there'
/

create table crm_let_go_persons (
   person_id  number(12) not null,
   record_key varchar2(40 char) not null,
   let_go_on  timestamp(6) with time zone default systimestamp not null,
   constraint crm_let_go_persons_pk primary key (person_id)
)
/
create index crm_let_go_persons_record_idx on crm_let_go_persons (record_key)
/
comment on table crm_let_go_persons is
   'Persons that the CRM keeps although their contact was deleted in the ERP: they do not come in again'
/
comment on column crm_let_go_persons.person_id is 'Id of the person in the CRM'
/
comment on column crm_let_go_persons.record_key is 'Record whose contact it was'
/
comment on column crm_let_go_persons.let_go_on is 'When the contact was gone'
/

create table crm_contact_policies (
   field_name varchar2(30 char) not null,
   position   number(3) not null,
   policy     varchar2(6 char) not null,
   comparison varchar2(6 char) default 'TEXT' not null,
   constraint crm_contact_policies_pk primary key (field_name),
   constraint crm_contact_policies_position_uk unique (position),
   constraint crm_contact_policies_field_name_ck check (
      field_name in ('name', 'email', 'phone', 'job_title', 'is_primary')
   ),
   constraint crm_contact_policies_policy_ck check (policy in ('ERP', 'CRM')),
   constraint crm_contact_policies_comparison_ck check (comparison in ('TEXT', 'FOLDED'))
)
/
comment on table crm_contact_policies is 'The fields of a contact, and who wins when both sides have changed one'
/
comment on column crm_contact_policies.field_name is 'Neutral field name, as in vw_crm_clients_contacts, lower case'
/
comment on column crm_contact_policies.position is 'Order, as in vw_crm_clients_contacts'
/
comment on column crm_contact_policies.policy is
   'When both sides changed the field differently. CRM: the CRM wins. ERP: the ERP wins, and a change made in the CRM
alone does not come in, the value of the ERP is sent again'
/
comment on column crm_contact_policies.comparison is
   'TEXT: equal after normalisation. FOLDED: equal also when only accents or case differ'
/

alter table crm_inbox_events add (
   contacts_due char(1 char) default 'N' not null,
   reads        varchar2(8 char),
   constraint crm_inbox_events_contacts_due_ck check (contacts_due in ('S', 'N')),
   constraint crm_inbox_events_reads_ck check (reads in ('LEAD', 'CONTACTS', 'BOTH'))
)
/
comment on column crm_inbox_events.contacts_due is
   'S = the persons of the lead are to be read whatever the webhook shows'
/
comment on column crm_inbox_events.reads is 'What the last claim asked to be read of the CRM'
/

alter table crm_merge_audit add (
   contact_id number(10)
)
/
comment on column crm_merge_audit.contact_id is 'Contact of the ERP whose field it is; null = a field of the lead'
/
