"""The version function (59), which go-ora style clients call after authentication."""

from __future__ import annotations

from devkit.oracle.net.messages.auth import PARAMETER
from devkit.oracle.net.profile import Profile
from devkit.oracle.net.types import Reader, Writer


def read_version(reader: Reader, field_version: int) -> None:
    reader.u8()
    reader.ub()
    reader.raw(2)
    if field_version >= 11:
        reader.ub()


def write_version(writer: Writer, profile: Profile, field_version: int) -> None:
    writer.u8(PARAMETER)
    writer.long_text(profile.banner)
    writer.ub(profile.version_number(field_version))
