-- Source: SQL Language Reference, "Format Models"; TO_CHAR, TO_DATE

select to_char(date '2020-02-29', 'YYYY-MM-DD HH24:MI:SS') from dual;
-- expect: '2020-02-29 00:00:00'
select to_char(date '2020-02-29', 'FMDay, DD Month YYYY', 'nls_date_language=english') from dual;
-- expect: 'Saturday, 29 February 2020'
select to_char(date '2020-02-01', 'Month', 'nls_date_language=english') || '|' from dual;
-- expect: 'February |'
select to_char(date '2020-02-29', 'DY DD-MON-YY', 'nls_date_language=english') from dual;
-- expect: 'SAT 29-FEB-20'
select to_char(date '2020-02-29', 'Q DDD IW') from dual;
-- expect: '1 060 09'
select to_char(date '2020-02-29', '"day" DD') from dual;
-- expect: 'day 29'
select to_char(to_date('27-10-98', 'DD-MM-RR'), 'YYYY'), to_char(to_date('27-10-17', 'DD-MM-RR'), 'YYYY')
from dual;
-- expect: '1998' | '2017'
select to_date('2020-05-20 23:59:59', 'YYYY-MM-DD HH24:MI:SS') from dual;
-- expect: 2020-05-20 23:59:59
select to_date('2020-13-01', 'YYYY-MM-DD') from dual;
-- expect error: ORA-01843
select to_date('2020-02-30', 'YYYY-MM-DD') from dual;
-- expect error: ORA-01839
select to_date('2020-02-20 10', 'YYYY-MM-DD') from dual;
-- expect error: ORA-01830
select to_date('0000-03-10', 'YYYY-MM-DD') from dual;
-- expect error: ORA-01841
select to_date('xx-03-2020', 'DD-MM-YYYY') from dual;
-- expect error: ORA-01858
alter session set nls_date_format = 'DD/MM/YYYY';
select to_char(date '2020-02-29'), to_date('01/02/2020') from dual;
-- expect: '29/02/2020' | 2020-02-01 00:00:00
select 'on ' || date '2020-02-29' from dual;
-- expect: 'on 29/02/2020'
