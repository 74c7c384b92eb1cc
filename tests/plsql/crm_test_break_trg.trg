create or replace trigger crm_test_break_trg
   before insert on crm_outbox_events
   for each row
begin
   -- lets a test break the work of capture in its own session, without DDL
   if sys_context('USERENV', 'CLIENT_IDENTIFIER') = 'crm_test_break' then
      raise_application_error(-20999, 'broken by the test');
   end if;
end crm_test_break_trg;
/
