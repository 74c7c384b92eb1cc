# ruff: noqa: S608 - every text here is made of constants of this module
"""The dictionary views: one description each; USER_, ALL_ and DBA_ forms are made from it."""

from __future__ import annotations

from devkit.oracle.catalog import unit_views
from devkit.oracle.catalog.view_model import DictionaryView
from devkit.oracle.catalog.view_model import columns as _columns
from devkit.oracle.catalog.view_model import yes as _yes

# Oracle shows the data type of a column with its fractional digits: TIMESTAMP(6).
DATA_TYPE = """CASE WHEN c.kind LIKE 'TIMESTAMP%' THEN
 ... 'TIMESTAMP(' || coalesce(c.scale, 6) || ')' || substr(c.kind, 10)
 ... WHEN c.kind = 'NUMBER' AND c.scale = -127 THEN 'FLOAT'
 ... WHEN c.kind = 'INTERVAL DAY TO SECOND' THEN 'INTERVAL DAY(2) TO SECOND(6)'
 ... WHEN c.kind = 'INTERVAL YEAR TO MONTH' THEN 'INTERVAL YEAR(2) TO MONTH' ELSE c.kind END"""
DATA_LENGTH = """CASE c.kind WHEN 'NUMBER' THEN 22 WHEN 'DATE' THEN 7 WHEN 'CLOB' THEN 4000
 ... WHEN 'BLOB' THEN 4000 WHEN 'TIMESTAMP' THEN 11 WHEN 'TIMESTAMP WITH TIME ZONE' THEN 13
 ... WHEN 'BINARY_DOUBLE' THEN 8 WHEN 'BINARY_FLOAT' THEN 4 WHEN 'LONG' THEN 0
 ... ELSE CASE WHEN c.char_semantics THEN least(c.length * 4, 32767) ELSE c.length END
 ... END::numeric"""

_OBJECTS = DictionaryView(
    "OBJECTS",
    _columns(
        """OWNER = o.owner
        OBJECT_NAME = o.name
        SUBOBJECT_NAME
        OBJECT_ID = o.object_id::numeric
        DATA_OBJECT_ID = CASE WHEN o.type IN ('TABLE', 'INDEX') THEN o.object_id END::numeric
        OBJECT_TYPE = o.type
        CREATED = o.created
        LAST_DDL_TIME = o.last_ddl
        TIMESTAMP = to_char(o.stamp, 'YYYY-MM-DD:HH24:MI:SS')
        STATUS = o.status
        TEMPORARY = CASE WHEN o.temporary THEN 'Y' ELSE 'N' END
        GENERATED = CASE WHEN o.generated THEN 'Y' ELSE 'N' END
        SECONDARY = 'N'::text
        NAMESPACE = CASE o.type WHEN 'INDEX' THEN 4 WHEN 'TRIGGER' THEN 3 WHEN 'PACKAGE BODY' THEN 2
 ... WHEN 'TYPE BODY' THEN 2 WHEN 'QUEUE' THEN 10 ELSE 1 END::numeric"""
    ),
    "ora_dict.objects o",
    "o.owner",
    "o.name",
)

_TABLES = DictionaryView(
    "TABLES",
    _columns(
        """OWNER = t.owner
        TABLE_NAME = t.name
        TABLESPACE_NAME = CASE WHEN NOT t.temporary THEN coalesce(t.tablespace, 'USERS') END
        STATUS = 'VALID'::text
        NUM_ROWS#
        LAST_ANALYZED = NULL::timestamp(0)
        PARTITIONED = 'NO'::text
        TEMPORARY = CASE WHEN t.temporary THEN 'Y' ELSE 'N' END
        DURATION = CASE WHEN t.temporary THEN
        ... CASE WHEN t.delete_on_commit THEN 'SYS$TRANSACTION' ELSE 'SYS$SESSION' END END
        SECONDARY = 'N'::text
        NESTED = 'NO'::text
        READ_ONLY = 'NO'::text
        LOGGING = CASE WHEN t.temporary THEN 'NO' ELSE 'YES' END
        ROW_MOVEMENT = 'DISABLED'::text
        DROPPED = 'NO'::text"""
    ),
    "ora_dict.tables t",
    "t.owner",
    "t.name",
)

