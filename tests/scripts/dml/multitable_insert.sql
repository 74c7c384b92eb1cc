-- Source: SQL Language Reference, INSERT, "multi_table_insert"

create table a (n number);
create table b (n number);
insert all into a values (x) into b values (x * 10) select level x from dual connect by level <= 2;
-- expect count: 4
select n from b order by n;
-- expect: 10
-- expect: 20
insert all when x > 1 then into a values (x) when x > 2 then into b values (x) else into b values (-x)
select level x from dual connect by level <= 3;
-- expect count: 4
select n from b where n < 5 order by n;
-- expect: -1
-- expect: 3
delete from a;
delete from b;
insert first when x > 1 then into a values (x) when x > 0 then into b values (x)
select level x from dual connect by level <= 3;
-- expect count: 3
select (select count(*) from a), (select count(*) from b) from dual;
-- expect: 2 | 1
