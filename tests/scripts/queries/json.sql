-- Source: JSON Developer's Guide: "SQL/JSON Path Expressions", "Conditions JSON_EXISTS and IS JSON"; SQL Language Reference: JSON_OBJECT, JSON_MERGEPATCH, JSON_EQUAL

create table doc (id number, d clob constraint doc_json check (d is json));
insert into doc values (1, '{"a":1,"b":{"c":[10,20,{"d":"xyz"}]},"items":[{"n":"i1","q":5},{"n":"i2","q":null}],"s":"Mixed"}');
insert into doc values (2, '{"a":"1","items":{"n":"i2","q":7}}');

-- Filters: comparisons, &&, ||, !, exists, starts with, has substring; arrays are iterated.
select id from doc where json_exists(d, '$.items[*]?(@.n == "i2")') order by id;
-- expect: 1
-- expect: 2
select id from doc where json_exists(d, '$.items?(@.q > 5)');
-- expect: 2
select id from doc where json_exists(d, '$.items[*]?(@.n == "i1" && @.q >= 5)');
-- expect: 1
select id from doc where json_exists(d, '$.b.c[*]?(@.d starts with "xy" || @.d has substring "Q.")');
-- expect: 1
select id from doc where json_exists(d, '$.b.c[*]?(@.d has substring ".y")');
-- expect no rows
select id from doc where json_exists(d, '$.items[*]?(!exists(@.zz) && exists(@.q))') order by id;
-- expect: 1
-- expect: 2
select json_query(d, '$.items[*]?(@.q != null).n' with wrapper) from doc order by id;
-- expect: '["i1"]'
-- expect: '["i2"]'
select json_value(d, '$.items[*]?(@.q == 5).n') from doc where id = 1;
-- expect: 'i1'

-- Variables come from PASSING.
select d.id from doc d where json_exists(d.d, '$?(@.a == $x)' passing 1 as "x");
-- expect: 1
select id from doc where json_exists(d, '$.items[*]?(@.n == $n && @.q > $q)' passing 'i2' as "n", id * 3 as "q");
-- expect: 2
select id from doc where json_exists(d, '$?(@.a == $x)' passing '1" || 1 == 1 || "' as "x");
-- expect no rows
select id from doc where json_exists(d, '$?(@.a == $y)' passing 1 as "x");
-- expect error: ORA-40442

-- Positions, ranges, all fields, item methods.
select json_query(d, '$.b.c[0 to 1]' with wrapper), json_query(d, '$.b.c[0,last]' with wrapper),
  json_value(d, '$.b.c[last-1]'), json_query(d, '$.items[0].*' with wrapper) from doc where id = 1;
-- expect: '[10,20]' | '[10,{"d":"xyz"}]' | '20' | '["i1",5]'
select json_value(d, '$.items.size()' returning number), json_value(d, '$.s.upper()'), json_value(d, '$.s.length()' returning number),
  json_value(d, '$.a.type()'), json_value(d, '$.b.type()') from doc where id = 1;
-- expect: 2 | 'MIXED' | 5 | 'number' | 'object'
select json_value(d, '$.a.number()' returning number), json_value(d, '$.items.size()') from doc where id = 2;
-- expect: 1 | '1'
select json_value(d, '$.a.ceiling()') from doc;
-- expect error: ORA-03001: unimplemented feature: JSON path $.a.ceiling()
select id from doc where json_exists(d, '$?(@.a in (1, 2))');
-- expect error: ORA-03001: unimplemented feature: JSON path

-- Merging and comparing.
select json_mergepatch('{"a":1,"b":{"x":1,"y":2},"c":[1]}', '{"c":null,"b":{"x":9,"z":null},"d":{"e":null,"f":1}}') from dual;
-- expect: '{"a":1,"b":{"x":9,"y":2},"d":{"f":1}}'
select json_mergepatch('{"a":1}', '[1, 2]') from dual;
-- expect: '[1,2]'
select 1 from dual where json_equal('{"a":1,"b":[1,2]}', '{"b": [1,2], "a": 1}') and not json_equal('[1,2]', '[2,1]');
-- expect: 1
select json_object(*) from (select 1 id, 'x' name, cast(null as number) nothing from dual);
-- expect: '{"ID":1,"NAME":"x","NOTHING":null}'
select json_transform('{"a":1}', set '$.a' = 2) from dual;
-- expect error: ORA-03001: unimplemented feature: JSON_TRANSFORM

select 1 from dual where '{"a":1,"a":2}' is json and '{"a":1,"a":2}' is not json with unique keys;
-- expect: 1
select 1 from dual where '{"a":1}' is json strict and '{"a":1,}' is not json (strict) and '{"a":{"b":1}}' is json with unique keys;
-- expect: 1

-- Simple dot notation: needs a table alias and a column that IS JSON; names as they are written.
select x.d.a, x.d.b.c, x.d.items.n, x.d.A, x.d.b.zz.y from doc x order by x.id;
-- expect: '1' | '[10,20,{"d":"xyz"}]' | '["i1","i2"]' | null | null
-- expect: '1' | null | 'i2' | null | null
select x.id from doc x where x.d.items.q = '7';
-- expect: 2
create table plain (t varchar2(100));
select x.t.a from plain x;
-- expect error: ORA-00904