_COLUMN_LIST = f"""OWNER = c.owner
        TABLE_NAME = c.table_name
        COLUMN_NAME = c.name
        DATA_TYPE = {DATA_TYPE}
        DATA_TYPE_OWNER = c.type_name[1]
        DATA_LENGTH = {DATA_LENGTH}
        DATA_PRECISION = CASE WHEN c.kind = 'NUMBER' THEN c.precision END::numeric
        DATA_SCALE = CASE WHEN c.kind = 'NUMBER' OR c.kind LIKE 'TIMESTAMP%'
        ... THEN nullif(c.scale, -127) END::numeric
        NULLABLE = CASE WHEN c.nullable THEN 'Y' ELSE 'N' END
        COLUMN_ID = CASE WHEN NOT c.hidden THEN c.position END::numeric
        DEFAULT_LENGTH = length(coalesce(c.virtual_text, c.default_text))::numeric
        DATA_DEFAULT = coalesce(c.virtual_text, c.default_text)
        NUM_DISTINCT#
        CHAR_LENGTH = CASE WHEN c.kind IN ('VARCHAR2', 'CHAR', 'NVARCHAR2', 'NCHAR')
        ... THEN c.length ELSE 0 END::numeric
        CHAR_USED = CASE WHEN c.kind IN ('VARCHAR2', 'CHAR') THEN
        ... CASE WHEN c.char_semantics THEN 'C' ELSE 'B' END END
        CHARACTER_SET_NAME = CASE WHEN c.kind IN ('VARCHAR2', 'CHAR', 'CLOB', 'LONG')
        ... THEN 'CHAR_CS' END
        DEFAULT_ON_NULL = {_yes("c.default_on_null")}
        IDENTITY_COLUMN = {_yes("c.identity IS NOT NULL")}
        HIDDEN_COLUMN = {_yes("c.hidden")}
        VIRTUAL_COLUMN = {_yes("c.virtual_text IS NOT NULL")}
        INTERNAL_COLUMN_ID = c.position::numeric""".replace("\n TO", " TO").replace(
    "\n WHEN", " WHEN"
)


_TAB_COLS = DictionaryView(
    "TAB_COLS", _columns(_COLUMN_LIST), "ora_dict.columns c", "c.owner", "c.table_name"
)
_TAB_COLUMNS = DictionaryView(
    "TAB_COLUMNS",
    tuple(
        column
        for column in _TAB_COLS.columns
        if column[0] not in ("HIDDEN_COLUMN", "VIRTUAL_COLUMN", "INTERNAL_COLUMN_ID")
    ),
    "ora_dict.columns c",
    "c.owner",
    "c.table_name",
    where="NOT c.hidden",
)

_CONSTRAINTS = DictionaryView(
    "CONSTRAINTS",
    _columns(
        """OWNER = c.owner
        CONSTRAINT_NAME = c.name
        CONSTRAINT_TYPE = c.kind
        TABLE_NAME = c.table_name
        SEARCH_CONDITION = c.condition
        SEARCH_CONDITION_VC = c.condition
        R_OWNER = c.r_owner
        R_CONSTRAINT_NAME = c.r_name
        DELETE_RULE = c.delete_rule
        STATUS = CASE WHEN c.enabled THEN 'ENABLED' ELSE 'DISABLED' END
        DEFERRABLE = CASE WHEN c.is_deferrable THEN 'DEFERRABLE' ELSE 'NOT DEFERRABLE' END
        DEFERRED = CASE WHEN c.is_deferred THEN 'DEFERRED' ELSE 'IMMEDIATE' END
        VALIDATED = CASE WHEN c.validated THEN 'VALIDATED' ELSE 'NOT VALIDATED' END
        GENERATED = CASE WHEN c.generated THEN 'GENERATED NAME' ELSE 'USER NAME' END
        LAST_CHANGE = c.last_change
        INDEX_OWNER = CASE WHEN c.index_name IS NOT NULL THEN c.owner END
        INDEX_NAME = c.index_name
        INVALID
        VIEW_RELATED
        BAD
        RELY"""
    ),
    "ora_dict.constraints c",
    "c.owner",
    "c.table_name",
)

_CONS_COLUMNS = DictionaryView(
    "CONS_COLUMNS",
    _columns(
        """OWNER = c.owner
        CONSTRAINT_NAME = c.name
        TABLE_NAME = c.table_name
        COLUMN_NAME = k.name
        POSITION = CASE WHEN c.kind <> 'C' THEN k.n END::numeric"""
    ),
    "ora_dict.constraints c CROSS JOIN LATERAL unnest(c.columns) WITH ORDINALITY k(name, n)",
    "c.owner",
    "c.table_name",
)

