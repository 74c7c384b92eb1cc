# ruff: noqa: S608 - every text here is made of constants of this module
"""Dictionary views over what compiling a unit has described (``plsql.described``), and V$ views."""

from __future__ import annotations

from devkit.oracle.catalog.view_model import DictionaryView, columns, yes

# Units of SYS are compiled when they are first used, so that nothing describes them here.
TABLE = """CREATE TABLE IF NOT EXISTS ora_dict.described (
   owner text NOT NULL, name text NOT NULL, type text NOT NULL, facts jsonb NOT NULL,
   PRIMARY KEY (owner, name, type))"""

_UNITS = (
    "ora_dict.described d JOIN ora_dict.objects o"
    " ON o.owner = d.owner AND o.name = d.name AND o.type = d.type"
)
_SUBPROGRAMS = f"{_UNITS} CROSS JOIN LATERAL jsonb_array_elements(d.facts -> 'subprograms') AS s(f)"
_LENGTH = "(a.f ->> 'length')::numeric"
_PRECISION = "(a.f ->> 'precision')::numeric"
_SCALE = "(a.f ->> 'scale')::numeric"

PROCEDURES = DictionaryView(
    "PROCEDURES",
    columns(
        """OWNER = o.owner
        OBJECT_NAME = o.name
        PROCEDURE_NAME = o.procedure_name
        OBJECT_ID = o.object_id::numeric
        SUBPROGRAM_ID = o.subprogram_id::numeric
        OVERLOAD = o.overload
        OBJECT_TYPE = o.type
        AGGREGATE = 'NO'::text
        PIPELINED = o.pipelined
        IMPLTYPEOWNER
        IMPLTYPENAME
        PARALLEL = 'NO'::text
        INTERFACE = 'NO'::text
        DETERMINISTIC = o.is_deterministic
        AUTHID = o.authid"""
    ),
    f"""(SELECT b.owner, b.name, NULL::text AS procedure_name, b.object_id,
   CASE WHEN b.type = 'PACKAGE' THEN 0 ELSE 1 END AS subprogram_id, NULL::text AS overload, b.type,
   {yes("e.facts @@ '$.subprograms[0].pipelined == true' AND b.type = 'FUNCTION'")} AS pipelined,
   {yes("e.facts @@ '$.subprograms[0].deterministic == true' AND b.type = 'FUNCTION'")}
   AS is_deterministic, b.authid
   FROM ora_dict.objects b LEFT JOIN ora_dict.described e
   ON e.owner = b.owner AND e.name = b.name AND e.type = b.type
   WHERE b.type IN ('PROCEDURE', 'FUNCTION', 'PACKAGE', 'TRIGGER', 'TYPE')
   UNION ALL SELECT d.owner, d.name, s.f ->> 'name', o.object_id, (s.f ->> 'id')::int,
   s.f ->> 'overload', d.type, {yes("(s.f -> 'pipelined')::boolean")},
   {yes("(s.f -> 'deterministic')::boolean")}, o.authid
   FROM {_SUBPROGRAMS} WHERE d.type = 'PACKAGE') o""",
    "o.owner",
    "o.name",
)

ARGUMENTS = DictionaryView(
    "ARGUMENTS",
    columns(
        f"""OWNER = d.owner
        OBJECT_NAME = s.f ->> 'name'
        PACKAGE_NAME = CASE WHEN d.type = 'PACKAGE' THEN d.name END
        OBJECT_ID = o.object_id::numeric
        OVERLOAD = s.f ->> 'overload'
        SUBPROGRAM_ID = (s.f ->> 'id')::numeric
        ARGUMENT_NAME = a.f ->> 'name'
        POSITION = (a.f ->> 'position')::numeric
        SEQUENCE = (a.f ->> 'sequence')::numeric
        DATA_LEVEL = 0::numeric
        DATA_TYPE = a.f ->> 'type'
        DEFAULTED = CASE WHEN (a.f -> 'defaulted')::boolean THEN 'Y' ELSE 'N' END
        DEFAULT_VALUE
        IN_OUT = a.f ->> 'mode'
        DATA_LENGTH = {_LENGTH}
        DATA_PRECISION = {_PRECISION}
        DATA_SCALE = {_SCALE}
        TYPE_OWNER = a.f ->> 'owner'
        TYPE_NAME = a.f ->> 'type_name'
        TYPE_SUBNAME = a.f ->> 'subname'
        PLS_TYPE = a.f ->> 'pls'"""
    ),
    f"{_SUBPROGRAMS} CROSS JOIN LATERAL jsonb_array_elements(s.f -> 'arguments') AS a(f)",
    "d.owner",
    "d.name",
)

