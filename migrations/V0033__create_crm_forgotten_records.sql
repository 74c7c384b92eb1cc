-- V0033__create_crm_forgotten_records
-- Why:    personal data can be erased on request, does not come back by itself, and that it was done can be shown.
-- Breaks: no
-- Undo:   drop table crm_erasures; drop table crm_forgotten_records

create table crm_forgotten_records (
   record_key   varchar2(40 char) not null,
   crm_id       number(12),
   forgotten_on timestamp(6) with time zone default systimestamp not null,
   constraint crm_forgotten_records_pk primary key (record_key)
)
/
create index crm_forgotten_records_crm_id_idx on crm_forgotten_records (crm_id)
/
comment on table crm_forgotten_records is
   'Records whose data was erased: they are not read from the ERP, and their leads are not taken from the CRM'
/
comment on column crm_forgotten_records.record_key is 'CLIENT-BRANCH'
/
comment on column crm_forgotten_records.crm_id is 'Id that the lead had; what the CRM still tells of it is not kept'
/
comment on column crm_forgotten_records.forgotten_on is 'When its data was erased'
/

create table crm_erasures (
   erasure_id number(15) generated always as identity,
   action     varchar2(6 char) not null,
   record_key varchar2(40 char) not null,
   erased     varchar2(1000 char),
   done_by    varchar2(128 char) not null,
   reason     varchar2(1000 char) not null,
   done_on    timestamp(6) with time zone default systimestamp not null,
   constraint crm_erasures_pk primary key (erasure_id),
   constraint crm_erasures_action_ck check (action in ('FORGET', 'LIFT')),
   constraint crm_erasures_erased_ck check (erased is json)
)
/
create index crm_erasures_record_idx on crm_erasures (record_key, erasure_id)
/
comment on table crm_erasures is 'Who had which kinds of data erased, when and why; the data itself is nowhere in it'
/
comment on column crm_erasures.erasure_id is 'Number of the row'
/
comment on column crm_erasures.action is
   'FORGET: the data was erased. LIFT: the record may take part again'
/
comment on column crm_erasures.record_key is 'CLIENT-BRANCH'
/
comment on column crm_erasures.erased is 'JSON: rows of each kind that were emptied or deleted; null for LIFT'
/
comment on column crm_erasures.done_by is 'Who asked for it, as given'
/
comment on column crm_erasures.reason is 'Why, as given; names of persons do not belong here'
/
comment on column crm_erasures.done_on is 'When'
/