_INDEXES = DictionaryView(
    "INDEXES",
    _columns(
        """OWNER = i.owner
        INDEX_NAME = i.name
        INDEX_TYPE = CASE WHEN true = ANY (i.expressions) THEN 'FUNCTION-BASED ' ELSE '' END
        ... || CASE WHEN i.bitmap THEN 'BITMAP' ELSE 'NORMAL' END
        TABLE_OWNER = i.table_owner
        TABLE_NAME = i.table_name
        TABLE_TYPE = 'TABLE'::text
        UNIQUENESS = CASE WHEN i.is_unique THEN 'UNIQUE' ELSE 'NONUNIQUE' END
        COMPRESSION = 'DISABLED'::text
        TABLESPACE_NAME = coalesce(i.tablespace, 'USERS')
        STATUS = CASE WHEN i.usable THEN 'VALID' ELSE 'UNUSABLE' END
        PARTITIONED = 'NO'::text
        TEMPORARY = 'N'::text
        GENERATED = CASE WHEN i.generated THEN 'Y' ELSE 'N' END
        VISIBILITY = CASE WHEN i.visible THEN 'VISIBLE' ELSE 'INVISIBLE' END
        FUNCIDX_STATUS = CASE WHEN true = ANY (i.expressions) THEN 'ENABLED' END
        NUM_ROWS#"""
    ),
    "ora_dict.indexes i",
    "i.owner",
    "i.table_name",
)

_IND_COLUMNS = DictionaryView(
    "IND_COLUMNS",
    _columns(
        """INDEX_OWNER = i.owner
        INDEX_NAME = i.name
        TABLE_OWNER = i.table_owner
        TABLE_NAME = i.table_name
        COLUMN_NAME = CASE WHEN i.expressions[k.n] THEN 'SYS_NC0000' || k.n || '$' ELSE k.name END
        COLUMN_POSITION = k.n::numeric
        COLUMN_LENGTH#
        DESCEND = CASE WHEN i.descending[k.n] THEN 'DESC' ELSE 'ASC' END"""
    ),
    "ora_dict.indexes i CROSS JOIN LATERAL unnest(i.columns) WITH ORDINALITY k(name, n)",
    "i.owner",
    "i.table_name",
    owner_column="INDEX_OWNER",
)

_IND_EXPRESSIONS = DictionaryView(
    "IND_EXPRESSIONS",
    _columns(
        """INDEX_OWNER = i.owner
        INDEX_NAME = i.name
        TABLE_OWNER = i.table_owner
        TABLE_NAME = i.table_name
        COLUMN_EXPRESSION = k.name
        COLUMN_POSITION = k.n::numeric"""
    ),
    "ora_dict.indexes i CROSS JOIN LATERAL unnest(i.columns) WITH ORDINALITY k(name, n)",
    "i.owner",
    "i.table_name",
    where="i.expressions[k.n]",
    owner_column="INDEX_OWNER",
)

_SEQUENCES = DictionaryView(
    "SEQUENCES",
    _columns(
        """SEQUENCE_OWNER = s.owner
        SEQUENCE_NAME = s.name
        MIN_VALUE = s.minimum
        MAX_VALUE = s.maximum
        INCREMENT_BY = s.increment
        CYCLE_FLAG = CASE WHEN s.cycle THEN 'Y' ELSE 'N' END
        ORDER_FLAG = CASE WHEN s.ordered THEN 'Y' ELSE 'N' END
        CACHE_SIZE = s.cache
        LAST_NUMBER = ora_dict.next_number(s.owner, s.name)"""
    ),
    "ora_dict.sequences s",
    "s.owner",
    "s.name",
    owner_column="SEQUENCE_OWNER",
)

_VIEWS = DictionaryView(
    "VIEWS",
    _columns(
        """OWNER = v.owner
        VIEW_NAME = v.name
        TEXT_LENGTH = length(v.text)::numeric
        TEXT = v.text
        TEXT_VC = left(v.text, 4000)
        READ_ONLY = CASE WHEN v.read_only THEN 'Y' ELSE 'N' END"""
    ),
    "ora_dict.views v",
    "v.owner",
    "v.name",
)

