-- Source: SQL Language Reference, SELECT: subquery_factoring_clause, search_clause, cycle_clause

create table emp (empno number(4) primary key, ename varchar2(10), job varchar2(9), mgr number(4),
  hiredate date, sal number(7,2), comm number(7,2), deptno number(2));
insert into emp values (7839,'KING','PRESIDENT',null,date '1981-11-17',5000,null,10);
insert into emp values (7566,'JONES','MANAGER',7839,date '1981-04-02',2975,null,20);
insert into emp values (7698,'BLAKE','MANAGER',7839,date '1981-05-01',2850,null,30);
insert into emp values (7782,'CLARK','MANAGER',7839,date '1981-06-09',2450,null,10);
insert into emp values (7788,'SCOTT','ANALYST',7566,date '1987-04-19',3000,null,20);
insert into emp values (7902,'FORD','ANALYST',7566,date '1981-12-03',3000,null,20);
insert into emp values (7369,'SMITH','CLERK',7902,date '1980-12-17',800,null,20);
insert into emp values (7499,'ALLEN','SALESMAN',7698,date '1981-02-20',1600,300,30);
insert into emp values (7521,'WARD','SALESMAN',7698,date '1981-02-22',1250,500,30);
insert into emp values (7654,'MARTIN','SALESMAN',7698,date '1981-09-28',1250,1400,30);
insert into emp values (7844,'TURNER','SALESMAN',7698,date '1981-09-08',1500,0,30);
insert into emp values (7876,'ADAMS','CLERK',7788,date '1987-05-23',1100,null,20);
insert into emp values (7900,'JAMES','CLERK',7698,date '1981-12-03',950,null,30);
insert into emp values (7934,'MILLER','CLERK',7782,date '1982-01-23',1300,null,10);
with t (empno, ename, lvl) as (select empno, ename, 1 from emp where mgr is null union all select
  e.empno, e.ename, t.lvl + 1 from emp e join t on e.mgr = t.empno) search depth first by ename set ord
  select ename, lvl from t order by ord fetch first 4 rows only;
-- expect: 'KING' | 1
-- expect: 'BLAKE' | 2
-- expect: 'ALLEN' | 3
-- expect: 'JAMES' | 3
with t (empno, ename, lvl) as (select empno, ename, 1 from emp where mgr is null union all select
  e.empno, e.ename, t.lvl + 1 from emp e join t on e.mgr = t.empno) search breadth first by ename set ord
  cycle empno set is_cycle to 'Y' default 'N' select ename, lvl, is_cycle from t order by ord fetch first
  3 rows only;
-- expect: 'KING' | 1 | 'N'
-- expect: 'BLAKE' | 2 | 'N'
-- expect: 'CLARK' | 2 | 'N'

-- Without CYCLE a loop is an error: "If you omit the CYCLE clause, the recursive WITH clause returns
-- an error if cycles are discovered."
create table edge (a number, b number);
insert into edge values (1, 2);
insert into edge values (2, 3);
insert into edge values (3, 4);
insert into edge values (4, 2);
with t (x) as (select 1 from dual union all select e.b from edge e join t on e.a = t.x) select x from t;
-- expect error: ORA-32044: cycle detected while executing recursive WITH query
with t (n) as (select 1 from dual union all select n from t) select count(*) from t;
-- expect error: ORA-32044: cycle detected while executing recursive WITH query
with t (x) as (select 1 from dual union all select e.b from edge e join t on e.a = t.x)
  search depth first by x set o select x from t;
-- expect error: ORA-32044: cycle detected while executing recursive WITH query
with t (x) as (select 1 from dual union all select e.b from edge e join t on e.a = t.x)
  cycle x set c to 'Y' default 'N' select x, c from t;
-- expect: 1 | 'N'
-- expect: 2 | 'N'
-- expect: 3 | 'N'
-- expect: 4 | 'N'
-- expect: 2 | 'Y'
with t (n) as (select 1 from dual union all select n + 1 from t where n < 20000) select count(*) from t;
-- expect: 20000

-- the recursive name stands in FROM of the branch itself, where a cycle can be told
with r (id) as (select 1 from dual union all select mod(x.id, 3) + 1 from (select id from r) x)
select count(*) from r;
-- expect error: ORA-32042
with r (id) as (select 1 from dual union all (select mod(id, 3) + 1 from r))
select count(*) from r;
-- expect error: ORA-32044
