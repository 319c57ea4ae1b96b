"""The configuration of nginx for a page in every registered language."""

import re
import subprocess
from pathlib import Path

import pytest

from app.export.nginx.language_regex import accept_language_pattern, language_patterns
from app.export.nginx.server import http_conf, server_conf
from app.i18n.languages import REGISTERED
from app.i18n.negotiate import lookup
from scripts.programs import nginx
from tests.rendering.records import facts

# The longest parameter in a configuration of nginx, NGX_CONF_BUFFER without its end.
_LONGEST_PARAMETER = 4095
_CONF = """
daemon off; pid {own}/pid; error_log {own}/error.log; events {{}}
http {{
    access_log off; client_body_temp_path {own}/b; proxy_temp_path {own}/p;
    fastcgi_temp_path {own}/f; uwsgi_temp_path {own}/u; scgi_temp_path {own}/s;
    include {own}/http.conf;
    server {{ listen 127.0.0.1:1; include {own}/server.conf; }}
}}
"""


def test_no_pattern_is_longer_than_a_parameter_may_be() -> None:
    patterns = [accept_language_pattern(REGISTERED, "r")]
    patterns += [pattern for pattern, _ in language_patterns(REGISTERED)]
    assert max(map(len, patterns)) < _LONGEST_PARAMETER
    parameters = re.findall(r'"([^"]*)"', http_conf(facts(languages=REGISTERED)))
    assert max(map(len, parameters)) < _LONGEST_PARAMETER


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    program = nginx.find()
    if program is None:
        pytest.skip("there is no nginx: `make test` installs one where it can")
    page = facts(languages=REGISTERED)
    (tmp_path / "http.conf").write_text(http_conf(page))
    (tmp_path / "server.conf").write_text(server_conf(tmp_path, page))
    (tmp_path / "nginx.conf").write_text(_CONF.format(own=tmp_path))
    command = [str(program), "-t", "-q", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# Tags that CLDR reads as one of the languages, and some that it does not.
OTHERS = (
    *("no", "nn-NO", "es-MX", "pt", "pt-AO", "zh", "zh-TW", "iw", "tl", "en-GB", "de-CH-1901"),
    *("sr-Latn", "sr-ME", "tlh", "x-sv"),
)


@pytest.mark.parametrize("tag", [*REGISTERED, *OTHERS])
def test_a_tag_is_looked_up_as_by_the_application(tag: str) -> None:
    patterns = language_patterns(REGISTERED)
    found = next((each for p, each in patterns if re.search(p, tag, re.IGNORECASE)), None)
    assert found == lookup(tag, REGISTERED)
    ranged = re.search(accept_language_pattern(REGISTERED, "r"), f"tlh, {tag};q=0.5", re.IGNORECASE)
    assert (ranged["r"] if ranged else None) == (tag if found else None)
