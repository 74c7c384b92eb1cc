-- V0004__create_crm_records
-- Why:    one row per record is the mutex of the record, and holds what both sides last agreed on.
-- Breaks: no
-- Undo:   drop table crm_records; drop sequence crm_versions_seq

create sequence crm_versions_seq start with 1 increment by 1 cache 1000 order
/

create table crm_records (
   record_key      varchar2(40 char) not null,
   client_code     number(8) not null,
   branch_code     number(4) not null,
   crm_id          number(12),
   version         number(15) default 0 not null,
   agreed_version  number(15),
   agreed_image    clob,
   agreed_hash     raw(32),
   agreed_on       timestamp(6) with time zone,
   doubtful_fields varchar2(1000 char),
   lease_owner     varchar2(64 char),
   lease_until     timestamp(6) with time zone,
   fence_token     number(15) default 0 not null,
   created_on      timestamp(6) with time zone default systimestamp not null,
   constraint crm_records_pk primary key (record_key),
   constraint crm_records_branch_uk unique (client_code, branch_code),
   constraint crm_records_crm_id_uk unique (crm_id),
   constraint crm_records_agreed_image_ck check (agreed_image is json),
   constraint crm_records_doubtful_fields_ck check (doubtful_fields is json),
   constraint crm_records_lease_ck check (
      (lease_owner is null and lease_until is null) or (lease_owner is not null and lease_until is not null)
   ),
   constraint crm_records_agreed_hash_ck check (agreed_hash is null or agreed_image is not null)
)
/
create index crm_records_lease_until_idx on crm_records (lease_until)
/
create index crm_records_lease_owner_idx on crm_records (lease_owner)
/
comment on table crm_records is
   'One row per client branch that was ever sent or is about to be: lease, and agreed state'
/
comment on column crm_records.record_key is 'Client code, a hyphen, branch code'
/
comment on column crm_records.client_code is 'Client in the ERP'
/
comment on column crm_records.branch_code is 'Branch in the ERP'
/
comment on column crm_records.crm_id is 'Id of the lead in the CRM; null until its creation is acknowledged'
/
comment on column crm_records.version is
   'Newest version that was claimed; versions of a record are claimed in rising order'
/
comment on column crm_records.agreed_version is 'Version of the change whose delivery was acknowledged last'
/
comment on column crm_records.agreed_image is
   'Fields as the CRM is known to hold them: as acknowledged, or as read; base of the three-way merge'
/
comment on column crm_records.agreed_hash is
   'Hash (definition 1) of the row of the ERP that equals the agreed image; null while the two sides differ'
/
comment on column crm_records.agreed_on is 'When the agreed image was last confirmed'
/
comment on column crm_records.doubtful_fields is
   'JSON array of fields that an attempt of unknown outcome may have changed in the CRM; null = no doubt'
/
comment on column crm_records.lease_owner is 'Worker that works on the record; null = nobody'
/
comment on column crm_records.lease_until is 'When the lease may be given to another worker'
/
comment on column crm_records.fence_token is 'Grows with each lease; work under an older token is refused'
/
comment on column crm_records.created_on is 'When the record was first seen'
/
