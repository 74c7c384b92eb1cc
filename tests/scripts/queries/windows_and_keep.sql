-- Source: SQL Language Reference, "Analytic Functions" (windowing_clause), FIRST, LISTAGG, NTH_VALUE, PERCENTILE_CONT, GROUPING_ID

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
select ename, count(*) over (order by hiredate range between interval '30' day preceding and current row)
  from emp where deptno = 30 order by hiredate;
-- expect: 'ALLEN' | 1
-- expect: 'WARD' | 2
-- expect: 'BLAKE' | 1
-- expect: 'TURNER' | 1
-- expect: 'MARTIN' | 2
-- expect: 'JAMES' | 1
select ename, sum(sal) over (order by sal range between 100 preceding and 100 following) from emp where
  deptno=30 order by sal, ename;
-- expect: 'JAMES' | 950
-- expect: 'MARTIN' | 2500
-- expect: 'WARD' | 2500
-- expect: 'TURNER' | 3100
-- expect: 'ALLEN' | 3100
-- expect: 'BLAKE' | 2850
select ename, nth_value(ename, 2) over (order by sal rows between unbounded preceding and unbounded
  following), last_value(comm ignore nulls) over (order by empno) from emp where deptno=30 order by empno;
-- expect: 'ALLEN' | 'WARD' | 300
-- expect: 'WARD' | 'WARD' | 500
-- expect: 'MARTIN' | 'WARD' | 1400
-- expect: 'BLAKE' | 'WARD' | 1400
-- expect: 'TURNER' | 'WARD' | 0
-- expect: 'JAMES' | 'WARD' | 0
select nth_value(ename, 2) from first over (order by sal, ename) from emp where deptno=10;
-- expect: null
-- expect: 'CLARK'
-- expect: 'CLARK'
select ename, lag(comm) ignore nulls over (order by empno) l from emp where deptno=30 order by empno;
-- expect: 'ALLEN' | null
-- expect: 'WARD' | 300
-- expect: 'MARTIN' | 500
-- expect: 'BLAKE' | 1400
-- expect: 'TURNER' | 1400
-- expect: 'JAMES' | 0
select ntile(3) over (order by empno), percent_rank() over (order by sal), cume_dist() over (order by
  sal) from emp where deptno=10 order by sal;
-- expect: 3 | 0 | 0.3333333333333333333333333333333333333333
-- expect: 1 | 0.5 | 0.6666666666666666666666666666666666666667
-- expect: 2 | 1 | 1
select median(sal), percentile_cont(0.5) within group (order by sal), percentile_disc(0.5) within group
  (order by sal), round(stddev(sal), 10), round(variance(sal), 8) from emp where deptno = 10;
-- expect: 2450 | 2450 | 2450 | 1893.6296716447 | 3585833.33333333
select min(ename) keep (dense_rank first order by sal) over (partition by deptno) m from emp where deptno=10;
-- expect: 'MILLER'
-- expect: 'MILLER'
-- expect: 'MILLER'
select deptno, listagg(ename, ',' on overflow truncate '...' with count) within group (order by ename)
  from emp group by deptno order by 1 fetch first 1 row only;
-- expect: 10 | 'CLARK,KING,MILLER'
select listagg(rpad('x',100,'x'), ',' on overflow truncate '...' with count) within group (order by 1) l
  from dual connect by level <= 3;
select deptno, job, sum(sal), grouping(deptno), grouping_id(deptno, job) from emp where deptno = 10 group
  by rollup(deptno, job) order by 1, 2;
-- expect: 10 | 'CLERK' | 1300 | 0 | 0
-- expect: 10 | 'MANAGER' | 2450 | 0 | 0
-- expect: 10 | 'PRESIDENT' | 5000 | 0 | 0
-- expect: 10 | null | 8750 | 0 | 1
-- expect: null | null | 8750 | 1 | 3
select count(*) from emp group by cube(deptno, job) having grouping_id(deptno, job) = 3;
-- expect: 14
select deptno, sum(sal) from emp group by grouping sets ((deptno), ()) order by 1;
-- expect: 10 | 8750
-- expect: 20 | 10875
-- expect: 30 | 9400
-- expect: null | 29025
select any_value(1), approx_count_distinct(deptno) from emp;
-- expect: 1 | 3
select stats_mode(job) from emp where deptno=30;
-- expect: 'SALESMAN'
-- 4000 bytes less a separator, the filler and 24 bytes for the count leave room for 39 values
select length(l), substr(l, -12) from (select listagg(rpad('x', 100, 'x'), ',' on overflow truncate '...' with count)
  within group (order by level) l from dual connect by level <= 100);
-- expect: 3946 | 'xxxx,...(61)'
select listagg(rpad('x', 100, 'x'), ',') within group (order by level) from dual connect by level <= 100;
-- expect error: ORA-01489
select rank(1500) within group (order by sal desc) r, dense_rank(3000) within group (order by sal) d from emp;
-- expect: 8 | 11
select sum(sal) keep (dense_rank last order by hiredate), avg(sal) keep (dense_rank first order by deptno),
       count(*) keep (dense_rank first order by job) from emp;
-- expect: 1100 | 2916.666666666666666666666666666666666667 | 2
select round(variance(sal), 20), round(stddev(sal), 10), round(covar_pop(sal, sal), 20), corr(sal, sal) from emp where deptno = 10;
-- expect: 3585833.33333333333333333333 | 1893.6296716447 | 2390555.55555555555555555556 | 1
