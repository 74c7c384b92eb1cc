"""The erpcrm daemon and its command line."""

from __future__ import annotations

__all__ = ["API_VERSION", "OLDEST_API_VERSION", "__version__"]

__version__ = "0.1.0"
API_VERSION = 1  # of crm_bridge_api
OLDEST_API_VERSION = 1  # oldest crm_bridge_api that this daemon speaks: at least the one before
