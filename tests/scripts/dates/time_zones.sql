-- Source: SQL Language Reference: TIMESTAMP WITH TIME ZONE literals, Datetime Expressions (AT TIME ZONE), FROM_TZ, TZ_OFFSET, EXTRACT (datetime), SYS_EXTRACT_UTC, TO_DSINTERVAL, TO_YMINTERVAL; Format Models: TZH, TZM, TZR

alter session set time_zone = 'UTC';
create table moment (id number, at_zone timestamp with time zone, plain timestamp);
insert into moment values (1, timestamp '2024-06-01 12:00:00 -03:00', timestamp '2024-06-01 12:00:00');
insert into moment values (2, timestamp '2024-06-01 12:00:00 America/Sao_Paulo', null);
insert into moment values (3, timestamp '2024-06-01 15:00:00.5 +00:00', null);
-- Values compare by their instant.
select id from moment where at_zone = timestamp '2024-06-01 17:00:00 Europe/Paris' order by id;
-- expect: 1
-- expect: 2
select to_char(at_zone at time zone 'Europe/London', 'HH24:MI TZR'), to_char(at_zone at time zone '+05:30', 'HH24:MI TZR TZH TZM')
  from moment where id = 1;
-- expect: '16:00 Europe/London' | '20:30 +05:30 +05 30'
select to_char(from_tz(plain, 'America/New_York'), 'HH24:MI TZR TZH:TZM') from moment where id = 1;
-- expect: '12:00 America/New_York -04:00'
select to_char(timestamp '2024-01-15 12:00:00 America/New_York', 'TZR TZH:TZM') from dual;
-- expect: 'America/New_York -05:00'
-- Arithmetic is done on the instant; the zone stays.
select to_char(timestamp '2024-03-09 12:00:00 America/New_York' + interval '1' day, 'YYYY-MM-DD HH24:MI TZH') from dual;
-- expect: '2024-03-10 13:00 -04'
-- EXTRACT gives the hour in UTC, the parts of the zone as written.
select extract(hour from timestamp '2024-07-01 10:00:00 Europe/Paris'), extract(timezone_hour from timestamp '2024-07-01 10:00:00 Europe/Paris'),
  extract(timezone_region from timestamp '2024-07-01 10:00:00 Europe/Paris'), extract(timezone_minute from timestamp '2024-07-01 10:00:00 -03:30'),
  extract(timezone_region from timestamp '2024-07-01 10:00:00 -03:30') from dual;
-- expect: 8 | 2 | 'Europe/Paris' | -30 | 'UNKNOWN'
select sys_extract_utc(timestamp '2024-07-01 10:00:00 Europe/Paris'), cast(timestamp '2024-07-01 10:00:00 Europe/Paris' as timestamp) from dual;
-- expect: 2024-07-01 08:00:00 | 2024-07-01 10:00:00
select tz_offset('America/Sao_Paulo'), tz_offset('+02:00') from dual;
-- expect: '-03:00' | '+02:00'
select timestamp '2024-06-01 12:00:00 Mars/Olympus' from dual;
-- expect error: ORA-01882: timezone region not found
select tz_offset('Nowhere') from dual;
-- expect error: ORA-01882: timezone region not found
select at_zone at time zone 'Europe/Paris' from moment;
-- expect error: ORA-03001: unimplemented feature
select to_char(systimestamp, 'TZD') from dual;
-- expect error: ORA-03001: unimplemented feature: TZD
begin
  dbms_output.put_line(to_char(timestamp '2024-01-01 00:00:00 Europe/Paris'));
end;
/
-- expect error: ORA-06550
alter session set time_zone = '-03:00';
select to_char(timestamp '2024-07-01 10:00:00 Europe/Paris' at local, 'HH24:MI TZR') from dual;
-- expect: '05:00 -03:00'

-- Intervals in the forms of ISO 8601.
select extract(day from to_dsinterval('P1DT2H')), extract(hour from to_dsinterval('P1DT2H')), extract(month from to_yminterval('P1Y2M')),
  extract(year from to_yminterval('P3Y')) from dual;
-- expect: 1 | 2 | 2 | 3
select to_yminterval('P') from dual;
-- expect error: ORA-01867: the interval is invalid
-- Julian days.
select to_char(date '2024-01-01', 'J'), to_date('2460311', 'J') from dual;
-- expect: '2460311' | 2024-01-01 00:00:00
-- A stored value keeps the zone that it was written with, through inline views and arithmetic too.
select to_char(at_zone, 'HH24:MI TZH:TZM TZR') from moment order by id;
-- expect: '12:00 -03:00 -03:00'
-- expect: '12:00 -03:00 America/Sao_Paulo'
-- expect: '15:00 +00:00 +00:00'
select extract(timezone_region from at_zone), cast(at_zone as timestamp) from moment order by id;
-- expect: 'UNKNOWN' | 2024-06-01 12:00:00
-- expect: 'America/Sao_Paulo' | 2024-06-01 12:00:00
-- expect: 'UNKNOWN' | 2024-06-01 15:00:00.500000
select extract(timezone_hour from (z + interval '1' day)) from (select at_zone z from moment where id = 1);
-- expect: -3
select extract(hour from at_zone), to_char(at_zone at time zone 'UTC', 'HH24 TZR') from moment where id = 1;
-- expect: 15 | '15 UTC'
