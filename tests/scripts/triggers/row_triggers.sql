-- Source: PL/SQL Language Reference, "DML Triggers"

create table t (id number, name varchar2(10), changed number default 0);
create table log (text varchar2(60));
create trigger t_bi before insert or update on t for each row when (new.id > 0)
begin
   :new.name := upper(:new.name);
   if updating('NAME') then
      :new.changed := :old.changed + 1;
   end if;
end t_bi;
/
create trigger t_aiud after insert or update or delete on t for each row
declare
   l_event varchar2(1) := case when inserting then 'I' when updating then 'U' when deleting then 'D' end;
begin
   insert into log values (l_event || ' ' || :old.name || '>' || :new.name);
end t_aiud;
/
insert into t (id, name) values (1, 'one');
insert into t (id, name) values (-1, 'minus');
update t set name = 'uno' where id = 1;
update t set id = 2 where id = 1;
delete from t where id = -1;
select id, name, changed from t;
-- expect: 2 | 'UNO' | 1
select text from log;
-- expect: 'I >ONE'
-- expect: 'I >minus'
-- expect: 'U ONE>UNO'
-- expect: 'U UNO>UNO'
-- expect: 'D minus>'
create trigger t_no before delete on t
begin
   raise_application_error(-20009, 'not deleted');
end t_no;
/
delete from t;
-- expect error: ORA-20009: not deleted
select count(*) from t;
-- expect: 1
alter trigger t_no disable;
delete from t;
-- expect count: 1
create trigger t_look before insert on t for each row
declare
   n number;
begin
   select count(*) into n from t;
end t_look;
/
insert into t (id) select 1 from dual;
-- expect error: ORA-04091
