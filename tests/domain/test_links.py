"""A link with user information is not a link."""

from datetime import UTC

import pytest

from app.domain.errors import InvalidError
from app.domain.links import has_user_info
from app.domain.page.appearance import check_url
from app.i18n.localization import Locale
from app.payloads.sanitize import clean_url
from app.rendering.text.markdown import render_markdown
from app.settings import SettingsError, load_settings

WITH_USER_INFO = [
    "https://bank.example@evil.example/",
    "https://user:password@status.example.com/",
    "HTTP://@evil.example/",
    "https:\\\\bank.example@evil.example",
    "https:/\\bank.example@evil.example",
    "https:bank.example@evil.example",
    "https://bank.\texample@evil.example",
]


@pytest.mark.parametrize("url", WITH_USER_INFO)
def test_a_url_with_user_information_is_refused_in_every_link(url: str) -> None:
    assert has_user_info(url)
    assert clean_url(url) is None
    with pytest.raises(InvalidError):
        check_url(url, field="links")
    locale = Locale.of("en", default="en", zone=UTC)
    for text in (f"[Sign in]({url})", f"<{url}>", f"See {url} now", f"![x]({url})"):
        html = str(render_markdown(text, locale, below=2))
        assert not any(has_user_info(each) for each in html.split('href="')[1:]), html


@pytest.mark.parametrize(
    "url",
    [
        "https://status.example.com/@ada",
        "https://status.example.com?mail=a@b.example",
        "https://status.example.com#a@b",
        "mailto:ada@example.com",
    ],
)
def test_an_at_sign_elsewhere_is_no_user_information(url: str) -> None:
    assert not has_user_info(url)
    assert check_url(url, field="links") == url


@pytest.mark.parametrize("name", ["base_url", "oidc_issuer"])
def test_no_address_of_ours_has_user_information(name: str) -> None:
    given = {"oidc_client_id": "fyr", "oidc_roles": "*=viewer", name: "https://a:b@example.com"}
    with pytest.raises(SettingsError, match=f"FYR_{name.upper()}"):
        load_settings(_env_file=None, **given)
