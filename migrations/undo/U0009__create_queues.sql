-- U0009__create_queues
-- Undoes: migrations/V0009__create_queues.sql
-- Loses:  wake-ups; what they stand for is in the tables

declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
begin
   <<queue_tables>>
   for r_table in (
      select q.queue_table
        from all_queue_tables q
       where q.owner = co_owner
         and q.queue_table in ('CRM_CHANGE_QT', 'CRM_INBOX_QT')
       order by q.queue_table
   ) loop
      -- stops and drops the queues in it
      sys.dbms_aqadm.drop_queue_table(
         queue_table => co_owner || '.' || r_table.queue_table,
         force       => true
      );
   end loop queue_tables;
end;
/
delete from crm_migrations m
 where m.script = 'migrations/V0009__create_queues.sql'
/
commit
/
