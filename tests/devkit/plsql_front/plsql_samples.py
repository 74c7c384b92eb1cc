"""PL/SQL samples, at least one for each row of the grammar that the front end must parse."""

from __future__ import annotations

UNITS: dict[str, str] = {
    "procedure": """
create or replace editionable procedure erp.touch(in_id in number, out_n out nocopy pls_integer)
   authid current_user
   accessible by (package p, function f, q)
as
   l_x number := 1;
begin
   out_n := l_x + in_id;
end touch;
""",
    "function options": """
create function f(a in out varchar2, b date default sysdate, c in number := 1) return varchar2
   deterministic parallel_enable(partition by any) result_cache relies_on (t1, x.t2)
is
begin
   return a;
end;
""",
    "pipelined": """
create noneditionable function nums(n in number) return t_nums pipelined is
begin
   for i in 1 .. n loop
      pipe row (i);
   end loop;
   return;
end nums;
""",
    "external": """
create function ext(a number) return number as language c name "ext" library lib with context;
""",
    "aggregate": """
create function agg(a number) return number parallel_enable aggregate using agg_impl;
""",
    "package": """
create or replace package erp.p authid definer accessible by (package q, trigger t) is
   /** documented */
   co_max constant pls_integer not null := 10;
   subtype amount is number(10, 2) not null;
   subtype small is pls_integer range -5 .. 5;
   type r is record (a number := 1, b t.c%type not null default 2, c r2);
   type nt is table of r not null;
   type ai is table of varchar2(30 char) index by pls_integer;
   type ak is table of pls_integer index by varchar2(30);
   type va is varray(10) of date;
   type vb is varying array (co_max) of number;
   type rc is ref cursor;
   type rs is ref cursor return t%rowtype;
   cursor c(p in number default 1) return t%rowtype;
   e_bad exception;
   pragma exception_init(e_bad, -20001);
   pragma serially_reusable;
   pragma restrict_references(default, wnds, rnps);
   g timestamp(3) with local time zone;
   i1 interval day(2) to second(6);
   i2 interval year to month;
   d double precision;
   l long raw;
   n national character varying(10);
   cs varchar2(10) character set any_cs;
   function over(a number) return boolean;
   function over(a varchar2) return boolean;
   procedure no_args;
   pragma deprecate(no_args, 'old');
end p;
""",
    "package body": """
create or replace package body p is
   g_state number;
   type local_type is table of number;
   procedure forward(a number);
   cursor c(p in number default 1) return t%rowtype is
      select * from t where id = p order by id for update of name nowait;
   procedure forward(a number) is
      procedure nested is
         pragma autonomous_transaction;
      begin
         commit;
      end nested;
   begin
      nested;
      nested();
   end forward;
   function f return number is begin return 1; end;
begin
   g_state := f;
exception
   when others then
      raise;
end p;
""",
    "package body without initialization": "create package body p as x number; end;",
    "object type": """
create or replace type shape force authid definer under base (
   id number(10),
   name varchar2(30),
   constructor function shape(self in out nocopy shape, id number default 1) return self as result,
   member function area(scale number := 1) return number,
   not overriding member procedure draw,
   overriding not final member function text return varchar2,
   static function make(id number) return shape,
   map member function sort_key return number,
   pragma restrict_references(area, wnds)
) not final not instantiable;
""",
    "object type order": """
create type o as object (a number, order member function cmp(other o) return integer) final;
""",
    "collection type": "create or replace type ids is table of number(10) not null;",
    "varray type": "create type v as varray(5) of varchar2(10 char);",
    "incomplete type": "create type later;",
    "type body": """
create type body shape is
   constructor function shape(self in out nocopy shape, id number default 1)
   return self as result is
   begin
      self.id := id;
      return;
   end;
   overriding member function text return varchar2 is
   begin
      return (self as base).text() || treat(self as shape).name || new shape(1).text();
   end text;
   static function make(id number) return shape is begin return shape(id => id); end;
   member function stream return ids pipelined is begin pipe row (1); return; end;
end;
""",
    "row trigger": """
create or replace trigger erp.trg
   before insert or update of name, city or delete on erp.clients
   referencing old as o new as n
   for each row
   follows erp.first, second
   disable
   when (n.id > 1 and o.name is null)
declare
   l number;
begin
   if inserting or updating('NAME') or deleting then
      :n.name := upper(:n.name) || :o.name;
   end if;
end trg;
""",
    "statement trigger": """
create trigger t after delete on x begin null; end;
""",
    "instead of trigger": """
create trigger t instead of insert on nested table kids of v referencing parent as p
for each row call handle(:p.id, :new.x)
""",
    "system trigger": """
create trigger t after logon on schema begin p(ora_login_user); end;
""",
    "ddl trigger": """
create trigger t before create or drop on database when (user <> 'X') begin null; end;
""",
    "compound trigger": """
create or replace trigger crm_trg
for insert or update or delete on clients
compound trigger
   type t_ids is table of number index by pls_integer;
   g_ids t_ids;
   procedure add(p number) is
   begin
      g_ids(g_ids.count + 1) := p;
   end add;

   before statement is
   begin
      g_ids.delete;
   end before statement;

   before each row is
      l number;
   begin
      :new.changed := systimestamp;
   end before each row;

   after each row is
   begin
      add(coalesce(:new.id, :old.id));
   exception
      when others then raise;
   end after each row;

   after statement is
   begin
      forall i in 1 .. g_ids.count
         insert into log values (g_ids(i));
   end after statement;
end crm_trg;
""",
    "conditional": """
create package body cc is
   procedure p is
      $if $$debug $then
      l_extra number := 1;
      $end
   begin
      x := 1 $if dbms_db_version.ver_le_12 $then + broken ( $else + 2 $end;
      insert into t values (1 $if true $then , $$plsql_line $end);
   end p;
end cc;
""",
    "type names as names": """
create procedure names(type in varchar2, value number, result out date) is
   count number;
   open number := 1;
   close number;
   date_of date;
   names t_names;
   first number;
   replace number;
   exit_code number;
   language varchar2(2);
begin
   open := close;
   count := names.count + names.first + rec.type;
   names.delete(1);
   result := date '2020-01-01';
   type.x := 1;
end names;
""",
}

