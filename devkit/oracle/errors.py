"""ORA errors: numbers and message templates, one table for every layer.

Texts are Oracle's (Database Error Messages); ``{0}``, ``{1}`` … stand for the arguments. Add a row
here rather than writing a text at the point of raising.
"""

from __future__ import annotations

MESSAGES: dict[int, str] = {
    1: "unique constraint ({0}) violated",
    54: "resource busy and acquire with NOWAIT specified or timeout expired",
    60: "deadlock detected while waiting for resource",
    900: "invalid SQL statement",
    903: "invalid table name",
    904: "{0}: invalid identifier",
    905: "missing keyword",
    907: "missing right parenthesis",
    911: "invalid character",
    913: "too many values",
    918: "column ambiguously defined",
    922: "missing or invalid option",
    923: "FROM keyword not found where expected",
    925: "missing INTO keyword",
    926: "missing VALUES keyword",
    932: "inconsistent datatypes: expected {0} got {1}",
    933: "SQL command not properly ended",
    936: "missing expression",
    939: "too many arguments for function",
    942: "table or view does not exist",
    947: "not enough values",
    955: "name is already used by an existing object",
    972: "identifier is too long",
    979: "not a GROUP BY expression",
    980: "synonym translation is no longer valid",
    1000: "maximum open cursors exceeded",
    1001: "invalid cursor",
    1002: "fetch out of sequence",
    1003: "no statement parsed",
    1006: "bind variable does not exist",
    1008: "not all variables bound",
    1013: "user requested cancel of current operation",
    1017: "invalid username/password; logon denied",
    1031: "insufficient privileges",
    1033: "ORACLE initialization or shutdown in progress",
    1086: "savepoint '{0}' never established in this session or is invalid",
    1400: "cannot insert NULL into ({0})",
    1403: "no data found",
    1407: "cannot update ({0}) to NULL",
    1422: "exact fetch returns more than requested number of rows",
    1427: "single-row subquery returns more than one row",
    1430: "column being added already exists in table",
    1438: "value larger than specified precision allowed for this column",
    1440: "column to be modified must be empty to decrease precision or scale",
    1441: "cannot decrease column length because some value is too big",
    1442: "column to be modified to NOT NULL is already NOT NULL",
    1451: "column to be modified to NULL cannot be modified to NULL",
    1452: "cannot CREATE UNIQUE INDEX; duplicate keys found",
    1471: "cannot create a synonym with same name as object",
    1476: "divisor is equal to zero",
    1489: "result of string concatenation is too long",
    1536: "space quota exceeded for tablespace '{0}'",
    1722: "invalid number",
    1733: "virtual column not allowed here",
    1749: "you may not GRANT/REVOKE privileges to/from yourself",
    1756: "quoted string not properly terminated",
    1779: "cannot modify a column which maps to a non key-preserved table",
    1830: "date format picture ends before converting entire input string",
    1839: "date not valid for month specified",
    1840: "input value not long enough for date format",
    1841: "(full) year must be between -4713 and +9999, and not be 0",
    1843: "not a valid month",
    1847: "day of month must be between 1 and last day of month",
    1850: "hour must be between 0 and 23",
    1851: "minutes must be between 0 and 59",
    1852: "seconds must be between 0 and 59",
    1858: "a non-numeric character was found where a numeric was expected",
    1861: "literal does not match format string",
    1917: "user or role '{0}' does not exist",
    1918: "user '{0}' does not exist",
    1919: "role '{0}' does not exist",
    1920: "user name '{0}' conflicts with another user or role name",
    1921: "role name '{0}' conflicts with another user or role name",
    1927: "cannot REVOKE privileges you did not grant",
    1929: "no privileges to GRANT",
    1940: "cannot drop a user that is currently connected",
    1950: "no privileges on tablespace '{0}'",
    2000: "missing {0} keyword",
    2201: "sequence not allowed here",
    2260: "table can have only one primary key",
    2261: "such unique or primary key already exists in the table",
    2264: "name already used by an existing constraint",
    2270: "no matching unique or primary key for this column-list",
    2275: "such a referential constraint already exists in the table",
    2289: "sequence does not exist",
    2290: "check constraint ({0}) violated",
    2291: "integrity constraint ({0}) violated - parent key not found",
    2292: "integrity constraint ({0}) violated - child record found",
    2293: "cannot validate ({0}) - check constraint violated",
    2298: "cannot validate ({0}) - parent keys not found",
    2303: "cannot drop or replace a type with type or table dependents",
    2429: "cannot drop index used for enforcement of unique/primary key",
    2437: "cannot validate ({0}) - primary key violated",
    2443: "Cannot drop constraint  - nonexistent constraint",
    2449: "unique/primary keys in table referenced by foreign keys",
    3001: "unimplemented feature: {0}",
    3113: "end-of-file on communication channel",
    4021: "timeout occurred while waiting to lock object {0}",
    4042: "procedure, function, package, or package body does not exist",
    4043: "object {0} does not exist",
    4061: "existing state of {0} has been invalidated",
    4063: "{0} has errors",
    4065: "not executed, altered or dropped {0}",
    4068: "existing state of packages{0} has been discarded",
    4080: "trigger '{0}' does not exist",
    4081: "trigger '{0}' already exists",
    4082: "NEW or OLD references not allowed in table level triggers",
    4084: "cannot change NEW values for this trigger type",
    4085: "cannot change the value of an OLD reference variable",
    4088: "error during execution of trigger '{0}'",
    4091: "table {0} is mutating, trigger/function may not see it",
    4092: "cannot {0} in a trigger",
    4098: "trigger '{0}' is invalid and failed re-validation",
    6502: "PL/SQL: numeric or value error{0}",
    6503: "PL/SQL: Function returned without value",
    6504: "PL/SQL: Return types of Result Set variables or query do not match",
    6508: "PL/SQL: could not find program unit being called: \"{0}\"",
    6511: "PL/SQL: cursor already open",
    6512: "at {0}",
    6519: "active autonomous transaction detected and rolled back",
    6530: "Reference to uninitialized composite",
    6531: "Reference to uninitialized collection",
    6532: "Subscript outside of limit",
    6533: "Subscript beyond count",
    6540: "PL/SQL: compilation error",
    6550: "line {0}, column {1}:\n{2}",
    6575: "Package or function {0} is in an invalid state",
    6592: "CASE not found while executing CASE statement",
    6598: "insufficient INHERIT PRIVILEGES privilege",
    8002: "sequence {0}.CURRVAL is not yet defined in this session",
    8177: "can't serialize access for this transaction",
    12899: "value too large for column {0} (actual: {1}, maximum: {2})",
    14551: "cannot perform a DML operation inside a query ",
    14552: "cannot perform a DDL, commit or rollback inside a query or DML ",
    20000: "{0}",
    22160: "element at index [{0}] does not exist",
    22275: "invalid LOB locator specified",
    24001: "cannot create QUEUE_TABLE, {0} already exists",
    24002: "QUEUE_TABLE {0} does not exist",
    24005: "Inappropriate utilities used to perform DDL on AQ table {0}",
    24006: "cannot create QUEUE, {0} already exists",
    24010: "QUEUE {0} does not exist",
    24011: "cannot drop QUEUE, {0} should be stopped first",
    24012: "cannot drop QUEUE_TABLE, some queues in {0} have not been dropped",
    24017: "cannot enable enqueue on QUEUE, {0} is an exception queue",
    24033: "no recipients for message",
    24344: "success with compilation error",
    24381: "error(s) in array DML",
    25205: "the QUEUE {0} does not exist",
    25206: "enqueue failed, enqueue to exception queue {0} not permitted",
    25207: "enqueue failed, queue {0} is disabled from enqueueing",
    25215: "user_data type and queue type do not match",
    25226: "dequeue failed, queue {0} is not enabled for dequeue",
    25228: "timeout or end-of-fetch during message dequeue from {0}",
    25263: "no message in queue {0} with message ID {1}",
    27367: "program \"{0}\" associated with this job is disabled",
    27475: "unknown job \"{0}\"",
    27477: "\"{0}\" already exists",
    28003: "password verification for the specified password failed",
    28008: "invalid old password",
    30006: "resource busy; acquire with WAIT timeout expired",
    30926: "unable to get a stable set of rows in the source tables",
    32044: "cycle detected while executing recursive WITH query",
    38104: "Columns referenced in the ON Clause cannot be updated: {0}",
    40441: "JSON syntax error",
}


class OraError(Exception):
    """An Oracle error on its way to the client or to a PL/SQL handler.

    ``position`` is the 0-based offset in the SQL text. ``lines`` holds the further lines of the error
    stack, outermost last, each complete ("ORA-06512: at \\"CRM_SYNC.CRM_OUTBOX\\", line 12").
    """

    def __init__(
        self, code: int, *args: object, position: int | None = None, text: str | None = None
    ) -> None:
        self.code = code
        self.text = text if text is not None else MESSAGES[code].format(*args)
        self.position = position
        self.lines: list[str] = []
        super().__init__(code, self.text)

    @property
    def message(self) -> str:
        """The first line as Oracle prints it: ``ORA-00942: table or view does not exist``."""
        return f"ORA-{self.code:05d}: {self.text}"

    @property
    def stack(self) -> str:
        """The whole error stack, one line each, as the client receives it."""
        return "\n".join([self.message, *self.lines])

    def __str__(self) -> str:
        return self.stack


def unsupported(construct: str) -> OraError:
    """The refusal for anything the stand-in does not know: names the construct."""
    return OraError(3001, construct)
