"""The server's side of the 12c password verifier (O5LOGON)."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from devkit.oracle.contracts import Verifier

VERIFIER_12C = 0x4815
KEY_ITERATIONS, SESSION_ITERATIONS = 4096, 3
_SPEEDY_KEY = b"AUTH_PBKDF2_SPEEDY_KEY"
_BLOCK = 16


def make_verifier(user: str, password: str) -> Verifier:
    """The verifier to store for ``user`` (folded); the clear password is not kept."""
    salt = os.urandom(16)
    return Verifier(user, salt, _password_key(password.encode(), salt))


def _password_key(password: bytes, salt: bytes) -> bytes:
    return hashlib.pbkdf2_hmac("sha512", password, salt + _SPEEDY_KEY, KEY_ITERATIONS, 64)


def check_password(verifier: Verifier, password: str) -> bool:
    """Whether ``password`` is that of the verifier."""
    return hmac.compare_digest(_password_key(password.encode(), verifier.salt), verifier.key)


def _encrypt(key: bytes, data: bytes) -> bytes:
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _decrypt(key: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK))).decryptor()
    return decryptor.update(data) + decryptor.finalize()


@dataclass(slots=True)
class Challenge:
    """One log-on: the server's half of the session key and, after phase two, the key itself."""

    verifier: Verifier
    server_part: bytes
    session_salt: bytes
    key: bytes = b""

    @classmethod
    def for_user(cls, verifier: Verifier) -> Challenge:
        return cls(verifier, os.urandom(32), os.urandom(16))

    @property
    def _hash(self) -> bytes:
        return hashlib.sha512(self.verifier.key + self.verifier.salt).digest()[:32]

    def pairs(self) -> list[tuple[str, str, int]]:
        """The reply to phase one."""
        return [
            ("AUTH_SESSKEY", _encrypt(self._hash, self.server_part).hex().upper(), 0),
            ("AUTH_VFR_DATA", self.verifier.salt.hex().upper(), VERIFIER_12C),
            ("AUTH_PBKDF2_CSK_SALT", self.session_salt.hex().upper(), 0),
            ("AUTH_PBKDF2_VGEN_COUNT", str(KEY_ITERATIONS), 0),
            ("AUTH_PBKDF2_SDER_COUNT", str(SESSION_ITERATIONS), 0),
        ]

    def accept(self, client_session_key: str, encrypted_password: str) -> bool:
        """Derive the key from the client's half; whether the password is right."""
        try:
            client_part = _decrypt(self._hash, bytes.fromhex(client_session_key)[:32])
            both = (client_part + self.server_part).hex().upper().encode()
            self.key = hashlib.pbkdf2_hmac(
                "sha512", both, self.session_salt, SESSION_ITERATIONS, 32
            )
            password = self.decrypt_password(encrypted_password)
        except ValueError:
            return False
        return password is not None and check_password(self.verifier, password)

    def decrypt_password(self, encrypted: str) -> str | None:
        """A password under the session key; None when it is not one."""
        data = bytes.fromhex(encrypted)
        if len(data) < 2 * _BLOCK or len(data) % _BLOCK:
            return None
        clear = _decrypt(self.key, data)[_BLOCK:]
        padding = clear[-1]
        if not 1 <= padding <= _BLOCK or clear[-padding:] != bytes((padding,)) * padding:
            return None
        try:
            return clear[:-padding].decode()
        except UnicodeDecodeError:
            return None

    def proof(self) -> str:
        """AUTH_SVR_RESPONSE: shows the client that the server knows the key too."""
        text = os.urandom(_BLOCK) + b"SERVER_TO_CLIENT"
        return _encrypt(self.key, text + bytes((_BLOCK,)) * _BLOCK).hex().upper()
