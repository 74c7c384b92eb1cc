-- Source: Database Concepts, "How the Database Checks Constraints": a statement's constraints are checked when all of it has run

create table t (id number constraint t_pk primary key, code varchar2(1) not null, a number, b number);
alter table t add constraint t_u unique (a, b);
create unique index t_x on t (upper(code));
create table c (id number constraint c_fk references t);
insert into t values (1, 'a', 1, 1);
insert into t values (2, 'b', 1, 2);
insert into t values (3, 'c', 2, null);
insert into c values (2);
commit;
update t set id = id + 1;
-- expect count: 3
select id, code from t order by id;
-- expect: 2 | 'a'
-- expect: 3 | 'b'
-- expect: 4 | 'c'
update t set id = 6 - id;
-- expect count: 3
select id, code from t order by id;
-- expect: 2 | 'c'
-- expect: 3 | 'b'
-- expect: 4 | 'a'
update t set id = 2 where id > 2;
-- expect error: ORA-00001
update t set id = id + 1;
-- expect error: ORA-02292
rollback;

-- an index of an expression, a key that may be NULL in part, and a MERGE
update t set code = chr(ascii(code) + 1);
-- expect count: 3
update t set b = b + 1 where a = 1;
-- expect count: 2
merge into t using (select 1 id, 'Y' code from dual union all select 2, 'X' from dual) s on (t.id = s.id)
 when matched then update set code = s.code, b = 4 - t.b + 1;
-- expect count: 2
select id, code, b from t order by id;
-- expect: 1 | 'Y' | 3
-- expect: 2 | 'X' | 2
-- expect: 3 | 'd' | null
update t set code = 'x' where id = 1;
-- expect error: ORA-00001
insert into t values (1, 'q', null, null);
-- expect error: ORA-00001
rollback;
insert into t values (4, 'a', 9, 9);
-- expect error: ORA-00001

-- PL/SQL may handle it, and each statement by itself is checked
begin
   update t set id = 5 - id where id > 1;
exception
   when dup_val_on_index then dbms_output.put_line('no');
end;
/
begin
   update t set id = 1 where id = 3;
exception
   when dup_val_on_index then dbms_output.put_line('no');
end;
/
-- expect output: no
rollback;

-- the type of a key's column changes
alter table t modify code varchar2(5);
update t set code = chr(ascii(code) + 1);
-- expect count: 3
rollback;

-- row triggers, row by row: keys and the foreign keys that refer to them
create table log (n number generated always as identity, text varchar2(40));
create trigger t_br before update on t for each row
begin
   insert into log (text) values ('before ' || :old.id);
end t_br;
/
create trigger t_ar after update on t for each row
begin
   insert into log (text) values ('after ' || :new.id);
end t_ar;
/
update t set id = id + 1;
-- expect count: 3
select text from log where n <= 2 order by n;
-- expect: 'before 1'
-- expect: 'after 2'
rollback;
update t set id = id + 10;
-- expect error: ORA-02292
update t set id = 2;
-- expect error: ORA-00001
select count(*) from log;
-- expect: 0

-- statement triggers fire once
drop trigger t_br;
drop trigger t_ar;
create trigger t_bs before update on t
begin
   insert into log (text) values ('statement');
end t_bs;
/
update t set id = id + 1;
-- expect count: 3
select count(*) from log;
-- expect: 1
