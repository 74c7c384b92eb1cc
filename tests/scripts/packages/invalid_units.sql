-- Source: PL/SQL Language Reference, "Trigger Compilation, Invalidation, and Recompilation", "EXECUTE IMMEDIATE Statement";
-- Development Guide, "Schema Object Dependency" (a change invalidates what depends on it, directly or not; a body does
-- not invalidate what depends on its specification); Error Messages, ORA-04063, ORA-04067, ORA-04098, ORA-06508

create table t (id number, a number);
create table other (id number, b number);
create table log (text varchar2(100));
insert into t values (1, 1);
create procedure say(in_text in varchar2) is
begin
   insert into log values (in_text);
end say;
/
create package p is
   procedure note;
end p;
/
create package body p is
   procedure note is
      n number;
   begin
      select max(b) into n from other;
      insert into log values ('noted');
   end note;
end p;
/
create trigger t_static after update of a on t
begin
   p.note;
exception
   when others then
      say('static ' || sqlcode);
end t_static;
/
create trigger t_dynamic after update of a on t
begin
   execute immediate 'begin p.note; end;';
exception
   when others then
      say('dynamic ' || sqlcode);
end t_dynamic;
/
create procedure show is
begin
   null;
end show;
/
update t set a = 2;
select count(*) from log where text = 'noted';
-- expect: 2
delete from log;
commit;

-- a column that the body reads: the body is invalid, the specification and what depends on it are not
alter table other rename column b to c;
select object_name, object_type, status from user_objects
 where object_name in ('P', 'T_STATIC', 'T_DYNAMIC') order by object_name, object_type;
-- expect: 'P' | 'PACKAGE' | 'VALID'
-- expect: 'P' | 'PACKAGE BODY' | 'INVALID'
-- expect: 'T_DYNAMIC' | 'TRIGGER' | 'VALID'
-- expect: 'T_STATIC' | 'TRIGGER' | 'VALID'
update t set a = 3;
select text from log order by text;
-- expect: 'dynamic -4063'
-- expect: 'static -4063'
delete from log;
alter table other rename column c to b;
update t set a = 4;
select count(*) from log where text = 'noted';
-- expect: 2
delete from log;
commit;

-- the body is gone
drop package body p;
update t set a = 5;
select text from log order by text;
-- expect: 'dynamic -4067'
-- expect: 'static -4067'
delete from log;
commit;

-- the specification does not compile: the trigger that names it fails before its handler could run
create or replace package p is nonsense end p;
/
-- expect compile error: PLS-00103
select object_name, status from user_objects where object_name in ('T_STATIC', 'T_DYNAMIC') order by object_name;
-- expect: 'T_DYNAMIC' | 'VALID'
-- expect: 'T_STATIC' | 'INVALID'
update t set a = 6;
-- expect error: ORA-04098
select a from t;
-- expect: 5
alter trigger t_static disable;
update t set a = 7;
select text from log;
-- expect: 'dynamic -6550'
select a from t;
-- expect: 7
rollback;

-- the package is gone
drop package p;
update t set a = 8;
select text from log;
-- expect: 'dynamic -6550'
alter trigger t_static enable;
update t set a = 9;
-- expect error: ORA-04098
rollback;

-- a column of the trigger's own table
create trigger t_row after update on t for each row
begin
   if :new.a <> :old.a then
      execute immediate 'begin show; end;';
   end if;
exception
   when others then
      null;
end t_row;
/
drop trigger t_static;
alter table t rename column a to z;
select status from user_objects where object_name = 'T_ROW';
-- expect: 'INVALID'
update t set id = 2;
-- expect error: ORA-04098
alter trigger t_row disable;
update t set id = 2;
select status from user_triggers where trigger_name = 'T_ROW';
-- expect: 'DISABLED'
begin
   execute immediate 'alter trigger t_row compile';
exception
   when others then
      say('compile ' || sqlcode);
end;
/
select text from log where text like 'compile%';
-- expect: 'compile -24344'
