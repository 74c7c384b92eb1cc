-- V0001__create_error_log
-- Why:    errors must be readable in the database, under the name that operators know.
-- Breaks: no
-- Undo:   drop table error_log

create table error_log (
   log_id     number(15) generated always as identity,
   created_on timestamp(6) default systimestamp not null,
   created_by varchar2(128 char) default user not null,
   severity   varchar2(5 char) not null,
   scope      varchar2(200 char) not null,
   message    varchar2(1000 char) not null,
   errorcode  number(6),
   callstack  varchar2(4000 char),
   errorstack varchar2(4000 char),
   backtrace  varchar2(4000 char),
   error_info varchar2(4000 char),
   constraint error_log_pk primary key (log_id),
   constraint error_log_severity_ck check (severity in ('ERROR', 'WARN', 'INFO'))
)
/
create index error_log_created_on_idx on error_log (created_on)
/
comment on table error_log is 'What went wrong, and what an operator should know; written by crm_log only'
/
comment on column error_log.log_id is 'Order of writing'
/
comment on column error_log.created_on is 'When, in the time zone of the database host'
/
comment on column error_log.created_by is 'Database user of the session'
/
comment on column error_log.severity is 'ERROR: needs action; WARN: look at it; INFO: for the record'
/
comment on column error_log.scope is 'Package and routine'
/
comment on column error_log.message is 'One sentence'
/
comment on column error_log.errorcode is 'sqlcode of the error; null when there was none'
/
comment on column error_log.callstack is 'dbms_utility.format_call_stack'
/
comment on column error_log.errorstack is 'dbms_utility.format_error_stack'
/
comment on column error_log.backtrace is 'dbms_utility.format_error_backtrace'
/
comment on column error_log.error_info is 'Context as a JSON object; keys only, no personal data'
/
