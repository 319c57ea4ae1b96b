"""Screens of the services: list, order, form, archive."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from app.domain.texts.phrases import N_
from app.i18n.localization import localize
from app.rendering.console.pages import texts_of
from app.usecases.context import Ctx
from app.usecases.public.current_status import statuses_by_slug
from app.usecases.services import aliases, services
from app.usecases.services import groups as service_groups
from app.usecases.services.services import StaffService
from app.web.console.kit.confirmation import Question, plain_text, write_confirmed
from app.web.console.kit.forms.form_fields import reordered
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.forms.translations import changed_text, outdated
from app.web.console.kit.name_search import NameSearch
from app.web.console.kit.staff_request import Admin, StaffRequest, Viewer

__all__ = ["router"]

router = APIRouter(prefix="/services")

_HERE = "/console/services"
_ADDED = N_("The service is added to the page.")
_SAVED = N_("Saved. Visitors see it now.")
_ARCHIVED = N_("The service is archived. Its history stays.")
_RESTORED = N_("The service is restored, at the end of the page.")
_NO_GROUP = N_("No group")


@router.get("")
def list_services(request: Viewer) -> Response:
    """The services in their groups, with their current status; or those that the search finds."""
    return _list(request, Form())


@router.post("/order")
def order(request: Admin, form: SubmittedForm) -> Response:
    """Move one service up or down, or set the whole order."""

    def act(ctx: Ctx) -> str:
        slugs, at = reordered(form)
        service_groups.order_services(ctx, slugs)
        return f"{_HERE}#{at}" if at else _HERE

    return request.write(form, act, again=lambda: _list(request, form))


@router.get("/new")
def new_service(request: Admin) -> Response:
    """The form for a new service."""
    return _form(request, Form.filled({"group": request.http.query_params.get("group", "")}))


@router.post("/new")
def add_service(request: Admin, form: SubmittedForm) -> Response:
    """Add a service."""

    def act(ctx: Ctx) -> str:
        services.add_service(
            ctx,
            form.text("slug").strip() or None,
            request.line(form, "name"),
            description=request.body(form, "description") if form.texts("description") else None,
            group=form.text("group") or None,
        )
        return _HERE

    return request.write(
        form, act, again=lambda: _form(request, form), notice=request.translate(_ADDED)
    )


@router.get("/{slug}/edit")
def edit_page(request: Admin, slug: str) -> Response:
    """The form to edit a service."""
    service = services.get_service(request.ctx, slug)
    filled: Mapping[str, str | Mapping[str, str]] = {
        "name": texts_of(service.name),
        "description": texts_of(service.description) if service.description else {},
        "group": service.group or "",
    }
    return _form(request, Form.filled(filled), service)


@router.post("/{slug}/edit")
def edit_service(request: Admin, slug: str, form: SubmittedForm) -> Response:
    """Edit the name, the description or the group of a service."""

    def act(ctx: Ctx) -> str:
        former = services.get_service(ctx, slug)
        clear = [] if form.text("group") else ["group"]
        description = None
        if form.texts("description"):
            description = changed_text(request, form, "description", former.description)
        else:
            clear.append("description")
        services.edit_service(
            ctx,
            slug,
            name=changed_text(request, form, "name", former.name, one_line=True),
            description=description,
            group=form.text("group") or None,
            clear=clear,
        )
        return _HERE

    def again() -> Response:
        return _form(request, form, services.get_service(request.ctx, slug))

    return request.write(form, act, again=again, notice=request.translate(_SAVED))


@router.post("/{slug}/archive")
def archive(request: Admin, slug: str, form: SubmittedForm) -> Response:
    """Archive a service, once the user has confirmed it: visitors no longer see it."""

    def act(ctx: Ctx) -> str:
        services.archive_service(ctx, slug)
        return _HERE

    def ask(ctx: Ctx) -> Question:
        name = plain_text(request, services.get_service(ctx, slug).name)
        return Question(
            request.translate(N_("Archive the service?")),
            request.translate(
                N_("Visitors no longer see “%(name)s”. You can put it back later."), name=name
            ),
            request.translate(N_("Archive")),
            f"{_HERE}/{slug}/edit",
        )

    return write_confirmed(
        request,
        form,
        act,
        ask,
        again=lambda: _list(request, form),
        notice=request.translate(_ARCHIVED),
    )


@router.post("/{slug}/restore")
def restore(request: Admin, slug: str, form: SubmittedForm) -> Response:
    """Restore an archived service, once the user has confirmed it."""

    def act(ctx: Ctx) -> str:
        services.restore_service(ctx, slug)
        return _HERE

    def ask(ctx: Ctx) -> Question | None:
        archived = {each.slug: each for each in services.list_archived(ctx)}
        if slug not in archived:
            # `act` refuses it.
            return None
        name = plain_text(request, archived[slug].name)
        return Question(
            request.translate(N_("Put the service back on the page?")),
            request.translate(N_("Visitors see “%(name)s” and its history again."), name=name),
            request.translate(N_("Put back")),
            _HERE,
            is_danger=False,
        )

    return write_confirmed(
        request,
        form,
        act,
        ask,
        again=lambda: _list(request, form),
        notice=request.translate(_RESTORED),
    )


def _list(request: StaffRequest, form: Form) -> Response:
    every = services.list_services(request.ctx)
    archived = services.list_archived(request.ctx)
    names = _aliases(request)
    search = NameSearch.of(request)

    def found(service: StaffService) -> bool:
        return search.finds(service.name, service.slug, *names.get(service.slug, ()))

    groups = service_groups.list_groups(request.ctx)
    inside: dict[str | None, list[StaffService]] = {group.slug: [] for group in groups}
    inside[None] = []
    for service in filter(found, every):
        inside[service.group].append(service)
    return request.page(
        "services",
        form=form,
        search=search,
        count=len(every) + len(archived),
        groups=[each for each in groups if inside[each.slug] or not search.words],
        inside=inside,
        statuses=statuses_by_slug(request.ctx),
        archived=list(filter(found, archived)),
        aliases=names,
    )


def _aliases(request: StaffRequest) -> Mapping[str, list[str]]:
    """The aliases of all services, by slug."""
    found: dict[str, list[str]] = {}
    for each in aliases.list_aliases(request.ctx):
        found.setdefault(each.service, []).append(each.alias)
    return found


def _form(request: StaffRequest, form: Form, service: StaffService | None = None) -> Response:
    groups = service_groups.list_groups(request.ctx)
    return request.page(
        "service",
        form=form,
        service=service,
        stale_name=outdated(service.name) if service else [],
        stale_description=outdated(service.description) if service else [],
        groups=[
            ("", request.translate(_NO_GROUP)),
            *((group.slug, localize(group.name, request.locale).text) for group in groups),
        ],
    )
