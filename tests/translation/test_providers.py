"""Contract of the translation providers, with a server that answers well and badly."""

import asyncio
from collections.abc import Iterator
from ipaddress import ip_network

import pytest

from app.domain.translation.terms import RequiredTerm
from app.net.guard import Guard
from app.ports.translator import ProviderAccess
from app.translation import PROVIDERS, suggestions
from app.translation.suggestions import ConfiguredTranslator, Suggestions, Wanted, suggest
from tests.translation.provider_server import ProviderServer, open_provider_server

KEY = "secret-key-of-the-account"
LOOPBACK = (ip_network("127.0.0.0/8"),)
BODY = "Card payments fail since 14:05.\n\n- We are looking for the cause."


@pytest.fixture(scope="module")
def running() -> Iterator[ProviderServer]:
    with open_provider_server() as server:
        yield server


@pytest.fixture
def server(running: ProviderServer) -> ProviderServer:
    running.reset()
    return running


@pytest.fixture(params=sorted(PROVIDERS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def ask(
    server: ProviderServer,
    kind: str,
    *targets: str,
    url: str = "",
    guard: Guard | None = None,
    stays_private: bool = True,
    terms: tuple[RequiredTerm, ...] = (),
    body: str = BODY,
) -> Suggestions:
    guard = guard or Guard(LOOPBACK)
    provider = ConfiguredTranslator(PROVIDERS[kind], ProviderAccess(url or server.url, KEY), guard)
    wanted = [
        Wanted(tag, {"body": body}, {"Card payments": "Kort"}, terms) for tag in targets or ("eo",)
    ]
    return asyncio.run(suggest(provider, "en", wanted, stays_private=stays_private))


def test_a_text_comes_back_with_its_names_times_and_lines(
    server: ProviderServer, kind: str
) -> None:
    found = ask(server, kind)
    assert found.failures == {}
    assert found.texts == {
        ("body", "eo"): "eo: Kort fail since 14:05.\n\n- eo: We are looking for the cause."
    }
    assert found.characters > 0


def test_names_times_and_placeholders_do_not_leave_the_machine(
    server: ProviderServer, kind: str
) -> None:
    ask(server, kind, body="Card payments of ops@example.com fail since 14:05 at {host}.")
    ((_, _, sent),) = server.asked
    assert "Card" not in str(sent)
    assert "example.com" not in str(sent)
    assert "{host}" not in str(sent)


def test_every_language_is_one_call(server: ProviderServer, kind: str) -> None:
    server.translate = lambda text, _target: text
    found = ask(server, kind, "pl", "zh-hant", "pt-br", "es-419")
    assert len(server.asked) == 4
    assert len(found.texts) == 4


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (302, "redirected"),
        (400, "language_refused"),
        (401, "credentials_refused"),
        (403, "credentials_refused"),
        (404, "wrong_url"),
        (413, "text_too_long"),
        (429, "rate_limited"),
        (456, "quota_exceeded"),
        (500, "provider_failed"),
        (529, "provider_failed"),
    ],
)
def test_a_status_has_a_code(server: ProviderServer, kind: str, status: int, code: str) -> None:
    server.status, server.body = status, f"{KEY} is wrong".encode()
    server.location = f"{server.url}/elsewhere"
    found = ask(server, kind)
    assert found == Suggestions({}, {"eo": code}, found.characters)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"[" * 100_000,
        b"\xff\xfe",
        b'{"translations": [], "translatedText": []}',
        b'{"translations": [1, 2], "translatedText": [1, 2]}',
        b'{"translations": {"text": "x"}, "translatedText": "x"}',
        b'{"translations": [{"text": 1}, {"text": null}], "translatedText": [null, 1]}',
        b'{"translations": [{"text": "a"}], "translatedText": ["a"]}',
    ],
)
def test_an_answer_that_is_none_is_refused(server: ProviderServer, kind: str, body: bytes) -> None:
    server.body = body
    assert ask(server, kind).failures == {"eo": "wrong_answer"}


def test_an_answer_of_ten_megabytes_is_not_read(server: ProviderServer, kind: str) -> None:
    server.body = b'{"translations": "' + b"x" * 10_000_000 + b'"}'
    assert ask(server, kind).failures == {"eo": "too_large"}


