-- Source: PL/SQL Language Reference, "AUTONOMOUS_TRANSACTION Pragma"

create table log (text varchar2(20));
create procedure note(in_text in varchar2) is
   pragma autonomous_transaction;
begin
   insert into log values (in_text);
   commit;
end note;
/
create procedure forget is
   pragma autonomous_transaction;
begin
   insert into log values ('forgotten');
end forget;
/
create table t (a number);
insert into t values (1);
begin
   note('kept');
end;
/
rollback;
select (select count(*) from t), (select text from log) from dual;
-- expect: 0 | 'kept'
begin
   forget;
end;
/
-- expect error: ORA-06519
select count(*) from log;
-- expect: 1
insert into log values ('mine');
declare
   procedure look is
      pragma autonomous_transaction;
      n number;
   begin
      select count(*) into n from log;
      dbms_output.put_line(n);
      rollback;
   end look;
begin
   look;
end;
/
-- expect output: 1
rollback;
