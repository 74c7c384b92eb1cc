-- V0011__create_crm_contact_records
-- Why:    contacts, values, stage moves and discards follow the lead as steps of one claim; each is agreed on its own.
-- Breaks: no
-- Undo:   drop table crm_contact_records; alter table crm_records drop (agreed_budget, agreed_order, agreed_stage,
--         is_budget_in_doubt, wanted_stage, wanted_discard, ended_on, end_reason);
--         alter table crm_outbox_events drop (steps); alter table crm_stages drop (is_sold)

create table crm_contact_records (
   contact_id   number(10) not null,
   record_key   varchar2(40 char) not null,
   person_id    number(12),
   agreed_image clob,
   is_in_doubt  char(1 char) default 'N' not null,
   agreed_on    timestamp(6) with time zone,
   constraint crm_contact_records_pk primary key (contact_id),
   constraint crm_contact_records_person_id_uk unique (person_id),
   constraint crm_contact_records_records_fk foreign key (record_key) references crm_records (record_key),
   constraint crm_contact_records_agreed_image_ck check (agreed_image is json),
   constraint crm_contact_records_is_in_doubt_ck check (is_in_doubt in ('S', 'N'))
)
/
create index crm_contact_records_records_fk_idx on crm_contact_records (record_key)
/
comment on table crm_contact_records is 'What both sides last agreed on about each contact of a record'
/
comment on column crm_contact_records.contact_id is 'Contact in the ERP'
/
comment on column crm_contact_records.record_key is 'Record under whose lead the person is in the CRM'
/
comment on column crm_contact_records.person_id is
   'Id of the person in the CRM; null until its creation is acknowledged'
/
comment on column crm_contact_records.agreed_image is
   'JSON: name, email, phone, job_title, is_primary, as the CRM is known to hold them'
/
comment on column crm_contact_records.is_in_doubt is
   'S = an attempt of unknown outcome may have changed the person in the CRM: look up first'
/
comment on column crm_contact_records.agreed_on is 'When the agreed image was last confirmed'
/

alter table crm_records add (
   agreed_budget      number(14, 2),
   agreed_order       number(14, 2),
   agreed_stage       varchar2(50 char),
   is_budget_in_doubt char(1 char) default 'N' not null,
   wanted_stage       varchar2(50 char),
   wanted_discard     varchar2(200 char),
   ended_on           timestamp(6) with time zone,
   end_reason         varchar2(200 char),
   constraint crm_records_is_budget_in_doubt_ck check (is_budget_in_doubt in ('S', 'N'))
)
/
comment on column crm_records.agreed_budget is
   'Value of the quotations as the CRM is known to hold it; null = none'
/
comment on column crm_records.agreed_order is
   'Value of the orders with which the lead was sold; null = not sold by the ERP'
/
comment on column crm_records.agreed_stage is 'Stage of the lead in the CRM as last known'
/
comment on column crm_records.is_budget_in_doubt is
   'S = an attempt of unknown outcome may have removed the value from the CRM: it is sent again'
/
comment on column crm_records.wanted_stage is 'Stage that the ERP asks for; null once the CRM has it'
/
comment on column crm_records.wanted_discard is
   'Reason with which the ERP asks for discarding the lead; null = it does not'
/
comment on column crm_records.ended_on is
   'When the lead left the stages that are mirrored, or was discarded; null = it has not'
/
comment on column crm_records.end_reason is 'Why it ended'
/

alter table crm_outbox_events add (
   steps clob,
   constraint crm_outbox_events_steps_ck check (steps is json)
)
/
comment on column crm_outbox_events.steps is 'JSON array: contacts, stage, values, discard to send after the lead'
/
alter table crm_outbox_events drop constraint crm_outbox_events_origin_ck
/
alter table crm_outbox_events add constraint crm_outbox_events_origin_ck check (
   origin in ('CAPTURE', 'APPLY', 'GAP', 'DIFF', 'INITIAL', 'TIME', 'REQUEST', 'MOVED')
)
/
comment on column crm_outbox_events.origin is
   'CAPTURE: trigger; APPLY: value of the ERP sent again; GAP, DIFF: repair; INITIAL: initial load; TIME: days
passed and a value changed; REQUEST: a person; MOVED: a contact came from another branch'
/

alter table crm_stages add (
   is_sold char(1 char) default 'N' not null,
   constraint crm_stages_is_sold_ck check (is_sold in ('S', 'N'))
)
/
comment on column crm_stages.is_sold is 'S = a lead in this stage has been sold: no sale is sent any more'
/