STATEMENTS: dict[str, str] = {
    "assignment": """x(i).y('k') := :b + a.b.c(1)(2).d; :out := 1; "Quoted" := 1;
        p.q(1).r(2) := 3;""",
    "calls": "p; p(); p(1, b => 2); a.b.c(x => y); p@link(1); x(i).m; x.delete; (self as t).m(1);",
    "if": "if a then b; elsif c then d; else e; end if;",
    "case": "case x when 1 then a; when 2 then b; else c; end case;",
    "searched case": "<<k>> case when a > 1 then b; end case k;",
    "loops": "<<l>> loop exit l when a; continue l when b; exit; null; continue; end loop l;",
    "while": "while not done loop null; end loop;",
    "for range": "for i in reverse a.first .. nvl(a.last, 0) loop x := i; end loop;",
    "for parenthesised range": "for i in (a + 1) .. b loop null; end loop;",
    "for cursor": "for r in c loop null; end loop; for r in p.c(1, b => 2) loop null; end loop;",
    "for query": "for r in (select a, (select 1 from dual) b from t) loop p(r.a); end loop;",
    "for union": "for r in ((select 1 a from t) union (select 2 from t)) loop null; end loop;",
    "for with": "for r in (with w as (select 1 a from dual) select a from w) loop null; end loop;",
    "forall": """forall i in 1 .. x.count save exceptions insert into t values (x(i));
        forall i in indices of x between 1 and 9 update t set row = x(i) where id = y(i);
        forall i in values of idx delete from t where id = x(i).id
        returning id bulk collect into ids;
        forall i in 1 .. 2 execute immediate 'delete t where a = :1' using x(i);
        forall i in 1 .. 2 merge into t using dual on (id = x(i))
        when matched then update set a = 1;
        forall i in 1 .. 2 insert into t values r(i);""",
    "goto": "goto done; <<done>> null;",
    "several labels": "<<a>> <<b>> begin null; end b;",
    "return raise": """if a then return; end if; return (a + b); raise; raise no_data_found; raise
        p.e;""",
    "nested block": """declare a number; begin begin null; exception when e1 or p.e2 then x;
        when others then y; raise; end; end;""",
    "open": "open c; open c(1, p => 2); open p.c; open :cv for select 1 from dual;",
    "open for": """open rc for 'select ' || x using a, in b; open rc for with q as (select 1 a from
    dual)
        select * from q; open rc for select * from t where x = y;""",
    "fetch": """fetch c into a, r.b, x(i); fetch c bulk collect into a limit 100 * 2;
        fetch c bulk collect into a; fetch :cv into :x; close c; close :cv;""",
    "execute": """execute immediate 'begin p; end;';
        execute immediate s into a, b using in c, d, out e, in out f;
        execute immediate 'x' || y bulk collect into t;
        execute immediate s using a returning into b, c;
        execute immediate s using a returning bulk collect into b;""",
    "select into": """select a, b into x, r.y from t where c = d;
        select a bulk collect into t from u; select count(*) into n(i) from t;
        with w as (select 1 a from dual) select a into x from w;
        select max(a) keep (dense_rank last order by b) into x from t;""",
    "dml": """insert into t (a, b) values (1, x) returning id, rowid into l_id, l_r;
        insert into t select * from u; insert into t values r; insert into t (a) values r.x(1);
        update t set a = b, c = (select max(d) from e) where f = g return a bulk collect into h;
        update t set row = r where current of c; delete t where current of c;
        delete from t where x in (1, 2);
        merge into t using (select 1 id from dual) s on (t.id = s.id)
        when matched then update set a = case when b = 1 then 2 end delete where c = 1
        when not matched then insert (id) values (s.id);
        insert all when a > 1 then into t values (a) else into u values (b) select a, b from v;
        lock table t in exclusive mode nowait;""",
    "transactions": """commit; commit work; commit comment 'x' write nowait; rollback; rollback to
    sp;
        rollback work to savepoint sp; savepoint sp; set transaction read only;""",
    "pragma": "pragma inline(f, 'YES'); x := f(1);",
}

