-- V0007__create_crm_capture_gaps
-- Why:    when capture fails the ERP statement succeeds all the same; what was missed is kept here, to be repaired.
-- Breaks: no
-- Undo:   drop table crm_capture_gaps

create table crm_capture_gaps (
   gap_id      number(15) generated always as identity,
   table_name  varchar2(128 char) not null,
   client_code number(8) not null,
   branch_code number(4),
   errorcode   number(6),
   message     varchar2(1000 char),
   status      varchar2(8 char) default 'OPEN' not null,
   created_on  timestamp(6) with time zone default systimestamp not null,
   repaired_on timestamp(6) with time zone,
   constraint crm_capture_gaps_pk primary key (gap_id),
   constraint crm_capture_gaps_status_ck check (
      (status = 'OPEN' and repaired_on is null) or (status = 'REPAIRED' and repaired_on is not null)
   )
)
/
create index crm_capture_gaps_status_idx on crm_capture_gaps (status, gap_id)
/
comment on table crm_capture_gaps is 'Branches whose change could not be captured'
/
comment on column crm_capture_gaps.gap_id is 'Order of writing'
/
comment on column crm_capture_gaps.table_name is 'Table of the ERP that changed'
/
comment on column crm_capture_gaps.client_code is 'Client in the ERP'
/
comment on column crm_capture_gaps.branch_code is 'Branch in the ERP; null = all branches of the client'
/
comment on column crm_capture_gaps.errorcode is 'sqlcode of the failure'
/
comment on column crm_capture_gaps.message is 'Error of the failure'
/
comment on column crm_capture_gaps.status is 'OPEN: waits for crm_reconcile. REPAIRED: an outbox event stands for it'
/
comment on column crm_capture_gaps.created_on is 'When capture failed'
/
comment on column crm_capture_gaps.repaired_on is 'When the outbox event was made'
/
