from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import Installation

_SEGMENTS = st.one_of(
    st.sampled_from(["sv", "EN", "ar", "xx", "incidents", "services", "history", "static", ".."]),
    st.sampled_from(["2021-09", "9999-12", "self-park", "%00", "%ff%fe", "%ed%a0%80", "%2f", ""]),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=20),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(_SEGMENTS, max_size=4), st.sampled_from(["", "?locale=%ff", "?lang=sv&lang=%00"]))
def test_any_address_gets_a_page_a_redirect_or_a_404(
    installation: Installation, segments: list[str], query: str
) -> None:
    answer = installation.vera.get("/" + "/".join(segments).lstrip("/") + query)
    assert answer.status_code in {200, 308, 404}
    if answer.status_code == 308:
        assert answer.headers["Location"].startswith(("/en/", "/sv/", "/ar/"))
