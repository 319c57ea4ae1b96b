"""Host names are read as browsers read them, and alike wherever they are used."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from app.cli.chains.options import target
from app.host_names import ascii_host, ip_literal
from app.net.client import fetch
from app.net.errors import NameResolutionError, OutboundError
from app.net.guard import Guard
from app.trust.x509.certificate import parse
from app.trust.x509.hostnames import matches
from tests.cli.chains.chain_commands import run
from tests.trust.authorities import NOON, leaf, make
from tests.trust.x509.test_chain import pem

ROOT = make("Root", ends=NOON + timedelta(days=3000))
# What Chromium and Firefox make of them (UTS #46, non-transitional).
NAMES = {
    "☕.example": "xn--53h.example",
    "i❤.ws": "xn--i-7iq.ws",
    "😀.la": "xn--e28h.la",
    "faß.de": "xn--fa-hia.de",
    "FASS.de": "fass.de",
    "ẞ.de": "xn--zca.de",
    "Bücher.Example.": "xn--bcher-kva.example",
    "日本。jp": "xn--wgv71a.jp",
    "Ⅷ.example": "viii.example",
    "shop\u00ad.example": "shop.example",
    "ab--cd.example": "ab--cd.example",
    "a_b.example": "a_b.example",
    "نامه\u200cای.com": "xn--mgba3gch31f060k.com",
}
REFUSED = [
    "shop\u200d.example",
    "\u0301a.example",
    "\u0663.example",
    "a／b.example",
    "a..b",
    ".example",
    "pay example",
    "👩\u200d💻.example",
    "ä" * 70 + ".example",
    "*.example",
    "a:b",
    "127.1",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "192.0.2.7.",
    "shop.example.0xffffffff",
    "xn--.example",
    "xn--a-.example",
    "xn--zzzzzz.example",
    "xn--fass-.de",
]


@pytest.fixture
def chain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "chain.pem"
    file.write_bytes(pem(leaf("Root", *NAMES.values())))
    (tmp_path / "root.pem").write_bytes(pem(ROOT))
    return str(file)


async def resolved(host: str) -> str:
    """The spelling of a host that an outbound connection asks DNS for."""
    asked = []

    async def resolver(name: str, port: int) -> tuple[str, ...]:
        asked.append(name)
        return ("192.0.2.1",)

    await Guard(resolver=resolver, allowed_networks=(ip_network("192.0.2.0/24"),)).addresses(
        host, 443
    )
    return asked[0]


@pytest.mark.parametrize(("host", "name"), NAMES.items())
def test_emoji_and_other_idna_2003_names_are_read_as_browsers_do(host: str, name: str) -> None:
    assert ascii_host(host) == name
    assert ascii_host(name) == name
    assert matches(host, parse(leaf("Root", name)))


@pytest.mark.parametrize("host", REFUSED)
def test_a_name_that_browsers_refuse_is_none(host: str) -> None:
    assert ascii_host(host) is None


def test_an_address_in_full_width_digits_is_an_address() -> None:
    assert str(ip_literal("１９２。0。2。7")) == "192.0.2.7"
    assert matches("１９２。0。2。7", parse(leaf("Root", "192.0.2.7")))
    assert ip_literal("☕.example") is None


@pytest.mark.anyio
@pytest.mark.parametrize(("host", "name"), NAMES.items())
async def test_outbound_requests_ask_for_the_host_that_is_judged(host: str, name: str) -> None:
    expected = host if host.isascii() else name
    assert await resolved(host) == expected


@pytest.mark.anyio
async def test_outbound_requests_refuse_a_name_that_browsers_refuse() -> None:
    with pytest.raises(NameResolutionError):
        await resolved("shop\u200d.example")
    assert await resolved("１９２。0。2。7") == "192.0.2.7"


@pytest.mark.parametrize("host", NAMES)
def test_commands_judge_the_hosts_that_browsers_open(chain: str, host: str) -> None:
    roots = str(Path(chain).parent / "root.pem")
    at = NOON.isoformat()
    result = run("judge", chain, "--host", host, "--at", at, "--roots", roots)
    assert result.exit_code == 0, result.stdout
    assert target(host, usual_port=443) == (host, 443)


@pytest.mark.parametrize("host", REFUSED)
def test_commands_refuse_other_hosts_as_wrong_use(chain: str, host: str) -> None:
    result = run("judge", chain, "--host", host)
    assert (result.exit_code, result.stdout) == (64, "")
    assert run("probe", host).exit_code == 64


@pytest.mark.anyio
@pytest.mark.parametrize("host", [each for each in REFUSED if ":" not in each])
async def test_outbound_requests_refuse_what_is_refused_elsewhere(host: str) -> None:
    with pytest.raises(NameResolutionError):
        await resolved(host)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url", ["http://127.1/", "http://2130706433/", "http://xn--zzzzzz.example/"]
)
async def test_urls_of_imports_and_certificates_are_read_alike(url: str) -> None:
    with pytest.raises(OutboundError):
        await fetch(url, guard=Guard(allowed_networks=(ip_network("127.0.0.0/8"),)))


@pytest.mark.anyio
@pytest.mark.parametrize("host", ["☕.example", "xn--53h.example", "faß.de", "a:b@☕.example"])
async def test_a_url_with_an_emoji_host_leads_to_its_host(host: str) -> None:
    asked = []

    async def resolver(name: str, _port: int) -> tuple[str, ...]:
        asked.append(name)
        return ("192.0.2.1",)

    with pytest.raises(OutboundError, match=r"192\.0\.2\.1|private"):
        await fetch(f"http://{host}:8080/x", guard=Guard(resolver=resolver))
    assert asked == [NAMES.get(host.rpartition("@")[2], "xn--53h.example")]
