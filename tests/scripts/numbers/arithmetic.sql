-- Source: SQL Language Reference, "Numeric Functions"; "Data Types", NUMBER

select 1 / 3 from dual;
-- expect: 0.3333333333333333333333333333333333333333
select 0.1 + 0.2, 1 / 4, 10 / 5, 2 * 3 + 4, -(-3) from dual;
-- expect: 0.3 | 0.25 | 2 | 10 | 3
select mod(11, 4), mod(-11, 4), mod(11, -4), mod(11, 0) from dual;
-- expect: 3 | -3 | 3 | 11
select remainder(11, 4), power(3, 2), sign(-15), abs(-15) from dual;
-- expect: -1 | 9 | -1 | 15
select round(15.193, 1), round(15.193, -1), round(2.5), round(-2.5) from dual;
-- expect: 15.2 | 20 | 3 | -3
select trunc(15.79, 1), trunc(15.79, -1), trunc(-15.79) from dual;
-- expect: 15.7 | 10 | -15
select ceil(15.7), floor(15.7), ceil(-1.5), floor(-1.5) from dual;
-- expect: 16 | 15 | -1 | -2
select 1 / 0 from dual;
-- expect error: ORA-01476
select to_number('12x') from dual;
-- expect error: ORA-01722
select greatest(2, 10), greatest('2', '10'), least(3, 1, 2) from dual;
-- expect: 10 | '2' | 1
select bitand(6, 3), sqrt(16), to_number('1e3') from dual;
-- expect: 2 | 4 | 1000
