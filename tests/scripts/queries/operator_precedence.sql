-- Source: SQL Language Reference, "Operator Precedence": + and - and || have the same precedence, evaluated from left to right; PL/SQL Language Reference, "Operator Precedence"

select 1 || 9 + 3, 1 + 2 || 3, 5 - 1 || 2, '1' || 2 - 3 || 4 from dual;
-- expect: 22 | '33' | '42' | '94'
select 'a' || 1 * 2, 2 * 3 || 'b' from dual;
-- expect: 'a2' | '6b'
select 'x' || 5 - 1 from dual;
-- expect error: ORA-01722
select count(*) from dual where 'a' || 1 = 'a1' and 2 || 1 > 20;
-- expect: 1
begin
   dbms_output.put_line(1 || 9 + 3);
end;
/
-- expect output: 22
