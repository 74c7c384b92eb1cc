"""The ports over an Oracle database: python-oracledb, thin, asynchronous."""

from __future__ import annotations
