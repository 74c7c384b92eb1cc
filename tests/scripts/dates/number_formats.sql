-- Source: SQL Language Reference, "Number Format Models"

select to_char(1234.5, '9G999D99', 'nls_numeric_characters=''.,''') from dual;
-- expect: ' 1,234.50'
select to_char(1234.5, '9G999D99', 'nls_numeric_characters='',.''') from dual;
-- expect: ' 1.234,50'
select to_char(-5, 'S999'), to_char(5, '999'), to_char(-5, '999'), to_char(5, '999MI') from dual;
-- expect: '  -5' | '   5' | '  -5' | '  5 '
select to_char(0.5, '90.9'), to_char(0.5, '99.9'), to_char(12, '0000') from dual;
-- expect: '  0.5' | '   .5' | ' 0012'
select to_char(1234, '99'), to_char(255, 'XX'), to_char(255, 'FMxx') from dual;
-- expect: '###' | ' FF' | 'ff'
select to_char(1.5, 'FM999.99'), to_char(1, 'FM999.99'), to_char(1, 'FM990.00') from dual;
-- expect: '1.5' | '1.' | '1.00'
select to_char(0.5), to_char(100), to_char(-0.5) from dual;
-- expect: '.5' | '100' | '-.5'
select to_number('1.234,5', '9G999D9', 'nls_numeric_characters='',.''') from dual;
-- expect: 1234.5
select to_number('FF', 'XX') from dual;
-- expect: 255
select to_number('1,5', '99') from dual;
-- expect error: ORA-01722
