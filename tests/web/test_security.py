from pathlib import Path

import pytest

from app.web.security import CONTENT_SECURITY_POLICY
from tests.cast import open_installation


@pytest.mark.parametrize("path", ["/", "/sv/", "/healthz", "/nothing", "/api/v1/services"])
def test_every_answer_carries_the_security_headers(
    sqlite_url: str, tmp_path: Path, path: str
) -> None:
    with open_installation(sqlite_url, tmp_path) as installation:
        headers = installation.vera.get(path).headers
    assert headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in headers["Permissions-Policy"]


def test_the_policy_allows_nothing_inline_and_nobody_elses() -> None:
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert "*" not in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "frame-ancestors 'none'" in CONTENT_SECURITY_POLICY
