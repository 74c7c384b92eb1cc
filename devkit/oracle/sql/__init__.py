"""Oracle SQL on PostgreSQL.

::

    dialect, grammar   text → tokens → sqlglot tree (nothing of sqlglot's own translation is used)
    scope, typing      names, privileges, parameters; Oracle types and implicit conversions
    expressions,       tree → PostgreSQL text with its Oracle type; node classes and functions are
      conditions,      whitelists, everything else is refused by name
      passes/          one Oracle rule a module
    queries, joins,    query blocks, (+), WITH and set operators, CONNECT BY, ROWNUM and FETCH
      compound, hierarchy, row_limits
    dml, merge,        plans of DML: one statement, or row images for triggers
      assignment, plans, locks
    engine             translate, cache, describe; views and expressions for DDL
    executor, batch,   run: cursors, triggers, array DML, PL/SQL functions beforehand
      triggered, calls, cursors
    functions.sql      Oracle's functions as PostgreSQL functions of schema ora
    script             scripts as SQL*Plus reads them
"""
