"""One row with the worst value of each column that a claim reads: it is claimed or parked, and the next one flows.

Each case undoes itself, so that nothing of it is seen by another.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import oracledb

BAD, GOOD = 990000001, 990000002

#: Two branches that both sides agree on; of both a webhook waits that shows what is agreed, but for its phone.
PREPARE = """
declare
   l_shown        json_object_t;
   l_inbox_id     number;
   l_is_duplicate varchar2(1 char);
   procedure one(in_branch in pls_integer, in_crm_id in number, out_key out varchar2) is
   begin
      out_key := crm_test_fixture.new_synced_branch(in_branch_code => in_branch, in_crm_id => in_crm_id);
      update crm_records r set r.agreed_stage = 'Ativação' where r.record_key = out_key;
      l_shown := json_object_t.parse(crm_test_fixture.lead(
         in_record_key => out_key, in_field_name => 'phone', in_value => '1122223333', in_crm_id => in_crm_id));
      l_shown.put('contacts', json_array_t.parse('[]'));
      crm_bridge_api.store_webhook(
         in_source => 'worst', in_event_type => 'LEAD_UPDATED', in_crm_id => in_crm_id, in_body => null,
         in_dedupe_key => rawtohex(sys_guid()) || rawtohex(sys_guid()), in_fields => l_shown.to_clob,
         out_inbox_id => l_inbox_id, out_is_duplicate => l_is_duplicate);
   end one;
begin
   crm_test_fixture.quiet;
   one(1, :bad_id, :bad_key);
   one(2, :good_id, :good_key);
end;
"""
#: Changes of both branches; the webhooks are out of their way.
CHANGES = """
begin
   update crm_inbox_events set status = 'DONE', settled_on = systimestamp where status = 'READY';
   update crm_records set agreed_hash = null where record_key in (:bad_key, :good_key);
   insert into crm_outbox_events (record_key, version, origin)
   values (:bad_key, crm_versions_seq.nextval, 'CAPTURE');
   insert into crm_outbox_events (record_key, version, origin)
   values (:good_key, crm_versions_seq.nextval, 'CAPTURE');
