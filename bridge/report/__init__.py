"""Reports for people: a page that needs nothing but itself."""

from __future__ import annotations
