"""Object types, JSON types and the objects of native packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import Plsql

SHAPE = """type t.shape as object (
   name varchar2(10), width number,
   constructor function shape(name varchar2) return self as result,
   member function area(factor number default 1) return number,
   member procedure grow(by_ number),
   member function renamed(n varchar2) return shape,
   static function unit return shape,
   map member function order_key return number
) not final"""
SHAPE_BODY = """type body t.shape as
   constructor function shape(name varchar2) return self as result is
   begin self.name := name; width := 1; return; end;
   member function area(factor number default 1) return number is begin return width * width * factor; end area;
   member procedure grow(by_ number) is begin width := width + by_; end grow;
   member function renamed(n varchar2) return shape is
      s shape := self;
   begin s.name := n; return s; end renamed;
   static function unit return shape is begin return shape('unit', 1); end unit;
   map member function order_key return number is begin return width; end order_key;
end;"""


@pytest.fixture
def shape(plsql: Plsql) -> Plsql:
    plsql.create(SHAPE)
    plsql.create(SHAPE_BODY)
    return plsql


def test_object_has_constructors_attributes_and_methods(shape: Plsql) -> None:
    block = """
    declare s t.shape := t.shape('sq', 3); u t.shape := new t.shape('own');
    begin
       dbms_output.put_line(s.name || s.area || s.area(2) || u.width);
       s.grow(2); dbms_output.put_line(s.width);
       dbms_output.put_line(s.renamed('x').renamed('y').name || s.name || t.shape.unit().area());
    end;"""
    assert shape.run(block) == ["sq9181", "5", "ysq1"]


def test_objects_compare_through_their_map_method(shape: Plsql) -> None:
    block = """
    declare a t.shape := t.shape('a', 2); b t.shape := t.shape('b', 3);
    begin if a < b and a <> b then dbms_output.put_line('less'); end if; end;"""
    assert shape.run(block) == ["less"]


def test_subtype_inherits_and_overrides(shape: Plsql) -> None:
    shape.create(
        "type t.box under t.shape (depth number, "
        "overriding member function area(factor number default 1) return number)"
    )
    shape.create(
        "type body t.box as overriding member function area(factor number default 1) return number is "
        "begin return width * depth; end; end;"
    )
    block = """
    declare s t.shape := t.box('b', 2, 10);
    begin
       dbms_output.put_line(s.area || case when s is of (t.box) then ' box' end);
       dbms_output.put_line(treat(s as t.box).depth);
    end;"""
    assert shape.run(block) == ["20 box", "10"]


def test_method_on_null_object_is_30625_and_attribute_06530(shape: Plsql) -> None:
    assert shape.fails("declare s t.shape; n number; begin n := s.area; end;").code == 30625
    assert shape.fails("declare s t.shape; begin s.name := 'x'; end;").code == 6530


def test_collection_of_objects(shape: Plsql) -> None:
    shape.sql("create or replace type t.shapes_ct as table of t.shape")
    block = """
    declare l t.shapes_ct := t.shapes_ct(t.shape('a', 1), t.shape('b', 2)); n number := 0;
    begin
       l.extend; l(3) := t.shape('c', 3);
       for i in 1 .. l.count loop n := n + l(i).area; end loop;
       l(1).width := 10; dbms_output.put_line(n || ' ' || l(1).area);
    end;"""
    assert shape.run(block) == ["14 100"]


def test_json_objects_parse_read_and_change(plsql_shared: Plsql) -> None:
    block = """
    declare
       j json_object_t := json_object_t.parse('{"a":{"b":[1,2.5,"x"]},"n":null,"t":"tu\\u00e7\\u00e3o"}');
       a json_array_t; k json_key_list; e json_element_t;
    begin
       a := j.get_object('a').get_array('b');
       dbms_output.put_line(a.get_size || a.get_number(1) || a.get_string(2) || j.get_string('t'));
       j.put('m', 7); j.put_null('z'); j.remove('a'); a.append('y'); j.put('arr', a);
       dbms_output.put_line(j.to_string);
       k := j.get_keys; dbms_output.put_line(k.count || k(1));
       if j.has('n') and j.get('n').is_null and not j.has('q') and j.get_string('q') is null then
          dbms_output.put_line('ok');
       end if;
       e := json_element_t.parse('[1]');
       if e.is_array then dbms_output.put_line(treat(e as json_array_t).get_size); end if;
    end;"""
    assert plsql_shared.run(block) == [
        "32.5xtução",
        '{"n":null,"t":"tução","m":7,"z":null,"arr":[1,2.5,"x","y"]}',
        "5n",
        "ok",
        "1",
    ]


@pytest.mark.parametrize(
    ("call", "construct"),
    [
        ("j.get_string('n')", "GET_STRING on a JSON value that is a date or number"),
        ("j.get_string('b')", "GET_STRING on a JSON value that is a boolean"),
        ("j.get_string('o')", "GET_STRING on a JSON value that is an object"),
        ("j.get_clob('n')", "GET_STRING on a JSON value that is a date or number"),
        ("j.get_number('s')", "GET_NUMBER on a JSON value that is a string"),
        ("to_char(j.get_date('n'))", "GET_DATE on a JSON value that is a date or number"),
        ("j.get('s').to_number", "TO_NUMBER on a JSON value that is a string"),
        ("j.get_array('a').get_string(0)", "GET_STRING on a JSON value that is a date or number"),
        ("j.get_object('a').to_string", "GET_OBJECT on a JSON value that is an array"),
        ("j.get_array('o').to_string", "GET_ARRAY on a JSON value that is an object"),
    ],
)
def test_a_getter_on_a_value_of_another_type_is_refused(
    plsql_shared: Plsql, call: str, construct: str
) -> None:
    block = f"""
    declare
       j json_object_t := json_object_t.parse('{{"n":7,"s":"8","b":true,"o":{{}},"a":[1]}}');
    begin
       dbms_output.put_line({call});
    end;"""
    error = plsql_shared.fails(block)
    assert error.code == 3001
    assert construct in error.text


def test_a_truth_value_of_a_string_and_error_levels_are_refused(plsql_shared: Plsql) -> None:
    begin = """declare j json_object_t := json_object_t.parse('{"s":"true"}'); begin """
    assert plsql_shared.fails(f"{begin} if j.get_boolean('s') then null; end if; end;").code == 3001
    assert plsql_shared.fails(f"{begin} j.on_error(1); end;").code == 3001
    assert plsql_shared.run(
        f"{begin} j.on_error(0); dbms_output.put_line(j.get_string('s')); end;"
    ) == ["true"]


def test_malformed_json_is_40441(plsql_shared: Plsql) -> None:
    assert (
        plsql_shared.fails(
            "declare j json_object_t := json_object_t.parse('{a'); begin null; end;"
        ).code
        == 40441
    )


def test_expectations_of_utplsql_chain(plsql_shared: Plsql) -> None:
    block = "begin ut.expect(1 + 1).to_equal(2); ut.expect('a', 'why').not_to_equal('b'); end;"
    assert plsql_shared.run(block) == []


def test_self_as_calls_the_method_of_the_supertype(plsql: Plsql) -> None:
    """Object-Relational Developer's Guide, "Generalized Invocation": (SELF AS supertype).method."""
    plsql.create(
        """type base_t as object (id number, member function show return varchar2,
           member procedure bump(self in out nocopy base_t), member function name return varchar2) not final;"""
    )
    plsql.create(
        """type body base_t as
           member function name return varchar2 is begin return 'base'; end;
           member function show return varchar2 is begin return self.name() || id; end;
           member procedure bump(self in out nocopy base_t) is begin id := id + 1; end; end;"""
    )
    plsql.create(
        """type sub_t under base_t (extra varchar2(5), overriding member function show return varchar2,
           overriding member procedure bump(self in out nocopy sub_t),
           overriding member function name return varchar2);"""
    )
    plsql.create(
        """type body sub_t as
           overriding member function name return varchar2 is begin return 'sub'; end;
           overriding member function show return varchar2 is
           begin return extra || '/' || (self as base_t).show() || '/' || (self as base_t).name(); end;
           overriding member procedure bump(self in out nocopy sub_t) is
           begin (self as base_t).bump(); id := id * 10; end; end;"""
    )
    # within the supertype's method SELF is still the object: its own NAME is called there
    block = """declare b base_t := sub_t(1, 'x'); begin b.bump(); dbms_output.put_line(b.show()); end;"""
    assert plsql.run(block) == ["x/sub20/base"]
