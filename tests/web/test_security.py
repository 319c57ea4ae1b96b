from pathlib import Path

import pytest

from tests.cast import open_installation


@pytest.mark.parametrize("path", ["/", "/sv/", "/healthz", "/nothing", "/api/v1/services"])
def test_every_answer_carries_the_security_headers(
    sqlite_url: str, tmp_path: Path, path: str
) -> None:
    with open_installation(sqlite_url, tmp_path) as installation:
        headers = installation.vera.get(path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    policy = headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy)
    # Nothing inline, and nothing of other hosts.
    assert {source for rule in policy for source in rule.split()[1:]} == {"'none'", "'self'"}
