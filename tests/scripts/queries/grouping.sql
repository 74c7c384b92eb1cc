-- Source: SQL Language Reference, SELECT, "group_by_clause"

create table s (region varchar2(1), item varchar2(1), n number);
insert into s values ('N', 'a', 1);
insert into s values ('N', 'b', 2);
insert into s values ('S', 'a', 4);
select region, sum(n) from s group by rollup (region) order by region;
-- expect: 'N' | 3
-- expect: 'S' | 4
-- expect: null | 7
select region, count(*) from s group by region having count(*) > 1;
-- expect: 'N' | 2
select region, item from s group by region;
-- expect error: ORA-00979
select count(*) from s where n > 100 group by region;
-- expect no rows
select count(*) from s where n > 100;
-- expect: 0
select count(distinct item), max(n), min(item) from s;
-- expect: 2 | 4 | 'a'
-- without GROUP BY it is another error than with one
create table gx (a number, b number);
select a, count(*) from gx;
-- expect error: ORA-00937: not a single-group group function
select a, b, count(*) from gx group by a;
-- expect error: ORA-00979: not a GROUP BY expression
