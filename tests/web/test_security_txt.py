"""`/.well-known/security.txt` says where faults in security are reported (RFC 9116)."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.settings import SettingsError, load_settings
from tests.cast import open_installation

PATH = "/.well-known/security.txt"


def test_the_contact_of_the_settings_is_in_security_txt(sqlite_url: str, tmp_path: Path) -> None:
    with open_installation(
        sqlite_url,
        tmp_path,
        security_contact="mailto:security@example.com",
        security_policy="https://example.com/security",
    ) as installation:
        answer = installation.vera.get(PATH)
        now = installation.clock.now
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    fields = dict(re.findall(r"^([A-Z][a-z]+): (.+)$", answer.text, re.MULTILINE))
    assert fields["Contact"] == "mailto:security@example.com"
    assert fields["Policy"] == "https://example.com/security"
    assert fields["Canonical"] == f"https://status.example.com{PATH}"
    expires = datetime.fromisoformat(fields["Expires"].replace("Z", "+00:00"))
    assert timedelta(days=30) < expires - now < timedelta(days=365)


def test_without_a_contact_there_is_no_security_txt(sqlite_url: str, tmp_path: Path) -> None:
    with open_installation(sqlite_url, tmp_path) as installation:
        assert installation.vera.get(PATH).status_code == 404


@pytest.mark.parametrize(
    "contact",
    [
        "security@example.com",
        "http://example.com/",
        "mailto:a@b.example\nExpires: 2099-01-01T00:00:00Z",
        "https://user@example.com/",
        "javascript:alert(1)",
    ],
)
def test_a_contact_is_a_url(contact: str) -> None:
    with pytest.raises(SettingsError, match="FYR_SECURITY_CONTACT"):
        load_settings(_env_file=None, security_contact=contact)
