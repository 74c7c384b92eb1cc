"""plsqlcheck: each rule is red on its bad example, green on its good one; directives, options."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from devkit.tools.plsqlcheck.__main__ import main
from devkit.tools.plsqlcheck.config import Config, ConfigError, from_table
from devkit.tools.plsqlcheck.model import RULES, Finding, Project, check_file, read

CONFIG = Config(
    paths=["plsql", "migrations"],
    layers=[["types"], ["core"], ["outbox"], ["api"]],
    raisers=["crm_err.raise_error"],
    positional=["ut.*", "*.put"],
    forbidden_words=["FORBIDDEN_SAMPLE"],
    max_line_length=80,
)


def project(example: str, config: Config = CONFIG) -> Project:
    """An example's files; each begins with a line that names it."""
    parts = re.split(r"^-- file: (\S+)\n", example, flags=re.MULTILINE)[1:]
    files = [read(path, text, config) for path, text in zip(parts[::2], parts[1::2], strict=True)]
    return Project(files, config)


def findings(example: str, config: Config = CONFIG) -> list[Finding]:
    found = project(example, config)
    return [f for file in found.files for f in check_file(file, found)]


def body(statements: str, path: str = "plsql/core/p.pkb") -> str:
    return f"""-- file: {path}
create or replace package body p is
   procedure run is
   begin
{statements}
   end run;
end p;
/
"""


@pytest.mark.parametrize("rule", RULES)
def test_the_bad_example_is_found(rule: str) -> None:
    found = findings(RULES[rule].bad)
    assert rule in {f.rule for f in found}
    assert "parse" not in {f.rule for f in found}


@pytest.mark.parametrize("rule", RULES)
def test_the_good_example_passes(rule: str) -> None:
    assert [f for f in findings(RULES[rule].good) if f.rule in (rule, "parse")] == []


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_one_sentence(rule: str) -> None:
    assert RULES[rule].text.endswith(".")


@pytest.mark.parametrize("rule", RULES)
def test_an_excused_path_is_not_checked(rule: str) -> None:
    config = Config(
        layers=CONFIG.layers,
        forbidden_words=CONFIG.forbidden_words,
        max_line_length=100,
        allow={rule: ["*"]},
    )
    assert rule not in {f.rule for f in findings(RULES[rule].bad, config)}


def test_a_finding_stands_where_the_fault_is() -> None:
    found = [f for f in findings(body("      x := 1;\n      commit;")) if f.rule == "transaction"]
    assert [(f.path, f.line, f.column) for f in found] == [("plsql/core/p.pkb", 5, 7)]


@pytest.mark.parametrize(
    "statements",
    [
        "      commit; -- plsqlcheck: allow transaction because of the DDL",
        "      -- plsqlcheck: allow transaction because of the DDL\n      commit;",
    ],
)
def test_a_directive_excuses_its_line_and_the_next(statements: str) -> None:
    assert findings(body(statements)) == []


def test_a_directive_without_reason_excuses_nothing() -> None:
    found = findings(body("      commit; -- plsqlcheck: allow transaction"))
    assert {f.rule for f in found} == {"transaction", "directive"}


def test_a_directive_that_excuses_nothing_is_a_finding() -> None:
    found = findings(body("      run; -- plsqlcheck: allow transaction because of habit"))
    assert [f.rule for f in found] == ["directive"]


def test_a_directive_for_an_unknown_rule_is_a_finding() -> None:
    found = findings(body("      run; -- plsqlcheck: allow everything because why not"))
    assert [f.rule for f in found] == ["directive"]


def test_a_syntax_error_is_a_finding_with_oracles_text() -> None:
    found = findings(body("      x := ;"))
    assert [(f.rule, f.line, f.column) for f in found] == [("parse", 4, 12)]
    assert found[0].text.startswith('PLS-00103: Encountered the symbol ";"')


def test_a_second_slash_is_a_finding() -> None:
    view = "create or replace view p as select 1 id from dual"
    found = findings(f"-- file: plsql/core/p.vw\n{view}\n/\n/\n")
    assert [(f.rule, f.line) for f in found] == [("parse", 3)]


@pytest.mark.parametrize(
    ("statement", "is_found"),
    [
        ("l := crm_x.f(1, 2);", True),
        ("l := crm_x.f(in_a => 1, in_b => 2);", False),
        ("l := crm_x.f(1, in_b => 2);", True),
        ("l := substr(x, 1, 2);", False),
        ("l := sys.standard.substr(x, 1, 2);", False),
        ("l.delete(1, 2);", False),
        ("l := crm_x.f(1);", False),
        ("ut.expect(1, 2);", False),
        ("l.put('a', 1);", False),
        ("l := x(1).m(1, 2);", True),
        ("insert into t (a) values (f(1, 2));", False),
    ],
)
def test_named_notation_knows_what_has_names(statement: str, is_found: bool) -> None:
    rules = [f.rule for f in findings(body(f"      {statement}"))]
    assert ("named-notation" in rules) is is_found


@pytest.mark.parametrize(
    ("handler", "is_found"),
    [
        ("raise;", False),
        ("log; raise;", False),
        ("raise; log;", True),
        ("crm_err.raise_error(in_number => 1);", False),
        ("if a then raise; else raise b; end if;", False),
        ("if a then raise; end if;", True),
        ("null;", True),
        ("return;", True),
    ],
)
def test_when_others_must_end_in_raise(handler: str, is_found: bool) -> None:
    statements = f"      run;\n   exception\n      when others then {handler}"
    assert ("when-others" in {f.rule for f in findings(body(statements))}) is is_found


