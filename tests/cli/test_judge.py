import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from app.cli.chains.words import REASON_TEXTS
from app.domain.certificates.findings import Reason
from tests.cli.chains.chain_commands import run
from tests.trust.authorities import HOST, NOON, leaf, make
from tests.trust.conforming import Changes, issue, usage
from tests.trust.real import CASES, CHAINS, needs
from tests.trust.x509.test_chain import pem
from tests.trust.x509.test_odd_encoding import no_subject

LONG = CHAINS / "le2021" / "chain-long.pem"
AT = NOON.isoformat()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory with two profiles of operators: `till` (current) and `kiosk` (legacy)."""
    profiles = tmp_path / "profiles"
    profiles.mkdir()
    (profiles / "root.pem").write_bytes(pem(make("Root")))
    (profiles / "old.pem").write_bytes(pem(make("Old")))
    (profiles / "till.toml").write_text('id = "till"\nroots = "root.pem"')
    (profiles / "kiosk.toml").write_text('id = "kiosk"\nroots = "old.pem"\ntier = "legacy"')
    monkeypatch.setenv("FYR_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def chain(folder: Path) -> str:
    file = folder / "chain.pem"
    file.write_bytes(pem(leaf("Inter")) + pem(make("Inter", "Root")))
    return str(file)


def test_all_fine_is_0(chain: str) -> None:
    result = run("judge", chain, "--host", HOST, "--at", AT, "--profile", "till")
    assert result.exit_code == 0
    assert "till" in result.stdout
    assert "CN=Inter" in result.stdout
    assert "2026-07-31 12:00:01Z" in result.stdout


def test_a_horizon_inside_the_warning_window_is_1(chain: str) -> None:
    at = (NOON + timedelta(days=40)).isoformat()
    result = run("judge", chain, "--host", HOST, "--at", at, "--profile", "till")
    assert result.exit_code == 1
    assert "expires on" in result.stdout


def test_only_legacy_clients_failing_is_1(chain: str) -> None:
    asked = ("--profile", "till", "--profile", "kiosk")
    assert run("judge", chain, "--host", HOST, "--at", AT, *asked).exit_code == 1


def test_a_current_client_failing_is_2(chain: str) -> None:
    result = run("judge", chain, "--host", HOST, "--at", AT)
    assert result.exit_code == 2
    assert "issuer not known" in result.stdout


@needs(LONG)
def test_the_2021_shape_is_distinguished() -> None:
    result = run("judge", str(LONG), "--host", "kkmspb.ru", "--at", "2021-09-30T14:02Z", "--json")
    verdicts = {one["profile"]: one for one in json.loads(result.stdout)["verdicts"]}
    assert result.exit_code == 1
    assert verdicts["current"]["ok"] is True
    assert verdicts["legacy-openssl"]["reason"] == "expired"
    assert verdicts["legacy-openssl"]["blamed_certificate"]["name"] == "DST Root CA X3"


@needs(LONG)
def test_the_outage_of_2021_is_reported_sixty_days_early_to_the_second() -> None:
    result = run("judge", str(LONG), "--host", "kkmspb.ru", "--at", "2021-08-01T00:00Z")
    assert "2021-09-30 14:01:15Z" in result.stdout
    assert "in 60 days" in result.stdout
    assert "DST Root CA X3" in result.stdout
    assert "If kkmspb.ru no longer serves “ISRG Root X1”" in result.stdout
    assert "card-terminal" in result.stdout


@needs(LONG)
def test_horizons_are_shown_to_programs_too() -> None:
    result = run("judge", str(LONG), "--host", "kkmspb.ru", "--at", "2021-09-20T00:00Z", "--json")
    document = json.loads(result.stdout)
    horizons = {one["profile"]: one for one in document["horizons"]}
    lasting = horizons["legacy-openssl"]["lasting"]
    assert (lasting["at"], lasting["reason"]) == ("2021-09-30T14:01:15Z", "expired")
    assert (lasting["kind"], lasting["responsible"]) == ("root", "nobody")
    assert {name for name, one in horizons.items() if one["counts"]} == {
        "current",
        "legacy-openssl",
    }
    assert document["advice"][0]["gained"] == ["legacy-openssl", "openssl-1.0.2", "openssl-0.9.8"]
    assert result.exit_code == 1


def test_roots_may_be_given_in_a_file(folder: Path, chain: str) -> None:
    root = str(folder / "profiles" / "root.pem")
    result = run("judge", chain, "--host", HOST, "--at", AT, "--roots", root, "--json")
    assert result.exit_code == 0
    assert [one["profile"] for one in json.loads(result.stdout)["verdicts"]] == ["roots"]
    assert run("judge", chain, "--host", HOST, "--at", AT, "--roots", chain[:-3]).exit_code == 64


def test_named_profiles_trust_the_roots_of_the_file_instead_of_their_own(
    folder: Path, chain: str
) -> None:
    root = str(folder / "profiles" / "root.pem")
    named = ("--profile", "current", "--profile", "java")
    result = run("judge", chain, "--host", HOST, "--at", AT, "--roots", root, *named, "--json")
    verdicts = json.loads(result.stdout)["verdicts"]
    assert [(one["profile"], one["reason"]) for one in verdicts] == [
        ("current", "ok"),
        ("java", "ok"),
    ]
    assert result.exit_code == 0


@needs(CASES)
@pytest.mark.parametrize(
    ("file", "roots", "reason"),
    [
        ("ku-encipher.pem", "key-usage-root.pem", "wrong_purpose"),
        ("p521.pem", "curves-root.pem", "unsupported_key"),
        ("explicitec.pem", "curves-root.pem", "unsupported_key"),
    ],
)
def test_what_browsers_refuse_is_not_fine_for_clients_with_own_roots(
    file: str, roots: str, reason: str
) -> None:
    certificates = CASES / "certificates"
    command = [
        *("judge", str(certificates / file), "--host", "shop.example.com"),
        *("--at", "2026-12-01T00:00Z", "--roots", str(certificates / roots), "--json"),
    ]
    result = run(*command)
    document = json.loads(result.stdout)
    assert [(one["profile"], one["ok"]) for one in document["verdicts"]] == [("roots", True)]
    assert {one["code"] for one in document["findings"]} <= {
        "finding.browser_key",
        "finding.browser_key_usage",
    }
    assert [one["level"] for one in document["findings"]] == ["warning"]
    shown = {one["profile"]: one for one in document["horizons"]}["current"]
    assert (shown["counts"], shown["next"]["reason"]) == (False, reason)
    assert result.exit_code == 1
    named = run(*command, "--profile", "current")
    assert json.loads(named.stdout)["verdicts"][0]["reason"] == reason
    assert named.exit_code == 2


def test_what_browsers_do_not_conform_to_is_said_in_words_for_each_client(folder: Path) -> None:
    (folder / "own.pem").write_bytes(pem(no_subject()))
    (folder / "mine.pem").write_bytes(pem(make("Root")))
    asked = ("judge", "own.pem", "--host", HOST, "--at", AT, "--roots", "mine.pem")
    result = run(*asked)
    # Clients that trust these roots connect, and browsers do not.
    assert result.exit_code == 1
    assert "alt_name_not_critical" in result.stdout
    assert "enforce" in result.stdout.partition("for information")[2]
    assert set(REASON_TEXTS) == set(Reason)
    result = run(*asked, "--profile", "current")
    assert result.exit_code == 2


def test_what_could_be_served_as_well_is_advised(folder: Path) -> None:
    alone, spare = folder / "alone.pem", folder / "spare.pem"
    alone.write_bytes(pem(leaf("Inter")))
    spare.write_bytes(pem(make("Inter", "Root")))
    asked = ("--host", HOST, "--at", AT, "--profile", "till", "--known", str(spare))
    result = run("judge", str(alone), *asked)
    assert result.exit_code == 2
    assert "also serves “Inter”" in result.stdout


@needs(LONG)
def test_a_picture_is_drawn_on_request(folder: Path) -> None:
    file = folder / "chain.svg"
    client = ("--profile", "legacy-openssl")
    asked = ("--host", "kkmspb.ru", "--at", "2021-09-20T00:00Z", *client, "--svg")
    assert run("judge", str(LONG), *asked, str(file)).exit_code == 1
    drawn = file.read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert "2021-09-30 14:01:15Z" in drawn
    assert run("judge", str(LONG), *asked, str(folder)).exit_code == 64


def test_settings_that_are_wrong_are_no_obstacle(
    chain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FYR_ALLOWED_NETWORKS", "everything")
    assert run("judge", chain, "--host", HOST, "--at", AT, "--profile", "till").exit_code == 0


def test_json_is_one_object_and_nothing_else(chain: str) -> None:
    result = run("judge", chain, "--host", HOST, "--at", AT, "--profile", "till", "--json")
    document = json.loads(result.stdout)
    assert result.stderr == ""
    assert (document["host"], document["at"], document["result"], document["exit"]) == (
        HOST,
        "2026-06-01T12:00:00Z",
        "fine",
        0,
    )
    assert document["verdicts"][0]["until"] == "2026-07-31T12:00:01Z"
    assert [one["name"] for one in document["chain"]] == [HOST, "Inter"]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--at", "yesterday"), "no time"),
        (("--at", "0001-01-01T00:00+05:00"), "no time"),
        (("--profile", "netscape"), "till"),
    ],
)
def test_wrong_use_is_64_and_said_on_stderr(
    chain: str, arguments: tuple[str, ...], expected: str
) -> None:
    result = run("judge", chain, "--host", HOST, *arguments)
    assert result.exit_code == 64
    assert expected in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("content", [None, b"", b"hello"])
def test_a_file_that_is_absent_or_no_chain_is_64(folder: Path, content: bytes | None) -> None:
    file = folder / "given.pem"
    if content is not None:
        file.write_bytes(content)
    result = run("judge", str(file), "--host", HOST, "--json")
    assert result.exit_code == 64
    assert "given.pem" in result.stderr


def test_a_folder_instead_of_a_file_is_64(folder: Path) -> None:
    assert run("judge", str(folder), "--host", HOST).exit_code == 64


def test_a_wrong_profile_file_is_64_and_named(folder: Path, chain: str) -> None:
    (folder / "profiles" / "wrong.toml").write_text('id = "wrong"')
    result = run("judge", chain, "--host", HOST)
    assert result.exit_code == 64
    assert "wrong.toml: `roots` is missing" in result.stderr


@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31T23:59:59Z"])
def test_the_ends_of_time_are_times(chain: str, at: str) -> None:
    assert run("judge", chain, "--host", HOST, "--at", at).exit_code == 2


def test_a_subject_cannot_write_to_the_terminal(folder: Path) -> None:
    evil = "\x1b[2J\x07\u202eevil"
    file = folder / "evil.pem"
    file.write_bytes(pem(make(evil, "Inter", ca=False, hosts=(HOST,))))
    for form in ((), ("--json",)):
        result = run("judge", str(file), "--host", HOST, *form)
        assert "evil" in result.stdout
        assert not {"\x1b", "\x07", "\u202e"} & set(result.stdout)


def test_a_malformed_certificate_is_reported_in_its_place(folder: Path) -> None:
    file = folder / "broken.pem"
    file.write_bytes(pem(b"hello") + pem(make("Inter", "Root")))
    result = run("judge", str(file), "--host", HOST, "--at", AT)
    assert result.exit_code == 2
    assert "(cannot be read)" in result.stdout


@pytest.mark.parametrize("fault", ["expired", "no keyCertSign", "for clients", "none"])
def test_browsers_enforce_the_dates_and_extensions_of_roots_of_ones_own(
    fault: str, tmp_path: Path
) -> None:
    changes: dict[str, Changes] = {
        "no keyCertSign": {"keyUsage": (usage("crl_sign"), True)},
        "for clients": {
            "extKeyUsage": (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)
        },
    }
    ends = NOON - timedelta(days=1) if fault == "expired" else NOON + timedelta(days=50)
    root = issue("Root", "Root", changes.get(fault, {}), authority=True, ends=ends)
    (tmp_path / "chain").write_bytes(pem(issue(HOST, "Root", {})))
    (tmp_path / "roots").write_bytes(pem(root))
    result = run(
        *("judge", str(tmp_path / "chain"), "--host", HOST, "--at", f"{NOON:%Y-%m-%dT%H:%MZ}"),
        *("--roots", str(tmp_path / "roots"), "--profile", "current"),
    )
    assert (result.exit_code == 2) is (fault != "none")