@pytest.mark.parametrize(
    "translate",
    [
        lambda _text, _target: "lost",
        lambda text, _target: text + text,
        lambda text, _target: text.replace('id="1"', 'id="7"'),
        lambda text, _target: f"{text} https://evil.example/phish",
        lambda text, _target: text + "x" * 5_000,
    ],
)
def test_a_lost_placeholder_drops_the_suggestion(  # type: ignore[no-untyped-def]
    server: ProviderServer,
    kind: str,
    translate,  # noqa: ANN001
) -> None:
    server.translate = translate
    found = ask(server, kind)
    assert found.texts == {}
    assert found.failures == {"eo": "changed"}


def test_a_term_of_staff_is_demanded(server: ProviderServer, kind: str) -> None:
    term = (RequiredTerm(("cause",), ("kaŭzo*",)),)
    assert ask(server, kind, terms=term).failures == {"eo": "term"}
    server.translate = lambda text, _target: text.replace("cause", "kaŭzon")
    assert ask(server, kind, terms=term).failures == {}


def test_a_core_term_of_the_language_is_demanded(server: ProviderServer, kind: str) -> None:
    body = "The incident is over."
    server.translate = lambda _text, _target: "Händelsen är över."
    assert ask(server, kind, "sv", body=body).failures == {"sv": "term"}
    server.translate = lambda _text, _target: "Incidenten är över."
    assert ask(server, kind, "sv", body=body).texts[("body", "sv")] == "Incidenten är över."


def test_a_slow_provider_ends_in_time(
    server: ProviderServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "_CALL_SECONDS", 0.2)
    server.is_slow = True
    assert ask(server, kind).failures == {"eo": "timed_out"}


def test_all_languages_together_end_in_time(
    server: ProviderServer, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggestions, "_SECONDS", 0.2)
    server.is_slow = True
    tags = ("pl", "fi", "et", "lv", "lt", "ro")
    assert ask(server, kind, *tags).failures == dict.fromkeys(tags, "timed_out")


def test_a_quota_that_is_used_up_ends_the_request(server: ProviderServer, kind: str) -> None:
    server.status, server.body = 456, b""
    tags = tuple(f"x{chr(97 + number)}" for number in range(20))
    assert ask(server, kind, *tags).failures == dict.fromkeys(tags, "quota_exceeded")
    assert len(server.asked) <= 4


def test_a_draft_goes_to_an_allowed_network_or_nowhere(server: ProviderServer, kind: str) -> None:
    async def public(_host: str, _port: int) -> list[str]:
        return ["93.184.215.14"]

    guard = Guard(LOOPBACK, public)
    url = "https://translate.example"
    assert ask(server, kind, url=url, guard=guard).failures == {"eo": "draft_stays_here"}
    plain = ask(server, kind, url="http://translate.example", guard=guard, stays_private=False)
    assert plain.failures == {"eo": "not_https"}
    assert server.asked == []


def test_a_name_that_moves_to_a_public_address_gets_no_draft(
    server: ProviderServer, kind: str
) -> None:
    answers = iter([["127.0.0.1"], ["93.184.215.14"], ["93.184.215.14"]])

    async def rebinding(_host: str, _port: int) -> list[str]:
        return next(answers)

    url = server.url.replace("127.0.0.1", "translate.example")
    assert ask(server, kind, url=url, guard=Guard(LOOPBACK, rebinding)).failures == {}


def test_a_private_address_that_is_not_allowed_is_refused(
    server: ProviderServer, kind: str
) -> None:
    found = ask(server, kind, guard=Guard(), stays_private=False)
    assert found.failures == {"eo": "private_address"}


def test_the_key_is_in_no_repr_and_in_no_url(server: ProviderServer, kind: str) -> None:
    access = ProviderAccess(server.url, KEY)
    call = PROVIDERS[kind].call(access, ["Hello"], "en", "pl")
    assert KEY not in repr(access)
    assert KEY not in repr(call)
    assert KEY not in call.url
    ask(server, kind)
    ((path, headers, sent),) = server.asked
    assert KEY not in path
    assert KEY in f"{headers}{sent}"


def test_a_long_text_is_sent_in_several_calls(server: ProviderServer, kind: str) -> None:
    lines = "\n".join(f"Line {chr(97 + number % 26)} of a long text." for number in range(120))
    assert ask(server, kind, body=lines).failures == {}
    assert len(server.asked) == 3
    assert ask(server, kind, body="word " * 10_000).failures == {"eo": "text_too_long"}
