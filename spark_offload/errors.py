"""What can go wrong in a comparison, apart from the database's own errors."""

from __future__ import annotations


class OffloadError(Exception):
    """Base of all errors of this package."""


class DefinitionError(OffloadError):
    """The canonical row definition holds something that not every engine computes alike."""


class SeparatorInDataError(OffloadError):
    """A value holds the separator of the canonical text, so two rows could hash alike."""


class DuplicateKeysError(OffloadError):
    """A key occurs twice on one side; joined, it would be compared with the wrong row."""


class JavaNotFoundError(OffloadError):
    """No Java 17 or later: neither the system's nor that of the wheel."""


class CredentialError(OffloadError):
    """The reference to a password leads nowhere."""
