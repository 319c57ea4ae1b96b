"""The first run: the checklist, slugs from names, drafts on the first screen, errors in forms."""

import re

import pytest

from app.domain.permissions import Role
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.slugs import slug_of
from app.monitors import ADAPTERS
from app.usecases.backups.nightly import begin_if_due
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.services.services import add_service
from app.usecases.sources import sources
from app.usecases.sources.records import NewSource
from tests.cast import ADA, Installation
from tests.console import Staff, staff
from tests.factories import make_maintenance, make_service


@pytest.fixture
def ada(installation: Installation) -> Staff:
    person = staff(installation, Role.ADMIN)
    person.headers["Accept-Language"] = "en"
    return person


def to_do(page: str) -> int:
    return page.count('<span class="tag">To do</span>')


def test_the_checklist_shows_what_is_left_and_goes_when_all_is_done(
    installation: Installation, ada: Staff
) -> None:
    page = ada.get("/console/").text
    assert to_do(page) == 4
    for path in ("page", "services/new", "certificates/new", "sources/new", "users"):
        assert f'href="/console/{path}"' in page.partition('id="setup"')[2].partition("</ol>")[0]
    with installation.writing(ADA) as ctx:
        make_service(ctx, "payments")
        edit_page(ctx, PageChange(time_zone="Europe/Stockholm"))
    assert to_do(ada.get("/console/").text) == 2
    with installation.writing(ADA) as ctx:
        box = installation.app.state.fyr.secret_box
        sources.add_source(ctx, box, NewSource("generic", "Scripts"), ADAPTERS)
    assert to_do(ada.get("/console/").text) == 1
    # Ben is a colleague; the checklist is for those who can follow it.
    assert 'id="setup"' not in staff(installation, Role.EDITOR).get("/console/").text
    assert 'id="setup"' not in ada.get("/console/").text


@pytest.mark.parametrize(
    ("texts", "slug"),
    [
        ({"en": "Card payments"}, "card-payments"),
        ({"en": "  Web & API (v2)  "}, "web-api-v2"),
        ({"sv": "Självbetjäning på Öland"}, "sjalvbetjaning-pa-oland"),
        ({"en": "Straße, Ærø, Łódź"}, "strasse-aero-lodz"),
        ({"ar": "المدفوعات", "en": "Payments"}, "payments"),
        ({"en": "x" * 80}, "x" * 60),
    ],
)
def test_a_slug_comes_from_the_name(texts: dict[str, str], slug: str) -> None:
    source = next(iter(texts))
    assert slug_of(LocalizedText.from_mapping(texts, default=source), prefix="service") == slug


def test_a_name_without_latin_letters_has_a_slug_that_stays_the_same(
    installation: Installation,
) -> None:
    name = LocalizedText.of("المدفوعات", "ar")
    with installation.writing(ADA) as ctx:
        first, second = add_service(ctx, None, name).slug, add_service(ctx, None, name).slug
    assert re.fullmatch("service-[0-9a-f]{12}", first)
    assert second == f"{first}-2"


def test_a_service_is_added_without_a_slug(installation: Installation, ada: Staff) -> None:
    for _ in range(2):
        ada.send("/console/services/new", {"slug": "", "name:en": "Card payments"})
    answer = installation.ada.post("/api/v1/services", {"name": "Card payments"})
    assert answer.json()["slug"] == "card-payments-3"
    slugs = [each["slug"] for each in installation.ada.get("/api/v1/services").json()["items"]]
    assert slugs == ["card-payments", "card-payments-2", "card-payments-3"]


def test_drafts_are_on_the_first_screen(installation: Installation, ada: Staff) -> None:
    with installation.writing(ADA) as ctx:
        make_service(ctx, "payments")
        draft = make_maintenance(ctx, title="New rack", publish=False).id
    typed = {"do": "preview", "status": "investigating", "title:en": "Half <b>written"}
    ada.send("/console/incidents/new", typed)
    page = ada.get("/console/").text
    assert f'href="/console/maintenances/{draft}"' in page
    assert "Half &lt;b&gt;written" in page
    assert 'href="/console/incidents/new">Continue writing' in page
    ben = staff(installation, Role.EDITOR).get("/console/").text
    assert "New rack" in ben
    assert "Half" not in ben


def test_errors_of_a_form_are_listed_with_links_to_their_fields(
    installation: Installation, ada: Staff
) -> None:
    answer = ada.send("/console/services/new", {"slug": "No Slug", "name:en": "Mail"})
    assert answer.status_code == 422
    assert "1 field needs attention." in answer.text
    link = re.search(r'<a href="#(slug-problem)">URL slug: ', answer.text)
    assert link
    assert f'id="{link[1]}" tabindex="-1"' in answer.text


def test_services_are_chosen_by_group(installation: Installation, ada: Staff) -> None:
    with installation.writing(ADA) as ctx:
        for number in range(30):
            make_service(ctx, f"s{number}", group=("Shop", "Office", None)[number % 3])
    for path in ("/console/incidents/new", "/console/maintenances/new"):
        page = ada.get(path).text
        assert page.count("data-group") == 3
        assert page.count("All in this group") == 3
        assert page.count("data-found=") == 30
        assert 'id="find-services"' in page


def test_a_spanner_means_maintenance(installation: Installation, ada: Staff) -> None:
    with installation.writing(ADA) as ctx:
        make_service(ctx, "payments")
    new = {"host": "pay.example.com", "services": ["payments"]}
    target = installation.ada.post("/api/v1/targets", new).json()["id"]
    for step in ("", "/pause"):
        if step:
            ada.send(f"/console/certificates/{target}{step}")
        for path in ("/console/certificates", f"/console/certificates/{target}"):
            assert 'href="#under_maintenance"' not in ada.get(path).text.partition("<main")[2]


def test_failing_backups_are_shown_to_those_who_can_mend_them(
    installation: Installation, ada: Staff
) -> None:
    state = installation.app.state.fyr
    given = state.settings.model_copy(update={"backup_dir": "/srv/backups"})
    object.__setattr__(state, "settings", given)
    with installation.writing(ADA) as ctx:
        begin_if_due(ctx)
    assert "backup.failed" not in ada.get("/console/").text
    installation.clock.forward(hours=1)
    assert "No backup could be written yet." in ada.get("/console/").text
    assert "backup.failed" not in staff(installation, Role.EDITOR).get("/console/").text
