"""A console with something on every screen, and the address at which each route shows it."""

from collections.abc import Mapping

from app.domain.permissions import Role
from app.monitors import ADAPTERS
from app.settings import secret_key
from app.usecases.context import SHELL
from app.usecases.encryption import BrowserBox
from app.usecases.page.logo import set_logo
from app.usecases.publication import pending
from app.usecases.publication.incident_commands import PostUpdate
from app.usecases.services.aliases import add_alias
from app.usecases.sources import sources
from app.usecases.sources.inbox import ReceivedEvent, store
from app.usecases.sources.records import NewSource
from app.usecases.sources.routes import NewRoute, add_route
from app.usecases.users import administration, one_time_links, second_factor
from tests.cast import ADA, House
from tests.console import staff
from tests.factories import make_incident, make_maintenance, make_service, update
from tests.pictures.samples import MARK
from tests.usecases.targets.ahead import Lookout, broken

__all__ = ["NO_SCREENS", "furnish", "welcome"]

# GET routes that show no screen of their own: they lead elsewhere, or are a picture or a table.
NO_SCREENS = {
    "/console",
    "/console/account/second-factor/code.svg",
    "/console/audit/export.csv",
    "/console/certificates/{target_id}/chain.svg",
    "/console/incidents/{incident_id}/chain-{phase}.svg",
}
_LANGUAGES = ["en", "sv", "ar"]
_TITLE = {"en": "Cards are refused", "sv": "Kort nekas", "ar": "البطاقات مرفوضة"}
_BODY = {
    "en": "We are looking into it since {{2026-03-02T11:00Z}}.\n\n- cards\n- **transfers**",
    "sv": "Vi letar efter felet.",
    "ar": "نبحث عن السبب، وسنخبركم بالجديد قريبًا.",
}


def welcome(house: House) -> str:
    """The address for the first admin; there is no user yet."""
    with house.writing(SHELL) as ctx:
        link = one_time_links.first_admin_link(ctx)
    assert link is not None
    return f"/console/welcome/{link.secret}"


def furnish(house: House) -> Mapping[str, str]:
    """The address of a screen for each route that has one but the welcome."""
    house.ada.patch("/api/v1/page", {"languages": _LANGUAGES, "undo_seconds": 300})
    return {
        **_fixed(),
        **_certificates(house),
        **_services(house),
        **_incidents(house),
        **_maintenances(house),
        **_sources(house),
        **_people(house),
    }


def _fixed() -> Mapping[str, str]:
    paths = {
        *("/console/", "/console/account", "/console/audit", "/console/certificates"),
        *("/console/certificates/new", "/console/incidents", "/console/incidents/new"),
        *("/console/login", "/console/login/single-sign-on", "/console/maintenances"),
        *("/console/login/single-sign-on/callback", "/console/maintenances/new"),
        *("/console/page", "/console/page/logo", "/console/replies", "/console/replies/new"),
        *(
            "/console/routes",
            "/console/routes/new",
            "/console/services",
            "/console/services/groups/new",
        ),
        *("/console/services/new", "/console/sources", "/console/sources/new"),
        *("/console/sources/unmapped", "/console/tokens", "/console/users"),
    }
    return {path: path for path in paths}


def _certificates(house: House) -> Mapping[str, str]:
    lookout = Lookout(house, house.settings.data_dir)
    target, _ = broken(lookout)
    one = f"/console/certificates/{target}"
    route = "/console/certificates/{target_id}"
    return {route: one, f"{route}/edit": f"{one}/edit"}


def _services(house: House) -> Mapping[str, str]:
    with house.writing() as ctx:
        make_service(ctx, "cards", group="Shop")
        add_alias(ctx, "cards", "checkout")
        set_logo(ctx, MARK)
    services = "/console/services"
    return {
        f"{services}/{{slug}}/aliases": f"{services}/cards/aliases",
        f"{services}/{{slug}}/edit": f"{services}/cards/edit",
        f"{services}/groups/{{slug}}/edit": f"{services}/groups/shop/edit",
    }


