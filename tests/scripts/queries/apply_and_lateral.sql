-- Source: SQL Language Reference, SELECT: cross_outer_apply_clause, LATERAL

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
create table dept (deptno number(2) constraint pk_dept primary key, dname varchar2(14), loc varchar2(13));
insert into dept values (10,'ACCOUNTING','NEW YORK');
insert into dept values (20,'RESEARCH','DALLAS');
insert into dept values (30,'SALES','CHICAGO');
insert into dept values (40,'OPERATIONS','BOSTON');
select d.deptno, e.ename from dept d cross apply (select ename from emp e where e.deptno = d.deptno order
  by sal desc fetch first 1 row only) e order by 1;
-- expect: 10 | 'KING'
-- expect: 20 | 'SCOTT'
-- expect: 30 | 'BLAKE'
select d.deptno, e.ename from dept d outer apply (select ename from emp e where e.deptno = d.deptno and
  sal = 5000) e order by 1;
-- expect: 10 | 'KING'
-- expect: 20 | null
-- expect: 30 | null
-- expect: 40 | null
select d.deptno, e.c from dept d, lateral (select count(*) c from emp e where e.deptno = d.deptno) e
  order by 1;
-- expect: 10 | 3
-- expect: 20 | 5
-- expect: 30 | 6
-- expect: 40 | 0
