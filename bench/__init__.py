"""Measurements: ratios and medians taken in one run on one machine, never asserted by tests."""

from __future__ import annotations