TYPES = DictionaryView(
    "TYPES",
    columns(
        f"""OWNER = d.owner
        TYPE_NAME = d.name
        TYPECODE = t.f ->> 'code'
        ATTRIBUTES = jsonb_array_length(coalesce(t.f -> 'attributes', '[]'))::numeric
        METHODS = jsonb_array_length(coalesce(t.f -> 'methods', '[]'))::numeric
        PREDEFINED = 'NO'::text
        INCOMPLETE = 'NO'::text
        FINAL = {yes("coalesce((t.f -> 'final')::boolean, true)")}
        INSTANTIABLE = {yes("coalesce((t.f -> 'instantiable')::boolean, true)")}
        SUPERTYPE_OWNER = t.f ->> 'super_owner'
        SUPERTYPE_NAME = t.f ->> 'supertype'"""
    ),
    f"{_UNITS} CROSS JOIN LATERAL (SELECT d.facts -> 'type') AS t(f)",
    "d.owner",
    "d.name",
    where="d.type = 'TYPE'",
)

_ELEMENT = f"""TYPE_NAME = d.name
        ATTR_NAME = a.f ->> 'name'
        ATTR_TYPE_OWNER = a.f ->> 'owner'
        ATTR_TYPE_NAME = coalesce(a.f ->> 'type_name', a.f ->> 'type')
        LENGTH = {_LENGTH}
        PRECISION = {_PRECISION}
        SCALE = {_SCALE}
        ATTR_NO = (a.f ->> 'number')::numeric"""

TYPE_ATTRS = DictionaryView(
    "TYPE_ATTRS",
    columns(f"OWNER = d.owner\n{_ELEMENT}"),
    f"{_UNITS} CROSS JOIN LATERAL jsonb_array_elements(d.facts #> '{{type,attributes}}') AS a(f)",
    "d.owner",
    "d.name",
)

COLL_TYPES = DictionaryView(
    "COLL_TYPES",
    columns(
        f"""OWNER = d.owner
        TYPE_NAME = d.name
        COLL_TYPE = d.facts #>> '{{type,form}}'
        UPPER_BOUND = (d.facts #>> '{{type,limit}}')::numeric
        ELEM_TYPE_OWNER = a.f ->> 'owner'
        ELEM_TYPE_NAME = coalesce(a.f ->> 'type_name', a.f ->> 'type')
        LENGTH = {_LENGTH}
        PRECISION = {_PRECISION}
        SCALE = {_SCALE}"""
    ),
    f"{_UNITS} CROSS JOIN LATERAL (SELECT d.facts #> '{{type,element}}') AS a(f)",
    "d.owner",
    "d.name",
    where="d.facts #>> '{type,code}' = 'COLLECTION'",
)

TYPE_METHODS = DictionaryView(
    "TYPE_METHODS",
    columns(
        """OWNER = d.owner
        TYPE_NAME = d.name
        METHOD_NAME = a.f ->> 'name'
        METHOD_NO = (a.f ->> 'number')::numeric
        METHOD_TYPE = a.f ->> 'kind'
        PARAMETERS = (a.f ->> 'parameters')::numeric
        RESULTS = (a.f ->> 'results')::numeric"""
    ),
    f"{_UNITS} CROSS JOIN LATERAL jsonb_array_elements(d.facts #> '{{type,methods}}') AS a(f)",
    "d.owner",
    "d.name",
)

FAMILIES = (PROCEDURES, ARGUMENTS, TYPES, TYPE_ATTRS, COLL_TYPES, TYPE_METHODS)

