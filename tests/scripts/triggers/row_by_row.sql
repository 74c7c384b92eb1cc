-- Source: PL/SQL Language Reference, "Compound DML Trigger Structure": for each row BEFORE EACH ROW, the change, AFTER EACH ROW; Database Concepts, "How the Database Checks Constraints"

create table t (id number, n number, boss number);
create table log (n number generated always as identity, text varchar2(40));
create trigger t_ct for insert or update or delete on t compound trigger
   g_last number := 0;
   procedure note (in_text in varchar2) is
   begin
      insert into log (text) values (in_text);
   end note;
   before statement is
   begin
      note('before');
   end before statement;
   before each row is
   begin
      g_last := g_last + 1;
      note('row ' || nvl(:new.id, :old.id));
   end before each row;
   after each row is
   begin
      note('done ' || nvl(:new.id, :old.id) || ' of ' || g_last);
   end after each row;
   after statement is
   begin
      note('after');
   end after statement;
end t_ct;
/
insert into t (id) select level from dual connect by level <= 2;
-- expect count: 2
select text from log order by n;
-- expect: 'before'
-- expect: 'row 1'
-- expect: 'done 1 of 1'
-- expect: 'row 2'
-- expect: 'done 2 of 2'
-- expect: 'after'
delete from log;
update t set n = id * 10;
-- expect count: 2
select text from log order by n;
-- expect: 'before'
-- expect: 'row 1'
-- expect: 'done 1 of 1'
-- expect: 'row 2'
-- expect: 'done 2 of 2'
-- expect: 'after'
select id, n from t order by id;
-- expect: 1 | 10
-- expect: 2 | 20
delete from log;
merge into t using (select level id from dual connect by level <= 3) s on (t.id = s.id)
 when matched then update set n = s.id delete where s.id = 2
 when not matched then insert (id, n) values (s.id, 0);
-- expect count: 3
select text from log where text like 'row%' or text like 'done%' order by n;
-- expect: 'row 1'
-- expect: 'done 1 of 1'
-- expect: 'row 2'
-- expect: 'done 2 of 2'
-- expect: 'row 2'
-- expect: 'done 2 of 1'
-- expect: 'row 3'
-- expect: 'done 3 of 1'
delete from log;
delete from t;
-- expect count: 2
select text from log order by n;
-- expect: 'before'
-- expect: 'row 1'
-- expect: 'done 1 of 1'
-- expect: 'row 3'
-- expect: 'done 3 of 2'
-- expect: 'after'

-- the rows of a FORALL with values are those of one statement, and come one by one as well
delete from log;
declare
   type numbers is table of number;
   l_ids numbers := numbers(7, 8);
begin
   forall i in 1 .. l_ids.count
      insert into t (id) values (l_ids(i));
end;
/
select text from log where text like '%7%' or text like '%8%' order by n;
-- expect: 'row 7'
-- expect: 'done 7 of 1'
-- expect: 'row 8'
-- expect: 'done 8 of 2'

-- what a trigger of an earlier row has written is seen by that of a later one
delete from t;
drop trigger t_ct;
delete from log;
create trigger t_br before insert on t for each row
begin
   select count(*) into :new.n from log;
end t_br;
/
create trigger t_ar after insert on t for each row
begin
   insert into log (text) values ('after ' || :new.id);
end t_ar;
/
insert into t (id) select level from dual connect by level <= 3;
select id, n from t order by id;
-- expect: 1 | 0
-- expect: 2 | 1
-- expect: 3 | 2

-- a row may refer to one that the same statement writes later
delete from t;
alter table t add constraint t_pk primary key (id);
alter table t add constraint t_boss foreign key (boss) references t (id);
insert into t (id, boss) select level, mod(level, 3) + 1 from dual connect by level <= 3;
-- expect count: 3
insert into t (id, boss) select level + 3, 99 from dual connect by level <= 2;
-- expect error: ORA-02291
create trigger t_brd before delete on t for each row
begin
   insert into log (text) values ('gone ' || :old.id);
end t_brd;
/
create trigger t_ard after delete on t for each row
begin
   insert into log (text) values ('went ' || :old.id);
end t_ard;
/
delete from t where id < 3;
-- expect error: ORA-02292
delete from t;
-- expect count: 3
