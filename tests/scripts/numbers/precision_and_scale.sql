-- Source: SQL Language Reference, "Data Types", table "Storage of Scale and Precision"

create table t (
   a number,
   b number(3),
   c number(6, 1),
   d number(6, -2),
   e number(5, 2),
   f number(4, 5)
);
insert into t (a) values (123.89);
insert into t (b) values (123.89);
insert into t (c) values (123.89);
insert into t (d) values (123.89);
insert into t (e) values (123.89);
insert into t (f) values (.01234);
select sum(a), sum(b), sum(c), sum(d), sum(e), sum(f) from t;
-- expect: 123.89 | 124 | 123.9 | 100 | 123.89 | 0.01234
insert into t (e) values (1000);
-- expect error: ORA-01438
insert into t (b) values (999.5);
-- expect error: ORA-01438
insert into t (b) values (999.4);
-- expect count: 1
update t set e = e * 100 where e is not null;
-- expect error: ORA-01438
select max(e) from t;
-- expect: 123.89
