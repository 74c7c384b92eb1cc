"""Applies ``migrations/`` and ``plsql/`` to a database, resumable and one at a time."""

from __future__ import annotations
