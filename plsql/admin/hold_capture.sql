-- Holds capture while a deployment replaces what its triggers call: no session of the ERP meets a unit that is just
-- being compiled, and none waits for one. admin/release_capture.sql ends it. Can be repeated.
-- The insert is committed by the DDL that follows: whoever is interrupted knows afterwards what was on.

declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
begin
   <<capture_triggers>>
   for r_trigger in (
      select t.trigger_name,
             t.status,
             case t.status when 'ENABLED' then 'S' else 'N' end as was_enabled,
             (
                select count(*)
                  from crm_capture_holds h
                 where h.trigger_name = t.trigger_name
                   and h.ended_on is null
             ) as holds
        from all_triggers t
       where t.owner = co_owner
         and t.table_owner <> co_owner
       order by t.trigger_name
   ) loop
      if r_trigger.holds = 0 then
         insert into crm_capture_holds (trigger_name, was_enabled)
         values (r_trigger.trigger_name, r_trigger.was_enabled);
      end if;
      if r_trigger.status = 'ENABLED' then
         execute immediate 'alter trigger "' || co_owner || '"."' || r_trigger.trigger_name || '" disable';
      end if;
   end loop capture_triggers;
   commit;
end;
/
