-- Source: PL/SQL Language Reference, "PL/SQL Functions that SQL Statements Can Invoke"

create table t (a number);
insert into t values (1);
insert into t values (2);
create function twice(in_n in number) return number deterministic is
begin
   return in_n * 2;
end twice;
/
select a, twice(a) from t order by a;
-- expect: 1 | 2
-- expect: 2 | 4
select a from t where twice(a) = 4;
-- expect: 2
update t set a = twice(a) where a = 2;
-- expect count: 1
create function lookup(in_n in number) return number is
   l number;
begin
   select a into l from t where a = in_n;
   return l;
end lookup;
/
select nvl(lookup(99), -1) from dual;
-- expect: -1
create function writes return number is
begin
   insert into t values (3);
   return 1;
end writes;
/
select writes from dual;
-- expect error: ORA-14551
begin
   dbms_output.put_line(writes);
end;
/
-- expect output: 1
create function fails return number is
begin
   raise_application_error(-20007, 'from a function');
end fails;
/
select fails from dual;
-- expect error: ORA-20007: from a function

-- A function of a group's value is called for each group.
create table paid (dept number, amount number);
insert into paid values (10, 1);
insert into paid values (10, 2);
insert into paid values (20, 4);
create or replace function doubled(n number) return number is
begin
  return n * 2;
end;
/
select dept, doubled(sum(amount)) from paid group by dept order by dept;
-- expect: 10 | 6
-- expect: 20 | 8
select dept from paid group by dept having doubled(sum(amount)) > 6;
-- expect: 20
select doubled(max(amount)) from paid;
-- expect: 8
