-- Settings of the session that compiles: every warning on, two of them errors (5005: function without return value,
-- 6009: "when others" that swallows). Capture swallows on purpose (the statement of the ERP must go on), so it is
-- compiled with 6009 as a plain warning.

alter session set plsql_warnings = 'enable:all', 'error:5005'
/
alter session set plscope_settings = 'identifiers:all, statements:all'
/
alter session set plsql_optimize_level = 2
/
