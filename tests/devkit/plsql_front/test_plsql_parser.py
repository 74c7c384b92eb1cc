"""The parser: every construct of the grammar, the shape of the tree, Oracle's messages."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest
from plsql_samples import EXPRESSIONS, STATEMENTS, UNITS

from devkit.oracle.errors import OraError
from devkit.oracle.plsql import nodes as n
from devkit.oracle.plsql.lexer import significant, tokenize
from devkit.oracle.plsql.parser import (
    PlsqlSyntaxError,
    parse_block,
    parse_declarations,
    parse_expression,
    parse_unit,
    unit_header,
)

N = TypeVar("N", bound=n.Node)


def block(statements: str) -> n.Block:
    return parse_block(f"begin {statements} end;")


def first(statements: str) -> Any:
    return block(statements).statements[0]


def find(root: n.Node, cls: type[N]) -> list[N]:
    return [node for node in root.walk() if isinstance(node, cls)]


def shape(expr: n.Node) -> str:
    """An expression with all parentheses written out."""
    if isinstance(expr, n.BinaryOp):
        return f"({shape(expr.left)} {expr.op} {shape(expr.right)})"
    if isinstance(expr, n.UnaryOp):
        return f"({expr.op} {shape(expr.operand)})"
    if isinstance(expr, n.Name):
        return expr.text.lower()
    if isinstance(expr, n.NumberLiteral):
        return expr.text
    if isinstance(expr, n.Apply):
        return f"{shape(expr.target)}[{', '.join(shape(a.value) for a in expr.args)}]"
    if isinstance(expr, n.Dotted):
        return f"{shape(expr.base)}.{expr.member.folded.lower()}"
    if isinstance(expr, n.IsNull):
        return f"({shape(expr.operand)} is{' not' * expr.negated} null)"
    return type(expr).__name__


# --------------------------------------------------------------------------- the whole grammar


@pytest.mark.parametrize("name", UNITS)
def test_every_unit_parses(name: str) -> None:
    unit = parse_unit(UNITS[name].strip())
    assert unit.span.offset == 0
    assert unit.header == unit_header(UNITS[name].strip())


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_parses(name: str) -> None:
    assert block(STATEMENTS[name]).statements


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_expression_parses(name: str) -> None:
    expression = parse_expression(EXPRESSIONS[name])
    assert (expression.span.offset, expression.span.end) == (0, len(EXPRESSIONS[name]))


@pytest.mark.parametrize("name", UNITS)
def test_every_node_knows_its_place(name: str) -> None:
    text = UNITS[name].strip()
    unit = parse_unit(text)
    for node in unit.walk():
        span = node.span
        before = text[: span.offset]
        assert 0 <= span.first <= span.last < len(unit.all_tokens), node
        assert span.line == before.count("\n") + 1
        assert span.column == len(before) - (before.rfind("\n") + 1) + 1
        assert unit.all_tokens[span.first].offset == span.offset
        assert unit.all_tokens[span.last].end == span.end
        for child in node.children():
            assert span.offset <= child.span.offset
            assert child.span.end <= span.end, (node, child)


# --------------------------------------------------------------------------- expressions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a || b + c", "((a || b) + c)"),
        ("-a ** 2", "(- (a ** 2))"),
        ("a ** -b", "(a ** (- b))"),
        ("-a * b", "((- a) * b)"),
        ("a or b and not c = d", "(a OR (b AND (NOT (c = d))))"),
        ("not a is null", "(NOT (a is null))"),
        ("a mod b * c", "((a MOD b) * c)"),
        ("a + b is not null", "((a + b) is not null)"),
        ("a.b(c).d(e)(f)", "a.b[c].d[e][f]"),
        ("(a + b) * c", "((a + b) * c)"),
        ("a ^= b", "(a <> b)"),
    ],
)
def test_operators_bind_as_in_oracle(text: str, expected: str) -> None:
    assert shape(parse_expression(text)) == expected


def test_comparisons_do_not_chain() -> None:
    with pytest.raises(PlsqlSyntaxError, match="PLS-00103"):
        parse_expression("a < b < c")


def test_a_name_is_folded_and_keeps_its_spelling() -> None:
    name = parse_expression('Pkg."Mixed".x@Remote.World')
    assert isinstance(name, n.Name)
    assert name.folded == ("PKG", "Mixed", "X")
    assert [p.spelling for p in name.parts] == ["Pkg", "Mixed", "x"]
    assert [p.quoted for p in name.parts] == [False, True, False]
    assert name.link == "REMOTE.WORLD"


def test_an_application_is_not_decided_by_the_parser() -> None:
    found = parse_expression("a.b(c => 1, 2)")
    assert isinstance(found, n.Apply)
    assert isinstance(found.target, n.Name)
    assert [a.name.folded if a.name else None for a in found.args] == ["C", None]


def test_string_values_are_undone() -> None:
    found = parse_expression("'it''s'")
    assert isinstance(found, n.StringLiteral)
    assert found.value == "it's"


def test_number_suffixes_give_the_binary_types() -> None:
    kinds = [parse_expression(t) for t in ("1", "1f", "1.5d")]
    assert [(k.text, k.kind) for k in kinds if isinstance(k, n.NumberLiteral)] == [
        ("1", "NUMBER"),
        ("1", "FLOAT"),
        ("1.5", "DOUBLE"),
    ]


def test_interval_literals_keep_fields_and_precision() -> None:
    found = parse_expression("interval '1 02:03' day(3) to second(2)")
    assert isinstance(found, n.IntervalLiteral)
    assert (found.text, found.start, found.start_precision, found.end, found.end_precision) == (
        "1 02:03",
        "DAY",
        3,
        "SECOND",
        2,
    )


def test_special_sql_functions_stay_sql_text() -> None:
    found = parse_expression("1 + json_value(d, '$.x' returning number)")
    assert isinstance(found, n.BinaryOp)
    assert isinstance(found.right, n.SqlFunction)
    assert found.right.sql.text == "json_value(d, '$.x' returning number)"
    assert found.right.sql.base_offset == 4


def test_cursor_attributes_are_attributes_of_their_base() -> None:
    found = parse_expression("sql%bulk_exceptions(i).error_index")
    assert isinstance(found, n.Dotted)
    assert isinstance(found.base, n.Apply)
    assert isinstance(found.base.target, n.Attribute)
    assert found.base.target.name == "BULK_EXCEPTIONS"


# --------------------------------------------------------------------------- SQL cut out


def test_into_is_taken_out_and_places_stay() -> None:
    source = "begin select a, -- x\n b into r.x, y(i) from t where c = 'into'; end;"
    statement = parse_block(source).statements[0]
    assert isinstance(statement, n.SqlStatement)
    assert statement.kind == "SELECT"
    assert [shape(t) for t in statement.into] == ["r.x", "y[i]"]
    assert "into r.x" not in statement.text
    assert " ".join(statement.text.split()) == "select a, b from t where c = 'into'"
    for token in statement.tokens:
        place = token.offset - statement.base_offset
        assert statement.text[place : place + len(token.text)] == token.text


def test_bulk_collect_is_taken_out() -> None:
    statement = first("select a bulk collect into t from u;")
    assert (statement.bulk, [shape(t) for t in statement.into]) == (True, ["t"])
    assert statement.text.split() == ["select", "a", "from", "u"]


def test_an_inner_into_word_is_left_alone() -> None:
    statement = first("insert into t (a) select b from c;")
    assert statement.into == ()
    assert statement.text == "insert into t (a) select b from c"


def test_returning_keeps_its_list_and_loses_its_targets() -> None:
    statement = first("update t set a = 1 returning id, b bulk collect into ids, bs;")
    assert statement.returning
    assert statement.bulk
    assert [shape(t) for t in statement.into] == ["ids", "bs"]
    assert statement.text.rstrip() == "update t set a = 1 returning id, b"


def test_record_values_are_found() -> None:
    statement = first("insert into t values rec.part;")
    record = statement.record
    assert (record.kind, shape(record.value)) == ("VALUES", "rec.part")
    assert statement.text[record.start : record.end] == "rec.part"


def test_set_row_is_found_and_so_is_current_of() -> None:
    statement = first("update t set row = r(i) where current of c;")
    record, current = statement.record, statement.current_of
    assert statement.text[record.start : record.end] == "row = r(i)"
    assert record.kind == "ROW"
    assert current.cursor.text == "C"
    assert statement.text[current.start : current.end] == "current of c"


def test_conditional_compilation_reaches_into_sql() -> None:
    text = "begin insert into t values (1 $if $$x $then , 2 $else , $$plsql_line $end); end;"
    statement = parse_block(text).statements[0]
    assert isinstance(statement, n.SqlStatement)
    assert " ".join(statement.text.split()) == "insert into t values (1 , 1 )"
    dead = parse_block(text, {"X": True}).statements[0]
    assert isinstance(dead, n.SqlStatement)
    assert " ".join(dead.text.split()) == "insert into t values (1 , 2 )"


def test_semicolons_in_strings_and_comments_do_not_end_sql() -> None:
    statement = first("delete t where a = ';' /* ; */ and b = q'[;]'; x;")
    assert " ".join(statement.text.split()) == "delete t where a = ';' and b = q'[;]'"


def test_a_cursor_query_may_not_have_into() -> None:
    with pytest.raises(PlsqlSyntaxError, match='"INTO"'):
        parse_declarations("cursor c is select a into b from t;")


def test_a_forgotten_semicolon_after_sql_is_found_where_plsql_goes_on() -> None:
    with pytest.raises(PlsqlSyntaxError) as caught:
        parse_block("begin\n  update t set a = 1\n  end loop;\nend;")
    assert (caught.value.line, caught.value.column) == (3, 3)


# --------------------------------------------------------------------------- statements


def test_labels_belong_to_their_statement() -> None:
    loop = first("<<a>> <<b>> for i in 1 .. 2 loop exit a; end loop b;")
    assert isinstance(loop, n.ForRange)
    assert [label.folded for label in loop.labels] == ["A", "B"]


def test_a_missing_else_is_not_an_empty_else() -> None:
    assert first("case x when 1 then null; end case;").otherwise is None
    assert first("if a then null; end if;").otherwise is None


def test_a_cursor_loop_keeps_the_arguments_apart() -> None:
    loop = first("for r in p.c(1, b => 2) loop null; end loop;")
    assert isinstance(loop, n.ForCursor)
    assert shape(loop.cursor) == "p.c"
    assert len(loop.args) == 2


def test_using_modes_are_kept() -> None:
    statement = first("execute immediate s using a, in b, out c, in out d;")
    assert [u.mode for u in statement.using] == ["IN", "IN", "OUT", "IN OUT"]


def test_others_has_no_exception_names() -> None:
    text = "begin null; exception when a or b then x; when others then y; end;"
    handlers = parse_block(text).handlers
    assert [h.others for h in handlers] == [False, True]
    assert [e.text for e in handlers[0].exceptions] == ["A", "B"]


def test_call_is_a_block_of_one_statement() -> None:
    called = parse_block("call p.q(:a, 1)").statements[0]
    assert isinstance(called, n.CallStatement)
    assigned = parse_block("CALL f(:a) INTO :b").statements[0]
    assert isinstance(assigned, n.Assignment)
    assert isinstance(assigned.target, n.HostBind)


# --------------------------------------------------------------------------- units


def test_the_header_is_read_without_the_body() -> None:
    header = unit_header("create or replace package body erp.p is this is ( not pl/sql")
    assert (header.kind, header.owner, header.name) == ("PACKAGE BODY", "ERP", "P")
    assert header.or_replace


def test_the_source_starts_at_the_kind_word() -> None:
    text = "create or replace\n  editionable package p is end;"
    header = unit_header(text)
    assert text[header.start :].startswith("package p")
    assert header.editionable is True


def test_a_trigger_header_tells_when_it_fires() -> None:
    header = unit_header(UNITS["row trigger"])
    assert header.timing == "BEFORE"
    assert header.events == (("INSERT", ()), ("UPDATE", ("NAME", "CITY")), ("DELETE", ()))
    assert header.table == ("ERP", "CLIENTS")
    assert header.for_each_row
    assert not header.enabled
    assert header.follows == (("ERP", "FIRST"), ("SECOND",))


def test_a_block_has_a_header_of_its_own_kind() -> None:
    assert unit_header("  -- hello\n declare x number; begin null; end;").kind == "BLOCK"


def test_a_compound_trigger_has_its_sections_in_order() -> None:
    unit = parse_unit(UNITS["compound trigger"])
    assert isinstance(unit, n.TriggerUnit)
    assert isinstance(unit.body, n.CompoundBody)
    assert unit.timing == "COMPOUND"
    assert [s.timing for s in unit.body.sections] == [
        "BEFORE STATEMENT",
        "BEFORE EACH ROW",
        "AFTER EACH ROW",
        "AFTER STATEMENT",
    ]
    assert len(unit.body.declarations) == 3


def test_a_trigger_keeps_its_correlation_names_and_condition() -> None:
    unit = parse_unit(UNITS["row trigger"])
    assert isinstance(unit, n.TriggerUnit)
    assert (unit.old, unit.new) == ("O", "N")
    assert unit.when is not None
    assert isinstance(unit.body, n.Block)
    assignment = find(unit.body, n.Assignment)[0]
    assert isinstance(assignment.target, n.Dotted)
    assert isinstance(assignment.target.base, n.HostBind)


def test_unit_directives_know_the_unit() -> None:
    unit = parse_unit("create package erp.p is a varchar2(9) := $$plsql_unit; end;")
    assert [s.value for s in find(unit, n.StringLiteral)] == ["P"]


def test_wrapped_source_is_refused_by_name() -> None:
    with pytest.raises(OraError, match="wrapped"):
        parse_unit("create package p wrapped\na000000\n1\nabcd")


def test_a_parameter_list_and_its_modes() -> None:
    unit = parse_unit(UNITS["function options"])
    assert isinstance(unit, n.SubprogramUnit)
    spec = unit.definition.spec
    assert [(p.name.folded, p.mode, p.default is not None) for p in spec.parameters] == [
        ("A", "IN OUT", False),
        ("B", "IN", True),
        ("C", "IN", True),
    ]
    assert spec.options.deterministic
    assert spec.options.result_cache
    assert [r.text for r in spec.options.relies_on] == ["T1", "X.T2"]


def test_accessible_by_is_kept() -> None:
    unit = parse_unit(UNITS["package"])
    assert isinstance(unit, n.PackageSpec)
    assert unit.options.accessible_by is not None
    assert [(a.kind, a.name.text) for a in unit.options.accessible_by] == [
        ("PACKAGE", "Q"),
        ("TRIGGER", "T"),
    ]
    assert unit.options.authid == "DEFINER"


# --------------------------------------------------------------------------- errors


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("begin\n  x := ;\nend;", 2, 8, 'PLS-00103: Encountered the symbol ";"'),
        ("begin\nend;", 2, 1, 'PLS-00103: Encountered the symbol "END"'),
        ("begin null; end", 1, 16, 'Encountered the symbol "end-of-file"'),
        ("begin if a then null; end loop; end;", 1, 27, 'Encountered the symbol "LOOP"'),
        ("begin x = 1; end;", 1, 9, 'Encountered the symbol "="'),
        ("declare x; begin null; end;", 1, 10, 'Encountered the symbol ";"'),
        ("begin\n <<a>> loop null; end loop b; end;", 2, 28, "PLS-00113: END identifier 'B'"),
        ("begin null; exception when others then a; when b then c; end;", 1, 43, "PLS-00370"),
        ("begin null; end;\n/", 2, 1, 'Encountered the symbol "/"'),
        ("begin p(1,); end;", 1, 11, 'Encountered the symbol ")"'),
        ("begin select a from; end; x", 1, 27, 'Encountered the symbol "X"'),
    ],
)
def test_errors_have_oracles_words_and_place(
    text: str, line: int, column: int, message: str
) -> None:
    with pytest.raises(PlsqlSyntaxError) as caught:
        parse_block(text)
    assert caught.value.text.startswith(message) or message in caught.value.text
    assert (caught.value.line, caught.value.column) == (line, column)


def test_the_end_name_must_be_the_units() -> None:
    with pytest.raises(PlsqlSyntaxError) as caught:
        parse_unit("create package p is\nend q;")
    assert caught.value.text == (
        "PLS-00113: END identifier 'Q' must match 'P' at line 1, column 16"
    )


def test_a_variable_after_a_body_is_refused_as_oracle_does() -> None:
    with pytest.raises(PlsqlSyntaxError, match='symbol "X"'):
        parse_unit("create package body p is procedure q is begin null; end; x number; end;")


def test_the_message_lists_what_was_expected() -> None:
    with pytest.raises(PlsqlSyntaxError) as caught:
        parse_block("begin loop null; end if; end;")
    assert caught.value.text == (
        'PLS-00103: Encountered the symbol "IF" when expecting one of the following:\n\n   loop'
    )


MUTATED = ["package body", "compound trigger", "row trigger", "package", "type body", "procedure"]


@pytest.mark.parametrize("name", MUTATED)
def test_a_deleted_token_is_found_at_or_before_its_end_or_leaves_valid_code(name: str) -> None:
    """Most single deletions must be refused, never far in front of the gap."""
    text = UNITS[name].strip()
    tokens = significant(tokenize(text))[:-1]
    refused = 0
    for token in tokens:
        mutated = text[: token.offset] + " " * len(token.text) + text[token.end :]
        try:
            parse_unit(mutated)
        except PlsqlSyntaxError as error:
            refused += 1
            assert error.line >= token.line, (token, error)
    assert refused / len(tokens) > 0.75, (refused, len(tokens))


REQUIRED = {";", "(", ")", ":=", "BEGIN", "THEN", "LOOP", "IS", "END", "INTO", "RETURN", ".."}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_deleted_keyword_or_bracket_in_a_statement_is_an_error(name: str) -> None:
    text = f"begin {STATEMENTS[name]} end;"
    survivors = []
    for token in significant(tokenize(text))[:-1]:
        if token.value not in REQUIRED - {"INTO", "RETURN"}:
            continue
        mutated = text[: token.offset] + " " * len(token.text) + text[token.end :]
        try:
            parse_block(mutated)
        except PlsqlSyntaxError:
            continue
        survivors.append((token.value, token.offset, text[token.offset - 20 : token.end + 10]))
    # SQL's own grammar is checked by the SQL engine, so what stands inside SQL may survive
    inside_sql = [(s.span.offset, s.span.end + 1) for s in find(parse_block(text), n.SqlStatement)]
    real = [s for s in survivors if not any(a <= s[1] <= b for a, b in inside_sql)]
    assert real == []
