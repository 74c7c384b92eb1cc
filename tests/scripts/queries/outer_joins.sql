-- Source: SQL Language Reference, "Outer Joins"

create table a (id number, name varchar2(10));
create table b (a_id number, kind varchar2(10));
insert into a values (1, 'one');
insert into a values (2, 'two');
insert into b values (1, 'x');
insert into b values (3, 'y');
select a.id, b.kind from a, b where a.id = b.a_id(+) order by a.id;
-- expect: 1 | 'x'
-- expect: 2 | null
select a.id, b.kind from a, b where a.id = b.a_id(+) and b.kind(+) = 'y' order by a.id;
-- expect: 1 | null
-- expect: 2 | null
select a.id, b.kind from a, b where a.id = b.a_id(+) and b.kind = 'x';
-- expect: 1 | 'x'
select b.a_id, a.name from a, b where a.id(+) = b.a_id order by b.a_id;
-- expect: 1 | 'one'
-- expect: 3 | null
select a.id, b.a_id from a full join b on b.a_id = a.id order by a.id, b.a_id;
-- expect: 1 | 1
-- expect: 2 | null
-- expect: null | 3
select count(*) from a cross join b;
-- expect: 4
select id, name, kind from a left join b on b.a_id = a.id and b.kind = 'y' order by id;
-- expect: 1 | 'one' | null
-- expect: 2 | 'two' | null
