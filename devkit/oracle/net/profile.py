"""What the server announces about itself; the driver treats a 19c and a 23ai differently."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.oracle import releases
from devkit.oracle.releases import Release


@dataclass(frozen=True, slots=True)
class Profile:
    """``packet_size`` splits responses into packets of that size; None sends each as one packet.

    Without ``end_of_response`` the responses must stay in one packet: the driver's asynchronous
    Arrow fetch loses rows otherwise.
    """

    protocol: int = 319
    end_of_response: bool = True
    fast_auth: bool = True
    field_version: int = 24
    version: tuple[int, int, int, int, int] = (23, 4, 0, 0, 0)
    banner: str = "Stand-in for Oracle Database 23ai, for development only"
    packet_size: int | None = None
    release: Release = releases.ORACLE_23AI

    def version_number(self, field_version: int) -> int:
        """AUTH_VERSION_NO, whose packing changed with release 18."""
        shifts = (24, 16, 12, 4, 0) if field_version >= 11 else (24, 20, 12, 8, 0)
        return sum(part << shift for part, shift in zip(self.version, shifts, strict=True))

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version))


ORACLE_23AI = Profile()
ORACLE_19C = Profile(
    protocol=315,
    end_of_response=False,
    fast_auth=False,
    field_version=13,
    version=(19, 24, 0, 0, 0),
    banner="Stand-in for Oracle Database 19c, for development only",
    release=releases.ORACLE_19C,
)
PROFILES = {profile.release.name: profile for profile in (ORACLE_19C, ORACLE_23AI)}
