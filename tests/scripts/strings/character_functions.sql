-- Source: SQL Language Reference, "Character Functions" (the examples of each function)

select substr('ABCDEFG', 3, 4), substr('ABCDEFG', -5, 4) from dual;
-- expect: 'CDEF' | 'CDEF'
select substr('ABC', 0, 2), substr('ABC', 2), substr('ABC', 2, 0), substr('ABC', 9) from dual;
-- expect: 'AB' | 'BC' | null | null
select instr('CORPORATE FLOOR', 'OR', 3, 2), instr('CORPORATE FLOOR', 'OR', -3, 2) from dual;
-- expect: 14 | 2
select instr('abc', 'z'), instr('abc', 'b') from dual;
-- expect: 0 | 2
select lpad('Page 1', 15, '*.'), rpad('ab', 5, 'x'), lpad('abc', 2) from dual;
-- expect: '*.*.*.*.*Page 1' | 'abxxx' | 'ab'
select ltrim('<=====>BROWNING<=====>', '<>=') from dual;
-- expect: 'BROWNING<=====>'
select translate('SQL*Plus User''s Guide', ' */''', '___') from dual;
-- expect: 'SQL_Plus_Users_Guide'
select replace('JACK and JUE', 'J', 'BL'), replace('abc', 'b') from dual;
-- expect: 'BLACK and BLUE' | 'ac'
select initcap('the soap'), upper('ação'), lower('AÇÃO') from dual;
-- expect: 'The Soap' | 'AÇÃO' | 'ação'
select trim(' a '), trim(both 'x' from 'xxaxx'), trim(leading '0' from '007') from dual;
-- expect: 'a' | 'a' | '7'
select ascii('A'), chr(65), length('ação'), concat('a', 'b') from dual;
-- expect: 65 | 'A' | 4 | 'ab'
select 1 || 2, 'a' || 1.5 from dual;
-- expect: '12' | 'a1.5'
