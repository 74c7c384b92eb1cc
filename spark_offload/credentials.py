"""Passwords by reference, so that none is pickled into a Spark plan or shown in its web page."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from spark_offload.errors import CredentialError


def resolve(reference: str, environ: Mapping[str, str] = os.environ) -> str:
    """The password behind ``env:NAME`` or ``file:PATH``, without a file's last line break."""
    scheme, _, where = reference.partition(":")
    if scheme == "env":
        if where not in environ:
            raise CredentialError(f"environment variable {where} is not set")
        return environ[where]
    if scheme == "file":
        try:
            return Path(where).read_text(encoding="utf-8").removesuffix("\n")
        except OSError as exc:
            raise CredentialError(f"cannot read {where}: {exc.strerror}") from exc
    raise CredentialError("a credential is env:NAME or file:PATH")


@contextmanager
def as_reference(password: str) -> Iterator[str]:
    """A reference to ``password`` for workers on this machine: a file that only this user can read,
    gone when the block ends. On a cluster give the workers a reference of their own instead."""
    handle, name = tempfile.mkstemp(prefix="erpcrm-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(password)
        yield f"file:{name}"
    finally:
        Path(name).unlink(missing_ok=True)
