"""One TLS handshake in memory: bytes in, bytes out, the certificates as served at the end.

Nothing is verified: broken chains are what we came for. Nothing is resumed either: a resumed
session shows the certificate of an earlier day.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from OpenSSL import SSL, crypto

from app.domain.certificates.probe_results import AlternateHandshake

__all__ = ["Handshake", "HandshakeError"]

_ALERT = re.compile(r"(?:sslv3|tlsv1|tlsv13|ssl/tls|tls) (?:alert )?(?P<name>[a-z0-9 ]+)")
# What a server may say to a client that has no certificate of its own. Its chain is then known.
_WANTS_CLIENT_CERTIFICATE = frozenset(
    {"alert_certificate_required", "alert_handshake_failure", "alert_bad_certificate"}
)
_RECORD_TYPES = (21, 22)  # alert and handshake: all that a TLS server can begin with
_CHUNK = 4_096


class HandshakeError(Exception):
    """The handshake failed; `code` is stable, `detail` is for staff."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Handshake:
    """A client's side of one handshake. `name` goes into SNI (RFC 6066 section 3), None leaves it
    out, as for addresses. `way` asks otherwise than clients of today do.
    """

    def __init__(self, name: str | None, way: AlternateHandshake | None = None) -> None:
        self._connection = SSL.Connection(_context(rsa_only=way is AlternateHandshake.RSA), None)
        self._connection.set_connect_state()
        self._connection.request_ocsp()
        # A list of its own, not the handshake itself: a circle would be freed only now and then.
        self._staples: list[bytes] = []
        self._connection.set_app_data(self._staples)
        if name is not None and way is not AlternateHandshake.NO_NAME:
            self._connection.set_tlsext_host_name(name.encode("ascii"))
        self._heard = False
        self.closed = False

    def advance(self, received: bytes = b"") -> bool:
        """Take what was received and go on; True when the handshake is complete.

        Raises HandshakeError. Call `outgoing` afterwards in every case.
        """
        if received:
            self._take(received)
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return False
        except (SSL.SysCallError, SSL.ZeroReturnError) as error:
            raise HandshakeError("closed", ": ".join(map(str, error.args))) from error
        except SSL.Error as error:
            failure = _failure(error)
            if failure.code in _WANTS_CLIENT_CERTIFICATE and self.certificates:
                return True
            raise failure from error
        return True

    def close(self) -> None:
        """The other side has closed; the next `advance` says what that means."""
        self.closed = True
        self._connection.bio_shutdown()

    @property
    def outgoing(self) -> bytes:
        """What is to be sent now."""
        parts = []
        while True:
            try:
                parts.append(self._connection.bio_read(_CHUNK))
            except (SSL.WantReadError, SSL.Error):
                return b"".join(parts)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificates as served, in order, as DER; empty when none came yet."""
        chain = self._connection.get_peer_cert_chain() or ()
        return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in chain)

    @property
    def staple(self) -> bytes | None:
        """The stapled OCSP answer as DER (RFC 6066 section 8), if the server sent one."""
        return next((staple for staple in self._staples if staple), None)

    @property
    def version(self) -> str:
        """The protocol version agreed on, like `TLSv1.3`."""
        return self._connection.get_protocol_version_name()

    def _take(self, received: bytes) -> None:
        if not self._heard and received[0] not in _RECORD_TYPES:
            raise HandshakeError("not_tls", repr(received[:40]))
        self._heard = True
        self._connection.bio_write(received)


@lru_cache(maxsize=2)
def _context(*, rsa_only: bool) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # A waiting handshake then holds 60 kB, not 93: most of 2,000 in flight do nothing but wait.
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # Servers of any age must be reachable: their age is a finding, not a reason to look away.
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
    context.set_ocsp_client_callback(_keep_staple)
    context.set_cipher_list(b"aRSA:@SECLEVEL=0" if rsa_only else b"ALL:@SECLEVEL=0")
    if rsa_only:
        # From 1.3 on a cipher suite no longer says which kind of key the server is to have.
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
    return context


def _keep_staple(connection: SSL.Connection, staple: bytes, _: object) -> bool:
    connection.get_app_data().append(staple)
    return True


def _failure(error: SSL.Error) -> HandshakeError:
    entries: Sequence[Sequence[str]] = error.args[0] if error.args else ()
    reasons = [str(entry[-1]).lower() for entry in entries if entry[-1]]
    if not reasons:
        return HandshakeError("closed", "without a reason")
    libraries = " ".join(str(entry[0]).lower() for entry in entries)
    detail = "; ".join(reasons)
    for reason in reasons:
        alert = _ALERT.fullmatch(reason)
        if alert:
            return HandshakeError("alert_" + alert["name"].strip().replace(" ", "_"), detail)
    if "asn1" in libraries or "asn1" in detail or "x509" in libraries:
        return HandshakeError("malformed_certificate", detail)
    if "excessive message size" in detail:
        return HandshakeError("too_much_data", detail)
    if "wrong version number" in detail or "http request" in detail:
        return HandshakeError("not_tls", detail)
    if "unsupported protocol" in detail:
        return HandshakeError("unsupported_protocol", detail)
    return HandshakeError("handshake_failed", detail)
