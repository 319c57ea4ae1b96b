"""Feeds at their addresses."""

from datetime import timedelta

import feedparser  # type: ignore[import-untyped]
import pytest

from app.domain.statuses import IncidentStatus, ServiceStatus
from app.usecases.incidents.lifecycle import post_update
from app.usecases.maintenances.lifecycle import cancel_maintenance
from tests.cast import BASE_URL, Installation
from tests.factories import make_incident, make_maintenance, make_service, update

FEEDS = ("/history.atom", "/history.rss", "/sv/feed.atom", "/sv/feed.rss", "/feed.atom")


@pytest.fixture
def with_history(installation: Installation) -> Installation:
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        make_service(ctx, "mail")
        make_incident(ctx, update(services={"mail": ServiceStatus.MAJOR_OUTAGE}), title="No mail")
        make_maintenance(ctx, "payments", starts_in=timedelta(hours=3))
        make_incident(ctx, title="A secret", publish=False)
    return installation


@pytest.mark.parametrize("path", FEEDS)
def test_a_feed_shows_what_is_public(with_history: Installation, path: str) -> None:
    answer = with_history.vera.get(path)
    kind = path.rpartition(".")[2]
    assert answer.headers["content-type"] == f"application/{kind}+xml; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    feed = feedparser.parse(answer.content)
    assert not feed.bozo
    assert {entry.title for entry in feed.entries} == {"No mail", "Database upgrade"}


@pytest.mark.parametrize(("slug", "title"), [("mail", "No mail"), ("payments", "Database upgrade")])
@pytest.mark.parametrize("place", ["", "/sv"])
@pytest.mark.parametrize("kind", ["atom", "rss"])
def test_a_service_has_its_own_feed(
    with_history: Installation, slug: str, title: str, place: str, kind: str
) -> None:
    feed = feedparser.parse(with_history.vera.get(f"{place}/services/{slug}/feed.{kind}").content)
    assert [entry.title for entry in feed.entries] == [title]


@pytest.mark.parametrize("tag", ["en", "sv", "ar"])
def test_a_json_feed_has_the_entries_of_the_atom_feed(with_history: Installation, tag: str) -> None:
    feed = with_history.vera.get(f"/{tag}/feed.json").json()
    atom = feedparser.parse(with_history.vera.get(f"/{tag}/feed.atom").content)
    assert (feed["language"], feed["feed_url"]) == (tag, f"{BASE_URL}/{tag}/feed.json")
    assert (feed["home_page_url"], feed["title"]) == (atom.feed.link, atom.feed.title)
    assert [
        (each["id"], each["url"], each["title"], each["date_published"], each["date_modified"])
        for each in feed["items"]
    ] == [(each.id, each.link, each.title, each.published, each.updated) for each in atom.entries]


def test_a_json_feed_is_one_that_readers_and_other_sites_can_fetch(
    with_history: Installation,
) -> None:
    answer = with_history.vera.get("/en/feed.json")
    assert answer.headers["content-type"] == "application/feed+json; charset=utf-8"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["version"] == "https://jsonfeed.org/version/1.1"


@pytest.mark.parametrize("tag", ["en", "sv", "ar"])
def test_the_json_feed_of_a_service_marks_texts_in_another_language(
    with_history: Installation, tag: str
) -> None:
    (of_service,) = with_history.vera.get(f"/{tag}/services/mail/feed.json").json()["items"]
    assert "No mail" in of_service["title"]
    assert "We are looking into it." in of_service["content_html"]
    assert ("language" in of_service) is (tag != "en")


@pytest.mark.parametrize("path", ["/services/no/feed.atom", "/xx/feed.atom", "/sv/history.atom"])
def test_there_is_no_feed_of_what_is_not_there(with_history: Installation, path: str) -> None:
    assert with_history.vera.get(path).status_code == 404


def test_an_entry_keeps_its_id_and_moves_its_time(with_history: Installation) -> None:
    def entries() -> dict[str, str]:
        feed = feedparser.parse(with_history.vera.get("/history.atom").content)
        return {entry.id: entry.updated for entry in feed.entries}

    before = entries()
    with_history.clock.forward(minutes=5)
    with with_history.writing() as ctx:
        made = make_incident(ctx, title="Another")
    with_history.clock.forward(minutes=5)
    with with_history.writing() as ctx:
        post_update(ctx, made.incident.id, update(IncidentStatus.RESOLVED))
    after = entries()
    (new,) = set(after) - set(before)
    assert after == {**before, new: "2026-03-02T12:10:00Z"}


def test_subscribers_learn_that_a_maintenance_was_cancelled(with_history: Installation) -> None:
    with with_history.writing() as ctx:
        window = make_maintenance(ctx, "mail").maintenance.id
    with_history.clock.forward(minutes=5)
    with with_history.writing() as ctx:
        cancel_maintenance(ctx, window)
    feed = feedparser.parse(with_history.vera.get("/services/mail/feed.atom").content)
    (told_of,) = [entry for entry in feed.entries if entry.id.endswith(window)]
    assert "<strong>Cancelled</strong>" in told_of.content[0].value


def test_tags_are_written_in_lower_case(with_history: Installation) -> None:
    answer = with_history.vera.get("/SV/feed.atom")
    assert (answer.status_code, answer.headers["location"]) == (308, "/sv/feed.atom")


def test_statuspages_readers_find_its_english_words_whatever_they_send(
    with_history: Installation,
) -> None:
    feed = with_history.vera.get("/history.atom", headers={"Accept-Language": "sv"})
    assert feed.headers["content-language"] == "sv"
    assert "Investigating" in feed.text
