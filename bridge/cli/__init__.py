"""The command line ``erpcrm``."""

from __future__ import annotations
