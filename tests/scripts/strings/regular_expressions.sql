-- Source: SQL Language Reference, REGEXP_SUBSTR, REGEXP_INSTR, REGEXP_COUNT, REGEXP_REPLACE

select regexp_substr('500 Oracle Parkway, Redwood Shores, CA', ',[^,]+,') from dual;
-- expect: ', Redwood Shores,'
select regexp_instr('500 Oracle Parkway, Redwood Shores, CA', '[^ ]+', 1, 6) from dual;
-- expect: 37
select regexp_count('123123123123123', '(12)3', 1, 'i') from dual;
-- expect: 5
select regexp_replace('500   Oracle     Parkway,    Redwood  Shores, CA', '( ){2,}', ' ') from dual;
-- expect: '500 Oracle Parkway, Redwood Shores, CA'
select regexp_replace('512.1234', '([[:digit:]]{3})\.([[:digit:]]{4})', '(\1) \2') from dual;
-- expect: '(512) 1234'
select regexp_substr('a-b-c', '[^-]+', 1, 2), regexp_substr('abc', 'x') from dual;
-- expect: 'b' | null
select count(*) from dual where regexp_like('Steven', '^STE(v|ph)en$', 'i');
-- expect: 1
select count(*) from dual where regexp_like('Stefen', '^Ste(v|ph)en$');
-- expect: 0
