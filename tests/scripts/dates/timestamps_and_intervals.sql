-- Source: SQL Language Reference, "Datetime Literals", "Interval Literals", NUMTODSINTERVAL

select timestamp '2020-01-02 00:00:00' - timestamp '2020-01-01 12:00:00' from dual;
-- expect: 12:00:00
select date '2020-01-01' + interval '1 02:03:04' day to second from dual;
-- expect: 2020-01-02 02:03:04
select date '2020-01-31' - interval '1' day, date '2020-01-15' + interval '1-2' year to month from dual;
-- expect: 2020-01-30 00:00:00 | 2021-03-15 00:00:00
select date '2020-01-31' + interval '1' month from dual;
-- expect error: ORA-01839
select to_char(timestamp '2020-01-02 03:04:05.678', 'YYYY-MM-DD HH24:MI:SS.FF3') from dual;
-- expect: '2020-01-02 03:04:05.678'
select numtodsinterval(100, 'MINUTE') from dual;
-- expect: 1:40:00
select extract(hour from timestamp '2020-01-02 03:04:05'), extract(second from timestamp '2020-01-02 03:04:05.5')
from dual;
-- expect: 3 | 5.5
select extract(day from interval '3 12:30:00' day to second), extract(minute from interval '90' minute)
from dual;
-- expect: 3 | 30
select to_char(cast(date '2020-01-02' as timestamp), 'YYYY-MM-DD HH24:MI:SS.FF1') from dual;
-- expect: '2020-01-02 00:00:00.0'
create table t (a timestamp(3));
insert into t values (timestamp '2020-01-02 03:04:05.123456');
select to_char(a, 'SS.FF6') from t;
-- expect: '05.123000'
select count(*) from dual where timestamp '2020-01-02 00:00:00' = date '2020-01-02';
-- expect: 1
-- a literal with a zone needs no fraction of the second
select sys_extract_utc(timestamp '2024-01-01 10:00:00 -03:00'), sys_extract_utc(timestamp '2024-01-01 10:00:00.25 +02:00')
  from dual;
-- expect: 2024-01-01 13:00:00 | 2024-01-01 08:00:00.250000
