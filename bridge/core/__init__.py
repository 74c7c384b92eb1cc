"""The daemon's work, over the ports: no driver, no HTTP library."""

from __future__ import annotations
