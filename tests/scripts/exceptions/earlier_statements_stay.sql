-- Source: PL/SQL Language Reference, "Unhandled Exceptions"; Database Concepts, "Statement-Level Rollback"

create table t (a number primary key);
begin
   insert into t values (1);
   begin
      insert into t values (2);
      insert into t values (1);
   exception
      when dup_val_on_index then null;
   end;
   insert into t values (3);
end;
/
select count(*) from t;
-- expect: 3
rollback;
begin
   insert into t values (1);
   raise no_data_found;
exception
   when no_data_found then
      insert into t values (2);
end;
/
select count(*) from t;
-- expect: 2
begin
   insert into t values (3);
   raise_application_error(-20001, 'no');
end;
/
-- expect error: ORA-20001: no
select count(*) from t;
-- expect: 2