_SYNONYMS = DictionaryView(
    "SYNONYMS",
    _columns(
        """OWNER = s.owner
        SYNONYM_NAME = s.name
        TABLE_OWNER = s.target_owner
        TABLE_NAME = s.target
        DB_LINK"""
    ),
    "ora_dict.synonyms s",
    "s.owner",
    "s.name",
)

_SOURCE = DictionaryView(
    "SOURCE",
    _columns(
        r"""OWNER = s.owner
        NAME = s.name
        TYPE = s.type
        LINE = k.n::numeric
        TEXT = k.line || CASE WHEN k.n < k.last THEN chr(10) ELSE '' END"""
    ),
    "ora_dict.source s CROSS JOIN LATERAL (SELECT line, n, count(*) OVER () AS last FROM"
    " string_to_table(s.text, chr(10)) WITH ORDINALITY x(line, n)) k",
    "s.owner",
    "s.name",
)

_ERRORS = DictionaryView(
    "ERRORS",
    _columns(
        """OWNER = e.owner
        NAME = e.name
        TYPE = e.type
        SEQUENCE = e.sequence::numeric
        LINE = e.line::numeric
        POSITION = e.position::numeric
        TEXT = e.text
        ATTRIBUTE = e.attribute
        MESSAGE_NUMBER = e.message_number::numeric"""
    ),
    "ora_dict.errors e",
    "e.owner",
    "e.name",
)

_DEPENDENCIES = DictionaryView(
    "DEPENDENCIES",
    _columns(
        """OWNER = d.owner
        NAME = d.name
        TYPE = d.type
        REFERENCED_OWNER = d.r_owner
        REFERENCED_NAME = d.r_name
        REFERENCED_TYPE = d.r_type
        REFERENCED_LINK_NAME
        DEPENDENCY_TYPE = 'HARD'::text"""
    ),
    "ora_dict.dependencies d",
    "d.owner",
    "d.name",
)

_TRIGGERS = DictionaryView(
    "TRIGGERS",
    _columns(
        """OWNER = t.owner
        TRIGGER_NAME = t.name
        TRIGGER_TYPE = CASE WHEN t.timing IN ('COMPOUND', 'INSTEAD OF') THEN t.timing
        ... ELSE t.timing || CASE WHEN t.for_each_row THEN ' EACH ROW' ELSE ' STATEMENT' END END
        TRIGGERING_EVENT = array_to_string(t.events, ' OR ')
        TABLE_OWNER = t.table_owner
        BASE_OBJECT_TYPE = CASE WHEN t.timing = 'INSTEAD OF' THEN 'VIEW' ELSE 'TABLE' END
        TABLE_NAME = t.table_name
        COLUMN_NAME
        REFERENCING_NAMES = 'REFERENCING NEW AS NEW OLD AS OLD'::text
        WHEN_CLAUSE = t.when_text
        STATUS = CASE WHEN t.enabled THEN 'ENABLED' ELSE 'DISABLED' END
        DESCRIPTION = t.name
        ACTION_TYPE = 'PL/SQL     '::text
        TRIGGER_BODY = s.text
        CROSSEDITION = 'NO'::text"""
    ),
    "ora_dict.triggers t LEFT JOIN ora_dict.source s"
    " ON s.owner = t.owner AND s.name = t.name AND s.type = 'TRIGGER'",
    "t.owner",
    "t.name",
)

_TAB_COMMENTS = DictionaryView(
    "TAB_COMMENTS",
    _columns(
        """OWNER = t.owner
        TABLE_NAME = t.name
        TABLE_TYPE = t.type
        COMMENTS = t.comment_text"""
    ),
    "(SELECT owner, name, 'TABLE' AS type, comment_text FROM ora_dict.tables"
    " UNION ALL SELECT owner, name, 'VIEW', comment_text FROM ora_dict.views) t",
    "t.owner",
    "t.name",
)

_COL_COMMENTS = DictionaryView(
    "COL_COMMENTS",
    _columns(
        """OWNER = c.owner
        TABLE_NAME = c.table_name
        COLUMN_NAME = c.name
        COMMENTS = c.comment_text"""
    ),
    "ora_dict.columns c",
    "c.owner",
    "c.table_name",
)

