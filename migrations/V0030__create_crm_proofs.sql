-- V0030__create_crm_proofs
-- Why:    that both sides are equal is a figure of today, not a hope; the row of the record stays free for its lease.
-- Breaks: no
-- Undo:   drop table crm_record_proofs; drop table crm_contact_proofs; drop table crm_convergence_history

create table crm_record_proofs (
   record_key varchar2(40 char) not null,
   state      varchar2(9 char) not null,
   looked_on  timestamp(6) with time zone not null,
   proven_on  timestamp(6) with time zone,
   run_id     number(15) not null,
   constraint crm_record_proofs_pk primary key (record_key),
   constraint crm_record_proofs_state_ck check (state in ('EQUAL', 'DIFFERENT', 'OUTSIDE'))
)
/
comment on table crm_record_proofs is 'When each record was last compared with the lead as read from the CRM'
/
comment on column crm_record_proofs.record_key is 'Record'
/
comment on column crm_record_proofs.state is
   'Result of the last look. OUTSIDE: edited in the CRM in a stage that is not mirrored, which the ERP does not take'
/
comment on column crm_record_proofs.looked_on is 'When the lead was last compared'
/
comment on column crm_record_proofs.proven_on is 'When both sides were last seen to be equal; null = never'
/
comment on column crm_record_proofs.run_id is 'Run that looked last'
/

create table crm_contact_proofs (
   contact_id number(10) not null,
   state      varchar2(9 char) not null,
   looked_on  timestamp(6) with time zone not null,
   proven_on  timestamp(6) with time zone,
   run_id     number(15) not null,
   constraint crm_contact_proofs_pk primary key (contact_id),
   constraint crm_contact_proofs_state_ck check (state in ('EQUAL', 'DIFFERENT', 'OUTSIDE'))
)
/
comment on table crm_contact_proofs is 'When each contact was last compared with the person as read from the CRM'
/
comment on column crm_contact_proofs.contact_id is 'Contact in the ERP'
/
comment on column crm_contact_proofs.state is 'Result of the last look'
/
comment on column crm_contact_proofs.looked_on is 'When the person was last compared'
/
comment on column crm_contact_proofs.proven_on is 'When both sides were last seen to be equal; null = never'
/
comment on column crm_contact_proofs.run_id is 'Run that looked last'
/

create table crm_convergence_history (
   history_id        number(15) generated always as identity,
   taken_on          timestamp(6) with time zone default systimestamp not null,
   records_expected  number(12) not null,
   records_proven    number(12) not null,
   records_different number(12) not null,
   proven_percent    number(5, 2) not null,
   oldest_seconds    number(12) not null,
   constraint crm_convergence_history_pk primary key (history_id)
)
/
comment on table crm_convergence_history is 'The figures of crm_convergence_v, once an hour'
/
comment on column crm_convergence_history.history_id is
   'Key of its own: a timestamp with time zone cannot be one (ORA-02329)'
/
comment on column crm_convergence_history.taken_on is 'When'
/
comment on column crm_convergence_history.records_expected is 'Records that should be equal on both sides'
/
comment on column crm_convergence_history.records_proven is 'Of these, seen to be equal within 24 hours'
/
comment on column crm_convergence_history.records_different is 'Of these, different at the last look'
/
comment on column crm_convergence_history.proven_percent is 'Proven of expected, in percent; 100 when none is expected'
/
comment on column crm_convergence_history.oldest_seconds is
   'Since when the record that was proven longest ago is not proven; 0 when none is expected'
/

create index crm_convergence_history_taken_ix on crm_convergence_history (taken_on)
/
