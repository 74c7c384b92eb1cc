-- V0009__create_queues
-- Why:    wake-ups for the daemon, in the transaction of the change: classic single-consumer queues, small RAW payload.
-- Breaks: no
-- Undo:   dbms_aqadm.stop_queue, drop_queue, drop_queue_table for crm_change_q(t) and crm_inbox_q(t)
-- Each step looks first whether it is done already: dbms_aqadm commits, so a rerun begins anywhere.

declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   l_tables pls_integer;
begin
   select count(*)
     into l_tables
     from all_queue_tables
    where owner = co_owner
      and queue_table = 'CRM_CHANGE_QT';
   if l_tables = 0 then
      sys.dbms_aqadm.create_queue_table(
         queue_table        => co_owner || '.CRM_CHANGE_QT',
         queue_payload_type => 'RAW',
         sort_list          => 'ENQ_TIME',
         multiple_consumers => false,
         comment            => 'Wake-ups: a change waits in crm_outbox_events'
      );
   end if;
end;
/

declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   l_tables pls_integer;
begin
   select count(*)
     into l_tables
     from all_queue_tables
    where owner = co_owner
      and queue_table = 'CRM_INBOX_QT';
   if l_tables = 0 then
      sys.dbms_aqadm.create_queue_table(
         queue_table        => co_owner || '.CRM_INBOX_QT',
         queue_payload_type => 'RAW',
         sort_list          => 'ENQ_TIME',
         multiple_consumers => false,
         comment            => 'Wake-ups: a webhook waits in crm_inbox_events'
      );
   end if;
end;
/

declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   l_queues pls_integer;
begin
   select count(*)
     into l_queues
     from all_queues
    where owner = co_owner
      and name = 'CRM_CHANGE_Q';
   if l_queues = 0 then
      sys.dbms_aqadm.create_queue(
         queue_name  => co_owner || '.CRM_CHANGE_Q',
         queue_table => co_owner || '.CRM_CHANGE_QT',
         max_retries => 5
      );
   end if;
end;
/

declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   l_queues pls_integer;
begin
   select count(*)
     into l_queues
     from all_queues
    where owner = co_owner
      and name = 'CRM_INBOX_Q';
   if l_queues = 0 then
      sys.dbms_aqadm.create_queue(
         queue_name  => co_owner || '.CRM_INBOX_Q',
         queue_table => co_owner || '.CRM_INBOX_QT',
         max_retries => 5
      );
   end if;
end;
/

declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
begin
   sys.dbms_aqadm.start_queue(queue_name => co_owner || '.CRM_CHANGE_Q');
   sys.dbms_aqadm.start_queue(queue_name => co_owner || '.CRM_INBOX_Q');
end;
/

declare
   co_owner constant varchar2(128 char) := sys_context('USERENV', 'CURRENT_SCHEMA');
   cursor c_exception_queues is
      select q.name
        from all_queues q
       where q.owner = co_owner
         and q.queue_table in ('CRM_CHANGE_QT', 'CRM_INBOX_QT')
         and q.queue_type = 'EXCEPTION_QUEUE';
begin
   <<exception_queues>>
   for r_queue in c_exception_queues loop
      sys.dbms_aqadm.start_queue(
         queue_name => co_owner || '.' || r_queue.name,
         enqueue    => false,
         dequeue    => true
      );
   end loop exception_queues;
end;
/
