"""The subscribe form and the pages of links in mails."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.db.migrate import upgrade
from app.db.tables import SubscriptionRequestRow
from app.domain.notifications.request_limits import most_waiting
from app.domain.notifications.subscribers.link_tokens import LinkPurpose
from app.domain.permissions import Role
from app.usecases.page.settings import PageChange, edit_page
from app.web.metrics.exposition import format_families
from app.web.metrics.families import collect
from tests.cast import Installation, open_installation
from tests.console import staff
from tests.databases import Run, copy_sqlite
from tests.factories import make_incident, make_maintenance, make_service
from tests.subscribing import VERA, Subscribing
from tests.web.public.submitting import fields, installation_of, read, submit

# RFC 5321, RFC 6531, and what a program can write into a field. None of them reaches a mail.
HOSTILE = [
    "vera@example.net\r\nBcc: erik@example.net",
    "vera@example.net\nerik@example.net",
    "vera\0@example.net",
    '"vera@example.net"@example.org',
    '"a b"@example.net',
    "vera@[192.0.2.1]",
    "vera@[IPv6:2001:db8::1]",
    "=?utf-8?q?vera?=@example.net",
    "vera%erik@example.net",
    "example.org!vera@example.net",
    "vera\u200b@example.net",
    "vera\u202e@example.net",
    "\u2066vera@example.net",
    "vera@example.net, erik@example.net",
    "Vera <vera@example.net>",
    "mailto:vera@example.net",
    "vera@localhost",
    "vera@example",
    "vera@-example.net",
    "vera..x@example.net",
    ".vera@example.net",
    f"{'v' * 65}@example.net",
    f"vera@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.example.net",
    f"{'å' * 40}@example.net",
    "vera@exam\u00adple.net",
    "vera@example.net\u2028x",
    "\ud800@example.net",
    "x" * 10_000 + "@example.net",
    "   ",
    "",
]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A page with services, an incident and mail that is set up, shared by the tests here."""
    folder = tmp_path_factory.mktemp("installation")
    copy_sqlite(Run.current(), upgrade, folder / "fyr.db")
    with open_installation(f"sqlite:///{folder / 'fyr.db'}", folder) as made:
        Subscribing(made)
        with made.writing() as ctx:
            edit_page(ctx, PageChange(languages=("en", "sv", "ar")))
            make_service(ctx, "payments", group="Shop")
            make_service(ctx, "login")
        yield made


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("en", "Get updates by e-mail"),
        ("sv", "Få uppdateringar via e-post"),
        ("ar", "تلقّي التحديثات بالبريد الإلكتروني"),
    ],
)
def test_the_form_is_in_every_language(shared: Installation, language: str, heading: str) -> None:
    answer = shared.vera.get(f"/{language}/subscribe")
    page = read(answer)

    assert answer.status_code == 200
    assert page.findtext(".//h1") == heading
    assert page.xpath("//select[@name='language']/option[@selected]/@value") == [language]
    assert page.xpath("//input[@name='services']/@value") == ["payments", "login"]
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-robots-tag"] == "noindex"


def test_the_form_comes_from_memory(shared: Installation) -> None:
    renderer = shared.app.state.fyr.renderer
    shared.vera.get("/sv/subscribe")
    store = renderer.store
    assert store.get(b"/sv/subscribe") is not None
    # A query asks for another page: the middleware leaves it to the application.
    assert store.get(b"/sv/subscribe").meta.queries


def test_a_request_is_answered_with_a_redirect_and_stored(own: Subscribing) -> None:
    answer = submit(installation_of(own), "/sv/subscribe", language="sv")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sv/subscribe/sent"
    own.handle()
    row = own.row()
    assert row is not None
    assert (row.language, row.state) == ("sv", "pending")
    assert installation_of(own).vera.get("/sv/subscribe/sent").status_code == 200


def test_the_form_answers_alike_for_known_and_unknown(on_each_database: Subscribing) -> None:
    installation = installation_of(on_each_database)
    on_each_database.subscribe()
    on_each_database.request("pending@example.net")
    on_each_database.handle()
    submit(installation, address="first@example.net")  # creates the key of the hashes

    engine = installation.database._engine
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    found = []
    for address in (VERA, "pending@example.net", "nobody@example.net"):
        statements.clear()
        answer = submit(installation, address=address)
        for name in ("date", "x-request-id"):
            answer.headers.pop(name, None)
        found.append((answer.status_code, answer.content, dict(answer.headers), list(statements)))

    assert found[0] == found[1] == found[2]


