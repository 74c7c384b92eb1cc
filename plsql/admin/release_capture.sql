-- Ends what admin/hold_capture.sql began: compiles what became invalid, switches the capture triggers on, and compares
-- what the ERP may have changed meanwhile. The triggers are created switched off, so that one that does not compile
-- never stands in the way of the ERP; only a valid one is switched on here, and none that a DBA had switched off.
-- Can be repeated; what is not finished is done by the next run.

declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   l_before pls_integer := -1;
   l_now    pls_integer;
   e_compiled_with_errors exception;
   pragma exception_init(e_compiled_with_errors, -24344);

   function invalid_count return pls_integer
   is
      l_count pls_integer;
   begin
      select count(*)
        into l_count
        from all_objects o
       where o.owner = co_owner
         and o.status = 'INVALID';
      return l_count;
   end invalid_count;
begin
   -- each round compiles what the round before made compilable; without progress it ends
   l_now := invalid_count;
   <<rounds>>
   while l_now > 0 and l_now <> l_before loop
      <<invalid_objects>>
      for r_object in (
         select case o.object_type
                   when 'PACKAGE BODY' then 'package'
                   when 'TYPE BODY' then 'type'
                   else lower(o.object_type)
                end as kind,
                o.object_name,
                case when o.object_type like '% BODY' then ' body' end as part
           from all_objects o
          where o.owner = co_owner
            and o.status = 'INVALID'
            and o.object_type in (
                   'TYPE', 'TYPE BODY', 'PACKAGE', 'PACKAGE BODY', 'PROCEDURE', 'FUNCTION', 'VIEW', 'TRIGGER'
                )
          order by o.object_type, o.object_name
      ) loop
         begin
            execute immediate
               'alter ' || r_object.kind || ' "' || co_owner || '"."' || r_object.object_name || '" compile'
               || r_object.part;
         exception
            when e_compiled_with_errors then
               null; -- counted below, and told by whoever looks at what is invalid at the end
         end;
      end loop invalid_objects;
      l_before := l_now;
      l_now    := invalid_count;
   end loop rounds;
end;
/
declare
   co_owner  constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   l_invalid varchar2(2000 char);
begin
   <<capture_triggers>>
   for r_trigger in (
      select t.trigger_name, o.status as validity
        from all_triggers t
        join all_objects o
          on o.owner = t.owner
         and o.object_name = t.trigger_name
         and o.object_type = 'TRIGGER'
       where t.owner = co_owner
         and t.table_owner <> co_owner
         and t.status = 'DISABLED'
         and not exists (
                select null
                  from crm_capture_holds h
                 where h.trigger_name = t.trigger_name
                   and h.was_enabled = 'N'
                   and h.ended_on is null
             )
       order by t.trigger_name
   ) loop
      if r_trigger.validity = 'VALID' then
         execute immediate 'alter trigger "' || co_owner || '"."' || r_trigger.trigger_name || '" enable';
      else
         l_invalid := substr(l_invalid || ' ' || r_trigger.trigger_name, 1, 1900);
      end if;
   end loop capture_triggers;
   if l_invalid is not null then
      raise_application_error(-20199, 'invalid, so left switched off:' || l_invalid || '; see all_errors');
   end if;
end;
/
-- What was changed while capture was held, and by transactions that began then and ended later. A branch that joined
-- in that time has no record to compare: erpcrm diff and the next resynchronisation find it.
declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   co_wait  constant pls_integer := 60;
   l_tables varchar2(4000 char);
   l_scn    number;
begin
   select listagg(d.table_owner || '.' || d.table_name, ',') within group (order by d.table_owner, d.table_name)
     into l_tables
     from (
             select t.table_owner, t.table_name
               from all_triggers t
               join crm_capture_holds h
                 on h.trigger_name = t.trigger_name
              where t.owner = co_owner
                and t.table_owner <> co_owner
                and h.ended_on is null
                and h.was_enabled = 'S'
              group by t.table_owner, t.table_name
          ) d;
   if l_tables is not null then
      if not sys.dbms_utility.wait_on_pending_dml(
         tables  => l_tables,
         timeout => co_wait,
         scn     => l_scn
      ) then
         raise_application_error(
            -20199,
            'the triggers are on; transactions of the ERP that began before are still open: run this again after them'
         );
      end if;
      insert into crm_capture_gaps (table_name, client_code, branch_code, message)
      select 'CRM_CAPTURE_HOLDS', d.client_code, d.branch_code, 'capture was held by a deployment'
        from (
                select r.client_code, r.branch_code
                  from crm_records r
                  left join crm_client_rows_v c
                    on c.client_code = r.client_code
                   and c.branch_code = r.branch_code
                 where r.agreed_image is not null
                   and (c.row_hash is null or decode(c.row_hash, lower(rawtohex(r.agreed_hash)), 0, 1) = 1)
                 union
                select s.client_code, s.branch_code
                  from crm_record_steps_v s
             ) d
       where not exists (
                select null
                  from crm_outbox_events e
                 where e.record_key = d.client_code || '-' || d.branch_code
                   and e.status in ('READY', 'INFLIGHT', 'PARKED')
             );
   end if;
   update crm_capture_holds h
      set h.ended_on = systimestamp
    where h.ended_on is null;
   commit;
end;
/
-- what the watch has seen until now was the hold
begin
   crm_jobs.run_capture_watch;
   commit;
end;
/