# (name, text, audience)
SINGLES: tuple[tuple[str, str, str], ...] = (
    (
        "V_$LOCKED_OBJECT",
        'SELECT DISTINCT o.object_id::numeric AS "OBJECT_ID", s.sid::numeric AS "SESSION_ID",'
        ' s.username AS "ORACLE_USERNAME", s.osuser AS "OS_USER_NAME", s.process::text AS "PROCESS",'
        " CASE WHEN l.mode IN ('RowShareLock', 'RowExclusiveLock') THEN 3"
        " WHEN l.mode = 'ShareLock' THEN 4 WHEN l.mode = 'ShareRowExclusiveLock' THEN 5 ELSE 6 END"
        '::numeric AS "LOCKED_MODE" FROM pg_locks l JOIN pg_class c ON c.oid = l.relation'
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " JOIN ora_dict.objects o ON o.owner = n.nspname AND o.name = c.relname AND o.type = 'TABLE'"
        " JOIN ora_dict.sessions s ON s.backend = l.pid"
        " WHERE l.granted AND l.mode <> 'AccessShareLock' AND n.nspname <> 'SYS'",
        "CATALOG",
    ),
    (
        "DICTIONARY",
        'SELECT o.name AS "TABLE_NAME", NULL::text AS "COMMENTS" FROM ora_dict.objects o'
        " WHERE o.owner = 'SYS' AND o.type = 'VIEW'"
        " AND (ora_dict.sees_all(o.owner) OR ora_dict.visible(o.owner, o.name))",
        "PUBLIC",
    ),
    (
        "USER_CATALOG",
        'SELECT o.name AS "TABLE_NAME", o.type AS "TABLE_TYPE" FROM ora_dict.objects o'
        " WHERE o.owner = ora_dict.me() AND o.type IN ('TABLE', 'VIEW', 'SYNONYM', 'SEQUENCE')",
        "PUBLIC",
    ),
)

SYNONYMS = {"DICTIONARY": ("DICT",), "USER_CATALOG": ("CAT",)}

# Views of Oracle that a DBA reads and the stand-in has not: named when refused, not "does not exist".
_ABSENT_FAMILIES = """
SEGMENTS EXTENTS FREE_SPACE DATA_FILES TEMP_FILES PROFILES RECYCLEBIN DIRECTORIES DB_LINKS MVIEWS
TAB_PARTITIONS IND_PARTITIONS PART_TABLES PART_INDEXES LOBS IDENTIFIERS PLSQL_OBJECT_SETTINGS
STORED_SETTINGS TAB_STATISTICS TAB_COL_STATISTICS IND_STATISTICS TAB_MODIFICATIONS
TAB_IDENTITY_COLS TRIGGER_COLS OBJECT_TABLES PLSQL_TYPES PLSQL_COLL_TYPES PLSQL_TYPE_ATTRS
SCHEDULER_RUNNING_JOBS SCHEDULER_JOB_LOG SCHEDULER_PROGRAMS SCHEDULER_SCHEDULES SCHEDULER_WINDOWS
SCHEDULER_CHAINS SCHEDULER_JOB_ARGS SCHEDULER_GLOBAL_ATTRIBUTE QUEUE_SUBSCRIBERS QUEUE_SCHEDULES
AUDIT_TRAIL BLOCKERS WAITERS DDL_LOCKS DML_LOCKS HIST_SQLSTAT HIST_SNAPSHOT UNDO_EXTENTS
XML_TABLES POLICIES NESTED_TABLES VARRAYS TYPE_VERSIONS METHOD_PARAMS METHOD_RESULTS CLUSTERS
"""
_ABSENT_DYNAMIC = """
LOCK SQL SQLAREA SQLTEXT SQL_PLAN SQL_MONITOR SQLSTATS SQL_BIND_CAPTURE TRANSACTION OPEN_CURSOR
PROCESS SESSION_LONGOPS SESSTAT SYSSTAT SESSION_WAIT SESSION_EVENT SYSTEM_EVENT
ACTIVE_SESSION_HISTORY NLS_PARAMETERS NLS_VALID_VALUES PERSISTENT_QUEUES AQ TIMEZONE_NAMES
DATAFILE TABLESPACE LOG LOGFILE ARCHIVED_LOG UNDOSTAT SGA SGASTAT SGAINFO PGASTAT LIBRARYCACHE
ROWCACHE LATCH SEGMENT_STATISTICS RESOURCE_LIMIT SPPARAMETER SYSTEM_PARAMETER OPTION
RESERVED_WORDS SERVICES CONTAINERS PDBS LICENSE ACCESS DB_OBJECT_CACHE OBJECT_DEPENDENCY
SESSION_CONNECT_INFO TEMPSEG_USAGE CIRCUIT DISPATCHER
"""
_ABSENT_OTHERS = """
GV$SESSION GV$INSTANCE DICT_COLUMNS TAB ROLE_TAB_PRIVS ROLE_SYS_PRIVS ROLE_ROLE_PRIVS
"""
ABSENT = frozenset(
    [f"{form}_{name}" for form in ("USER", "ALL", "DBA") for name in _ABSENT_FAMILIES.split()]
    + [f"{prefix}${name}" for prefix in ("V", "GV") for name in _ABSENT_DYNAMIC.split()]
    + _ABSENT_OTHERS.split()
)