def _incidents(house: House) -> Mapping[str, str]:
    new = {"title": _TITLE, "status": "investigating", "body": _BODY}
    partial = [{"service": "cards", "status": "partial_outage"}]
    made = house.ada.post("/api/v1/incidents", {**new, "services": partial}).json()["id"]
    over = house.ada.post("/api/v1/incidents", {**new, "status": "resolved"}).json()["id"]
    reply = {
        "name": "We look",
        "body": {"en": "We look at {service}.", "sv": "Vi ser på {service}."},
    }
    kept = house.ada.post("/api/v1/saved-replies", reply).json()["id"]
    with house.writing() as ctx:
        make_incident(ctx, title="Not yet told", publish=False)
    with house.writing(ADA) as ctx:
        held = pending.submit(ctx, PostUpdate(made, update(body="A line is down.")), undoable=True)
    (first,) = house.ada.get(f"/api/v1/incidents/{made}").json()["updates"]
    one, route = f"/console/incidents/{made}", "/console/incidents/{incident_id}"
    return {
        route: one,
        **{f"{route}/{page}": f"{one}/{page}" for page in ("update", "edit", "delete")},
        f"{route}/postmortem": f"/console/incidents/{over}/postmortem",
        f"{route}/updates/{{update_id}}": f"{one}/updates/{first['id']}",
        "/console/held/{held_id}": f"/console/held/{held.id}",  # type: ignore[union-attr]
        "/console/replies/{reply_id}": f"/console/replies/{kept}",
    }


def _maintenances(house: House) -> Mapping[str, str]:
    with house.writing() as ctx:
        make_maintenance(ctx, "cards", recurrence="FREQ=WEEKLY")
        made = make_maintenance(ctx, "cards", title="New cables").maintenance.id
    words = {"status": "in_progress", "body": "We have begun early."}
    said = house.ada.post(f"/api/v1/maintenances/{made}/updates", words).json()
    newest = said["current"]["updates"][0]["id"]
    one, route = f"/console/maintenances/{made}", "/console/maintenances/{maintenance_id}"
    return {
        route: one,
        f"{route}/edit": f"{one}/edit",
        f"{route}/update": f"{one}/update",
        f"{route}/updates/{{update_id}}": f"{one}/updates/{newest}",
    }


def _sources(house: House) -> Mapping[str, str]:
    office = house.app.state.office
    with house.writing() as ctx:
        new = NewSource("generic", "Scripts")
        source = sources.add_source(ctx, office.secret_box, new, ADAPTERS).source.id
        number = sources.required_source(ctx, source).id or 0
        body = b'{"dedup_key": "backup", "status": "down", "labels": {"job": "nightly"}}'
        kept = {"content-type": "application/json"}
        (event,) = store(ctx, [ReceivedEvent(number, ctx.now, "POST", "", "", kept, body)])
        rule = add_route(ctx, NewRoute(source=source, services=("cards",))).id
    office.receiver.process_now()
    one, route = f"/console/sources/{source}", "/console/sources/{source_id}"
    return {
        route: one,
        f"{route}/edit": f"{one}/edit",
        f"{route}/events": f"{one}/events",
        f"{route}/events/{{event_id}}": f"{one}/events/{event}",
        "/console/sources/new/{kind}": "/console/sources/new/generic",
        "/console/routes/{route_id}": f"/console/routes/{rule}",
    }


def _people(house: House) -> Mapping[str, str]:
    ada, ben, cy = (staff(house, role) for role in (Role.ADMIN, Role.EDITOR, Role.VIEWER))
    browser_box = BrowserBox.for_purpose(secret_key(house.settings), "console")
    with house.writing(ADA) as ctx:
        second_factor.start(ctx, ada.user_id, browser_box)
        # Not Ben's: another one of his would make it useless.
        link = administration.new_link(ctx, cy.user_id).link
    return {
        "/console/account/second-factor": "/console/account/second-factor",
        "/console/invitation/{secret}": f"/console/invitation/{link.secret}",
        "/console/users/{user_id}": f"/console/users/{ben.user_id}",
    }
