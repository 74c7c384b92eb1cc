-- Source: SQL Language Reference, "constraint", ON DELETE clause; PL/SQL Language Reference, "DML Triggers" and "Mutating-Table Restriction"

create table p (id number primary key);
create table c (id number primary key, p number references p on delete cascade);
create table g (id number, c number references c on delete cascade);
create table n (id number, p number references p on delete set null);
create table log (n number generated always as identity, text varchar2(40));
create procedure note (in_text in varchar2) is
begin
   insert into log (text) values (in_text);
end note;
/
insert into p select level from dual connect by level <= 3;
insert into c select level * 10 + p.id, p.id from p, (select level from dual connect by level <= 2);
insert into g select c.id * 10, c.id from c;
insert into n select p.id, p.id from p;

-- without triggers
delete from p where id = 3;
-- expect count: 1
select (select count(*) from c), (select count(*) from g), (select count(p) from n) from dual;
-- expect: 4 | 4 | 2

-- the triggers of children and of their children
create trigger g_bd before delete on g
begin
   note('g statement');
end g_bd;
/
create trigger g_ar after delete on g for each row
begin
   note('g ' || :old.id);
end g_ar;
/
delete from p where id = 1;
-- expect count: 1
select text from log order by n;
-- expect: 'g statement'
-- expect: 'g 110'
-- expect: 'g statement'
-- expect: 'g 210'
delete from log;

-- a rule that sets NULL is an UPDATE of the column
create trigger n_ar after update of p on n for each row
begin
   note('n ' || :old.p || '>' || :new.p);
end n_ar;
/
create trigger n_other after update of id on n for each row
begin
   note('not this');
end n_other;
/
create trigger p_br before delete on p for each row
begin
   note('p before ' || :old.id);
end p_br;
/
create trigger p_ar after delete on p for each row
begin
   note('p after ' || :old.id);
end p_ar;
/
insert into p values (1);
insert into n values (1, 1);
delete from p;
-- expect count: 2
select text from log order by n;
-- expect: 'p before 2'
-- expect: 'g statement'
-- expect: 'g 120'
-- expect: 'g statement'
-- expect: 'g 220'
-- expect: 'n 2>'
-- expect: 'p after 2'
-- expect: 'p before 1'
-- expect: 'n 1>'
-- expect: 'p after 1'
select count(*), count(p) from n;
-- expect: 4 | 0
rollback;

-- what a child's trigger refuses stays, with its parent
create trigger c_no before delete on c for each row
begin
   raise_application_error(-20001, 'kept');
end c_no;
/
delete from p where id = 2;
-- expect error: ORA-20001: kept
select count(*) from p where id = 2;
-- expect: 1
drop trigger c_no;

-- parent and child are mutating, for each other and for statement triggers of the child as well
create trigger c_looks before delete on c for each row
declare
   l_count number;
begin
   select count(*) into l_count from p;
end c_looks;
/
delete from p where id = 2;
-- expect error: ORA-04091
drop trigger c_looks;
create trigger c_looks before delete on c
declare
   l_count number;
begin
   select count(*) into l_count from p;
end c_looks;
/
delete from p where id = 2;
-- expect error: ORA-04091
delete from c where id = 12;
-- expect count: 1
drop trigger c_looks;
create trigger p_looks after delete on p for each row
declare
   l_count number;
begin
   select count(*) into l_count from c;
end p_looks;
/
delete from p where id = 2;
-- expect error: ORA-04091
drop trigger p_looks;

-- a disabled trigger sees nothing
alter trigger g_ar disable;
alter trigger g_bd disable;
alter trigger p_br disable;
alter trigger p_ar disable;
alter trigger n_ar disable;
delete from log;
delete from p where id = 2;
-- expect count: 1
select count(*) from log;
-- expect: 0
select count(*) from c;
-- expect: 0

-- MERGE deletes too
alter trigger g_ar enable;
insert into p values (5);
insert into c values (50, 5);
insert into g values (500, 50);
create table q (id number primary key, done varchar2(1));
alter table c add q number references q on delete cascade;
insert into q values (1, 'N');
update c set q = 1;
merge into q using (select 1 id from dual) s on (q.id = s.id)
 when matched then update set done = 'Y' delete where done = 'Y';
select text from log;
-- expect: 'g 500'

-- a table that refers to itself, in a circle
create table tree (id number primary key, up number references tree on delete cascade);
create trigger tree_ar after delete on tree for each row
begin
   note('tree ' || :old.id);
end tree_ar;
/
delete from log;
insert into tree select level, case when level > 1 then level - 1 end from dual connect by level <= 3;
update tree set up = 3 where id = 1;
delete from tree where id = 1;
select text from log order by n;
-- expect: 'tree 3'
-- expect: 'tree 2'
-- expect: 'tree 1'
select count(*) from tree;
-- expect: 0
