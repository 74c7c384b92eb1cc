-- Source: Database Reference, "Static Data Dictionary Views"

create table parent (id number(5) not null, name varchar2(20 char) default 'x', constraint parent_pk primary key (id));
create index parent_name_idx on parent (name);
create view v as select id from parent;
create sequence s;
comment on table parent is 'The parent';
comment on column parent.name is 'Its name';
select object_name, object_type, status from user_objects order by object_name;
-- expect: 'PARENT' | 'TABLE' | 'VALID'
-- expect: 'PARENT_NAME_IDX' | 'INDEX' | 'VALID'
-- expect: 'PARENT_PK' | 'INDEX' | 'VALID'
-- expect: 'S' | 'SEQUENCE' | 'VALID'
-- expect: 'V' | 'VIEW' | 'VALID'
select column_name, data_type, data_precision, nullable, char_length, char_used
  from user_tab_columns where table_name = 'PARENT' order by column_id;
-- expect: 'ID' | 'NUMBER' | 5 | 'N' | 0 | null
-- expect: 'NAME' | 'VARCHAR2' | null | 'Y' | 20 | 'C'
select comments from user_tab_comments where table_name = 'PARENT';
-- expect: 'The parent'
select comments from user_col_comments where table_name = 'PARENT' and column_name = 'NAME';
-- expect: 'Its name'
select constraint_name, constraint_type from user_constraints
 where table_name = 'PARENT' and constraint_type = 'P';
-- expect: 'PARENT_PK' | 'P'
create procedure p is
begin
   null;
end p;
/
select line, rtrim(text, chr(10)) from user_source where name = 'P' order by line;
-- expect: 1 | 'procedure p is'
-- expect: 2 | 'begin'
-- expect: 3 | '   null;'
-- expect: 4 | 'end p;'
drop table parent;
select status from user_objects where object_name = 'V';
-- expect: 'INVALID'
select * from v;
-- expect error: ORA-04063