_QUEUES = DictionaryView(
    "QUEUES",
    _columns(
        """OWNER = q.owner
        NAME = q.name
        QUEUE_TABLE = q.queue_table
        QID = q.qid::numeric
        QUEUE_TYPE = q.queue_type
        MAX_RETRIES = q.max_retries
        RETRY_DELAY = q.retry_delay
        ENQUEUE_ENABLED = rpad(q.enqueue_enabled, 7)
        DEQUEUE_ENABLED = rpad(q.dequeue_enabled, 7)
        RETENTION = q.retention::text
        USER_COMMENT = q.comment_text"""
    ),
    "ora_dict.queues q",
    "q.owner",
    "q.name",
)

_QUEUE_TABLES = DictionaryView(
    "QUEUE_TABLES",
    _columns(
        """OWNER = q.owner
        QUEUE_TABLE = q.name
        TYPE = q.payload_type
        OBJECT_TYPE
        SORT_ORDER = q.sort_list
        RECIPIENTS = 'SINGLE'::text
        MESSAGE_GROUPING = 'NONE'::text
        COMPATIBLE = '10.0.0'::text
        USER_COMMENT = q.comment_text"""
    ),
    "ora_dict.queue_tables q",
    "q.owner",
    "q.name",
)

_JOBS = DictionaryView(
    "SCHEDULER_JOBS",
    _columns(
        """OWNER = j.owner
        JOB_NAME = j.name
        JOB_TYPE = j.job_type
        JOB_ACTION = j.job_action
        START_DATE = j.start_date
        REPEAT_INTERVAL = j.repeat_interval
        END_DATE = j.end_date
        ENABLED = CASE WHEN j.enabled THEN 'TRUE' ELSE 'FALSE' END
        AUTO_DROP = CASE WHEN j.auto_drop THEN 'TRUE' ELSE 'FALSE' END
        STATE = j.state
        RUN_COUNT = j.run_count::numeric
        MAX_RUNS = j.max_runs::numeric
        FAILURE_COUNT = j.failure_count::numeric
        MAX_FAILURES = j.max_failures::numeric
        LAST_START_DATE = j.last_start_date
        LAST_RUN_DURATION = j.last_run_duration
        NEXT_RUN_DATE = j.next_run_date
        COMMENTS = j.comment_text"""
    ),
    "ora_dict.jobs j",
    "j.owner",
    "j.name",
)

_JOB_RUNS = DictionaryView(
    "SCHEDULER_JOB_RUN_DETAILS",
    _columns(
        """LOG_ID = r.log_id::numeric
        LOG_DATE = r.log_date
        OWNER = r.owner
        JOB_NAME = r.job_name
        STATUS = r.status
        ERROR# = r.error_number::numeric
        ACTUAL_START_DATE = r.actual_start
        RUN_DURATION = r.run_duration
        ADDITIONAL_INFO = r.additional_info
        ERRORS = r.errors
        OUTPUT = r.output"""
    ),
    "ora_dict.job_runs r",
    "r.owner",
    "r.job_name",
)

_TAB_PRIVS_COLUMNS = _columns(
    f"""GRANTEE = g.grantee
    OWNER = g.owner
    TABLE_NAME = g.name
    GRANTOR = g.grantor
    PRIVILEGE = g.privilege
    GRANTABLE = {_yes("g.grantable")}
    HIERARCHY = 'NO'::text
    COMMON = 'NO'::text
    TYPE = (SELECT min(o.type) FROM ora_dict.objects o
    ... WHERE o.owner = g.owner AND o.name = g.name AND o.type NOT LIKE '% BODY')
    INHERITED = 'NO'::text"""
)

FAMILIES = (
    _OBJECTS, _TABLES, _TAB_COLS, _TAB_COLUMNS, _CONSTRAINTS, _CONS_COLUMNS, _INDEXES, _IND_COLUMNS,
    _IND_EXPRESSIONS, _SEQUENCES, _VIEWS, _SYNONYMS, _SOURCE, _ERRORS, _DEPENDENCIES, _TRIGGERS,
    _TAB_COMMENTS, _COL_COMMENTS, _QUEUES, _QUEUE_TABLES, _JOBS, _JOB_RUNS,
    *unit_views.FAMILIES,
)  # fmt: skip

_SYS_PRIVS = f'g.privilege, {_yes("g.admin")} AS "ADMIN_OPTION", \'NO\'::text AS "COMMON"'
_GRANTS_TO_ME = "FROM ora_dict.obj_grants g WHERE ora_dict.me() IN (g.owner, g.grantee, g.grantor)"
_USERS = """SELECT name AS "USERNAME", user_id::numeric AS "USER_ID", {more}created AS "CREATED",
 CASE WHEN maintained THEN 'YES' ELSE 'NO' END AS "COMMON",
 CASE WHEN maintained THEN 'Y' ELSE 'N' END AS "ORACLE_MAINTAINED" FROM ora_dict.users"""
