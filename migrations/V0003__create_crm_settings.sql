-- V0003__create_crm_settings
-- Why:    stages, field ownership and limits differ between tenants, so they are data.
-- Breaks: no
-- Undo:   drop table crm_field_policies; drop table crm_stages; drop table crm_settings

create table crm_settings (
   name        varchar2(40 char) not null,
   value       varchar2(200 char),
   description varchar2(400 char) not null,
   constraint crm_settings_pk primary key (name)
)
/
comment on table crm_settings is 'Settings of the database side; read through crm_config'
/
comment on column crm_settings.name is 'Name of the setting'
/
comment on column crm_settings.value is 'Value as text'
/
comment on column crm_settings.description is 'What it does, with its unit'
/

create table crm_stages (
   name        varchar2(50 char) not null,
   position    number(3) not null,
   is_mirrored char(1 char) not null,
   constraint crm_stages_pk primary key (name),
   constraint crm_stages_position_uk unique (position),
   constraint crm_stages_is_mirrored_ck check (is_mirrored in ('S', 'N'))
)
/
comment on table crm_stages is 'Stages of a lead, in their order'
/
comment on column crm_stages.name is 'Name as in the CRM; compared after normalisation (crm_rules.canonical)'
/
comment on column crm_stages.position is 'Order in the funnel, lowest first'
/
comment on column crm_stages.is_mirrored is 'S = changes of a lead in this stage reach the ERP'
/

create table crm_field_policies (
   field_name  varchar2(30 char) not null,
   position    number(3) not null,
   owner_side  varchar2(3 char) not null,
   comparison  varchar2(6 char) default 'TEXT' not null,
   constraint crm_field_policies_pk primary key (field_name),
   constraint crm_field_policies_position_uk unique (position),
   constraint crm_field_policies_field_name_ck check (field_name = lower(field_name)),
   constraint crm_field_policies_owner_side_ck check (owner_side in ('ERP', 'CRM')),
   constraint crm_field_policies_comparison_ck check (comparison in ('TEXT', 'FOLDED'))
)
/
comment on table crm_field_policies is 'The shared fields of a record, and who wins when both sides have changed one'
/
comment on column crm_field_policies.field_name is 'Neutral field name, as in vw_crm_clients, lower case'
/
comment on column crm_field_policies.position is 'Order, as in vw_crm_clients'
/
comment on column crm_field_policies.owner_side is
   'ERP: a change in the CRM does not come in, the value of the ERP is sent again. CRM: a change in the CRM comes in'
/
comment on column crm_field_policies.comparison is
   'TEXT: equal after normalisation. FOLDED: equal also when only accents or case differ'
/
