-- Source: SQL Language Reference; these clauses exist there and not in the stand-in, which says so by name

create table t (id number, v varchar2(10));
select * from t model dimension by (id) measures (v) rules (v[1] = 'x');
-- expect error: ORA-03001: unimplemented feature: MODEL
with function f (n number) return number is begin return n; end;
select f(1) from dual
/
-- expect error: ORA-03001: unimplemented feature: WITH FUNCTION
select * from t sample (10);
-- expect error: ORA-03001: unimplemented feature: SAMPLE
select * from t as of timestamp systimestamp;
-- expect error: ORA-03001: unimplemented feature: AS OF
select xmlelement("a", id) from t;
-- expect error: ORA-03001: unimplemented feature: XMLELEMENT
select * from t match_recognize (order by id pattern (a) define a as id > 1);
-- expect error: ORA-03001: unimplemented feature: MATCH_RECOGNIZE
select regr_slope(id, id) from t;
-- expect error: ORA-03001: unimplemented feature: REGR_SLOPE
