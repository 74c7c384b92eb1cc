"""The web server: webhooks in, health and metrics out."""

from __future__ import annotations
