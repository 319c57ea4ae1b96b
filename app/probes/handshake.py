"""Client side of one TLS handshake in memory, which returns the certificates as served.

Nothing is verified, since invalid chains are what probes look for. No session is resumed: a resumed
one has the certificate of the original session.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from OpenSSL import SSL, crypto

from app.domain.certificates.probe_results import AlternateHandshake

__all__ = ["Handshake", "HandshakeError"]

_ALERT = re.compile(r"(?:sslv3|tlsv1|tlsv13|ssl/tls|tls) (?:alert )?(?P<name>[a-z0-9 ]+)")
# Alerts to a client without a certificate of its own; the server's chain was received before.
_WANTS_CLIENT_CERTIFICATE = frozenset(
    {"alert_certificate_required", "alert_handshake_failure", "alert_bad_certificate"}
)
_RECORD_TYPES = (21, 22)  # alert and handshake: the first record of a TLS server is one of them
_CHUNK = 4_096


class HandshakeError(Exception):
    """The handshake failed. `code` is stable, `detail` is for staff."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Handshake:
    """Client side of one handshake.

    `name` goes into SNI (RFC 6066 section 3); None leaves it out, as for IP addresses. `alternate`
    selects other parameters than those of a current client.
    """

    def __init__(self, name: str | None, alternate: AlternateHandshake | None = None) -> None:
        self._connection = SSL.Connection(
            _context(rsa_only=alternate is AlternateHandshake.RSA), None
        )
        self._connection.set_connect_state()
        self._connection.request_ocsp()
        # The callback gets a list, not the handshake: a reference cycle would be freed only by the
        # garbage collector.
        self._staples: list[bytes] = []
        self._connection.set_app_data(self._staples)
        if name is not None and alternate is not AlternateHandshake.NO_NAME:
            self._connection.set_tlsext_host_name(name.encode("ascii"))
        self._received_any = False
        self.closed = False

    def advance(self, received: bytes = b"") -> bool:
        """Process received bytes; return True when the handshake is complete.

        Raises HandshakeError. Send `outgoing` after every call.
        """
        if received:
            self._receive(received)
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
        """Record that the other side closed; the next `advance` returns the outcome."""
        self.closed = True
        self._connection.bio_shutdown()

    @property
    def outgoing(self) -> bytes:
        """The bytes to send now."""
        parts = []
        while True:
            try:
                parts.append(self._connection.bio_read(_CHUNK))
            except (SSL.WantReadError, SSL.Error):
                return b"".join(parts)

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The certificates (DER) in the order served; empty when none were received yet."""
        chain = self._connection.get_peer_cert_chain() or ()
        return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, one) for one in chain)

    @property
    def staple(self) -> bytes | None:
        """The stapled OCSP response (DER, RFC 6066 section 8), if the server sent one."""
        return next((staple for staple in self._staples if staple), None)

    @property
    def version(self) -> str:
        """The negotiated protocol version, such as `TLSv1.3`."""
        return self._connection.get_protocol_version_name()

    def _receive(self, received: bytes) -> None:
        if not self._received_any and received[0] not in _RECORD_TYPES:
            raise HandshakeError("not_tls", repr(received[:40]))
        self._received_any = True
        self._connection.bio_write(received)


@lru_cache(maxsize=2)
def _context(*, rsa_only: bool) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # A waiting handshake then holds 60 kB instead of 93; most of 2,000 in flight wait.
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    # Old servers must be reachable: an old version is a finding, not a failed probe.
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_options(SSL.OP_LEGACY_SERVER_CONNECT | SSL.OP_NO_TICKET | SSL.OP_NO_RENEGOTIATION)
    context.set_ocsp_client_callback(_keep_staple)
    context.set_cipher_list(b"aRSA:@SECLEVEL=0" if rsa_only else b"ALL:@SECLEVEL=0")
    if rsa_only:
        # From TLS 1.3 on a cipher suite does not select the type of the server's key.
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
