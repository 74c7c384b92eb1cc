-- Source: SQL Language Reference, "Sequence Pseudocolumns"

create sequence s start with 10 increment by 5;
select s.currval from dual;
-- expect error: ORA-08002
select s.nextval from dual;
-- expect: 10
select s.currval from dual;
-- expect: 10
select s.nextval a, s.nextval b, s.currval c from dual;
-- expect: 15 | 15 | 15
create table t (a number, b number);
insert into t values (0, 0);
insert into t values (s.nextval, s.nextval);
insert into t select s.nextval, level from dual connect by level <= 2;
select a, b from t where a > 0 order by a;
-- expect: 20 | 20
-- expect: 25 | 1
-- expect: 30 | 2
rollback;
select s.nextval from dual;
-- expect: 35
declare
   n number := s.nextval;
begin
   dbms_output.put_line(n || ' ' || s.currval);
end;
/
-- expect output: 40 40
-- NEXTVAL beside ORDER BY, DISTINCT or GROUP BY is refused; the end of a sequence has its own error
create sequence se maxvalue 2 nocycle nocache;
select se.nextval from dual order by 1;
-- expect error: ORA-02287: sequence number not allowed here
select distinct se.nextval from dual;
-- expect error: ORA-02287: sequence number not allowed here
select se.nextval from dual;
-- expect: 1
select se.nextval from dual;
-- expect: 2
select se.nextval from dual;
-- expect error: ORA-08004: sequence SE.NEXTVAL exceeds MAXVALUE and cannot be instantiated
create sequence sd increment by -1 minvalue -1 maxvalue 1 start with 0 nocycle;
select sd.nextval from dual;
-- expect: 0
select sd.nextval from dual;
-- expect: -1
select sd.nextval from dual;
-- expect error: ORA-08004: sequence SD.NEXTVAL goes below MINVALUE and cannot be instantiated