end;
"""
CLAIM = {
    direction: f"begin crm_bridge_api.claim_{direction}("
    "in_worker_id => 'worst', in_batch_size => 10, in_lease_seconds => 60, out_%s => :out); end;"
    % direction
    for direction in ("webhooks", "changes")
}
WEBHOOK = {"crm_inbox_events": "crm_id = :bad_id", "crm_records": "record_key = :bad_key"}
CHANGE = {
    "crm_outbox_events": "record_key = :bad_key and status = 'READY'",
    "crm_records": "record_key = :bad_key",
    "erp.branches": "client_code = 99000001 and code = 1",
    "erp.clients": "code = 99000001",
}
#: What a refused value leads to is no row of a claim: constraints, triggers, columns that are generated.
REFUSED = {
    "ORA-00001", "ORA-01400", "ORA-01407", "ORA-01438", "ORA-02290", "ORA-02291", "ORA-02292",
    "ORA-12899", "ORA-32796",
}  # fmt: skip
#: With these another row is meant, or none that is due: nothing is said of what becomes of the bad one.
NOT_DUE = {
    "status",
    "next_attempt_at",
    "lease_owner",
    "lease_until",
    "settled_on",
    "record_key",
    "crm_id",
}


class World:
    """One case in a transaction of its own."""

    def __init__(self, connection: oracledb.Connection) -> None:
        self.connection = connection
        self.binds: dict[str, Any] = {"bad_id": BAD, "good_id": GOOD}

    def __enter__(self) -> World:
        with self.connection.cursor() as cursor:
            keys = {name: cursor.var(str) for name in ("bad_key", "good_key")}
            cursor.execute(PREPARE, {**self.binds, **keys})
            self.binds |= {name: key.getvalue() for name, key in keys.items()}
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.connection.rollback()

    def run(self, sql: str, **binds: Any) -> list[tuple[Any, ...]]:
        names = {n: v for n, v in {**self.binds, **binds}.items() if f":{n}" in sql}
        with self.connection.cursor() as cursor:
            cursor.execute(sql, names)
            return list(cursor.fetchall()) if cursor.description else []

    def claim(self, direction: str) -> list[dict[str, Any]]:
        import oracledb

        with self.connection.cursor() as cursor:
            out = cursor.var(oracledb.DB_TYPE_CURSOR)
            cursor.execute(CLAIM[direction], {"out": out})
            rows = out.getvalue()
            names = [column.name.lower() for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows]

    def parked(self, direction: str) -> list[str]:
        return [
            str(detail)
            for (detail,) in self.run(
                "select detail from crm_parked_events_v where direction = :way"
                " and (crm_id = :bad_id or record_key = :bad_key)",
                way="INBOX" if direction == "webhooks" else "OUTBOX",
            )
        ]


def worst(kind: str, length: int, precision: int | None, scale: int | None) -> Iterator[Any]:
    """The values at the bounds of a type."""
    if kind in {"VARCHAR2", "CHAR"}:
        yield "€" * length
        yield ('\x01\x1f\x7f\n"\\' * length)[:length]
    elif kind == "NUMBER":
        digits = (precision or 38) - (scale or 0)
        yield 10**digits - 1
        yield -(10**digits - 1)
    elif kind == "CLOB":
        yield "[]"
        yield json.dumps({"stage": "A" * 5000, "contacts": {"a": 1}, "phone": ["1"]})
        yield '{"phone":' + "[" * 200 + "]" * 200 + "}"
    elif kind.startswith("TIMESTAMP"):
        yield "0001-01-01"
        yield "9999-12-31"
    elif kind == "RAW":
        yield b"\xff" * length
    elif kind == "BLOB":
        yield b"\x00\xff\xfe{" * 100


def columns(connection: oracledb.Connection, table: str) -> list[tuple[Any, ...]]:
    owner, _, name = ("CRM_SYNC." + table if "." not in table else table).upper().partition(".")
    with connection.cursor() as cursor:
        cursor.execute(
            "select lower(column_name), data_type, char_length, data_precision, data_scale, data_length"
            " from all_tab_columns where owner = :owner and table_name = :name order by column_id",
            {"owner": owner, "name": name},
        )
        return list(cursor.fetchall())


def spoil(world: World, table: str, column: str, kind: str, where: str, value: Any) -> bool:
    """Put the value in; False when the table does not take it."""
    import oracledb

    bind = "to_timestamp_tz(:v || ' 00:00 +00:00', 'YYYY-MM-DD HH24:MI TZH:TZM')"
    text = bind if kind.startswith("TIMESTAMP") else ":v"
    try:
        world.run(f"update {table} set {column} = {text} where {where}", v=value)
    except oracledb.DatabaseError as exc:
        assert exc.args[0].full_code in REFUSED, (table, column, exc)
        return False
    return True


def tried(connection: oracledb.Connection, direction: str, table: str, where: str) -> int:
    key = "record_key"
    done = 0
    for column, kind, chars, precision, scale, length in columns(connection, table):
        for value in worst(kind, int(chars or length), precision, scale):
            with World(connection) as world:
                if direction == "changes":
                    world.run(CHANGES)
                if not spoil(world, table, column, kind, where, value):
                    continue
                claimed = {row[key] for row in world.claim(direction)}
                case = (table, column, str(value)[:40])
                assert world.binds["good_key"] in claimed, case
                if column not in NOT_DUE and world.binds["bad_key"] not in claimed:
                    reasons = world.parked(direction)
                    left = world.run(
                        "select count(*) from crm_inbox_events where status = 'READY'"
                        " union all select count(*) from crm_outbox_events where status = 'READY'"
                    )
                    assert reasons or left == [(0,), (0,)], case
                done += 1
    return done


@pytest.mark.devkit
@pytest.mark.parametrize("table", sorted(WEBHOOK))
def test_the_worst_value_of_each_column_stops_no_other_webhook(
    connection: oracledb.Connection, table: str
) -> None:
    assert tried(connection, "webhooks", table, WEBHOOK[table]) > 20


@pytest.mark.devkit
@pytest.mark.parametrize("table", sorted(CHANGE))
def test_the_worst_value_of_each_column_stops_no_other_change(
    connection: oracledb.Connection, table: str
) -> None:
    assert tried(connection, "changes", table, CHANGE[table]) > (1 if "." in table else 15)


FIELDS = {
    "a stage of 5,000 characters": {"stage": "A" * 5000},
    "a stage that is an object": {"stage": {"a": 1}},
    "a stage that is an array": {"stage": ["Ativação"]},
    "a phone of 6,000 characters of three bytes": {"phone": "€" * 6000},
    "a phone that is an array": {"phone": [[1], {}]},
    "persons that are an object": {"contacts": {"person_id": 1}},
    "persons that are texts": {"contacts": ["x", 1, None, True]},
    "a person without anything": {"contacts": [{}]},
    "a person whose id is a text": {"contacts": [{"person_id": "abc", "name": "x"}]},
    "a person whose id is no number of Oracle": {"contacts": [{"person_id": 1e200}]},
    "a person whose name is an object": {"contacts": [{"person_id": 1, "name": {"a": 1}}]},
    "own_write that is an object": {"own_write": {"a": "S"}},
    "deep nesting": {"phone": json.loads("[" * 200 + "]" * 200)},
}


@pytest.mark.devkit
@pytest.mark.parametrize("case", FIELDS)
def test_a_webhook_that_shows_what_cannot_be_compared_is_read(
    connection: oracledb.Connection, case: str
) -> None:
    with World(connection) as world:
        ((text,),) = world.run("select fields from crm_inbox_events where crm_id = :bad_id")
        shown = json.loads(text if isinstance(text, str) else text.read())
        shown["phone"] = "1133334444"  # as agreed, so that every other field is looked at
        fields = json.dumps({**shown, **FIELDS[case]})
        world.run("update crm_inbox_events set fields = :v where crm_id = :bad_id", v=fields)

        claimed = {row["record_key"]: row for row in world.claim("webhooks")}

        assert set(claimed) == {world.binds["bad_key"], world.binds["good_key"]}
        if case not in {"a person without anything"}:
            assert claimed[world.binds["bad_key"]]["reads"] in {"BOTH", "LEAD", "CONTACTS"}


@pytest.mark.devkit
def test_a_webhook_that_cannot_be_claimed_is_parked_with_its_reason(
    connection: oracledb.Connection,
) -> None:
    with World(connection) as world:
        world.run("update crm_inbox_events set attempts = 999999999 where crm_id = :bad_id")

        claimed = {row["record_key"] for row in world.claim("webhooks")}

        assert claimed == {world.binds["good_key"]}
        (reason,) = world.parked("webhooks")
        assert reason.startswith("it cannot be claimed: ORA-01438")
        # the record is not kept from anybody
        assert world.run("select lease_owner from crm_records where record_key = :bad_key") == [
            (None,)
        ]


@pytest.mark.devkit
def test_an_older_webhook_takes_the_place_of_one_that_cannot_be_claimed(
    connection: oracledb.Connection,
) -> None:
    with World(connection) as world:
        world.run(
            "insert into crm_inbox_events (source, event_type, dedupe_key, crm_id, attempts) values"
            " ('worst', 'LEAD_UPDATED', rpad('a', 64, 'b'), :bad_id, 999999999)"
        )

        claimed = {row["record_key"] for row in world.claim("webhooks")}

        assert claimed == {world.binds["bad_key"], world.binds["good_key"]}
        assert len(world.parked("webhooks")) == 1


@pytest.mark.devkit
def test_a_webhook_of_an_unknown_lead_that_cannot_be_claimed_is_parked(
    connection: oracledb.Connection,
) -> None:
    with World(connection) as world:
        for crm_id, attempts in ((990000077, 999999999), (990000078, 0)):
            world.run(
                "insert into crm_inbox_events (source, event_type, dedupe_key, crm_id, attempts) values"
                " ('worst', 'LEAD_UPDATED', rpad(to_char(:id), 64, 'b'), :id, :attempts)",
                id=crm_id, attempts=attempts,
            )  # fmt: skip

        claimed = {row["crm_id"] for row in world.claim("webhooks")}

        assert claimed == {BAD, GOOD, 990000078}
        assert world.run("select status from crm_inbox_events where crm_id = 990000077") == [
            ("PARKED",)
        ]


@pytest.mark.devkit
def test_a_change_that_cannot_be_claimed_is_parked_with_its_reason(
    connection: oracledb.Connection,
) -> None:
    with World(connection) as world:
        world.run(CHANGES)
        world.run(
            "update crm_records set fence_token = 999999999999999 where record_key = :bad_key"
        )

        claimed = {row["record_key"] for row in world.claim("changes")}

        assert claimed == {world.binds["good_key"]}
        (reason,) = world.parked("changes")
        assert reason.startswith("it cannot be claimed: ORA-01438")
        assert world.run(
            "select status, reason_class from crm_outbox_events where record_key = :bad_key"
            " and status <> 'DELIVERED' order by event_id desc fetch first 1 row only"
        ) == [("PARKED", "validation")]


@pytest.mark.devkit
def test_what_is_lost_too_often_to_be_counted_stops_no_claim(
    connection: oracledb.Connection,
) -> None:
    with World(connection) as world:
        assert len(world.claim("webhooks")) == 2
        world.run("update crm_inbox_events set failures = 999999999 where crm_id = :bad_id")
        world.run("update crm_records set lease_until = systimestamp - interval '1' hour")

        claimed = {row["record_key"] for row in world.claim("webhooks")}

        assert world.binds["good_key"] in claimed
        assert len(world.parked("webhooks")) == 1


@pytest.mark.devkit
@pytest.mark.parametrize(
    ("code", "is_about_value"),
    [
        (-6502, True), (-1438, True), (-12899, True), (-40441, True), (-40478, True), (100, True),
        (-30625, True), (-20122, True), (-1847, True), (-1, True),
        # conflicts, space, rights, code, settings, the database itself
        (-54, False), (-60, False), (-1653, False), (-1555, False), (-942, False), (-4068, False),
        (-6508, False), (-20110, False), (-20130, False), (-20100, False), (-1013, False), (-600, False),
        (-4031, False), (-30006, False),
    ],
)  # fmt: skip
def test_only_what_the_next_attempt_meets_again_sets_a_row_aside(
    connection: oracledb.Connection, code: int, is_about_value: bool
) -> None:
    with connection.cursor() as cursor:
        answer = cursor.var(str)
        cursor.execute(
            "begin :answer := case when crm_err.is_about_value(in_code => :code) then 'S' else 'N' end; end;",
            {"answer": answer, "code": code},
        )
        assert answer.getvalue() == ("S" if is_about_value else "N")