_ACCOUNT = """CASE WHEN locked THEN 'LOCKED' ELSE 'OPEN' END AS "ACCOUNT_STATUS",
 locked_on AS "LOCK_DATE", NULL::timestamp(0) AS "EXPIRY_DATE",
 default_tablespace AS "DEFAULT_TABLESPACE", temporary_tablespace AS "TEMPORARY_TABLESPACE", """
_NLS = """SELECT p.name AS "PARAMETER", p.value AS "VALUE" FROM (VALUES
 ('NLS_LANGUAGE','AMERICAN'),('NLS_TERRITORY','AMERICA'),('NLS_CHARACTERSET','AL32UTF8'),
 ('NLS_NCHAR_CHARACTERSET','AL16UTF16'),('NLS_DATE_FORMAT','DD-MON-RR'),('NLS_SORT','BINARY'),
 ('NLS_COMP','BINARY'),('NLS_LENGTH_SEMANTICS','BYTE'),('NLS_NUMERIC_CHARACTERS','.,'),
 ('NLS_DATE_LANGUAGE','AMERICAN'),('NLS_CALENDAR','GREGORIAN'),('NLS_RDBMS_VERSION',
  split_part(current_setting('ora.release'), ' ', 2)))
 AS p(name, value)"""

# Of the session's release (``releases.Release``): 19.0.0.0.0, 19.24.0.0.0, the product's name.
_BASE = "split_part(current_setting('ora.release'), ' ', 1)"
_FULL = "split_part(current_setting('ora.release'), ' ', 2)"
_PRODUCT = "regexp_replace(current_setting('ora.release'), '^[^ ]+ [^ ]+ ', '')"
_BANNER = f"{_PRODUCT} || ' Release ' || {_BASE} || ' - stand-in for development'"

