-- What a script for SQL*Plus needs beside the statements of the files. The ledger is written by the statements of
-- ledger.sql, with literals for binds, so that either tool may go on where the other stopped.

-- name: check_session
-- Refuses a client whose character set is not the one of the files, and a schema that is not there.
declare
   l_users pls_integer;
begin
   if 'ã' <> unistr('\00e3') then
      raise_application_error(
         -20199,
         'the files are UTF-8 and this client reads them as something else: set NLS_LANG=.AL32UTF8 and start again'
      );
   end if;
   select count(*)
     into l_users
     from all_users u
    where u.username = '{schema}';
   if l_users = 0 then
      raise_application_error(-20199, 'schema {schema} does not exist: run prepare.sql first');
   end if;
end;
/

-- name: check_rights
-- Refuses an account that may not do all of it, before anything is done.
declare
   l_missing varchar2(2000 char);
begin
   <<missing>>
   for r_right in (
{missing_rights}
   ) loop
      l_missing := l_missing || case when l_missing is not null then ', ' end || r_right.wanted;
   end loop missing;
   if l_missing is not null then
      raise_application_error(
         -20199,
         'this account may not deploy; it lacks (plsql/admin/create_deployer.sql): ' || l_missing
      );
   end if;
end;
/

-- name: take_lock
-- The lock of erpcrm migrate: one deployment at a time; it ends with the session.
declare
   l_handle varchar2(128 char);
   l_result pls_integer;
begin
   dbms_lock.allocate_unique(
      lockname   => 'ERPCRM_MIGRATE_{schema}',
      lockhandle => l_handle
   );
   l_result := dbms_lock.request(
      lockhandle        => l_handle,
      lockmode          => dbms_lock.x_mode,
      timeout           => 300,
      release_on_commit => false
   );
   if l_result not in (0, 4) then
      raise_application_error(-20199, 'another deployment of {schema} is running');
   end if;
end;
/

-- name: make_ledger
-- Creates the ledger where there is none.
declare
   l_tables pls_integer;
begin
   select count(*)
     into l_tables
     from all_tables t
    where t.owner = '{schema}'
      and t.table_name = 'CRM_MIGRATIONS';
   if l_tables = 0 then
      execute immediate q'[{create_ledger}]';
      execute immediate q'[{comment_ledger}]';
   end if;
end;
/

-- name: check_reached
-- Refuses to go on behind statements that are not those that were run.
declare
   l_rows pls_integer;
begin
   select count(*)
     into l_rows
     from crm_migrations m
    where m.script = '{script}'
      and m.statement_reached = {statement_reached}
      and m.applied_checksum = '{applied_checksum}';
   if l_rows = 0 then
      raise_application_error(-20199, '{script}: applied files must not be edited');
   end if;
end;
/

-- name: plan
-- The rules of erpcrm migrate: history must fit; what must run again with others, and holding and releasing of
-- capture, are marked as unfinished in the ledger, so that the next run does them if this one does not get so far.
declare
   type names_type is table of pls_integer index by varchar2(200 char);
   type script_type is record (
      script   crm_migrations.script%type,
      version  crm_migrations.version%type,
      checksum crm_migrations.checksum%type,
      -- objects that it replaces or changes, and scripts with which it runs again: names between blanks
      objects  varchar2(32767),
      again    varchar2(32767)
   );
   type scripts_type is table of script_type index by pls_integer;
   t_scripts scripts_type;
   t_known   names_type;
   t_pending names_type;
   t_reach   names_type;
   l_newest  crm_migrations.version%type;
   l_touches boolean := false;
   l_grew    boolean := true;
   l_name    varchar2(200 char);

   procedure add(
      in_script   in varchar2,
      in_version  in varchar2,
      in_checksum in varchar2,
      in_objects  in varchar2,
      in_again    in varchar2
   )
   is
      r_script script_type;
   begin
      r_script.script   := in_script;
      r_script.version  := in_version;
      r_script.checksum := in_checksum;
      r_script.objects  := in_objects;
      r_script.again    := in_again;
      t_scripts(t_scripts.count + 1) := r_script;
      t_known(in_script) := 1;
   end add;

   -- True if one of the names between blanks is in the set.
   function meets(
      in_names in varchar2,
      in_set   in names_type
   ) return boolean
   is
      l_name varchar2(200 char) := in_set.first;
   begin
      <<members>>
      while l_name is not null loop
         if instr(in_names, ' ' || l_name || ' ') > 0 then
            return true;
         end if;
         l_name := in_set.next(l_name);
      end loop members;
      return false;
   end meets;

   procedure mark(in_script in varchar2)
   is
   begin
      update crm_migrations m
         set m.state       = 'RUNNING',
             m.finished_at = null
       where m.script = in_script
         and m.state = 'DONE';
   end mark;
