"""A reader of scripts that keeps to the rules of SQL*Plus, for trying scripts where there is none.

It runs a script line by line as the SQL*Plus User's Guide and Reference (19c) says: what ends a
statement, what is a command, what ``&`` is replaced by, what WHENEVER and EXIT do. What it does not
know it refuses, with the line, instead of guessing: a script that passes here holds nothing that
was not looked at. ``python -m devkit.sqlplus user/password@host:port/service @script.sql``.
"""

from __future__ import annotations
