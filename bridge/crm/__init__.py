"""CRMs over HTTP, one adapter each."""

from __future__ import annotations
