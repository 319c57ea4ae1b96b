"""A console with at least one row of each kind, and the address of each route that is about one."""

from collections.abc import Mapping
from pathlib import Path

from app.channels import CHANNELS
from app.db.queries.users.users import find_user_by_id
from app.db.tables import PasskeyRow
from app.domain.maintenances.occurrences import occurrence_id
from app.domain.notifications.states import DeliveryState, SubscriberState
from app.domain.notifications.subscribers.choices import Choices
from app.domain.ownership import ActorKind
from app.domain.permissions import Role
from app.domain.publication import SubjectKind
from app.monitors import ADAPTERS
from app.secret_keys import address_hashes, secret_key
from app.usecases.context import SHELL, Actor, Ctx, new_id
from app.usecases.encryption import BrowserBox
from app.usecases.imports.runs import runs
from app.usecases.imports.runs.run_files import ImportFiles
from app.usecases.imports.runs.run_options import NewImport
from app.usecases.incidents.notes import add_note
from app.usecases.maintenances.lifecycle import cancel_maintenance
from app.usecases.maintenances.windows import cancel_window
from app.usecases.page.glossary import add_term
from app.usecases.page.logo import set_logo
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PostUpdate
from app.usecases.publication.templates import add_template
from app.usecases.services.aliases import add_alias
from app.usecases.services.services import archive_service
from app.usecases.sources import sources
from app.usecases.sources.inbox import ReceivedEvent, store
from app.usecases.sources.records import NewSource
from app.usecases.sources.routes import NewRoute, add_route
from app.usecases.subscribers.addresses.suppressions import SuppressionReason, suppress
from app.usecases.subscribers.rooms import NewRoom, add_room
from app.usecases.users import administration, one_time_links, sessions
from app.usecases.users.api_tokens import add_token
from app.usecases.users.second_factor import second_factor
from app.usecases.users.sessions import BrowserInfo
from tests.cast import ADA, BEN, CY, Installation
from tests.console import staff
from tests.factories import (
    make_delivery,
    make_incident,
    make_maintenance,
    make_notice,
    make_service,
    make_subscriber,
    update,
)
from tests.pictures.samples import MARK
from tests.usecases.targets.forecasting import ForecastDriver, broken, only_id

__all__ = ["NO_SCREENS", "Addresses", "populate", "welcome"]

# GET routes that show no screen of their own: they redirect, or are a picture or a table.
NO_SCREENS = {
    "/console",
    "/console/account/second-factor/code.svg",
    "/console/audit/export.csv",
    "/console/certificates/{target_id}/chain.svg",
    "/console/incidents/{incident_id}/chain-{phase}.svg",
    "/console/subscribers/export.csv",
}
NETPARK = Path(__file__).parents[2] / "fixtures" / "netpark.json"
_LANGUAGES = ["en", "sv", "ar"]
_TITLE = {"en": "Cards are refused", "sv": "Kort nekas", "ar": "البطاقات مرفوضة"}
_BODY = {
    "en": "We are looking into it since {{2026-03-02T11:00Z}}.\n\n- cards\n- **transfers**",
    "sv": "Vi letar efter felet.",
    "ar": "نبحث عن السبب، وسنخبركم بالجديد قريبًا.",
}


def welcome(installation: Installation) -> str:
    """The address for the first admin; there is no user yet."""
    with installation.writing(SHELL) as ctx:
        link = one_time_links.first_admin_link(ctx)
    assert link is not None
    return f"/console/welcome/{link.secret}"


class Addresses:
    """The address of each route, filled with the ids of rows that exist.

    `known` maps a route, or the beginning of routes, to its address; the longest match is taken.
    """

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = sorted(known.items(), key=lambda item: len(item[0]), reverse=True)

    def of(self, route: str) -> str:
        """The address of a route; fails when a row that it is about is missing here."""
        for begins, address in self._known:
            if route == begins or route.startswith(f"{begins}/"):
                route = address + route.removeprefix(begins)
                break
        assert "{" not in route, f"{route}: add a row to tests/web/console/screens.py"
        return route


