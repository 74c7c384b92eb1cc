-- Statements of the migration runner: the only SQL of bridge/ outside oracle/queries.sql. They run as an
-- administrator with current_schema set to the owner of the integration, hence the unqualified names.

-- name: missing_rights
-- Which rights of plsql/admin/create_deployer.sql this account lacks; none may be missing before anything is begun.
select w.wanted
  from (
          select 'CREATE SESSION' as wanted from dual
           union all select 'CREATE ANY TABLE' from dual
           union all select 'ALTER ANY TABLE' from dual
           union all select 'COMMENT ANY TABLE' from dual
           union all select 'SELECT ANY TABLE' from dual
           union all select 'INSERT ANY TABLE' from dual
           union all select 'UPDATE ANY TABLE' from dual
           union all select 'DELETE ANY TABLE' from dual
           union all select 'CREATE ANY INDEX' from dual
           union all select 'CREATE ANY SEQUENCE' from dual
           union all select 'CREATE ANY VIEW' from dual
           union all select 'CREATE ANY TYPE' from dual
           union all select 'CREATE ANY PROCEDURE' from dual
           union all select 'ALTER ANY PROCEDURE' from dual
           union all select 'EXECUTE ANY PROCEDURE' from dual
           union all select 'CREATE ANY TRIGGER' from dual
           union all select 'ALTER ANY TRIGGER' from dual
           union all select 'MANAGE ANY QUEUE' from dual
           union all select 'GRANT ANY OBJECT PRIVILEGE' from dual
           union all select 'DROP ANY TABLE' from dual
           union all select 'DROP ANY INDEX' from dual
           union all select 'DROP ANY SEQUENCE' from dual
           union all select 'DROP ANY VIEW' from dual
           union all select 'DROP ANY TYPE' from dual
           union all select 'DROP ANY PROCEDURE' from dual
           union all select 'DROP ANY TRIGGER' from dual
       ) w
 where not exists (
          select null
            from session_privs p
           where p.privilege = w.wanted
       )
 union all
select 'EXECUTE ON SYS.' || w.package_name
  from (
          select 'DBMS_AQADM' as package_name from dual
           union all select 'DBMS_LOCK' from dual
       ) w
 where not exists (
          select null
            from all_objects o
           where o.owner = 'SYS'
             and o.object_type = 'PACKAGE'
             and o.object_name = w.package_name
       )
 order by 1;

-- name: schema_exists
-- Number of users with the name of the target schema: 0 or 1.
select count(*) as user_count
  from all_users
 where username = :schema_name;

-- name: set_schema
-- Makes unqualified names mean the target schema; the name is checked before it is put in.
alter session set current_schema = "{schema}";

-- name: ledger_exists
-- Number of ledger tables in the target schema: 0 or 1.
select count(*) as table_count
  from all_tables
 where owner = :schema_name
   and table_name = 'CRM_MIGRATIONS';

-- name: create_ledger
-- The ledger: one row per migration and per repeatable file.
create table crm_migrations (
   script             varchar2(200 char)         not null,
   version            varchar2(20 char),
   description        varchar2(200 char)         not null,
   checksum           varchar2(64 char)          not null,
   applied_checksum   varchar2(64 char),
   statement_reached  number(9)                  not null,
   statement_count    number(9)                  not null,
   state              varchar2(10 char)          not null,
   started_at         timestamp default systimestamp not null,
   finished_at        timestamp,
   constraint crm_migrations_pk primary key (script),
   constraint crm_migrations_state_ck check (state in ('RUNNING', 'FAILED', 'DONE'))
);

-- name: comment_ledger
-- Says what the table is to whoever finds it.
comment on table crm_migrations is
   'What erpcrm migrate has applied: one row per script, with the last statement that was finished';

-- name: read_ledger
-- Everything that has been applied or begun.
select script, version, description, checksum, applied_checksum, statement_reached, statement_count, state,
       started_at, finished_at
  from crm_migrations
 order by script;