begin
{entries}
   select max(m.version)
     into l_newest
     from crm_migrations m;
   <<applied>>
   for r_row in (
      select m.script, m.version
        from crm_migrations m
       where m.version is not null
       order by m.script
   ) loop
      if not t_known.exists(r_row.script) then
         raise_application_error(-20199, 'applied, but missing here: ' || r_row.script);
      end if;
   end loop applied;
   <<scripts>>
   for i in 1 .. t_scripts.count loop
      declare
         l_state    crm_migrations.state%type;
         l_checksum crm_migrations.checksum%type;
      begin
         select max(m.state), max(m.checksum)
           into l_state, l_checksum
           from crm_migrations m
          where m.script = t_scripts(i).script;
         if t_scripts(i).version is not null then
            if l_state is null and t_scripts(i).version < l_newest then
               raise_application_error(
                  -20199, 'older than the newest applied version ' || l_newest || ': ' || t_scripts(i).script
               );
            end if;
            if l_state = 'DONE' and l_checksum <> t_scripts(i).checksum then
               raise_application_error(-20199, t_scripts(i).script || ': applied files must not be edited');
            end if;
         end if;
         if l_state is null or l_state <> 'DONE' or l_checksum <> t_scripts(i).checksum
            or meets(in_names => t_scripts(i).again, in_set => t_pending)
         then
            t_pending(t_scripts(i).script) := i;
         end if;
      end;
   end loop scripts;
   <<capture_triggers>>
   for r_trigger in (
      select t.trigger_name
        from all_triggers t
       where t.owner = '{schema}'
         and t.table_owner <> '{schema}'
   ) loop
      t_reach(r_trigger.trigger_name) := 1;
   end loop capture_triggers;
   <<rounds>>
   while l_grew loop
      l_grew := false;
      <<dependencies>>
      for r_needs in (
         select d.name, d.referenced_name
           from all_dependencies d
          where d.owner = '{schema}'
            and d.referenced_owner = '{schema}'
          union
         select s.name, o.object_name
           from all_source s
           join all_objects o
             on o.owner = s.owner
            and o.object_type in ('PACKAGE', 'PROCEDURE', 'FUNCTION')
            and o.object_name <> s.name
          where s.owner = '{schema}'
            and exists (
                   select null
                     from all_source d
                    where d.owner = s.owner
                      and d.name = s.name
                      and d.type = s.type
                      and lower(d.text) like '%execute immediate%'
                )
            and regexp_like(s.text, '(^|[^A-Z0-9_])' || o.object_name || '([^A-Z0-9_]|$)', 'i')
      ) loop
         if t_reach.exists(r_needs.name) and not t_reach.exists(r_needs.referenced_name) then
            t_reach(r_needs.referenced_name) := 1;
            l_grew := true;
         end if;
      end loop dependencies;
   end loop rounds;
   l_name := t_pending.first;
   <<pending>>
   while l_name is not null loop
      l_touches := l_touches or meets(in_names => t_scripts(t_pending(l_name)).objects, in_set => t_reach);
      mark(in_script => l_name);
      l_name := t_pending.next(l_name);
   end loop pending;
   if l_touches then
      mark(in_script => '{hold}');
      mark(in_script => '{release}');
   end if;
   commit;
   dbms_output.put_line(t_pending.count || ' of ' || t_scripts.count || ' scripts are to be run');
end;
/

-- name: pick_once
-- The file that goes on behind the last finished statement.
select case max(m.state)
          when 'DONE' then 'steps/skip.sql'
          else '{folder}/from_' || to_char(coalesce(max(m.statement_reached), 0) + 1, 'fm000') || '.sql'
       end as next_file
  from crm_migrations m
 where m.script = '{script}';

-- name: pick_repeatable
-- The file, unless it stands in the ledger as it is here.
select case
          when count(*) > 0 then 'steps/skip.sql'
          else '{folder}.sql'
       end as next_file
  from crm_migrations m
 where m.script = '{script}'
   and m.state = 'DONE'
   and m.checksum = '{checksum}';

-- name: pick_hold
-- Holding comes before the migrations when one of them changes what the capture triggers reach.
select case
          when count(*) > 0 then '{folder}.sql'
          else 'steps/skip.sql'
       end as next_file
  from crm_migrations m
 where m.script = '{script}'
   and m.state <> 'DONE';

-- name: log_name
-- Name of the log.
select 'erpcrm_install_' || to_char(sysdate, 'yyyymmdd_hh24miss') || '.log' as next_file
  from dual;

-- name: show_errors
-- Why something is invalid.
select e.type || ' ' || e.name || ' ' || e.line || ':' || e.position || ' ' || e.text as text
  from all_errors e
 where e.owner = '{schema}'
 order by e.name, e.type, e.sequence;

-- name: confirm
-- Nothing is taken away unless the name of the schema was typed.
begin
   if coalesce('{answer}', '-') <> '{schema}' then
      raise_application_error(-20199, 'nothing was taken away');
   end if;
end;
/

-- name: set_schema
-- Makes unqualified names mean the schema.
alter session set current_schema = "{schema}";

-- name: when_held
-- A block that runs only where the table of holds is there: not before its migration.
declare
   l_tables pls_integer;
begin
   select count(*)
     into l_tables
     from all_tables t
    where t.owner = '{schema}'
      and t.table_name = 'CRM_CAPTURE_HOLDS';
   if l_tables > 0 then
      execute immediate q'~{block}~';
   end if;
end;
/
