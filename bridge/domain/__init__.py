"""What moves between the ERP and the CRM, without any I/O."""

from __future__ import annotations
