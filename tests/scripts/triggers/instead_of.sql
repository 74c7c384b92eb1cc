-- Source: PL/SQL Language Reference, "INSTEAD OF DML Triggers"

create table t (id number, name varchar2(10));
create view v as select id, name || '!' loud from t;
insert into v values (1, 'x!');
-- expect error: ORA-01733
create trigger v_ioi instead of insert or delete on v for each row
begin
   if inserting then
      insert into t values (:new.id, rtrim(:new.loud, '!'));
   else
      delete from t where id = :old.id;
   end if;
end v_ioi;
/
insert into v values (1, 'one!!');
-- expect count: 1
select id, name from t;
-- expect: 1 | 'one'
select loud from v;
-- expect: 'one!'
delete from v where id = 1;
-- expect count: 1
select count(*) from t;
-- expect: 0
