-- Fails with a sentence when something of the current schema is invalid or a queue does not run.

declare
   co_owner   constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   l_problems varchar2(2000 char);
begin
   <<invalid_objects>>
   for r_object in (
      select o.object_type, o.object_name
        from all_objects o
       where o.owner = co_owner
         and o.status = 'INVALID'
       order by o.object_type, o.object_name
   ) loop
      l_problems := substr(
         l_problems || 'invalid: ' || r_object.object_type || ' ' || r_object.object_name || '; ',
         1,
         1900
      );
   end loop invalid_objects;
   <<stopped_queues>>
   for r_queue in (
      select q.name
        from all_queues q
       where q.owner = co_owner
         and q.name in ('CRM_CHANGE_Q', 'CRM_INBOX_Q')
         and (trim(q.enqueue_enabled) <> 'YES' or trim(q.dequeue_enabled) <> 'YES')
       order by q.name
   ) loop
      l_problems := substr(l_problems || 'stopped: ' || r_queue.name || '; ', 1, 1900);
   end loop stopped_queues;
   if l_problems is not null then
      raise_application_error(-20199, l_problems);
   end if;
end;
/