# (name, text, who may read it: PUBLIC or CATALOG)
SINGLES: tuple[tuple[str, str, str], ...] = (
    ("DUAL", "SELECT 'X'::text AS \"DUMMY\"", "PUBLIC"),
    (
        "USER_TAB_PRIVS",
        "SELECT "
        + ", ".join(f'{text} AS "{name}"' for name, text in _TAB_PRIVS_COLUMNS)
        + " "
        + _GRANTS_TO_ME,
        "PUBLIC",
    ),
    (
        "ALL_TAB_PRIVS",
        'SELECT g.grantor AS "GRANTOR", g.grantee AS "GRANTEE", g.owner AS "TABLE_SCHEMA",'
        f' g.name AS "TABLE_NAME", g.privilege AS "PRIVILEGE", {_yes("g.grantable")} AS "GRANTABLE"'
        " FROM ora_dict.obj_grants g WHERE g.grantee = ANY (ora_dict.grantees())"
        " OR ora_dict.me() IN (g.owner, g.grantor) OR ora_dict.sees_all()",
        "PUBLIC",
    ),
    (
        "DBA_TAB_PRIVS",
        "SELECT "
        + ", ".join(f'{text} AS "{name}"' for name, text in _TAB_PRIVS_COLUMNS)
        + " FROM ora_dict.obj_grants g",
        "CATALOG",
    ),
    (
        "USER_SYS_PRIVS",
        f'SELECT g.grantee AS "USERNAME", {_SYS_PRIVS} FROM ora_dict.sys_grants g'
        " WHERE g.grantee IN (ora_dict.me(), 'PUBLIC')".replace(
            "g.privilege,", 'g.privilege AS "PRIVILEGE",'
        ),
        "PUBLIC",
    ),
    (
        "DBA_SYS_PRIVS",
        f'SELECT g.grantee AS "GRANTEE", {_SYS_PRIVS} FROM ora_dict.sys_grants g'.replace(
            "g.privilege,", 'g.privilege AS "PRIVILEGE",'
        ),
        "CATALOG",
    ),
    (
        "USER_ROLE_PRIVS",
        f'SELECT g.grantee AS "USERNAME", g.role AS "GRANTED_ROLE",'
        f' {_yes("g.admin")} AS "ADMIN_OPTION",'
        " 'YES'::text AS \"DEFAULT_ROLE\" FROM ora_dict.role_grants g"
        " WHERE g.grantee IN (ora_dict.me(), 'PUBLIC')",
        "PUBLIC",
    ),
    (
        "DBA_ROLE_PRIVS",
        f'SELECT g.grantee AS "GRANTEE", g.role AS "GRANTED_ROLE",'
        f' {_yes("g.admin")} AS "ADMIN_OPTION",'
        " 'YES'::text AS \"DEFAULT_ROLE\" FROM ora_dict.role_grants g",
        "CATALOG",
    ),
    ("DBA_ROLES", 'SELECT name AS "ROLE" FROM ora_dict.roles', "CATALOG"),
    ("SESSION_ROLES", 'SELECT r AS "ROLE" FROM ora_dict.roles_of(ora_dict.me()) r', "PUBLIC"),
    (
        "SESSION_PRIVS",
        'SELECT DISTINCT privilege AS "PRIVILEGE" FROM ora_dict.sys_grants'
        " WHERE grantee = ANY (ora_dict.grantees())",
        "PUBLIC",
    ),
    ("USER_USERS", _USERS.format(more=_ACCOUNT) + " WHERE name = ora_dict.me()", "PUBLIC"),
    ("ALL_USERS", _USERS.format(more=""), "PUBLIC"),
    (
        "DBA_USERS",
        _USERS.format(
            more=_ACCOUNT
            + "profile AS \"PROFILE\", CASE WHEN key IS NULL THEN 'NONE' ELSE 'PASSWORD' END"
            + ' AS "AUTHENTICATION_TYPE", \'12C \'::text AS "PASSWORD_VERSIONS", '
        ),
        "CATALOG",
    ),
    (
        "PRODUCT_COMPONENT_VERSION",
        f'SELECT {_PRODUCT} || \' (stand-in for development)\' AS "PRODUCT", {_BASE} AS "VERSION",'
        f' {_FULL} AS "VERSION_FULL", \'Production\'::text AS "STATUS"',
        "PUBLIC",
    ),
    ("NLS_DATABASE_PARAMETERS", _NLS, "PUBLIC"),
    ("NLS_INSTANCE_PARAMETERS", _NLS, "PUBLIC"),
    (
        "NLS_SESSION_PARAMETERS",
        'SELECT j.key AS "PARAMETER", j.value AS "VALUE"'
        " FROM jsonb_each_text(coalesce(nullif(current_setting('ora.nls', true), ''),"
        " '{}')::jsonb) j",
        "PUBLIC",
    ),
    (
        "V_$SESSION",
        'SELECT s.sid::numeric AS "SID", s.serial::numeric AS "SERIAL#", s.username AS "USERNAME",'
        " CASE WHEN a.state = 'active' THEN 'ACTIVE' ELSE 'INACTIVE' END AS \"STATUS\","
        ' s.schemaname AS "SCHEMANAME", s.osuser AS "OSUSER", s.process::text AS "PROCESS",'
        ' s.machine AS "MACHINE", s.terminal AS "TERMINAL", s.program AS "PROGRAM",'
        ' \'USER\'::text AS "TYPE", s.module AS "MODULE", s.action AS "ACTION",'
        ' s.client_info AS "CLIENT_INFO", s.client_identifier AS "CLIENT_IDENTIFIER",'
        ' s.logon_time AS "LOGON_TIME", extract(epoch FROM now() - a.state_change)::int::numeric'
        ' AS "LAST_CALL_ET", a.wait_event AS "EVENT", a.wait_event_type AS "WAIT_CLASS",'
        " (SELECT b.sid FROM ora_dict.sessions b"
        ' WHERE b.backend = (pg_blocking_pids(s.backend))[1])::numeric AS "BLOCKING_SESSION",'
        ' \'FREEPDB1\'::text AS "SERVICE_NAME", s.backend::numeric AS "AUDSID"'
        " FROM ora_dict.sessions s JOIN pg_stat_activity a ON a.pid = s.backend",
        "CATALOG",
    ),
    # The session writes its figures into settings of its own before a query that names the view.
    (
        "V_$STATNAME",
        'SELECT n::numeric AS "STATISTIC#", t AS "NAME" FROM (VALUES (1, \'execute count\'))'
        " AS s(n, t)",
        "CATALOG",
    ),
    (
        "V_$MYSTAT",
        'SELECT current_setting(\'ora.sid\')::numeric AS "SID", 1::numeric AS "STATISTIC#",'
        " coalesce(current_setting('ora.execute_count', true), '0')::numeric AS \"VALUE\"",
        "CATALOG",
    ),
    (
        "V_$VERSION",
        f'SELECT {_BANNER} AS "BANNER", {_BANNER} || E\'\\nVersion \' || {_FULL} AS "BANNER_FULL",'
        f' {_BANNER} AS "BANNER_LEGACY", 0::numeric AS "CON_ID"',
        "PUBLIC",
    ),
    (
        "V_$INSTANCE",
        'SELECT 1::numeric AS "INSTANCE_NUMBER", \'FREE\'::text AS "INSTANCE_NAME",'
        f' \'localhost\'::text AS "HOST_NAME", {_BASE} AS "VERSION",'
        f' {_FULL} AS "VERSION_FULL", pg_postmaster_start_time()::timestamp(0)'
        ' AS "STARTUP_TIME", \'OPEN\'::text AS "STATUS"',
        "CATALOG",
    ),
    (
        "V_$DATABASE",
        "SELECT 'FREE'::text AS \"NAME\", 'READ WRITE'::text AS \"OPEN_MODE\","
        " 'NOARCHIVELOG'::text AS \"LOG_MODE\", 'PRIMARY'::text AS \"DATABASE_ROLE\"",
        "CATALOG",
    ),
    (
        "V_$PARAMETER",
        'SELECT p.name AS "NAME", p.value AS "VALUE", p.value AS "DISPLAY_VALUE" FROM (VALUES'
        f" ('compatible', substr({_BASE}, 1, 6)),('open_cursors','300'),('processes','300'),"
        " ('job_queue_processes','4'),"
        " ('db_name','FREE'),('nls_length_semantics','BYTE'),('max_string_size','STANDARD'))"
        " AS p(name, value)",
        "CATALOG",
    ),
    (
        "DBA_TABLESPACES",
        'SELECT t AS "TABLESPACE_NAME", 8192::numeric AS "BLOCK_SIZE", \'ONLINE\'::text AS "STATUS"'
        " FROM unnest(ARRAY['SYSTEM','SYSAUX','TEMP','USERS']) t",
        "CATALOG",
    ),
    (
        "USER_TABLESPACES",
        'SELECT t AS "TABLESPACE_NAME", 8192::numeric AS "BLOCK_SIZE", \'ONLINE\'::text AS "STATUS"'
        " FROM unnest(ARRAY['SYSTEM','SYSAUX','TEMP','USERS']) t",
        "PUBLIC",
    ),
)

