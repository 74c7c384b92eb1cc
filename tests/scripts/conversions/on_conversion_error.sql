-- Source: SQL Language Reference: TO_NUMBER, TO_DATE, TO_TIMESTAMP, CAST, VALIDATE_CONVERSION (DEFAULT return_value ON CONVERSION ERROR); LISTAGG

select to_number('12x' default -1 on conversion error), to_number('12' default -1 on conversion error), to_number(null default -1 on conversion error),
  to_number('x' default null on conversion error) from dual;
-- expect: -1 | 12 | null | null
select to_number('1,234' default 0 on conversion error, '9,999'), to_number('1;234' default '5' on conversion error, '9,999') from dual;
-- expect: 1234 | 5
select to_date('2024-13-01' default '2000-01-01' on conversion error, 'YYYY-MM-DD'), to_date('2024-12-01' default null on conversion error, 'YYYY-MM-DD') from dual;
-- expect: 2000-01-01 00:00:00 | 2024-12-01 00:00:00
select to_timestamp('rubbish' default date '2001-02-03' on conversion error, 'YYYY') from dual;
-- expect: 2001-02-03 00:00:00
select cast('x' as number default 7 on conversion error), cast('3' as number default 7 on conversion error) from dual;
-- expect: 7 | 3
-- the default itself must convert
select to_number('x' default 'y' on conversion error) from dual;
-- expect error: ORA-01722: invalid number
select validate_conversion('12' as number), validate_conversion('x' as number), validate_conversion(null as number),
  validate_conversion('2024-02-30' as date, 'YYYY-MM-DD') from dual;
-- expect: 1 | 0 | 1 | 0
select cast('x' as varchar2(1) default 'y' on conversion error) from dual;
-- expect error: ORA-03001: unimplemented feature

-- Distinct numbers are sorted as numbers.
select listagg(distinct column_value, ',') within group (order by column_value) from table(sys.odcinumberlist(10, 9, 10, null));
-- expect: '9,10'
select listagg(distinct column_value, ',') within group (order by column_value desc) from table(sys.odcinumberlist(10, 9, 10));
-- expect: '10,9'