def test_hostile_addresses_are_refused_beside_the_field(shared: Installation) -> None:
    for address in HOSTILE:
        # By hand: httpx refuses surrogates.
        encoded = address.encode("utf-8", "surrogatepass").decode("latin-1")
        answer = shared.vera.post(
            "/en/subscribe",
            content=b"incidents=all&maintenances=planned&minimum=none&scope=page&language=sv&"
            b"address=" + "".join(f"%{ord(each):02X}" for each in encoded).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"},
        )
        page = read(answer)
        assert answer.status_code == 422, address
        (field,) = page.xpath("//input[@name='address']")
        assert field.get("aria-invalid") == "true"
        assert page.xpath("string(//p[@id='error-address'])").startswith("This is not an e-mail")
        # What was chosen stays.
        assert page.xpath("//select[@name='language']/option[@selected]/@value") == ["sv"]


def test_a_body_that_is_too_large_is_refused(shared: Installation) -> None:
    answer = shared.vera.post("/en/subscribe", data={"address": "x" * 100_000})
    assert answer.status_code == 413


def test_an_idn_and_a_utf8_address_are_taken(own: Subscribing) -> None:
    for address in ("vera@bücher.example", "žofie@example.net", "用户@例子.广告"):
        assert submit(installation_of(own), address=address).status_code == 303
    own.handle()
    assert own.row("vera@bücher.example") is not None
    assert own.row("žofie@example.net") is not None
    assert own.row("用户@例子.广告") is not None


def test_other_mistakes_are_shown_beside_their_fields(shared: Installation) -> None:
    for change, field in [
        ({"scope": "chosen"}, "services"),
        ({"scope": "chosen", "services": "gone"}, "services"),
        ({"language": "tlh"}, "language"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"incidents": "none", "maintenances": "none"}, "incidents"),
        ({"incidents": "some"}, "incidents"),
        ({"minimum": "huge"}, "minimum"),
    ]:
        answer = submit(shared, **change)
        page = read(answer)
        assert answer.status_code == 422, change
        assert page.xpath(f"//*[@id='error-{field}']"), change
        assert page.xpath("//input[@name='address']/@value") == [VERA]


def test_a_malformed_address_is_shown_besides_another_mistake(shared: Installation) -> None:
    page = read(submit(shared, scope="chosen", address="no address"))
    assert page.xpath("//*[@id='error-services']")
    assert page.xpath("//*[@id='error-address']")


def test_one_service_is_chosen_by_the_query(own: Subscribing) -> None:
    installation = installation_of(own)
    with installation.writing() as ctx:
        make_service(ctx, "payments")
        make_service(ctx, "login")
    page = read(installation.vera.get("/en/subscribe?service=payments"))

    assert page.xpath("//input[@name='services'][@checked]/@value") == ["payments"]
    assert page.xpath("//input[@name='scope'][@checked]/@value") == ["chosen"]
    assert installation.vera.get("/en/subscribe?service=nothing").status_code == 404
    installation.vera.post("/en/subscribe?service=payments", data={"address": VERA})
    own.handle()
    row = own.row()
    assert row is not None
    assert not row.whole_page


@pytest.mark.parametrize("kind", ["incident", "maintenance"])
def test_one_incident_or_maintenance_is_followed_by_the_query(own: Subscribing, kind: str) -> None:
    installation = installation_of(own)
    with installation.writing() as ctx:
        make_service(ctx)
        incident, window = make_incident(ctx), make_maintenance(ctx)
    number = incident.incident.id if kind == "incident" else window.id
    path = f"/en/subscribe?{kind}={number}"
    page = read(installation.vera.get(path))
    (form,) = page.xpath("//form")
    assert form.get("action") == path
    assert page.xpath(f"//input[@name='{kind}']/@value") == [number]
    assert installation.vera.get(f"/en/subscribe?{kind}={'0' * 12}").status_code == 404

    answer = installation.vera.post(path, data={"address": VERA, "incidents": "all"})
    assert answer.status_code == 303
    own.handle()
    with installation.reading() as ctx:
        (row,) = ctx.session.exec(select(SubscriptionRequestRow)).all()
        assert row.outcome == "confirm"
    row_ = own.row()
    assert row_ is not None
    assert not row_.whole_page


