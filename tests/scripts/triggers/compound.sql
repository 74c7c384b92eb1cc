-- Source: PL/SQL Language Reference, "Compound DML Triggers"

create table t (id number, n number);
create table log (text varchar2(40));
create trigger t_ct for insert or update on t compound trigger
   g_rows pls_integer := 0;
   before statement is
   begin
      insert into log values ('before ' || g_rows);
   end before statement;
   before each row is
   begin
      g_rows := g_rows + 1;
      :new.n := g_rows;
   end before each row;
   after each row is
   begin
      if :new.n > 2 then
         raise_application_error(-20010, 'too many');
      end if;
   end after each row;
   after statement is
   begin
      insert into log values ('after ' || g_rows);
   end after statement;
end t_ct;
/
insert into t (id) select level from dual connect by level <= 2;
update t set id = id where id > 100;
update t set id = id + 10;
select text from log;
-- expect: 'before 0'
-- expect: 'after 2'
-- expect: 'before 0'
-- expect: 'after 0'
-- expect: 'before 0'
-- expect: 'after 2'
insert into t (id) select level from dual connect by level <= 3;
-- expect error: ORA-20010: too many
select count(*) from t;
-- expect: 2
select count(*) from log;
-- expect: 6