EXPRESSIONS: dict[str, str] = {
    "arithmetic": "-a ** 2 * b / c + d - e || f mod 2 rem 3",
    "comparison": "a = 1 and b <> 2 or not c != 3 and d ^= 4 and e ~= 5 and f <= 6 or g >= 7",
    "conditions": """a is null and b is not null and c in (1, 2) and d not in ('x') and e between 1
        and 2""",
    "like": "a like 'x%' and b not like '_!' escape '!' and c likec 'x'",
    "collections": """a member of b and c not member d and e submultiset of f and g is a set and h
        is empty""",
    "not collections": "a is not a set or b is not empty or c is nan or d is not infinite",
    "multiset": "a multiset union b multiset except distinct c multiset intersect all d",
    "case": "case when a then 1 when b then 2 else 3 end + case x when 1 then 'a' end",
    "literals": "date '2020-01-01' + interval '1 02' day(2) to hour - interval '1.5' second(2, 3)",
    "timestamp": "timestamp '2020-01-01 00:00:00 UTC' at time zone 'America/Sao_Paulo' at local",
    "numbers": "1 + 1. + .5 + 1e-3 + 1.5f + 2d",
    "booleans": "true and not false or null",
    "strings": "q'[it's]' || N'x' || nq'!a!' || '' || 'it''s'",
    "attributes": "c%found and p.c%notfound or sql%rowcount > sql%bulk_rowcount(i) + x(1)%rowcount",
    "bulk exceptions": "sql%bulk_exceptions.count + sql%bulk_exceptions(i).error_index",
    "calls": "f(a => 1)(2).g(3).h.i(j)(k) + x.y.z@remote(1)",
    "conversions": "cast(a as number(10, 2)) + cast(multiset(select 1 from dual) as ids).count",
    "functions": "extract(year from d) + trim(both 'x' from s) + trim(leading from s) + trim(s)",
    "treat": "treat(a as ref shape).id + treat(a as p.shape).m(1)",
    "new": "new shape(1, b => 2).area + new p.t",
    "cursor": "f(cursor(select 1 from t))",
    "subquery in": "a in (select b from c)",
    "json": "json_value(doc, '$.a.b' returning number) + json_object('k' value v)",
    "conversion errors": "to_number(x default 0 on conversion error)",
    "quantities": "count(*) + count(distinct x)",
    "type test": "a is of (only shape, p.circle) and b is not of type (x)",
    "binds": ":1 + :name + :new.x + : spaced",
    "window": "sum(a) over (partition by b order by c)",
    "nested parentheses": "((a + (b)) * ((c))) + 1",
    "sqlcode": "sqlcode = -1 and sqlerrm(-1) is not null and user = 'X'",
}
