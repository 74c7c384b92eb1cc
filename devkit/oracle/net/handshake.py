"""From the first byte to an authenticated session."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass, field

from devkit.oracle.contracts import ExecuteRequest, Instance, NetSession, Verifier
from devkit.oracle.errors import OraError, unsupported
from devkit.oracle.net.crypto import Challenge, make_verifier
from devkit.oracle.net.messages import auth, connect, data_types, fast_auth, protocol
from devkit.oracle.net.messages.describe import Dialect
from devkit.oracle.net.messages.error import ErrorReply
from devkit.oracle.net.profile import Profile
from devkit.oracle.net.stream import ACCEPT, CONNECT, DATA, REFUSE, DisconnectedError, Stream
from devkit.oracle.net.types import Reader, WireError, Writer

log = logging.getLogger(__name__)

_UNKNOWN_SERVICE, _UNKNOWN_SID = 12514, 12505
_NO_HANDLER = 12520  # no connection pool is started: DRCP is not offered
_AUTH_ONE, _AUTH_TWO = 118, 115
_GO_ORA = "OracleClientGo"
_ATTRIBUTES = {
    "AUTH_TERMINAL": "terminal",
    "AUTH_PROGRAM_NM": "program",
    "AUTH_MACHINE": "machine",
    "AUTH_SID": "osuser",
    "AUTH_ORA_EDITION": "edition",
}


@dataclass(slots=True)
class Login:
    """The outcome of the handshake."""

    session: NetSession
    challenge: Challenge
    user: str
    dialect: Dialect


def fold_user(name: str) -> str:
    """A user name as typed: upper case unless quoted."""
    if len(name) > 1 and name[0] == name[-1] == '"':
        return name[1:-1]
    return name.upper()


@dataclass(slots=True)
class Handshake:
    """The phases of one connection; :meth:`run` returns when the session is open."""

    stream: Stream
    instance: Instance
    profile: Profile
    field_version: int = 0
    driver: str = ""
    target: connect.Target | None = None
    pairs: dict[str, str] = field(default_factory=dict)
    challenge: Challenge | None = None
    known_user: bool = False
    user: str = ""

    def run(self) -> Login:
        self._connect()
        while True:
            reader = Reader(self.stream.next_data)
            message = reader.u8()
            writer = Writer()
            if message == protocol.MESSAGE:
                self.driver = protocol.read_protocol(reader)
                protocol.write_protocol(writer, self.profile)
                self.stream.send_response(bytes(writer.data), final=False)
            elif message == data_types.MESSAGE:
                self._negotiate(data_types.read_data_types(reader, embedded=False))
                data_types.write_data_types(writer)
                self.stream.send_response(bytes(writer.data), final=False)
            elif message == fast_auth.MESSAGE:
                request = fast_auth.read_fast_auth(reader)
                self._negotiate(request.data_types)
                protocol.write_protocol(writer, self.profile)
                data_types.write_data_types(writer)
                self._phase_one(request.auth, writer)
                self.stream.send_response(bytes(writer.data))
            elif message == 3:
                login = self._function(reader, writer)
                self.stream.send_response(bytes(writer.data))
                if login is not None:
                    return login
            else:
                raise WireError(f"message {message} before authentication")

    def _connect(self) -> None:
        packet = self.stream.read_packet()
        if packet.type != CONNECT:
            raise WireError(f"packet {packet.type} instead of CONNECT")
        request = connect.read_connect(packet.body)
        text = request.connect_data
        if not request.inline:
            while len(text) < request.connect_length:
                follow = self.stream.read_packet()
                if follow.type != DATA:
                    raise WireError("connect data expected")
                text += follow.body[2:].decode(errors="replace")
        self.target = connect.read_target(text)
        refusal = self._refusal(self.target)
        if refusal:
            self.stream.send_packet(REFUSE, connect.refuse_body(refusal))
            raise DisconnectedError
        self.stream.send_packet(ACCEPT, connect.accept_body(self.profile, request.version))
        version = min(self.profile.protocol, request.version)
        self.stream.end_of_response = self.profile.end_of_response and version >= 319
        self.stream.packet_size = self.profile.packet_size
        self.stream.start()

    def _refusal(self, target: connect.Target) -> int | None:
        """The number to refuse with; the pluggable database is also known by its SID."""
        if (target.server or "").upper() == "POOLED":
            return _NO_HANDLER
        if target.service_name is not None:
            known = self.instance.service_name.split(".")[0].upper()
            wanted = target.service_name.split(".")[0].upper()
            return None if wanted == known else _UNKNOWN_SERVICE
        if target.sid is not None:
            return (
                None if target.sid.upper() == self.instance.service_name.upper() else _UNKNOWN_SID
            )
        return _UNKNOWN_SERVICE

    def _negotiate(self, request: data_types.DataTypes) -> None:
        self.field_version = protocol.negotiated_field_version(
            self.profile, request.compile_capabilities
        )

    # ----------------------------------------------------------------- authentication

    def _function(self, reader: Reader, writer: Writer) -> Login | None:
        code = reader.u8()
        reader.u8()
        if self.field_version >= 18:
            reader.ub()
        if code == _AUTH_ONE:
            self._phase_one(auth.read_auth(reader), writer)
            return None
        if code != _AUTH_TWO:
            raise WireError(f"function {code} before authentication")
        request = auth.read_auth(reader)
        try:
            return self._phase_two(request, writer)
        except OraError as error:
            self._error(error, writer)
        return None

    def _error(self, error: OraError, writer: Writer) -> None:
        writer.data.clear()
        ErrorReply.of(error, 0).write(writer, self.field_version)

    def _phase_one(self, request: auth.AuthRequest, writer: Writer) -> None:
        """An unknown user gets a challenge too: the client cannot tell the difference."""
        self.pairs.update(request.pairs)
        self.user = fold_user(request.user or "")
        verifier: Verifier | None = self.instance.verifier(self.user) if self.user else None
        self.known_user = verifier is not None
        if verifier is None:
            verifier = make_verifier(self.user, os.urandom(16).hex())
        self.challenge = Challenge.for_user(verifier)
        auth.write_pairs(writer, self.challenge.pairs())
        ErrorReply().write(writer, self.field_version)

    def _phase_two(self, request: auth.AuthRequest, writer: Writer) -> Login:
        challenge = self.challenge
        if challenge is None:
            raise WireError("second authentication function before the first")
        if request.mode & auth.MODE_TOKEN:
            raise unsupported("authentication by token")
        if request.mode & auth.MODE_PRIVILEGED:
            raise unsupported("administrative privileges other than SYSDBA")
        if "PROXY_CLIENT_NAME" in request.pairs:
            raise unsupported("proxy authentication")
        accepted = challenge.accept(
            request.pairs.get("AUTH_SESSKEY", ""), request.pairs.get("AUTH_PASSWORD", "")
        )
        if not (accepted and self.known_user):
            raise OraError(1017)
        if challenge.verifier.locked:
            raise OraError(28000)
        self.pairs.update(request.pairs)
        session = self.instance.open_session(
            self.user, sysdba=bool(request.mode & auth.MODE_SYSDBA)
        )
        try:
            self._prepare_session(session, request, challenge)
        except BaseException:
            session.close()
            raise
        auth.write_pairs(writer, self._session_pairs(session, challenge))
        ErrorReply().write(writer, self.field_version)
        dialect = Dialect(self.field_version, self.driver.startswith(_GO_ORA))
        return Login(session, challenge, self.user, dialect)

    def _prepare_session(
        self, session: NetSession, request: auth.AuthRequest, challenge: Challenge
    ) -> None:
        for key, name in _ATTRIBUTES.items():
            if self.pairs.get(key):
                session.set_attribute(name, self.pairs[key])
        alter = request.pairs.get("AUTH_ALTER_SESSION", "").rstrip("\0").strip()
        if alter:
            session.execute(ExecuteRequest(alter))
        for namespace, attribute, value in request.contexts:
            session.set_context(namespace, attribute, value)
        if "AUTH_NEWPASSWORD" in request.pairs:
            old = challenge.decrypt_password(request.pairs["AUTH_PASSWORD"])
            new = challenge.decrypt_password(request.pairs["AUTH_NEWPASSWORD"])
            session.change_password(old or "", new or "")

    def _session_pairs(
        self, session: NetSession, challenge: Challenge
    ) -> list[tuple[str, str, int]]:
        service = self.instance.service_name
        values = {
            "AUTH_SESSION_ID": str(session.sid),
            "AUTH_SERIAL_NUM": str(session.serial & 0xFFFF),
            "AUTH_VERSION_NO": str(self.profile.version_number(self.field_version)),
            "AUTH_VERSION_STRING": f"- {self.profile.banner}",
            "AUTH_VERSION_SQL": "25",
            "AUTH_VERSION_STATUS": "0",
            "AUTH_XACTION_TRAITS": "3",
            "AUTH_SVR_RESPONSE": challenge.proof(),
            "AUTH_MAX_OPEN_CURSORS": "300",
            "AUTH_MAX_IDEN_LENGTH": "128",
            "AUTH_SC_DB_DOMAIN": "",
            "AUTH_SC_DBUNIQUE_NAME": service,
            "AUTH_SC_REAL_DBUNIQUE_NAME": service,
            "AUTH_SC_SERVICE_NAME": service.lower(),
            "AUTH_SC_INSTANCE_NAME": service,
            "AUTH_INSTANCENAME": service,
            "AUTH_DBNAME": service,
            "AUTH_DB_ID": "0",
            "AUTH_DB_MOUNT_ID": "0",
            "AUTH_USER_ID": "0",
            "AUTH_SERVER_PID": str(os.getpid()),
            "AUTH_SERVER_TYPE": "1",
            "AUTH_NLS_LXLAN": "AMERICAN",
            "AUTH_NLS_LXCTERRITORY": "AMERICA",
            "AUTH_NLS_CHARACTERSET": "AL32UTF8",
        }
        return [(key, value, 0) for key, value in values.items()]
