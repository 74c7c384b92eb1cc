-- Source: SQL Language Reference, "Analytic Functions"; FIRST, LISTAGG, RATIO_TO_REPORT

create table s (dept varchar2(1), name varchar2(1), pay number);
insert into s values ('A', 'p', 10);
insert into s values ('A', 'q', 30);
insert into s values ('A', 'r', 30);
insert into s values ('B', 't', 50);
select name, rank() over (partition by dept order by pay desc) r,
       dense_rank() over (order by pay) d, row_number() over (order by pay, name) n
  from s order by name;
-- expect: 'p' | 3 | 1 | 1
-- expect: 'q' | 1 | 2 | 2
-- expect: 'r' | 1 | 2 | 3
-- expect: 't' | 1 | 3 | 4
select name, sum(pay) over (partition by dept order by name), lag(pay, 1, 0) over (order by name),
       lead(pay) over (order by name)
  from s order by name;
-- expect: 'p' | 10 | 0 | 30
-- expect: 'q' | 40 | 10 | 30
-- expect: 'r' | 70 | 30 | 50
-- expect: 't' | 50 | 30 | null
select dept, listagg(name, ',') within group (order by pay desc, name) from s group by dept order by dept;
-- expect: 'A' | 'q,r,p'
-- expect: 'B' | 't'
select dept, max(name) keep (dense_rank first order by pay), min(name) keep (dense_rank last order by pay)
  from s group by dept order by dept;
-- expect: 'A' | 'p' | 'q'
-- expect: 'B' | 't' | 't'
select name, round(ratio_to_report(pay) over (), 4) from s where dept = 'A' order by name;
-- expect: 'p' | 0.1429
-- expect: 'q' | 0.4286
-- expect: 'r' | 0.4286
select count(*) over (), first_value(name) over (order by pay, name) from s where dept = 'B';
-- expect: 1 | 't'
