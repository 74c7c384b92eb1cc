-- V0014__create_crm_conflicts
-- Why:    who wins a field changed on both sides is a policy of four kinds; what loses or waits must be seen.
-- Breaks: no; policies start as the owners were
-- Undo:   drop table crm_merge_audit; drop table crm_conflicts; alter table crm_field_policies drop column policy

alter table crm_field_policies add (
   policy varchar2(6 char) default 'ERP' not null
)
/
update crm_field_policies p
   set p.policy = p.owner_side
/
commit
/
alter table crm_field_policies add constraint crm_field_policies_policy_ck check (
   policy = 'ERP'
   or (policy in ('CRM', 'LATEST', 'MANUAL') and field_name in ('sales_rep', 'phone', 'industry', 'financial_analysis'))
)
/
comment on column crm_field_policies.policy is
   'When both sides changed the field differently. ERP: the ERP wins, and a change made in the CRM alone does not come
in. CRM: the CRM wins. LATEST: the later change wins, the ERP when they cannot be told apart. MANUAL: a row in
crm_conflicts, and the field rests on both sides. Only fields that PRC_UPDATE_CLIENTS takes can be other than ERP'
/
comment on column crm_field_policies.owner_side is 'Side that is responsible for the field; the policy decides'
/

create table crm_conflicts (
   conflict_id    number(15) generated always as identity,
   record_key     varchar2(40 char) not null,
   field_name     varchar2(30 char) not null,
   base_value     varchar2(4000 char),
   erp_value      varchar2(4000 char),
   crm_value      varchar2(4000 char),
   inbox_id       number(15),
   status         varchar2(8 char) default 'OPEN' not null,
   choice         varchar2(5 char),
   resolved_value varchar2(4000 char),
   opened_on      timestamp(6) with time zone default systimestamp not null,
   resolved_on    timestamp(6) with time zone,
   resolved_by    varchar2(128 char),
   constraint crm_conflicts_pk primary key (conflict_id),
   constraint crm_conflicts_status_ck check (
      (status = 'OPEN' and choice is null and resolved_on is null and resolved_by is null)
      or (status = 'RESOLVED' and choice is not null and resolved_on is not null and resolved_by is not null)
   ),
   constraint crm_conflicts_choice_ck check (choice in ('ERP', 'CRM', 'VALUE', 'EQUAL'))
)
/
create index crm_conflicts_record_idx on crm_conflicts (record_key, status)
/
create index crm_conflicts_status_idx on crm_conflicts (status, conflict_id)
/
comment on table crm_conflicts is
   'Fields that both sides changed and a person must decide; while a row is open its field goes in neither direction'
/
comment on column crm_conflicts.conflict_id is 'Order of opening'
/
comment on column crm_conflicts.record_key is 'Record'
/
comment on column crm_conflicts.field_name is 'Neutral field name'
/
comment on column crm_conflicts.base_value is 'Value on which both sides agreed last'
/
comment on column crm_conflicts.erp_value is 'Value of the ERP when the lead was last read'
/
comment on column crm_conflicts.crm_value is 'Value of the CRM when the lead was last read'
/
comment on column crm_conflicts.inbox_id is 'Webhook that showed it'
/
comment on column crm_conflicts.status is 'OPEN: waits for a person. RESOLVED: decided'
/
comment on column crm_conflicts.choice is
   'ERP, CRM: that side''s value. VALUE: another value. EQUAL: the two sides became equal by themselves'
/
comment on column crm_conflicts.resolved_value is 'Value that both sides shall have'
/
comment on column crm_conflicts.opened_on is 'When it was found'
/
comment on column crm_conflicts.resolved_on is 'When it was decided'
/
comment on column crm_conflicts.resolved_by is 'Person that decided'
/

create table crm_merge_audit (
   audit_id   number(15) generated always as identity,
   record_key varchar2(40 char) not null,
   field_name varchar2(30 char) not null,
   policy     varchar2(6 char) not null,
   base_value varchar2(4000 char),
   erp_value  varchar2(4000 char),
   crm_value  varchar2(4000 char),
   taken      varchar2(5 char) not null,
   inbox_id   number(15),
   decided_on timestamp(6) with time zone default systimestamp not null,
   decided_by varchar2(128 char),
   constraint crm_merge_audit_pk primary key (audit_id),
   constraint crm_merge_audit_taken_ck check (taken in ('ERP', 'CRM', 'VALUE'))
)
/
create index crm_merge_audit_record_idx on crm_merge_audit (record_key, audit_id)
/
comment on table crm_merge_audit is 'Each decision by which a value of one side gave way'
/
comment on column crm_merge_audit.audit_id is 'Order of deciding'
/
comment on column crm_merge_audit.record_key is 'Record'
/
comment on column crm_merge_audit.field_name is 'Neutral field name'
/
comment on column crm_merge_audit.policy is 'Policy by which it was decided'
/
comment on column crm_merge_audit.base_value is 'Value on which both sides agreed last'
/
comment on column crm_merge_audit.erp_value is 'Value of the ERP'
/
comment on column crm_merge_audit.crm_value is 'Value of the CRM'
/
comment on column crm_merge_audit.taken is 'Side whose value stays; VALUE: a third value'
/
comment on column crm_merge_audit.inbox_id is 'Webhook that brought it; null when a person decided'
/
comment on column crm_merge_audit.decided_on is 'When'
/
comment on column crm_merge_audit.decided_by is 'Person; null when the policy decided'
/