# Columns that are LONG in Oracle; the other text columns are VARCHAR2.
LONG_COLUMNS = frozenset(
    {
        ("VIEWS", "TEXT"), ("TAB_COLUMNS", "DATA_DEFAULT"), ("TAB_COLS", "DATA_DEFAULT"),
        ("CONSTRAINTS", "SEARCH_CONDITION"), ("TRIGGERS", "TRIGGER_BODY"),
        ("IND_EXPRESSIONS", "COLUMN_EXPRESSION"),
    }
)  # fmt: skip

_PREFIX_PUBLIC = ("USER", "ALL")


def definitions() -> list[tuple[str, str, str]]:
    """Every view as (name, PostgreSQL SELECT text, audience)."""
    result = [*SINGLES, *unit_views.SINGLES]
    for view in FAMILIES:
        for form in view.forms:
            conditions = [view.where] if view.where else []
            columns = view.columns
            if form == "USER":
                conditions.append(f"{view.owner} = ora_dict.me()")
                columns = tuple(one for one in columns if one[0] != view.owner_column)
            elif form == "ALL":
                conditions.append(
                    f"(ora_dict.sees_all({view.owner}) OR ora_dict.visible({view.owner}, {view.object}))"
                )
            shown = ", ".join(f'{text} AS "{name}"' for name, text in columns)
            where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
            audience = "PUBLIC" if form in _PREFIX_PUBLIC else "CATALOG"
            result.append(
                (f"{form}_{view.name}", f"SELECT {shown} FROM {view.source}{where}", audience)
            )
    return result


def public_name(name: str) -> str:
    """The PUBLIC synonym: V$SESSION for V_$SESSION."""
    return name.replace("V_$", "V$", 1) if name.startswith("V_$") else name
