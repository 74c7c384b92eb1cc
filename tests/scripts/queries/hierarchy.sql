-- Source: SQL Language Reference, "Hierarchical Queries"

create table emp (id number, boss number, name varchar2(10));
insert into emp values (1, null, 'King');
insert into emp values (2, 1, 'Blake');
insert into emp values (3, 1, 'Adams');
insert into emp values (4, 2, 'Ward');
select level, name from emp start with boss is null connect by prior id = boss order siblings by name;
-- expect: 1 | 'King'
-- expect: 2 | 'Adams'
-- expect: 2 | 'Blake'
-- expect: 3 | 'Ward'
select sys_connect_by_path(name, '/'), connect_by_root name, connect_by_isleaf
  from emp where id = 4 start with boss is null connect by prior id = boss;
-- expect: '/King/Blake/Ward' | 'King' | 1
select level from dual connect by level <= 3;
-- expect: 1
-- expect: 2
-- expect: 3
update emp set boss = 4 where id = 1;
select name from emp start with id = 1 connect by prior id = boss;
-- expect error: ORA-01436
select name, connect_by_iscycle from emp start with id = 1 connect by nocycle prior id = boss order by id;
-- expect: 'King' | 0
-- expect: 'Blake' | 0
-- expect: 'Adams' | 0
-- expect: 'Ward' | 1