@pytest.mark.parametrize(
    ("condition", "is_found"),
    [
        ("sqlcode = -54", True),
        ("-54 = sqlcode", True),
        ("sqlcode in (-1, -54)", True),
        ("sqlcode <> 0", False),
        ("sqlcode = crm_err.co_locked", False),
    ],
)
def test_sqlcode_is_not_compared_with_numbers(condition: str, is_found: bool) -> None:
    statements = f"      if {condition} then\n         run;\n      end if;"
    assert ("sqlcode-literal" in {f.rule for f in findings(body(statements))}) is is_found


def test_an_administrators_script_may_use_client_commands_and_variables() -> None:
    config = Config(scripts=["plsql/admin/*"])
    script = "set define on\n@@other.sql\ncreate user &&owner identified by x;\n"
    block = "begin\n   grant_to('&owner');\nend;\n/\n"
    assert findings(f"-- file: plsql/admin/setup.sql\n{script}{block}", config) == []
    elsewhere = findings(f"-- file: plsql/core/setup.sql\n{script}{block}", config)
    assert elsewhere != []


def test_the_command_line_exits_with_1_on_findings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "plsql" / "core"
    folder.mkdir(parents=True)
    (folder / "p.vw").write_text("create or replace view p as select 1 id from dual;\n")
    assert main(["--root", str(tmp_path), "--json", "plsql"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [(f["path"], f["rule"], f["line"]) for f in found] == [
        ("plsql/core/p.vw", "terminator", 1)
    ]


def test_the_command_line_exits_with_0_when_all_is_well(tmp_path: Path) -> None:
    (tmp_path / "p.vw").write_text("create or replace view p as select 1 id from dual\n/\n")
    assert main(["--root", str(tmp_path), "p.vw"]) == 0


def test_the_command_line_exits_with_2_on_a_missing_path(tmp_path: Path) -> None:
    assert main(["--root", str(tmp_path), "nowhere"]) == 2


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(ConfigError, match="max_lenght"):
        from_table({"max-lenght": 1})


def test_an_undo_has_a_head_of_its_own() -> None:
    good = (
        "-- file: migrations/undo/U0001__create_a.sql\n-- U0001__create_a\n"
        "-- Undoes: migrations/V0001__create_a.sql\n-- Loses:  its rows\n\ndrop table a\n/\n"
    )

    assert [f for f in findings(good) if f.rule == "migration-header"] == []
    assert [f.text for f in findings(good.replace("-- Loses:  its rows\n", ""))] == [
        "the header lacks Loses:"
    ]
    assert [f.text for f in findings(good.replace("/U0001", "/V0001"))] == [
        "an undo is named UNNNN__verb_object.sql",
        "the header begins with the migration's name",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "comment on table a is 'one;\ntwo'\n/\n",
        "create or replace package p is\n   /**\n   @param in_a  a\n   */\nend p;\n/\n",
    ],
)
def test_what_sqlplus_reads_otherwise_is_a_finding(text: str) -> None:
    assert [f.rule for f in findings(f"-- file: plsql/core/p.pks\n{text}")] == ["parse"]


def test_a_key_is_found_in_whatever_file_it_is_made() -> None:
    found = findings(
        """-- file: migrations/V0001__create_a.sql
create table a (b clob, c number(10, 2) unique, d timestamp(6) with time zone not null)
/
-- file: migrations/V0002__change_a.sql
alter table a add constraint a_uk unique (c, b)
/
alter table a add primary key (d)
/
alter table a add (e json unique, f timestamp with local time zone unique)
/
create unique index a_ix on a (d)
/
""",
        CONFIG,
    )
    keys = [(f.path[-12:], f.line, f.text) for f in found if f.rule == "key-type"]
    assert keys == [
        ("change_a.sql", 1, "b is a clob, which no key may have"),
        ("change_a.sql", 3, "d is a timestamp with time zone, which no key may have"),
        ("change_a.sql", 5, "e is a json, which no key may have"),
    ]


_TAKE = """-- file: plsql/core/p.pkb
create or replace package body p is
   procedure take(in_kind in varchar2) is
      cursor c_due is
         select c.id, r.person_id
           from crm_contact_records r
           join erp.contacts c
             on c.id = r.contact_id
            and c.id_crm = r.person_id
          where c.kind = in_kind
            and c.removed_on is null
            and not exists (select null from crm_gone g where g.id = c.id)
            for update of c.id_crm skip locked;
   begin
      open c_due;
      fetch c_due bulk collect into t_ids, t_person_ids;
      forall i in 1 .. t_ids.count
         update erp.contacts x
            set x.id_crm = null
          where x.id = t_ids(i){again};
   end take;
end p;
/
"""


def test_under_the_lock_the_state_of_the_locked_rows_is_asked_again_and_nothing_else() -> None:
    def found(again: str) -> list[str]:
        texts = [f.text for f in findings(_TAKE.replace("{again}", again))]
        return [text.partition(": ")[2] for text in texts if "under the lock" in text]

    assert found("") == ["c.id_crm = r.person_id", "c.removed_on is null"]
    assert found(" and x.removed_on is null") == ["c.id_crm = r.person_id"]
    assert found(" and x.removed_on is not null and x.id_crm = t_person_ids(i)") == [
        "c.removed_on is null"
    ]
    assert found(" and x.removed_on is null and x.id_crm = t_person_ids(i)") == []
