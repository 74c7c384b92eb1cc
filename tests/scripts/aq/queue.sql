-- Source: Database Advanced Queuing User's Guide; PL/SQL Packages and Types Reference, DBMS_AQ

begin
   dbms_aqadm.create_queue_table(queue_table => 'MSG_QT', queue_payload_type => 'RAW');
   dbms_aqadm.create_queue(queue_name => 'MSG_Q', queue_table => 'MSG_QT');
   dbms_aqadm.start_queue(queue_name => 'MSG_Q');
end;
/
create procedure put(in_text in varchar2) is
   l_options dbms_aq.enqueue_options_t;
   l_properties dbms_aq.message_properties_t;
   l_msgid raw(16);
begin
   dbms_aq.enqueue('MSG_Q', l_options, l_properties, utl_raw.cast_to_raw(in_text), l_msgid);
end put;
/
create procedure get is
   l_options dbms_aq.dequeue_options_t;
   l_properties dbms_aq.message_properties_t;
   l_payload raw(100);
   l_msgid raw(16);
begin
   l_options.wait := dbms_aq.no_wait;
   l_options.navigation := dbms_aq.first_message;
   dbms_aq.dequeue('MSG_Q', l_options, l_properties, l_payload, l_msgid);
   dbms_output.put_line(utl_raw.cast_to_varchar2(l_payload) || ' ' || l_properties.attempts);
exception
   when others then
      dbms_output.put_line(substr(sqlerrm, 1, 9));
end get;
/
begin
   put('one');
   put('two');
end;
/
connect other
begin
   get;
end;
/
-- expect output: ORA-25228
connect main
commit;
connect other
begin
   get;
end;
/
-- expect output: one 0
rollback;
begin
   get;
end;
/
-- expect output: one 1
begin
   get;
   commit;
   get;
end;
/
-- expect output: two 0
-- expect output: ORA-25228
commit;
connect main
begin
   put('never');
end;
/
rollback;
begin
   get;
end;
/
-- expect output: ORA-25228