def populate(installation: Installation) -> Addresses:
    """Add a row of each kind to an empty page; the users are Ada, Ben and Cy."""
    installation.ada.patch("/api/v1/page", {"languages": _LANGUAGES, "undo_seconds": 300})
    return Addresses(
        {
            **_certificates(installation),
            **_services(installation),
            **_incidents(installation),
            **_maintenances(installation),
            **_sources(installation),
            **_people(installation),
            **_notifications(installation),
            **_imports(installation),
        }
    )


def _imports(installation: Installation) -> Mapping[str, str]:
    """A report that can be imported."""
    state = installation.app.state.fyr
    files = ImportFiles(installation.settings.data_dir)
    upload = files.add_upload("netpark.json")
    upload.path.write_bytes(NETPARK.read_bytes())
    with installation.writing() as ctx:
        new = NewImport("fyr", upload=upload.id)
        run = runs.start(ctx, new, files, state.secret_box).id
    state.start_import(run)
    return {"/console/page/import/{import_id}": f"/console/page/import/{run}"}


def _certificates(installation: Installation) -> Mapping[str, str]:
    forecasting = ForecastDriver(installation, installation.settings.data_dir)
    target, _ = broken(forecasting)
    evidence = f"/console/incidents/{only_id(forecasting)}"
    incident = "/console/incidents/{incident_id}"
    return {
        "/console/certificates/{target_id}": f"/console/certificates/{target}",
        f"{incident}/chain-{{phase}}.svg": f"{evidence}/chain-failing.svg",
        f"{incident}/take-over": f"{evidence}/take-over",
    }


def _services(installation: Installation) -> Mapping[str, str]:
    with installation.writing() as ctx:
        make_service(ctx, "cards", group="Shop")
        make_service(ctx, "fax")
        archive_service(ctx, "fax")
        add_alias(ctx, "cards", "checkout")
        term = add_term(ctx, {"en": ["outage"], "sv": ["avbrott*"]}).id
        set_logo(ctx, MARK)
    services = "/console/services"
    terms = "/console/languages/machine/terms"
    return {
        f"{terms}/{{term_id}}": f"{terms}/{term}",
        f"{services}/{{slug}}": f"{services}/cards",
        f"{services}/{{slug}}/restore": f"{services}/fax/restore",
        f"{services}/groups/{{slug}}": f"{services}/groups/shop",
    }


def _incidents(installation: Installation) -> Mapping[str, str]:
    new = {"title": _TITLE, "status": "investigating", "body": _BODY}
    partial = [{"service": "cards", "status": "partial_outage"}]
    made = installation.ada.post("/api/v1/incidents", {**new, "services": partial}).json()["id"]
    over = installation.ada.post("/api/v1/incidents", {**new, "status": "resolved"}).json()["id"]
    reply = {
        "name": "We look",
        "body": {"en": "We look at {service}.", "sv": "Vi ser på {service}."},
    }
    saved = installation.ada.post("/api/v1/saved-replies", reply).json()["id"]
    with installation.writing(Actor(ActorKind.PROBE, "probe")) as ctx:
        found = make_incident(ctx, title="Found by a probe", publish=False, cause="certificate:9")
    with installation.writing() as ctx:
        draft = make_incident(ctx, title="Not yet public", publish=False).incident.id
        taken = make_incident(ctx, title="Taken over", cause="certificate:8").incident.id
    with installation.writing(BEN) as ctx:
        fields = {"title:en": "Cards in {city}"}
        template = add_template(ctx, "Cards", SubjectKind.INCIDENT, fields).id
        note = add_note(ctx, made, "The vendor has ticket 8812.").id
        post = PostUpdate(made, update(body="A line is down."))
        pending_id = _pending_id(pending.submit(ctx, post, undoable=True))
        refused_id = _pending_id(pending.submit(ctx, post, undoable=True))
    with installation.writing(ADA) as ctx:
        pending.withdraw(ctx, refused_id)
    # One update is edited and removed, so there has to be another one.
    sent_fields = {"status": "investigating", "body": "Still looking."}
    first = installation.ada.post(f"/api/v1/incidents/{made}/updates", sent_fields).json()[
        "updates"
    ][0]
    one, route = f"/console/incidents/{made}", "/console/incidents/{incident_id}"
    text = "/console/pending-texts/{pending_text_id}"
    return {
        route: one,
        f"{route}/dismiss": f"/console/incidents/{found.incident.id}/dismiss",
        f"{route}/notes/{{note_id}}": f"{one}/notes/{note}",
        f"{route}/hand-back": f"/console/incidents/{taken}/hand-back",
        f"{route}/postmortem": f"/console/incidents/{over}/postmortem",
        f"{route}/publish": f"/console/incidents/{draft}/publish",
        f"{route}/updates/{{update_id}}": f"{one}/updates/{first['id']}",
        text: f"/console/pending-texts/{pending_id}",
        f"{text}/dismiss": f"/console/pending-texts/{refused_id}/dismiss",
        "/console/replies/{reply_id}": f"/console/replies/{saved}",
        "/console/templates/{template_id}": f"/console/templates/{template}",
    }