def test_without_mail_the_form_is_not_there_and_takes_nothing(
    own_installation: Installation,
) -> None:
    page = read(own_installation.vera.get("/en/subscribe"))
    assert not page.xpath("//form")
    assert page.xpath("//a[contains(@href, '/feed.atom')]")
    assert submit(own_installation).status_code == 404


def test_the_form_says_to_the_network_that_floods_it_that_it_is_busy(own: Subscribing) -> None:
    with own.backend.writing() as ctx:
        provider = own.hashes.of_provider(ctx, "127.0.0.1")
        ctx.session.add_all(
            SubscriptionRequestRow(
                channel="email",
                language="en",
                place=f"{number}",
                provider=provider,
                requested_at=ctx.now,
            )
            for number in range(most_waiting(0))
        )
    answer = submit(installation_of(own))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "3600"
    page = read(answer)
    assert page.xpath("//input[@name='address']/@value") == [VERA]
    assert "Too many people subscribe" in page.xpath("string(//*[@id='errors'])")


def test_staff_learn_that_requests_wait_from_the_console_and_the_metrics(
    own: Subscribing,
) -> None:
    installation = installation_of(own)
    person = staff(installation, Role.VIEWER)
    person.headers["Accept-Language"] = "en"

    def told() -> tuple[bool, bool]:
        metrics = format_families(collect(installation.app))
        shown = person.get("/console/subscribers").text
        return (
            "Requests of the subscribe form wait" in shown,
            "fyr_subscribe_form_busy 1.0" in metrics,
        )

    assert told() == (False, False)
    for number in range(101):
        own.request(f"person{number}@example.net", place=f"198.51.100.{number}")
    own.handle()
    assert told() == (True, True)
    installation.clock.now += timedelta(minutes=61)
    own.handle()
    assert told() == (False, False)


def test_a_form_of_another_site_is_refused(own: Subscribing) -> None:
    answer = installation_of(own).vera.post(
        "/en/subscribe", data=fields(), headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert answer.status_code == 403


def test_the_walk_from_the_form_to_the_end(on_each_database: Subscribing) -> None:
    own, vera = on_each_database, installation_of(on_each_database).vera
    with own.backend.writing() as ctx:
        make_service(ctx, "payments")
    submit(installation_of(own))
    own.handle()

    link = f"/en/subscribe/confirm/{own.link(LinkPurpose.CONFIRM)}"
    page = vera.get(link)
    assert page.status_code == 200
    assert "Everything on this page" in page.text
    confirmed = vera.post(link)
    assert confirmed.status_code == 303
    manage = confirmed.headers["location"]
    assert "Your subscription is confirmed." in vera.get(manage).text

    manage = manage.partition("?")[0]
    changed = vera.post(
        manage,
        data={
            "action": "save",
            "scope": "chosen",
            "services": "payments",
            "incidents": "ends",
            "maintenances": "none",
            "minimum": "major",
            "language": "en",
            "time_zone": "Asia/Tokyo",
        },
    )
    assert changed.status_code == 303
    shown = vera.get(changed.headers["location"]).text
    assert "Your choices are saved." in shown
    assert "Payments" in shown
    assert "Major impact or worse" in shown

    data = vera.get(f"{manage}/data.json").json()
    assert data["address"] == VERA
    assert data["choices"]["services"] == ["payments"]
    assert data["choices"]["time_zone"] == "Asia/Tokyo"
    assert data["confirmed_via"] == "link"
    assert [each["event"] for each in data["deliveries"]] == ["subscription.confirm"]

    assert vera.post(manage, data={"action": "delete"}).status_code == 200
    assert own.row() is None
    assert vera.get(manage).status_code == 410


def test_a_service_that_is_called_subscribe_has_its_page(own: Subscribing) -> None:
    with own.backend.writing() as ctx:
        make_service(ctx, "subscribe", name="Subscribe to us")
    answer = installation_of(own).vera.get("/services/subscribe")
    assert answer.status_code == 200
    assert "Subscribe to us" in answer.text
