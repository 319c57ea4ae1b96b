"""Settings of e-mail: what they accept, and that half a configuration prevents the start."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.net.mail.relay import MailFolder, Relay, parse_relay
from app.settings import Settings, SettingsError, load_settings


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def set_up(**values: str) -> Settings:
    given = {"smtp_url": "smtp://relay.example.net:587", "mail_from": "status@example.com"}
    return load_settings(**{**given, **values})


def test_without_settings_mail_is_not_set_up() -> None:
    settings = load_settings()
    assert not settings.mail_is_set_up
    assert settings.relay is None


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://relay.example.net:587", ("relay.example.net", 587, True)),
        ("smtp://relay.example.net", ("relay.example.net", 25, True)),
        ("smtps://u:p%40ss@Räksmörgås.example", ("xn--rksmrgs-5wao1o.example", 465, False)),
        ("smtp://127.0.0.1:25", ("127.0.0.1", 25, False)),
        ("smtp://localhost:25", ("localhost", 25, False)),
        ("smtp://[::1]:25", ("::1", 25, False)),
        ("smtp://u:p@localhost:25", ("localhost", 25, False)),
        ("smtp://10.0.0.5:25?starttls=off", ("10.0.0.5", 25, False)),
        ("maildir:/var/mail/fyr", MailFolder(Path("/var/mail/fyr"))),
        ("maildir:mail", MailFolder(Path("mail"))),
    ],
)
def test_a_relay_is_read_from_its_url(url: str, relay: object) -> None:
    found = set_up(smtp_url=url).relay
    if isinstance(relay, tuple):
        assert isinstance(found, Relay)
        assert (found.host, found.port, found.needs_starttls) == relay
        assert found.is_tls == url.startswith("smtps:")
        assert (found.user, found.password) in {("", ""), ("u", "p"), ("u", "p@ss")}
        assert bool(found.user) == ("@" in url)
    else:
        assert found == relay


@pytest.mark.parametrize(
    "url",
    [
        "hunter2",
        "http://hunter2@relay.example.net",
        "smtp://",
        "smtp://:587",
        "smtp://hunter2@relay.example.net",
        "smtp://:hunter2@relay.example.net",
        "smtp://u:hunter2@relay.example.net:0",
        "smtp://u:hunter2@relay.example.net:70000",
        "smtp://u:hunter2@relay.example.net:port",
        "smtp://u:hunter2@relay.example.net/path",
        "smtp://u:hunter2@relay.example.net?starttls=off",
        "smtp://u:hunter2@relay.example.net?starttls=maybe",
        "smtp://u:hunter2@relay.example.net?tls=off",
        "smtp://u:hunter2@relay.example.net?ca=/no/such/file",
        "smtp://u:hunter2@[relay",
        "smtp://u:hunter2@re lay",
        "smtp://u:hunter2@-relay..net",
        "maildir:",
        "maildir: ",
    ],
)
def test_an_invalid_relay_prevents_the_start_and_is_not_repeated(url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        set_up(smtp_url=url)
    assert "FYR_SMTP_URL: " in str(refused.value)
    assert "hunter2" not in str(refused.value)
    assert "FYR_MAIL_FROM" not in str(refused.value)


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"smtp_url": "smtp://localhost"}, "FYR_MAIL_FROM: must be given"),
        ({"mail_from": "status@example.com"}, "FYR_MAIL_FROM: needs FYR_SMTP_URL"),
        ({"bounce_address": "bounces@example.com"}, "FYR_BOUNCE_ADDRESS: needs"),
        ({"dkim_selector": "fyr"}, "FYR_DKIM_SELECTOR: FYR_DKIM_KEY and"),
        ({"dkim_key": "/no/such/file"}, "FYR_DKIM_KEY: the file cannot be read"),
        ({"smtp_connections": "0"}, "FYR_SMTP_CONNECTIONS"),
        ({"smtp_rate": "-1"}, "FYR_SMTP_RATE"),
    ],
)
def test_half_a_configuration_prevents_the_start(values: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings(**values)
    assert named in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "status",
        "@example.com",
        "status@",
        "Fyr <status@example.com>",
        "status@example.com\nBcc: x@example.com",
        "status@example.com ",
        '"a b"@example.com',
        "status@[127.0.0.1]",
        "a..b@example.com",
        "stätus@example.com",
        "a" * 65 + "@example.com",
    ],
)
def test_an_invalid_sender_prevents_the_start(address: str) -> None:
    with pytest.raises(SettingsError, match="FYR_MAIL_FROM: must be a mail address"):
        set_up(mail_from=address)


def test_the_sender_has_its_domain_in_ascii() -> None:
    assert set_up(mail_from="status@räksmörgås.example").mail_from == (
        "status@xn--rksmrgs-5wao1o.example"
    )


def test_a_dkim_key_that_is_no_rsa_key_prevents_the_start(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    keys = (ec.generate_private_key(ec.SECP256R1()), None)
    for key in keys:
        file.write_bytes(b"hunter2" if key is None else pem(key))
        with pytest.raises(SettingsError, match="FYR_DKIM_KEY: the ") as refused:
            set_up(dkim_key=str(file), dkim_selector="fyr")
        assert "hunter2" not in str(refused.value)
    file.write_bytes(pem(rsa.generate_private_key(65537, 1024)))
    assert set_up(dkim_key=str(file), dkim_selector="fyr").dkim_selector == "fyr"
    with pytest.raises(SettingsError, match="FYR_DKIM_SELECTOR: FYR_DKIM_KEY and"):
        set_up(dkim_key=str(file))


def test_the_password_is_not_in_the_representation() -> None:
    settings = set_up(smtp_url="smtp://user:hunter2@relay.example.net:587")
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in repr(settings.relay)
    assert "hunter2" not in repr(parse_relay("smtp://user:hunter2@relay.example.net:587"))


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