-- name: begin_script
-- Opens or reopens the row of a script. APPLIED_CHECKSUM covers the finished statements only, so that a
-- failed file can be corrected from the failed statement on, and nowhere else.
merge into crm_migrations tgt
using (
         select :script            as script,
                :version           as version,
                :description       as description,
                :checksum          as checksum,
                :statement_reached as statement_reached,
                :statement_count   as statement_count
           from dual
      ) src
   on (tgt.script = src.script)
 when matched then
      update
         set tgt.description       = src.description,
             tgt.checksum          = src.checksum,
             tgt.statement_reached = src.statement_reached,
             tgt.statement_count   = src.statement_count,
             tgt.state             = 'RUNNING',
             tgt.started_at        = systimestamp,
             tgt.finished_at       = null
 when not matched then
      insert (script, version, description, checksum, statement_reached, statement_count, state)
      values (src.script, src.version, src.description, src.checksum, src.statement_reached,
              src.statement_count, 'RUNNING');

-- name: record_statement
-- Records that one more statement of a script is finished.
update crm_migrations
   set statement_reached = :statement_reached,
       applied_checksum  = :applied_checksum
 where script = :script;

-- name: finish_script
-- Closes the row of a script as DONE or FAILED.
update crm_migrations
   set state       = :state,
       finished_at = systimestamp
 where script = :script;

-- name: allocate_lock
-- Gets the handle of the user lock of this schema.
begin
   dbms_lock.allocate_unique(
      lockname   => :lock_name,
      lockhandle => :lock_handle
   );
end;
/

-- name: request_lock
-- Asks for the lock, exclusive, kept over commits: 0 granted, 1 timed out, 4 held already.
begin
   :lock_result := dbms_lock.request(
      lockhandle        => :lock_handle,
      lockmode          => dbms_lock.x_mode,
      timeout           => :wait_seconds,
      release_on_commit => false
   );
end;
/

-- name: release_lock
-- Gives the lock back.
begin
   :lock_result := dbms_lock.release(lockhandle => :lock_handle);
end;
/

-- name: set_optimize_level
-- Level 2 reduces constants to literals, so that packages of constants have no state, whatever the instance's default.
alter session set plsql_optimize_level = 2;

-- name: set_warnings
-- Warnings are for developers; as errors they would refuse code that is right (5005: a handler that always raises).
alter session set plsql_warnings = 'disable:all';

-- name: set_ddl_lock_timeout
-- How long a DDL statement waits for the locks of the ERP's transactions; the number is checked before it is put in.
alter session set ddl_lock_timeout = {seconds};

-- name: capture_units
-- What runs inside the ERP's statements: the triggers on tables of others, and what they and crm_capture call by dynamic
-- blocks, which no dependency shows.
select trigger_name, 'TRIGGER'
  from all_triggers
 where owner = :schema_name
   and table_owner <> :schema_name
 union all
select object_name, object_type
  from all_objects
 where owner = :schema_name
   and object_type = 'PACKAGE'
   and (object_name in ('CRM_CAPTURE', 'CRM_GAPS') or object_name like 'CRM!_CAPTURE!_%' escape '!');

-- name: dependencies
-- What depends on what within the schema; with what units with dynamic statements name in their source, which is
-- the way the capture triggers call.
select d.name, d.type, d.referenced_name, d.referenced_type
  from all_dependencies d
 where d.owner = :schema_name
   and d.referenced_owner = :schema_name
 union
select s.name, s.type, o.object_name, o.object_type
  from all_source s
  join all_objects o
    on o.owner = s.owner
   and o.object_type in ('PACKAGE', 'PROCEDURE', 'FUNCTION')
   and o.object_name <> s.name
 where s.owner = :schema_name
   and exists (
          select null
            from all_source d
           where d.owner = s.owner
             and d.name = s.name
             and d.type = s.type
             and lower(d.text) like '%execute immediate%'
       )
   and regexp_like(s.text, '(^|[^A-Z0-9_])' || o.object_name || '([^A-Z0-9_]|$)', 'i');

-- name: mark_unfinished
-- Makes the next run do a script again, should this one not get so far.
update crm_migrations
   set state       = 'RUNNING',
       finished_at = null
 where script = :script
   and state = 'DONE';

-- name: invalid_objects
-- What is invalid in the target schema.
select object_name, object_type
  from all_objects
 where owner = :schema_name
   and status = 'INVALID'
 order by object_type, object_name;

-- name: compile_errors
-- Why it is invalid.
select name, type, line, position, text
  from all_errors
 where owner = :schema_name
 order by name, type, sequence;
