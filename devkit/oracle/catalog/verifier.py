"""The 12c password verifier: what the dictionary keeps instead of a password."""

from __future__ import annotations

import hashlib
import os

ITERATIONS = 4096


def make(password: str) -> tuple[bytes, bytes]:
    """Salt and PBKDF2 key for a new password."""
    salt = os.urandom(16)
    return salt, derive(password, salt)


def derive(password: str, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac(
        "sha512", password.encode(), salt + b"AUTH_PBKDF2_SPEEDY_KEY", ITERATIONS, 64
    )
