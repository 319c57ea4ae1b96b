"""Machine translation in the console and the API: settings, suggestions, publishing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html

from app.db.tables import TranslationProviderRow
from app.domain.permissions import Role
from app.domain.texts.localized_text import LocalizedText
from app.domain.texts.text_origin import OriginKind, TextOrigin
from app.i18n.catalogues.catalogs import translations
from app.usecases.context import SHELL
from app.usecases.encryption import BrowserBox, SecretBox
from app.usecases.incidents.lifecycle import get_incident
from app.usecases.key_rotation import Boxes, renew_batch
from app.usecases.page.settings import PageChange, edit_page
from app.usecases.page.translation_provider import ProviderChange, list_outcomes, set_provider
from tests.cast import ADA, BEN, Installation, open_backend, open_installation
from tests.console import Staff, staff
from tests.factories import make_incident, make_service
from tests.translation.provider_server import ProviderServer, open_provider_server

HERE = "/console/languages/machine"
KEY = "the-key-of-the-account-4711"
MACHINE = TextOrigin(OriginKind.MACHINE, "libretranslate")


@pytest.fixture(scope="module")
def running() -> Iterator[ProviderServer]:
    with open_provider_server() as server:
        yield server


@pytest.fixture
def server(running: ProviderServer) -> ProviderServer:
    running.reset()
    return running


@pytest.fixture
def installation(sqlite_url: str, tmp_path: Path) -> Iterator[Installation]:
    with open_installation(sqlite_url, tmp_path, allowed_networks="127.0.0.0/8") as opened:
        with opened.writing(ADA) as ctx:
            edit_page(ctx, PageChange(languages=["en", "sv", "ar"], undo_seconds=0))
            make_service(ctx)
        yield opened


@pytest.fixture
def ada(installation: Installation) -> Staff:
    return _english(staff(installation, Role.ADMIN))


@pytest.fixture
def ben(installation: Installation, server: ProviderServer, ada: Staff) -> Staff:
    saved = ada.send(HERE, {"kind": "libretranslate", "url": server.url, "key": KEY})
    assert saved.status_code == 303
    return _english(staff(installation, Role.EDITOR))


def _english(person: Staff) -> Staff:
    person.headers["Accept-Language"] = "en"
    return person


def _fields(page: str) -> dict[str, str]:
    found: Any = html.fromstring(page)
    return {
        str(each.get("name")): str(each.get("value") or each.text or "").strip()
        for each in found.xpath("//form[@class='compose']//*[@name]")
        if each.get("name").startswith(("body:", "title:", "made:", "seen"))
    }


def _path(installation: Installation) -> str:
    with installation.writing(ADA) as ctx:
        return f"/console/incidents/{make_incident(ctx).incident.id}/update"


def _suggested(ben: Staff, path: str, **texts: str) -> str:
    fields = {f"body:{tag}": text for tag, text in texts.items()}
    answer = ben.send(path, {"status": "identified", "do": "suggest", **fields})
    assert answer.status_code == 200
    return answer.text


def _newest(installation: Installation, path: str) -> LocalizedText:
    with installation.reading() as ctx:
        body = get_incident(ctx, path.split("/")[3]).incident.updates[0].body
    assert isinstance(body, LocalizedText)
    return body


def test_it_is_off_until_an_admin_chooses_a_provider(installation: Installation) -> None:
    editor = _english(staff(installation, Role.EDITOR))
    path = _path(installation)
    assert "Suggest translations" not in editor.get(path).text
    assert "Suggest translations" not in _suggested(editor, path, en="We know.")
    assert installation.ada.get("/api/v1/translation-provider").status_code == 404


def test_a_suggestion_fills_empty_fields_and_no_others(
    installation: Installation, server: ProviderServer, ben: Staff
) -> None:
    path = _path(installation)
    assert "Suggest translations" in ben.get(path).text
    page = _suggested(ben, path, en="We know.", ar="نعرف.")
    fields = _fields(page)
    assert fields["body:sv"] == "sv: We know."
    assert fields["body:ar"] == "نعرف."
    assert "1 field was translated." in page
    assert "translated by LibreTranslate, not yet read" in page
    assert [sent["target"] for _, _, sent in server.asked] == ["sv"]


def test_an_unread_suggestion_is_stored_as_such_and_hidden_from_visitors(
    installation: Installation, ben: Staff, ada: Staff
) -> None:
    path = _path(installation)
    fields = _fields(_suggested(ben, path, en="We know."))
    ben.send(path, {"status": "identified", "do": "publish", **fields})
    body = _newest(installation, path)
    assert body.origins["sv"] == MACHINE
    assert body.origins["en"] == TextOrigin(OriginKind.PERSON, BEN.name)
    public = f"/sv/incidents/{path.split('/')[3]}"
    assert "sv: We know." not in installation.vera.get(public).text
    assert ada.send(f"{HERE}/unread", {"unread_languages": ["sv"]}).status_code == 303
    shown = installation.vera.get(public).text
    assert "sv: We know." in shown
    mark = translations("sv").gettext("Translated by machine, not yet read by a person.")
    assert mark in shown
    assert "sv: We know." not in installation.vera.get("/sv/feed.atom").text


@pytest.mark.parametrize("how", ["ticked", "edited"])
def test_a_suggestion_that_was_read_is_shown(
    installation: Installation, ben: Staff, how: str
) -> None:
    path = _path(installation)
    fields: dict[str, Any] = dict(_fields(_suggested(ben, path, en="We know.")))
    if how == "ticked":
        fields["read"] = ["body:sv"]
    else:
        fields["body:sv"] = "Vi vet."
    ben.send(path, {"status": "identified", "do": "publish", **fields})
    body = _newest(installation, path)
    assert body.origins["sv"] == MACHINE.as_read(BEN.name)
    assert body.unread == ["ar"]
    shown = installation.vera.get(f"/sv/incidents/{path.split('/')[3]}").text
    assert fields["body:sv"] in shown
    mark = translations("sv").gettext("Translated by machine, then read by a person.")
    assert mark in shown


def test_a_stored_translation_is_read_later(installation: Installation, ben: Staff) -> None:
    path = _path(installation)
    fields = _fields(_suggested(ben, path, en="We know."))
    ben.send(path, {"status": "identified", "do": "publish", **fields})
    with installation.reading() as ctx:
        incident = get_incident(ctx, path.split("/")[3]).incident
    here = f"/console/incidents/{incident.id}/updates/{incident.updates[0].id}"
    listed = ben.get(f"/console/incidents/{incident.id}").text
    assert f"{here}?shown_language=sv#body:sv" in listed
    stored = _fields(ben.get(here).text)
    assert ben.send(here, {**stored, "do": "publish"}).status_code == 303
    assert _newest(installation, path).unread == ["sv", "ar"]
    ben.send(here, {**stored, "read": ["body:sv"], "do": "publish"})
    body = _newest(installation, path)
    assert body.origins["sv"] == MACHINE.as_read(BEN.name)
    assert dict(body)["sv"] == "sv: We know."
    assert body.unread == ["ar"]


def test_an_outdated_translation_of_a_machine_is_made_again_and_no_other(
    installation: Installation, ben: Staff
) -> None:
    path = _path(installation)
    fields = _fields(_suggested(ben, path, en="We know.", ar="نعرف."))
    ben.send(path, {"status": "identified", "do": "publish", **fields})
    with installation.reading() as ctx:
        incident = get_incident(ctx, path.split("/")[3]).incident
    here = f"/console/incidents/{incident.id}/updates/{incident.updates[0].id}"
    stored = {**_fields(ben.get(here).text), "body:en": "We know more."}
    again = _fields(ben.send(here, {**stored, "do": "suggest"}).text)
    assert again["body:sv"] == "sv: We know more."
    assert again["body:ar"] == "نعرف."


def test_a_pending_text_that_comes_back_is_still_unread(
    installation: Installation, ben: Staff
) -> None:
    with installation.writing(ADA) as ctx:
        edit_page(ctx, PageChange(undo_seconds=10))
    path = _path(installation)
    fields = _fields(_suggested(ben, path, en="We know."))
    pending = ben.send(path, {"status": "identified", "do": "publish", **fields})
    ben.send(f"{pending.headers['location']}/withdraw", {})
    assert _fields(ben.get(path).text)["made:body:sv"].startswith("machine:libretranslate:")


def test_a_template_does_not_make_a_translation_read(
    installation: Installation, ben: Staff
) -> None:
    new = "/console/incidents/new"
    texts = {"title:en": "Down", "body:en": "We know.", "status": "identified"}
    filled = _fields(ben.send(new, {**texts, "do": "suggest"}).text)
    assert filled["title:sv"] == "sv: Down"
    ben.send(new, {**texts, **filled, "do": "template", "template_name": "Ours"})
    listed: Any = html.fromstring(ben.get(new).text)
    (link,) = listed.xpath("//a[contains(@href, '?template=')]/@href")
    again = _fields(ben.get(str(link)).text)
    assert again["made:body:sv"] == filled["made:body:sv"]
    assert again["made:title:sv"] == filled["made:title:sv"]


def test_a_draft_stays_here_unless_an_admin_allows_it(
    installation: Installation, server: ProviderServer, ben: Staff, ada: Staff
) -> None:
    ada.send(HERE, {"kind": "libretranslate", "url": "https://93.184.215.14"})
    page = _suggested(ben, _path(installation), en="We know.")
    assert "Unpublished texts are not sent to this provider." in page
    assert server.asked == []


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (456, "The quota of the provider is used up."),
        (429, "The provider gets too many requests."),
        (403, "The provider refuses the key."),
        (302, "The provider redirects to another address."),
        (500, "The provider could not translate."),
    ],
)
def test_a_failure_is_said_and_the_text_is_published_all_the_same(
    installation: Installation, server: ProviderServer, ben: Staff, status: int, message: str
) -> None:
    path = _path(installation)
    server.status, server.body, server.location = status, KEY.encode(), f"{server.url}/else"
    page = _suggested(ben, path, en="We know.")
    assert message in page
    assert KEY not in page
    fields = _fields(page)
    assert fields["body:en"] == "We know."
    assert ben.send(path, {"status": "identified", "do": "publish", **fields}).status_code == 303
    assert dict(_newest(installation, path)) == {"en": "We know."}


def test_the_key_is_shown_nowhere(
    installation: Installation, ben: Staff, ada: Staff, caplog: pytest.LogCaptureFixture
) -> None:
    assert KEY not in ada.get(HERE).text
    assert "4711" in ada.get(HERE).text
    answer = installation.ada.get("/api/v1/translation-provider")
    assert answer.json()["key_end"] == "4711"
    assert KEY not in answer.text
    assert KEY not in installation.ada.get("/api/v1/audit").text
    assert KEY not in caplog.text
    assert ben.get(HERE).status_code == 403


def test_a_key_stays_with_its_host(
    installation: Installation, server: ProviderServer, ben: Staff, ada: Staff
) -> None:
    ada.send(HERE, {"kind": "libretranslate", "url": f"{server.url}/sub", "sends_drafts": "on"})
    kept = installation.ada.get("/api/v1/translation-provider").json()
    assert kept == {
        "kind": "libretranslate",
        "url": f"{server.url}/sub",
        "key_end": "4711",
        "sends_drafts": True,
    }
    ada.send(HERE, {"kind": "libretranslate", "url": "http://127.0.0.1:1"})
    assert installation.ada.get("/api/v1/translation-provider").json()["key_end"] is None
    ada.send(HERE, {"kind": "libretranslate", "url": "https://other.example"})
    assert installation.ada.get("/api/v1/translation-provider").json()["key_end"] is None
    assert ada.send(HERE, {"kind": "deepl", "url": ""}).status_code == 422


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x.example",
        "https://",
        "https://user:pass@x.example",
        "https://x.example/?key=1",
        "x.example",
        "https://x.example:0",
        "https://[::1",
        "",
    ],
)
def test_a_url_that_is_none_is_refused(ada: Staff, installation: Installation, url: str) -> None:
    assert ada.send(HERE, {"kind": "libretranslate", "url": url}).status_code == 422
    sent = {"kind": "libretranslate", "url": url}
    assert installation.ada.put("/api/v1/translation-provider", sent).status_code == 422


def test_the_provider_is_checked_from_the_console_and_the_api(
    installation: Installation, server: ProviderServer, ben: Staff, ada: Staff
) -> None:
    assert "An example in Swedish" in ada.send(f"{HERE}/check", {}).text
    checked = installation.ada.post("/api/v1/translation-provider/check").json()
    assert checked["failure"] is None
    assert "status.example.com" in checked["text"]
    server.status = 456
    assert "quota" in ada.send(f"{HERE}/check", {}).text
    checked = installation.ada.post("/api/v1/translation-provider/check").json()
    assert checked["failure"] == "quota_exceeded"
    assert ben.send(f"{HERE}/check", {}).status_code == 403


def test_switching_it_off_deletes_the_key(
    installation: Installation, ben: Staff, ada: Staff
) -> None:
    assert ada.send(HERE, {"kind": ""}).status_code == 303
    assert installation.ada.get("/api/v1/translation-provider").status_code == 404
    assert "Suggest translations" not in ben.get(_path(installation)).text


def test_a_term_of_the_glossary_is_demanded_and_a_name_protected(
    installation: Installation, server: ProviderServer, ben: Staff, ada: Staff
) -> None:
    assert ada.send(f"{HERE}/terms", {"forms": "en: cause\nsv: orsak*"}).status_code == 303
    installation.ada.post("/api/v1/glossary-terms", {"forms": {"en": ["Blue Whale"]}})
    page = _suggested(ben, _path(installation), en="The cause is Blue Whale.")
    assert "Swedish: The machine did not use a term of the glossary" in page
    assert "Whale" not in str(server.asked)
    terms = installation.cy.get("/api/v1/glossary-terms").json()["items"]
    assert [each["forms"] for each in terms] == [
        {"en": ["cause"], "sv": ["orsak*"]},
        {"en": ["Blue Whale"]},
    ]
    ada.send(f"{HERE}/terms/{terms[0]['id']}/delete", {})
    page = _suggested(ben, _path(installation), en="The cause is Blue Whale.")
    assert "2 fields were translated." in page


@pytest.mark.parametrize("forms", ["", "en", "en:", "e n: x", "en: x\nen: y", ": x", "en: *"])
def test_a_term_that_is_none_is_refused(ada: Staff, forms: str) -> None:
    assert ada.send(f"{HERE}/terms", {"forms": forms}).status_code == 422


def test_unread_languages_are_published_ones(installation: Installation) -> None:
    path = "/api/v1/unread-translations"
    assert installation.ada.put(path, {"languages": ["pl"]}).status_code == 422
    assert installation.ada.put(path, {"languages": ["sv", "sv"]}).json() == {"languages": ["sv"]}
    assert installation.cy.get(path).json() == {"languages": ["sv"]}
    assert installation.ben.put(path, {"languages": []}).status_code == 403


def test_a_forged_mark_is_a_text_of_a_person(installation: Installation, ben: Staff) -> None:
    path = _path(installation)
    marks = {"made:body:sv": "machine:<script>:0000000000000000", "made:body:en": "x" * 5000}
    ben.send(path, {"status": "identified", "body:en": "A.", "body:sv": "B.", **marks})
    assert _newest(installation, path).origins["sv"].kind is OriginKind.PERSON


def test_outcomes_are_counted_and_the_key_is_rotated(database_url: str) -> None:
    with open_backend(database_url) as backend:
        old, new = b"o" * 32, b"n" * 32
        with backend.writing(SHELL) as ctx:
            change = ProviderChange("deepl", "https://api.deepl.com/", KEY)
            set_provider(ctx, SecretBox(lambda: old), change, {"deepl": True})
        box = SecretBox(lambda: new, lambda: [old])
        boxes = Boxes(box, BrowserBox.for_purpose(new, "browser", [old]))
        table: int | None = 0
        renewed = 0
        while table is not None:
            with backend.writing(SHELL) as ctx:
                batch = renew_batch(ctx, boxes, table=table)
                renewed, table = renewed + batch.renewed, batch.table
        assert renewed == 1
        with backend.reading(SHELL) as ctx:
            row = ctx.session.get(TranslationProviderRow, 1)
            assert row is not None
            assert row.url == "https://api.deepl.com"
            assert SecretBox(lambda: new).decrypt(row.key or "", "translation-provider") == KEY
            assert list_outcomes(ctx) == []


def test_sums_of_outcomes_are_shown(installation: Installation, ben: Staff, ada: Staff) -> None:
    _suggested(ben, _path(installation), en="We know.")
    with installation.reading() as ctx:
        found = {(each.outcome, each.texts, each.characters > 0) for each in list_outcomes(ctx)}
    assert found == {("sent", 0, True), ("suggested", 2, False)}
    assert "suggested" in ada.get(HERE).text
