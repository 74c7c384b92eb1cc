"""`make demo`: both sides on one machine, edits in both directions, a crash, and a proof."""

from __future__ import annotations
