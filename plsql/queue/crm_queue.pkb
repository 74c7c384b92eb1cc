create or replace package body crm_queue
is
   co_change_queue constant varchar2(128 char) := 'CRM_CHANGE_Q';
   co_inbox_queue  constant varchar2(128 char) := 'CRM_INBOX_Q';

   procedure enqueue(
      in_queue_name in varchar2,
      in_payload    in varchar2
   )
   is
      l_options    sys.dbms_aq.enqueue_options_t;
      l_properties sys.dbms_aq.message_properties_t;
      l_msgid      raw(16);
   begin
      sys.dbms_aq.enqueue(
         queue_name         => $$plsql_unit_owner || '.' || in_queue_name,
         enqueue_options    => l_options,
         message_properties => l_properties,
         payload            => sys.utl_raw.cast_to_raw(in_payload),
         msgid              => l_msgid
      );
   end enqueue;

   procedure announce_changes(
      in_event_ids   in crm_ids_ct,
      in_record_keys in crm_record_keys_ct,
      in_versions    in crm_ids_ct
   )
   is
   begin
      if in_event_ids.count = 0 then
         return;
      elsif in_event_ids.count > 1 then
         announce_backlog;
         return;
      end if;
      enqueue(
         in_queue_name => co_change_queue,
         in_payload    => '{"event_id":' || in_event_ids(1) || ',"record_key":"' || in_record_keys(1)
                          || '","version":' || in_versions(1) || '}'
      );
   end announce_changes;

   procedure announce_backlog
   is
   begin
      enqueue(
         in_queue_name => co_change_queue,
         in_payload    => '{"event_id":null,"record_key":null,"version":null}'
      );
   end announce_backlog;

   procedure announce_webhook(in_inbox_id in crm_inbox_events.inbox_id%type)
   is
   begin
      enqueue(
         in_queue_name => co_inbox_queue,
         in_payload    => '{"inbox_id":' || in_inbox_id || '}'
      );
   end announce_webhook;

   procedure drain_one(
      in_queue_name in varchar2,
      in_limit      in pls_integer,
      io_removed    in out pls_integer
   )
   is
      e_no_messages exception;
      pragma exception_init(e_no_messages, -25228);
      l_options     sys.dbms_aq.dequeue_options_t;
      l_properties  sys.dbms_aq.message_properties_t;
      l_payload     raw(2000);
      l_msgid       raw(16);
   begin
      l_options.wait       := sys.dbms_aq.no_wait;
      l_options.navigation := sys.dbms_aq.first_message;
      <<messages>>
      for i in 1 .. in_limit loop
         sys.dbms_aq.dequeue(
            queue_name         => in_queue_name,
            dequeue_options    => l_options,
            message_properties => l_properties,
            payload            => l_payload,
            msgid              => l_msgid
         );
         io_removed := io_removed + 1;
      end loop messages;
   exception
      when e_no_messages then
         null; -- the queue is empty: all of it is done
   end drain_one;

   procedure drain_exceptions(
      in_limit    in  pls_integer,
      out_removed out pls_integer
   )
   is
      cursor c_exception_queues is
         select q.name
           from user_queues q
          where q.queue_table in ('CRM_CHANGE_QT', 'CRM_INBOX_QT')
            and trim(q.queue_type) = 'EXCEPTION_QUEUE'
          order by q.name;
   begin
      out_removed := 0;
      <<exception_queues>>
      for r_queue in c_exception_queues loop
         drain_one(
            in_queue_name => $$plsql_unit_owner || '.' || r_queue.name,
            in_limit      => in_limit,
            io_removed    => out_removed
         );
      end loop exception_queues;
   end drain_exceptions;
end crm_queue;
/
