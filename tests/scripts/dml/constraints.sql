-- Source: SQL Language Reference, "constraint"; Database Error Messages

create table p (id number constraint p_pk primary key, name varchar2(10) not null);
create table c (
   id   number primary key,
   p_id number constraint c_p_fk references p,
   kind varchar2(1) constraint c_kind_ck check (kind in ('A', 'B')),
   constraint c_uk unique (p_id, kind)
);
insert into p values (1, 'one');
insert into p values (1, 'again');
-- expect error: ORA-00001
insert into p values (2, null);
-- expect error: ORA-01400
update p set name = '' where id = 1;
-- expect error: ORA-01407
insert into c values (1, 1, 'A');
insert into c values (2, 9, 'A');
-- expect error: ORA-02291
insert into c values (2, 1, 'C');
-- expect error: ORA-02290
insert into c values (2, 1, null);
-- expect count: 1
insert into c values (3, 1, 'A');
-- expect error: ORA-00001
insert into c values (3, null, null);
-- expect count: 1
insert into c values (4, null, null);
-- expect count: 1
insert into c values (5, 1, null);
-- expect error: ORA-00001
delete from p;
-- expect error: ORA-02292
insert into p values (1);
-- expect error: ORA-00947
insert into p values (1, 'x', 2);
-- expect error: ORA-00913
