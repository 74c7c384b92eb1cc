-- Source: PL/SQL Language Reference, "Compile-Time Errors"; Database Reference, ALL_ERRORS

create or replace procedure broken is
begin
   nothing_here(1);
end broken;
/
-- expect compile error: PLS-00201: identifier 'NOTHING_HERE' must be declared
select line, position, attribute from user_errors where name = 'BROKEN' and sequence = 1;
-- expect: 3 | 4 | 'ERROR'
select status from user_objects where object_name = 'BROKEN';
-- expect: 'INVALID'
begin
   broken;
end;
/
-- expect error: ORA-06550: line 2, column 4:
create or replace procedure broken is
begin
   x := ;
end broken;
/
-- expect compile error: PLS-00103: Encountered the symbol ";"
create or replace procedure nothing_here(in_a in number) is
begin
   null;
end nothing_here;
/
create or replace procedure broken is
begin
   nothing_here(1);
end broken;
/
select count(*) from user_errors;
-- expect: 0
select status from user_objects where object_name = 'BROKEN';
-- expect: 'VALID'
drop procedure nothing_here;
select status from user_objects where object_name = 'BROKEN';
-- expect: 'INVALID'
create or replace procedure nothing_here(in_a in number) is
begin
   dbms_output.put_line('back');
end nothing_here;
/
begin
   broken;
end;
/
-- expect output: back
declare
   n number;
begin
   n := 'x' + undeclared;
end;
/
-- expect error: ORA-06550: line 4, column 15:
