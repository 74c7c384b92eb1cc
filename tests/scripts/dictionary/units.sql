-- Source: Database Reference: ALL_ARGUMENTS, ALL_PROCEDURES, ALL_TYPES, ALL_TYPE_ATTRS, ALL_COLL_TYPES, ALL_TYPE_METHODS, V$LOCKED_OBJECT, DICTIONARY; PL/SQL Packages and Types Reference: DBMS_METADATA

create type point as object (x number(9,2), label varchar2(30),
  member function norm return number, map member function rank return number);
/
create type points as table of point;
/
create type marks as varray(5) of number(5,2);
/
create or replace package shop as
  type line_t is record (id number);
  type ids_t is table of pls_integer index by pls_integer;
  procedure buy(id number, note in out varchar2, done out date, how points default null);
  function price(q pls_integer default 1) return number deterministic;
  function price(q varchar2) return number;
  function lines return points pipelined;
  procedure nothing(ids ids_t);
end;
/
create or replace function half(n number) return number is
begin
  return n / 2;
end;
/
select object_name, overload, argument_name, position, sequence, in_out, data_type, defaulted, type_name, type_subname
  from user_arguments where package_name = 'SHOP' order by subprogram_id, sequence;
-- expect: 'BUY' | null | 'ID' | 1 | 1 | 'IN' | 'NUMBER' | 'N' | null | null
-- expect: 'BUY' | null | 'NOTE' | 2 | 2 | 'IN/OUT' | 'VARCHAR2' | 'N' | null | null
-- expect: 'BUY' | null | 'DONE' | 3 | 3 | 'OUT' | 'DATE' | 'N' | null | null
-- expect: 'BUY' | null | 'HOW' | 4 | 4 | 'IN' | 'TABLE' | 'Y' | 'POINTS' | null
-- expect: 'PRICE' | '1' | null | 0 | 1 | 'OUT' | 'NUMBER' | 'N' | null | null
-- expect: 'PRICE' | '1' | 'Q' | 1 | 2 | 'IN' | 'BINARY_INTEGER' | 'Y' | null | null
-- expect: 'PRICE' | '2' | null | 0 | 1 | 'OUT' | 'NUMBER' | 'N' | null | null
-- expect: 'PRICE' | '2' | 'Q' | 1 | 2 | 'IN' | 'VARCHAR2' | 'N' | null | null
-- expect: 'LINES' | null | null | 0 | 1 | 'OUT' | 'TABLE' | 'N' | 'POINTS' | null
-- expect: 'NOTHING' | null | 'IDS' | 1 | 1 | 'IN' | 'PL/SQL TABLE' | 'N' | 'SHOP' | 'IDS_T'
select object_name, procedure_name, object_type, overload, pipelined, deterministic from user_procedures
  where object_name in ('SHOP', 'HALF') order by object_name, subprogram_id;
-- expect: 'HALF' | null | 'FUNCTION' | null | 'NO' | 'NO'
-- expect: 'SHOP' | null | 'PACKAGE' | null | 'NO' | 'NO'
-- expect: 'SHOP' | 'BUY' | 'PACKAGE' | null | 'NO' | 'NO'
-- expect: 'SHOP' | 'PRICE' | 'PACKAGE' | '1' | 'NO' | 'YES'
-- expect: 'SHOP' | 'PRICE' | 'PACKAGE' | '2' | 'NO' | 'NO'
-- expect: 'SHOP' | 'LINES' | 'PACKAGE' | null | 'YES' | 'NO'
-- expect: 'SHOP' | 'NOTHING' | 'PACKAGE' | null | 'NO' | 'NO'
select type_name, typecode, attributes, methods, final, instantiable from user_types order by type_name;
-- expect: 'MARKS' | 'COLLECTION' | 0 | 0 | 'YES' | 'YES'
-- expect: 'POINT' | 'OBJECT' | 2 | 2 | 'YES' | 'YES'
-- expect: 'POINTS' | 'COLLECTION' | 0 | 0 | 'YES' | 'YES'
select attr_name, attr_type_name, length, precision, scale, attr_no from user_type_attrs order by attr_no;
-- expect: 'X' | 'NUMBER' | null | 9 | 2 | 1
-- expect: 'LABEL' | 'VARCHAR2' | 30 | null | null | 2
select type_name, coll_type, upper_bound, elem_type_name, precision, scale from user_coll_types order by 1;
-- expect: 'MARKS' | 'VARYING ARRAY' | 5 | 'NUMBER' | 5 | 2
-- expect: 'POINTS' | 'TABLE' | null | 'POINT' | null | null
select method_name, method_type, parameters, results from user_type_methods order by method_no;
-- expect: 'NORM' | 'PUBLIC' | 0 | 1
-- expect: 'RANK' | 'MAP' | 0 | 1

-- What is dropped or broken is described no more.
drop function half;
create or replace package shop as
  procedure buy(id nothing_known);
end;
/
-- expect compile error: PLS-00201
select count(*) from user_arguments;
-- expect: 0
select count(*) from user_procedures where object_name = 'HALF';
-- expect: 0

-- Sources come back as statements.
create or replace procedure "Mixed" is
begin
  null;
end;
/
create view small as select 1 one from dual with read only;
select replace(replace(dbms_metadata.get_ddl('PROCEDURE', 'Mixed'), user, 'ME'), chr(10), '|') from dual;
-- expect: '|  CREATE OR REPLACE EDITIONABLE PROCEDURE "ME"."Mixed" is|begin|  null;|end;'
select replace(replace(dbms_metadata.get_ddl('VIEW', 'SMALL'), user, 'ME'), chr(10), '|') from dual;
-- expect: '|  CREATE OR REPLACE FORCE EDITIONABLE VIEW "ME"."SMALL" ("ONE") AS |  select 1 one from dual WITH READ ONLY'
select dbms_metadata.get_ddl('FUNCTION', 'NOT_THERE') from dual;
-- expect error: ORA-31603: object "NOT_THERE" of type FUNCTION not found in schema
select dbms_metadata.get_ddl('TABLE', 'SMALL') from dual;
-- expect error: ORA-03001: unimplemented feature: DBMS_METADATA.GET_DDL of TABLE

-- Views that are known and absent are named; unknown ones do not exist.
select * from v$sql;
-- expect error: ORA-03001: unimplemented feature: the view V$SQL
select * from dba_segments;
-- expect error: ORA-03001: unimplemented feature: the view DBA_SEGMENTS
select * from v$no_such_view;
-- expect error: ORA-00942: table or view does not exist
select table_name from dict where table_name in ('ALL_ARGUMENTS', 'USER_TYPES') order by 1;
-- expect: 'ALL_ARGUMENTS'
-- expect: 'USER_TYPES'
create table locked (id number);
insert into locked values (1);
select table_name, table_type from cat where table_name = 'LOCKED';
-- expect: 'LOCKED' | 'TABLE'
