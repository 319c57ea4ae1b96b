"""What certificates point to is fetched once, believed when it is signed, and never waited for."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from app.domain.certificates.findings import Level, ProbeResult
from app.domain.certificates.probe_results import EndpointScan
from app.net.guard import Guard
from app.probes.aia_and_crl import IssuerFetcher
from app.trust.clients.profiles import shipped_profiles
from app.trust.scan import examine_scan
from app.trust.x509.certificate import parse
from tests.probes.servers import GUARD, serving
from tests.trust.aia_and_crl import revocation_list
from tests.trust.authorities import HOST, NOON, leaf, make, store

pytestmark = pytest.mark.anyio

ANY_PORT = frozenset(range(65_536))
INTER = make("Inter", "Root")
REVOKED = NOON - timedelta(days=2)


class Web:
    """A web server on loopback with these pages; remembers what it was asked for."""

    def __init__(self) -> None:
        self.pages: Mapping[str, bytes] = {}
        self.asked: list[str] = []
        self.port = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        path = request.split()[1].decode()
        self.asked.append(path)
        body = self.pages.get(path)
        status = b"404 Not Found" if body is None else b"200 OK"
        head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        writer.write(head % (status, len(body or b"")) + (body or b""))
        await writer.drain()
        writer.close()

    def url(self, path: str) -> str:
        return f"http://pki.example:{self.port}{path}"


@asynccontextmanager
async def web() -> AsyncIterator[Web]:
    server = Web()
    async with serving(server) as server.port:
        yield server


def pointing(*, issuer: str = "", listed: str = "", serial: int = 7) -> bytes:
    """A leaf of Inter that says where its issuer and the list of revoked ones are."""
    extensions: list[tuple[x509.ExtensionType, bool]] = []
    if issuer:
        method = AuthorityInformationAccessOID.CA_ISSUERS
        where = x509.AccessDescription(method, x509.UniformResourceIdentifier(issuer))
        extensions.append((x509.AuthorityInformationAccess([where]), False))
    if listed:
        names = [x509.UniformResourceIdentifier(listed)]
        points = [x509.DistributionPoint(names, None, None, None)]
        extensions.append((x509.CRLDistributionPoints(points), False))
    return make(HOST, "Inter", ca=False, hosts=(HOST,), serial=serial, extensions=tuple(extensions))


def served(*ders: bytes, issuers: tuple[bytes, ...] = ()) -> EndpointScan:
    return EndpointScan(HOST, 443, (ProbeResult(HOST, 443, "192.0.2.1", ders),), issuers=issuers)


@pytest.mark.parametrize("form", [Encoding.DER, Encoding.PEM])
async def test_an_issuer_that_is_left_out_is_fetched(form: Encoding) -> None:
    async with web() as server:
        server.pages = {"/inter": x509.load_der_x509_certificate(INTER).public_bytes(form)}
        seen = served(pointing(issuer=server.url("/inter")))
        assert await IssuerFetcher(GUARD, ports=ANY_PORT).issuers(seen) == (INTER,)


async def test_a_chain_without_a_gap_asks_nobody() -> None:
    async with web() as server:
        top = make("Inter", "ISRG Root X1")
        seen = served(pointing(issuer=server.url("/inter")), top)
        assert await IssuerFetcher(GUARD, ports=ANY_PORT).issuers(seen) == ()
    assert server.asked == []


@pytest.mark.parametrize("page", [b"hello", b"", make("Stranger", "Far"), None])
async def test_what_is_not_the_issuer_is_not_taken_for_it(page: bytes | None) -> None:
    async with web() as server:
        server.pages = {} if page is None else {"/inter": page}
        seen = served(pointing(issuer=server.url("/inter")))
        assert await IssuerFetcher(GUARD, ports=ANY_PORT).issuers(seen) == ()


@pytest.mark.parametrize(
    ("page", "revoked"),
    [
        (revocation_list(7, 9), True),
        (revocation_list(8), False),
        (revocation_list(7, signed_by="Forger"), False),
        (revocation_list(7, issuer="Other", signed_by="Inter"), False),
        (revocation_list(7, released=True), False),
        (b"hello", False),
    ],
)
async def test_a_certificate_on_its_issuers_list_is_revoked(page: bytes, revoked: bool) -> None:  # noqa: FBT001
    async with web() as server:
        server.pages = {"/list": page}
        der = pointing(listed=server.url("/list"))
        found = await IssuerFetcher(GUARD, ports=ANY_PORT).revoked(served(der, INTER))
    assert found == ({parse(der).fingerprint: REVOKED} if revoked else {})


async def test_an_issuer_that_was_fetched_vouches_for_its_list_too() -> None:
    async with web() as server:
        server.pages = {"/list": revocation_list(7)}
        seen = served(pointing(listed=server.url("/list")), issuers=(INTER,))
        assert list((await IssuerFetcher(GUARD, ports=ANY_PORT).revoked(seen)).values()) == [
            REVOKED
        ]


async def test_the_instant_of_revocation_is_read_from_the_crl() -> None:
    async with web() as server:
        server.pages = {"/inter": INTER, "/list": revocation_list(7)}
        leaf_ = pointing(issuer=server.url("/inter"), listed=server.url("/list"))
        fetcher = IssuerFetcher(GUARD, ports=ANY_PORT)
        seen = replace(served(leaf_), issuers=await fetcher.issuers(served(leaf_)))
        seen = replace(seen, revoked=await fetcher.revoked(seen))
    current = replace(
        shipped_profiles()["current"], store=store(make("Root", ends=NOON + timedelta(days=999)))
    )
    reported = examine_scan(seen, at=NOON, profiles=[current])
    assert reported.verdicts[0].ok
    assert [(one.code, one.level) for one in reported.findings] == [
        ("finding.revoked_by_list", Level.ERROR),
        ("finding.missing_intermediate", Level.WARNING),
    ]


async def test_a_list_is_fetched_once_for_all_who_want_it() -> None:
    async with web() as server:
        server.pages = {"/list": revocation_list(7)}
        fetcher = IssuerFetcher(GUARD, ports=ANY_PORT)
        many = [served(pointing(listed=server.url("/list"), serial=n), INTER) for n in range(1, 9)]
        await asyncio.gather(*(fetcher.revoked(seen) for seen in many))
        await fetcher.revoked(many[0])
    assert server.asked == ["/list"]


async def test_what_could_not_be_had_is_not_asked_for_again_at_once() -> None:
    async with web() as server:
        fetcher = IssuerFetcher(GUARD, ports=ANY_PORT)
        for _ in range(3):
            assert await fetcher.revoked(served(pointing(listed=server.url("/no")), INTER)) == {}
    assert server.asked == ["/no"]


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/x", "ldap://pki.example/x", "http://[", "file:///etc/passwd", "x"]
)
async def test_no_address_that_a_stranger_names_leads_inside(url: str) -> None:
    fetcher = IssuerFetcher(Guard(), ports=ANY_PORT)
    assert await fetcher.revoked(served(pointing(listed=url), INTER)) == {}


async def test_only_the_usual_ports_of_the_web_are_asked() -> None:
    async with web() as server:
        await IssuerFetcher(GUARD).revoked(served(pointing(listed=server.url("/list")), INTER))
    assert server.asked == []


async def test_a_server_that_never_answers_does_not_exceed_the_timeout() -> None:
    async def silent(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(silent) as port:
        url = f"http://pki.example:{port}/x"
        fetcher = IssuerFetcher(GUARD, 0.2, ANY_PORT)
        assert await fetcher.issuers(served(pointing(issuer=url))) == ()
        assert await fetcher.revoked(served(pointing(listed=url), INTER)) == {}


async def test_no_more_is_stored_than_there_is_room_for() -> None:
    async with web() as server:
        server.pages = {f"/{n}": bytes(7_000) for n in range(6)}
        fetcher = IssuerFetcher(GUARD, ports=ANY_PORT, max_cached_bytes=40_000)
        for n in (0, 1, 2, 3, 4, 5, 5, 0):
            await fetcher.revoked(served(pointing(listed=server.url(f"/{n}")), INTER))
    assert server.asked == ["/0", "/1", "/2", "/3", "/4", "/5", "/0"]


def test_certificates_without_urls_have_nothing_to_fetch() -> None:
    assert parse(leaf("Inter")).extensions.list_urls == ()


async def test_a_redirect_of_an_issuer_url_obeys_the_rules_of_the_first_request() -> None:
    async with web() as inner:
        inner.pages = {"/inter.crt": INTER}
        location = f"http://pki.example:{inner.port}/inter.crt".encode()
        head = b"HTTP/1.1 302 Found\r\nLocation: %b\r\nContent-Length: 0\r\n\r\n" % location

        async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head)
            await writer.drain()
            writer.close()

        async with serving(redirect) as port:
            seen = served(pointing(issuer=f"http://pki.example:{port}/inter.crt"))
            allowed = frozenset({port, inner.port})
            assert await IssuerFetcher(GUARD, ports=allowed).issuers(seen) == (INTER,)
            assert await IssuerFetcher(GUARD, ports=frozenset({port})).issuers(seen) == ()
    assert inner.asked == ["/inter.crt"]