def _pending_id(submitted: object) -> str:
    assert isinstance(submitted, pending.PendingText)
    return submitted.id


def _maintenances(installation: Installation) -> Mapping[str, str]:
    with installation.writing() as ctx:
        weekly = make_maintenance(ctx, "cards", recurrence="FREQ=WEEKLY")
        draft = make_maintenance(ctx, "cards", title="New rack", publish=False).id
        made = make_maintenance(ctx, "cards", title="New cables").id
        off = make_maintenance(ctx, "cards", title="New pipes").id
        cancel_maintenance(ctx, off)
        fortnightly = make_maintenance(ctx, "cards", recurrence="FREQ=WEEKLY;INTERVAL=2")
        cancelled = occurrence_id(fortnightly.maintenance.starts_at)
        cancel_window(ctx, fortnightly.id, cancelled)
    body = {"status": "in_progress", "body": "We have begun early."}
    posted = installation.ada.post(f"/api/v1/maintenances/{made}/updates", body).json()
    newest = posted["current"]["updates"][0]["id"]
    one, route = f"/console/maintenances/{made}", "/console/maintenances/{maintenance_id}"
    series = f"/console/maintenances/{weekly.id}"
    occurrence = occurrence_id(weekly.maintenance.starts_at)
    return {
        route: one,
        f"{route}/publish": f"/console/maintenances/{draft}/publish",
        f"{route}/reinstate": f"/console/maintenances/{off}/reinstate",
        f"{route}/updates/{{update_id}}": f"{one}/updates/{newest}",
        f"{route}/windows/{{occurrence}}/reinstate": (
            f"/console/maintenances/{fortnightly.id}/windows/{cancelled}/reinstate"
        ),
        f"{route}/windows/{{occurrence}}": f"{series}/windows/{occurrence}",
    }


def _sources(installation: Installation) -> Mapping[str, str]:
    state = installation.app.state.fyr
    with installation.writing() as ctx:
        new = NewSource("generic", "Scripts")
        source = sources.add_source(ctx, state.secret_box, new, ADAPTERS).source.id
        signed = NewSource("generic", "Signed", auth="bearer")
        other = sources.add_source(ctx, state.secret_box, signed, ADAPTERS).source.id
        number = sources.required_source(ctx, source).id or 0
        body = b'{"dedup_key": "backup", "status": "down", "labels": {"job": "nightly"}}'
        headers = {"content-type": "application/json"}
        (event,) = store(ctx, [ReceivedEvent(number, ctx.now, "POST", "", "", headers, body)])
        rule = add_route(ctx, NewRoute(source=source, services=("cards",))).id
    state.receiver.process_now()
    one, route = f"/console/sources/{source}", "/console/sources/{source_id}"
    return {
        route: one,
        f"{route}/events/{{event_id}}": f"{one}/events/{event}",
        f"{route}/rotate-secret": f"/console/sources/{other}/rotate-secret",
        "/console/sources/docs/{name}": "/console/sources/docs/generic",
        "/console/sources/new/{kind}": "/console/sources/new/generic",
        "/console/routes/{route_id}": f"/console/routes/{rule}",
    }


