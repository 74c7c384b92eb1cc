-- Source: SQL Language Reference, "Datetime/Interval Arithmetic"; ADD_MONTHS, LAST_DAY, TRUNC (date)

select date '2020-03-01' - date '2020-02-01' from dual;
-- expect: 29
select date '2020-02-28' + 1, date '2020-01-01' + 1 / 24 from dual;
-- expect: 2020-02-29 00:00:00 | 2020-01-01 01:00:00
select add_months(date '2020-01-31', 1), add_months(date '2020-02-29', 12) from dual;
-- expect: 2020-02-29 00:00:00 | 2021-02-28 00:00:00
select add_months(date '2020-02-29', 1), add_months(date '2020-03-15', -1) from dual;
-- expect: 2020-03-31 00:00:00 | 2020-02-15 00:00:00
select last_day(to_date('2020-02-10 10:20:30', 'YYYY-MM-DD HH24:MI:SS')) from dual;
-- expect: 2020-02-29 10:20:30
select round(months_between(date '1995-02-02', date '1995-01-01'), 8) from dual;
-- expect: 1.03225806
select months_between(date '2020-02-29', date '2020-01-31') from dual;
-- expect: 1
select trunc(to_date('2020-05-20 10:20:30', 'YYYY-MM-DD HH24:MI:SS')) from dual;
-- expect: 2020-05-20 00:00:00
select trunc(date '2020-05-20', 'MM'), trunc(date '2020-05-20', 'YEAR') from dual;
-- expect: 2020-05-01 00:00:00 | 2020-01-01 00:00:00
select trunc(date '2020-05-20', 'Q'), trunc(date '2020-05-20', 'IW') from dual;
-- expect: 2020-04-01 00:00:00 | 2020-05-18 00:00:00
select round(date '2000-10-27', 'YEAR'), round(date '2020-05-16', 'MM') from dual;
-- expect: 2001-01-01 00:00:00 | 2020-06-01 00:00:00
select trunc(sysdate) - trunc(sysdate - 1), sysdate - sysdate from dual;
-- expect: 1 | 0
select extract(year from date '2020-05-20'), extract(month from date '2020-05-20') from dual;
-- expect: 2020 | 5
