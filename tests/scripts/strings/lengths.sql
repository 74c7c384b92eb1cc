-- Source: SQL Language Reference, "Character Data Types"; "Blank-Padded Comparison Semantics"

create table t (c char(5), v varchar2(5 char), b varchar2(5 byte));
insert into t values ('ab', 'ab', 'ab');
select length(c), length(v), '[' || c || ']' from t;
-- expect: 5 | 2 | '[ab   ]'
select count(*) from t where c = 'ab';
-- expect: 1
select count(*) from t where v = 'ab ';
-- expect: 0
insert into t (v) values ('ação');
-- expect count: 1
insert into t (b) values ('ação');
-- expect error: ORA-12899
insert into t (v) values ('123456');
-- expect error: ORA-12899
update t set c = '123456';
-- expect error: ORA-12899
declare
   l varchar2(3 char);
begin
   l := 'abcd';
end;
/
-- expect error: ORA-06502: PL/SQL: numeric or value error: character string buffer too small