def _notifications(installation: Installation) -> Mapping[str, str]:
    box = installation.app.state.fyr.secret_box
    with installation.writing(ADA) as ctx:
        vera = make_subscriber(ctx)
        waiting = make_subscriber(ctx, "olle@example.net", state=SubscriberState.PENDING)
        notice = make_notice(ctx)
        notice.public_id = "noticenotice"
        hashes = address_hashes(installation.settings)
        suppress(ctx, hashes, "email", "gone@example.net", SuppressionReason.BOUNCED)
        notice.subject_kind, notice.fanned_out_at, notice.audience = "incident", ctx.now, 2
        failed = make_delivery(ctx, notice, vera, DeliveryState.DEAD, code="refused").public_id
        slow = make_delivery(ctx, notice, waiting, DeliveryState.WAITING).public_id
        new = NewRoom("webhook", "Billing", {"url": "https://hooks.example.net/in"}, Choices("en"))
        room = add_room(ctx, box, new, CHANNELS).room.id
        subscriber, pending_one = vera.public_id, waiting.public_id
    route = "/console/subscribers/{subscriber_id}"
    delivery = "/console/deliveries/{delivery_id}"
    return {
        route: f"/console/subscribers/{subscriber}",
        f"{route}/confirm": f"/console/subscribers/{pending_one}/confirm",
        "/console/rooms/{room_id}": f"/console/rooms/{room}",
        "/console/rooms/new/{kind}": "/console/rooms/new/slack",
        "/console/rooms/channels/{kind}": "/console/rooms/channels/slack",
        delivery: f"/console/deliveries/{failed}",
        f"{delivery}/give-up": f"/console/deliveries/{slow}/give-up",
    }


def _people(installation: Installation) -> Mapping[str, str]:
    ada, ben, cy = (staff(installation, role) for role in (Role.ADMIN, Role.EDITOR, Role.VIEWER))
    box = BrowserBox.for_purpose(secret_key(installation.settings), "console")
    with installation.writing(ADA) as ctx:
        second_factor.start(ctx, ada.user_id, box)
        # Not Ben's: a second link would make the first invalid.
        link = administration.new_link(ctx, cy.user_id).link
        token = add_token(ctx, "deploy", Role.VIEWER).id
    with installation.writing(CY) as ctx:
        second_factor.start(ctx, cy.user_id, box)
        session = sessions.begin(ctx, cy.user_id, BrowserInfo("curl/8", "192.0.2.8"), days=14).id
        passkey = _passkey(ctx, cy.user_id)
    return {
        "/console/account/passkeys/{passkey_id}": f"/console/account/passkeys/{passkey}",
        "/console/account/sessions/{session_id}": f"/console/account/sessions/{session}",
        "/console/invitation/{secret}": f"/console/invitation/{link.secret}",
        "/console/tokens/{token_id}": f"/console/tokens/{token}",
        "/console/users/{user_id}": f"/console/users/{ben.user_id}",
    }


def _passkey(ctx: Ctx, user_id: str) -> str:
    """A passkey without a device: it cannot sign in, but it can be removed."""
    user = find_user_by_id(ctx.session, user_id)
    assert user is not None
    row = PasskeyRow(
        public_id=new_id(),
        user_id=user.id or 0,
        credential_id="c3BhcmU",
        public_key=b"-",
        sign_count=0,
        name="Phone",
        created_at=ctx.now,
    )
    ctx.session.add(row)
    return row.public_id
