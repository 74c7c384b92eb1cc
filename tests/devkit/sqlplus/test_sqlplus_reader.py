"""The reader keeps to SQL*Plus's rules; chapters are of the SQL*Plus User's Guide and Reference, 19c."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from devkit.sqlplus.database import Failed, Result
from devkit.sqlplus.reader import Ended, Reader
from devkit.sqlplus.screen import Screen
from devkit.sqlplus.settings import Refused


class MemoryDatabase:
    """Implements ``Database``: a list of what was run."""

    def __init__(self) -> None:
        self.run_texts: list[str] = []
        self.answers: dict[str, tuple[list[str], list[tuple[object, ...]]]] = {}
        self.failing: dict[str, int] = {}
        self.ends: list[str] = []
        self.lines: list[str] = []

    def run(self, text: str) -> Result:
        self.run_texts.append(text)
        for part, code in self.failing.items():
            if part in text:
                raise Failed(f"ORA-{code:05}: refused", code)
        columns, rows = self.answers.get(text, ([], []))
        return Result(columns, rows, 0, has_errors="bad" in text)

    def enable_output(self) -> None:
        self.lines.append("enabled")

    def output(self) -> Iterator[str]:
        lines, self.lines = self.lines, []
        return iter(lines)

    def commit(self) -> None:
        self.ends.append("commit")

    def rollback(self) -> None:
        self.ends.append("rollback")


class Session:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = MemoryDatabase()
        self.terminal = io.StringIO()
        self.code: int | None = None

    def run(
        self, text: str, *arguments: str, answers: str = "", nls_lang: str = ".AL32UTF8"
    ) -> list[str]:
        """Run a script; what reached the database."""
        path = self.folder / "main.sql"
        path.write_text(text, encoding="utf-8")
        screen = Screen(self.terminal)
        reader = Reader(self.database, screen, answers=io.StringIO(answers), nls_lang=nls_lang)  # type: ignore[arg-type]
        try:
            reader.start(path, arguments)
        except Ended as exc:
            self.code = exc.code
        finally:
            screen.spool_off()
        return self.database.run_texts

    @property
    def shown(self) -> str:
        return self.terminal.getvalue()


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.chdir(tmp_path)
    return Session(tmp_path)


# --------------------------------------------------------------------------- chapter 4: what ends a statement


def test_a_semicolon_at_the_end_of_a_line_ends_sql_within_a_literal_too(session: Session) -> None:
    with pytest.raises(Refused, match="SP2-0734"):
        session.run("comment on table t is 'one;\ntwo'\n/\n")
    assert session.database.run_texts == ["comment on table t is 'one"]


def test_a_comment_behind_the_semicolon_keeps_it_from_ending(session: Session) -> None:
    assert session.run("select 1 from dual; -- one\n/\n") == ["select 1 from dual; -- one"]


def test_plsql_ends_with_a_slash_alone(session: Session) -> None:
    block = "begin\n   null;\n\n   null;\nend;"

    assert session.run(f"{block}\n/\ncreate or replace package p is\nend;\n/\n") == [
        block,
        "create or replace package p is\nend;",
    ]


def test_a_slash_runs_the_buffer_again(session: Session) -> None:
    assert session.run("delete from t;\n/\n") == ["delete from t", "delete from t"]


def test_a_blank_line_gives_sql_up_unless_sqlblanklines_is_on(session: Session) -> None:
    with pytest.raises(Refused, match="SP2-0734"):
        session.run("delete\n\nfrom t\n/\n")
    assert session.run("set sqlblanklines on\ndelete\n\nfrom t\n/\n") == ["delete\n\nfrom t"]


def test_a_dot_gives_the_statement_up(session: Session) -> None:
    assert session.run("delete from t\n.\ncommit;\n") == ["commit"]


def test_comments_between_statements_are_nothing(session: Session) -> None:
    assert session.run("-- a;\n/* b;\n/\n*/\nrem c\ncommit;\n") == ["commit"]


@pytest.mark.parametrize(
    "line", ["@other.sql", "#prompt x", "where a = 1 -", "x" * 2500], ids=["@", "#", "-", "long"]
)
def test_lines_that_sqlplus_reads_as_something_else_are_refused(
    session: Session, line: str
) -> None:
    with pytest.raises(Refused):
        session.run(f"delete from t\n{line}\n/\n")


def test_a_statement_without_an_end_is_refused(session: Session) -> None:
    with pytest.raises(Refused, match="never run"):
        session.run("delete from t\n")


@pytest.mark.parametrize(
    "line",
    ["host ls", "!ls", "connect a/b", "show errors", "variable x number", "set autocommit on", "set echo maybe",
     "nonsense", "whenever sqlerror stop", "column a fold_after", "accept x number", "spool a b c", "define x"],
)  # fmt: skip
def test_what_is_not_known_is_refused(session: Session, line: str) -> None:
    with pytest.raises(Refused):
        session.run(f"{line}\n")


# --------------------------------------------------------------------------- substitution


def test_variables_are_replaced_everywhere_and_a_dot_ends_the_name(session: Session) -> None:
    assert session.run("set verify off\ndefine a = one\nselect '&a..&A._x' from &&a;\n") == [
        "select 'one.one_x' from one"
    ]


def test_define_off_leaves_ampersands(session: Session) -> None:
    assert session.run("set define off\nselect 'R&D' from dual;\n") == ["select 'R&D' from dual"]


def test_an_unknown_variable_is_asked_for_once_or_each_time(session: Session) -> None:
    script = "set verify off\nselect &x from t;\nselect &x from t;\nselect &&y from t;\nselect &y from t;\n"

    assert session.run(script, answers="1\n2\n3\n") == [
        "select 1 from t", "select 2 from t", "select 3 from t", "select 3 from t",
    ]  # fmt: skip


def test_a_question_that_nobody_answers_is_refused(session: Session) -> None:
    with pytest.raises(Refused, match="nobody answers"):
        session.run("select &x from t;\n")


def test_arguments_are_numbered(session: Session) -> None:
    assert session.run("set verify off\nselect &1, &2 from t;\n", "a", "b") == [
        "select a, b from t"
    ]


def test_verify_shows_old_and_new_and_so_a_password(session: Session) -> None:
    session.run("define p = secret\nselect '&p' from t;\n")
    assert "new   1: select 'secret' from t" in session.shown
    session.terminal.truncate(0)
    session.run("set verify off\ndefine p = secret\nselect '&p' from t;\n")
    assert "secret" not in session.shown


def test_accept_asks_hides_and_has_a_default(session: Session) -> None:
    script = (
        "set verify off\naccept a char default 'USERS' prompt 'Where [USERS]: '\n"
        "accept b char prompt 'Password: ' hide\nselect '&a', '&b' from t;\n"
    )

    assert session.run(script, answers="\nsecret\n") == ["select 'USERS', 'secret' from t"]
    assert "Where [USERS]: Password: " in session.shown
    assert "secret" not in session.shown


def test_new_value_keeps_the_last_row_and_noprint_hides_it(session: Session) -> None:
    session.database.answers["select f from t"] = (["F"], [("a.sql",), ("b.sql",)])
    (session.folder / "b.sql").write_text("commit;\n")

    session.run("column f new_value g noprint\nselect f from t;\n@@&g\n")

    assert session.database.run_texts == ["select f from t", "commit"]
    assert "b.sql" not in session.shown


# --------------------------------------------------------------------------- scripts in scripts


def test_two_ats_look_beside_the_script_that_asks(session: Session) -> None:
    (session.folder / "sub").mkdir()
    (session.folder / "sub/a.sql").write_text("@@b\n@c.sql\n")
    (session.folder / "sub/b.sql").write_text("delete from b;\n")
    (session.folder / "c.sql").write_text("delete from c;\n")

    assert session.run("@@sub/a.sql\n") == ["delete from b", "delete from c"]


def test_a_missing_file_is_an_oserror(session: Session) -> None:
    session.run(
        "@@gone.sql\ncommit;\nwhenever oserror exit failure rollback\n@@gone.sql\ndelete from t;\n"
    )

    assert session.database.run_texts == ["commit"]
    assert (session.code, session.database.ends) == (1, ["rollback"])


def test_scripts_nest_to_a_depth_of_20(session: Session) -> None:
    with pytest.raises(Refused, match="SP2-0309"):
        session.run("@@main.sql\n")


def test_files_are_read_in_the_character_set_of_nls_lang(session: Session) -> None:
    assert session.run("select 'ã' from dual;\n") == ["select 'ã' from dual"]
    assert session.run("select 'ã' from dual;\n", nls_lang="")[-1] != "select 'ã' from dual"
    assert (
        session.run("select 'ã' from dual;\n", nls_lang=".WE8MSWIN1252")[-1]
        == "select 'Ã£' from dual"
    )


# --------------------------------------------------------------------------- errors and ends


def test_an_error_goes_on_unless_whenever_says_otherwise(session: Session) -> None:
    session.database.failing = {"gone": 942}

    session.run(
        "delete from gone;\ncommit;\nwhenever sqlerror exit failure rollback\ndelete from gone;\ncommit;\n"
    )

    assert session.database.run_texts == ["delete from gone", "commit", "delete from gone"]
    assert (session.code, session.database.ends) == (1, ["rollback"])


def test_the_code_of_the_error_is_cut_to_a_byte(session: Session) -> None:
    session.database.failing = {"gone": 942}
    session.run("whenever sqlerror exit sql.sqlcode\ndelete from gone;\n")

    assert (session.code, session.database.ends) == (942 % 256, ["commit"])


def test_a_unit_with_errors_is_a_warning_and_no_error(session: Session) -> None:
    session.run("whenever sqlerror exit failure\ncreate package bad is\n/\ncommit;\n")

    assert session.database.run_texts[-1] == "commit"
    assert "Warning: Package created with compilation errors." in session.shown


@pytest.mark.parametrize(
    ("end", "code", "transaction"),
    [("exit", 0, "commit"), ("exit failure rollback", 1, "rollback"), ("quit 7", 7, "commit")],
)
def test_exit_says_code_and_transaction(
    session: Session, end: str, code: int, transaction: str
) -> None:
    session.run(f"{end}\ndelete from t;\n")

    assert (session.code, session.database.ends, session.database.run_texts) == (
        code,
        [transaction],
        [],
    )


# --------------------------------------------------------------------------- output


def test_spool_copies_what_is_shown_and_termout_hides_it(session: Session) -> None:
    session.run(
        "spool log\nprompt one\nset termout off\nprompt two\nspool off\nset termout on\nprompt three\n"
    )

    assert (session.folder / "log.lst").read_text() == "one\ntwo\n"
    assert session.shown == "one\nthree\n"


def test_output_is_shown_when_serveroutput_is_on(session: Session) -> None:
    session.run("set serveroutput on size unlimited\nset feedback off\nexec work\n")

    assert session.database.run_texts == ["BEGIN work; END;"]
    assert session.shown == "enabled\n"


def test_a_hyphen_continues_a_command(session: Session) -> None:
    session.run("prompt one -\ntwo\n")

    assert session.shown == "one  two\n"
