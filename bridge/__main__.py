"""``python -m bridge`` is ``erpcrm``."""

from __future__ import annotations

from bridge.cli.app import main

if __name__ == "__main__":
    main()
