-- Source: SQL Language Reference, SET CONSTRAINT; "constraint" (DEFERRABLE INITIALLY DEFERRED); Error Messages, ORA-02091

create table p (id number primary key);
create table c (id number constraint c_uq unique deferrable initially deferred, p number references p deferrable);
insert into c values (1, null);
insert into c values (1, null);
-- expect count: 1
commit;
-- expect error: ORA-02091: transaction rolled back
select count(*) from c;
-- expect: 0
insert into c values (1, 5);
-- expect error: ORA-02291
set constraints all deferred;
insert into c values (1, 5);
begin
  commit;
exception
  when others then dbms_output.put_line(sqlcode);
end;
/
-- expect output: -2091
