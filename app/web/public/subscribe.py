"""The subscribe form and the pages of links in mails. No GET changes anything.

The form itself comes from memory (app.web.public.surfaces). Pages with a token in their URL are
stored nowhere, and send no referrer.
"""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool

from app.channels import CHANNELS
from app.domain.errors import ConflictError, FyrError, InvalidError, NotFoundError, UnavailableError
from app.domain.notifications.subscribers.choices import Followed
from app.domain.page.subscribing import (
    EndedPage,
    LinkExpiredPage,
    SubscribePage,
    WebhookRequestedPage,
)
from app.i18n.regional_formats import published_tag
from app.ports.channel import WEBHOOK
from app.rendering import pages
from app.secret_keys import address_hashes
from app.usecases.context import Ctx
from app.usecases.public import pages as public_pages
from app.usecases.public import subscribing
from app.usecases.subscribers import own_subscription
from app.usecases.subscribers.addresses.mail_addresses import check_mail_address
from app.usecases.subscribers.requests import confirmation
from app.usecases.subscribers.requests.confirmation import ConfirmationTools
from app.usecases.subscribers.requests.form_requests import FormRequest, record_request
from app.usecases.subscribers.requests.webhook_requests import (
    WebhookRequest,
    WebhookTools,
    record_webhook_request,
)
from app.web.dependencies import app_state
from app.web.problems import RefusedError
from app.web.public.subscription_forms import SubscriptionForm
from app.web.public.visitor_requests import published_language, write_as_visitor
from app.web.requests.form_body import FormBody, read_form
from app.web.requests.visitor_address import visitor_address

__all__ = ["FORM_WORDING", "router"]

router = APIRouter(include_in_schema=False)

# Names the text of the form and of the page to confirm, as proof of what was agreed to.
FORM_WORDING = "subscribe form 1"

_READ = ["GET", "HEAD"]
_TOKEN_PAGE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
_BUSY_SECONDS = "3600"
_MAX_PARAMETERS = 20
# The field of a form for each parameter of the URL that names what is followed.
_SUBJECTS = {"service": "services", "incident": "incident", "maintenance": "maintenance"}
# What the page of a subscription says at first, by the parameter of its URL.
_NOTICES = ("saved", "address", "confirmed")

ResultT = TypeVar("ResultT")

Token = Annotated[str, Path(pattern=r"^[a-z0-9]{12}\.[A-Za-z0-9_-]{22}$")]


async def _form(request: Request) -> SubscriptionForm:
    """The submitted form. What it is about can be in the URL instead, as in that of the page."""
    body = await read_form(request)
    query: list[tuple[str, str]] = []
    with suppress(ValueError):
        query = parse_qsl(request.url.query, max_num_fields=_MAX_PARAMETERS)
    subjects = [(_SUBJECTS[name], value) for name, value in query if name in _SUBJECTS]
    return SubscriptionForm(FormBody((*body.fields, *subjects)))


Form = Annotated[SubscriptionForm, Depends(_form)]


# -- the form ----------------------------------------------------------------------------------


@router.post("/subscribe")
@router.post("/{tag}/subscribe")
def submit(request: Request, form: Form, tag: str | None = None) -> Response:
    """Store a request. The answer is equal whether the address is known, unknown or suppressed.

    That to a webhook shows the secret of its requests, once.
    """
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise RefusedError(403, "cross_site", "The form was sent from another site.")
    language = published_language(request, tag)
    try:
        if form.text("channel") == WEBHOOK:
            return _record_webhook(request, form, language)
        _record(request, form, language)
    except InvalidError as error:
        return _form_again(request, form, language, error, 422)
    except UnavailableError as error:
        if error.code != "subscriptions_busy":
            raise
        return _form_again(request, form, language, error, 503)
    return RedirectResponse(f"/{language}/subscribe/sent", 303, {"Cache-Control": "no-store"})


def _record(request: Request, form: SubscriptionForm, language: str) -> None:
    wished = FormRequest(
        form.text("address"), form.choices(language), visitor_address(request), form.is_trapped
    )

    def record(ctx: Ctx) -> None:
        record_request(ctx, address_hashes(app_state(request).settings), wished)

    write_as_visitor(request, record)


def _record_webhook(request: Request, form: SubscriptionForm, language: str) -> Response:
    state = app_state(request)
    wished = WebhookRequest(
        form.url,
        form.choices(language),
        visitor_address(request),
        form.text("format"),
        form.text("contact"),
        form.is_trapped,
    )
    tools = WebhookTools(CHANNELS[WEBHOOK], state.secret_box)

    def record(ctx: Ctx) -> str:
        return record_webhook_request(ctx, address_hashes(state.settings), tools, wished)

    secret = write_as_visitor(request, record)
    host = CHANNELS[WEBHOOK].address({"url": form.url})
    return _webhook_requested(request, language, host, secret)


def _webhook_requested(
    request: Request, language: str, host: str, secret: str | None = None
) -> Response:
    state = app_state(request)
    with state.database.reading() as ctx:
        about = public_pages.facts(ctx, state.settings.base_url)
    record = WebhookRequestedPage(about, host, secret)
    return _page(pages.webhook_requested(record, language), language)


def _form_again(
    request: Request, form: SubscriptionForm, language: str, error: FyrError, status: int
) -> Response:
    values = form.values(language)
    state = app_state(request)
    with state.database.reading() as ctx:
        record = _form_page(ctx, values.incident, values.maintenance, state.settings.base_url)
    errors = {_shown_field(error): error.code}
    if status == 422 and values.channel != WEBHOOK:
        errors |= _address_error(values.address)
    headers = {"Retry-After": _BUSY_SECONDS} if status == 503 else {}
    record = replace(record, values=values, errors=errors)
    return _page(pages.subscribe(record, language), language, status, headers)


def _shown_field(error: FyrError) -> str:
    """The field beside which an error is shown; "" for the whole form."""
    field = error.field or ""
    return "" if field in {"incident", "maintenance"} else field


def _address_error(address: str) -> dict[str, str]:
    """The error of the address, besides the first one that was found."""
    try:
        check_mail_address(address)
    except InvalidError as error:
        return {"address": error.code}
    return {}


def _form_page(
    ctx: Ctx, incident: frozenset[str], maintenance: frozenset[str], base_url: str
) -> SubscribePage:
    """The form for the subject that was submitted; for the whole page if that is gone."""
    with suppress(NotFoundError):
        if incident:
            return subscribing.subscribe_to_incident(ctx, min(incident), base_url)
        if maintenance:
            return subscribing.subscribe_to_maintenance(ctx, min(maintenance), base_url)
    return subscribing.subscribe(ctx, base_url)


# -- the link to confirm ------------------------------------------------------------------------


@router.api_route("/{tag}/subscribe/confirm/{token}", methods=_READ)
def confirmation_page(request: Request, tag: str, token: Token) -> Response:
    """What is confirmed, with a button."""
    language = published_language(request, tag)
    state = app_state(request)
    try:
        with state.database.reading() as ctx:
            record = subscribing.confirmation_page(ctx, token, state.settings.base_url)
    except NotFoundError:
        return _expired(request, language)
    return _page(pages.confirm_subscription(record, language), language)


@router.post("/{tag}/subscribe/confirm/{token}")
def confirm(request: Request, tag: str, token: Token) -> Response:
    """Confirm, and continue at the subscription."""
    language = published_language(request, tag)

    def act(ctx: Ctx) -> str:
        state = app_state(request)
        tools = ConfirmationTools(address_hashes(state.settings), state.secret_box)
        return confirmation.confirm(ctx, tools, token, wording=FORM_WORDING)

    try:
        manage = write_as_visitor(request, act)
    except NotFoundError:
        return _expired(request, language)
    return _redirect(f"/{language}/subscription/{manage}?confirmed")


# -- the link to manage -------------------------------------------------------------------------


@router.api_route("/{tag}/subscription/{token}", methods=_READ)
def subscription_page(request: Request, tag: str, token: Token) -> Response:
    """The subscription, with forms to change it."""
    language = published_language(request, tag)
    notices = (each for each in _NOTICES if each in request.query_params)
    return _subscription(request, token, language, notice=next(notices, ""), asked=_asked(request))


def _asked(request: Request) -> Followed | None:
    """What the query of the page names, besides what is followed; None if it names nothing."""
    query = request.query_params
    asked = Followed(
        *(tuple(query.getlist(name)[:_MAX_PARAMETERS]) for name in _SUBJECTS),
    )
    is_page = query.get("scope") == "page"
    return Followed() if is_page else None if asked.is_whole_page else asked


@router.api_route("/{tag}/subscription/{token}/data.json", methods=_READ)
def stored_data(request: Request, tag: str, token: Token) -> Response:
    """All that is stored about the subscriber."""
    language = published_language(request, tag)
    try:
        with app_state(request).database.reading() as ctx:
            box = app_state(request).secret_box
            found = own_subscription.stored_data(ctx, box, token)
    except NotFoundError:
        return _expired(request, language)
    body = json.dumps(found, ensure_ascii=False, indent=2)
    headers = {**_TOKEN_PAGE, "Content-Disposition": 'attachment; filename="subscription.json"'}
    return Response(f"{body}\n", 200, headers, "application/json")


@router.post("/{tag}/subscription/{token}")
def change_subscription(request: Request, tag: str, token: Token, form: Form) -> Response:
    """Change the choices, the address or URL, renew a secret, or end the subscription."""
    language = published_language(request, tag)
    change = _CHANGES.get(form.text("action"), _change_choices)
    try:
        return change(request, token, language, form)
    except NotFoundError:
        return _expired(request, language)
    except (InvalidError, ConflictError) as error:
        return _subscription(request, token, language, form=form, error=error)
    except UnavailableError as error:
        if error.code != "subscriptions_busy":
            raise
        return _subscription(request, token, language, form=form, error=error)


def _change_choices(
    request: Request, token: str, language: str, form: SubscriptionForm
) -> Response:
    choices = form.choices(language)
    write_as_visitor(request, lambda ctx: own_subscription.change_choices(ctx, token, choices))
    return _redirect(f"/{choices.language}/subscription/{token}?saved")


def _change_address(
    request: Request, token: str, language: str, form: SubscriptionForm
) -> Response:
    hashes = address_hashes(app_state(request).settings)
    address, place = form.text("address"), visitor_address(request)

    def act(ctx: Ctx) -> None:
        own_subscription.request_new_address(ctx, hashes, token, address, place)

    write_as_visitor(request, act)
    return _redirect(f"/{language}/subscription/{token}?address")


def _change_url(request: Request, token: str, language: str, form: SubscriptionForm) -> Response:
    state = app_state(request)
    hashes, place = address_hashes(state.settings), visitor_address(request)
    tools = WebhookTools(CHANNELS[WEBHOOK], state.secret_box)

    def act(ctx: Ctx) -> None:
        own_subscription.request_new_url(ctx, hashes, tools, token, form.url, place)

    write_as_visitor(request, act)
    return _webhook_requested(request, language, CHANNELS[WEBHOOK].address({"url": form.url}))


def _delete(request: Request, token: str, language: str, _: SubscriptionForm) -> Response:
    hashes = address_hashes(app_state(request).settings)
    write_as_visitor(request, lambda ctx: own_subscription.delete_own(ctx, hashes, token))
    return _ended(request, language)


def _renew_key(request: Request, token: str, language: str, _: SubscriptionForm) -> Response:
    box = app_state(request).secret_box
    secret = write_as_visitor(request, lambda ctx: own_subscription.renew_key(ctx, box, token))
    return _subscription(request, token, language, secret=secret)


def _verify_again(request: Request, token: str, language: str, _: SubscriptionForm) -> Response:
    hashes = address_hashes(app_state(request).settings)
    asked = write_as_visitor(request, lambda ctx: own_subscription.verify_again(ctx, hashes, token))
    return _webhook_requested(request, language, asked.address)


# By the value of the button of a form on the page of a subscription.
_CHANGES: Mapping[str, Callable[[Request, str, str, SubscriptionForm], Response]] = {
    "address": _change_address,
    "delete": _delete,
    "renew": _renew_key,
    "url": _change_url,
    "verify": _verify_again,
}


def _subscription(  # noqa: PLR0913  # what the page shows besides the subscription
    request: Request,
    token: str,
    language: str,
    *,
    notice: str = "",
    asked: Followed | None = None,
    secret: str | None = None,
    form: SubscriptionForm | None = None,
    error: FyrError | None = None,
) -> Response:
    state = app_state(request)
    try:
        with state.database.reading() as ctx:
            record = subscribing.subscription_page(ctx, token, state.settings.base_url, asked=asked)
    except NotFoundError:
        return _expired(request, language)
    status, headers = 200, {}
    record = replace(record, notice=notice, secret=secret)
    if form is not None and error is not None:
        # The forms for the address and for the URL have no other values.
        values = form.values(language)
        if form.text("action") in {"address", "url"}:
            values = replace(record.values, address=values.address, url=values.url)
        record = replace(record, values=values, errors={_shown_field(error): error.code})
        status = {ConflictError: 409, UnavailableError: 503}.get(type(error), 422)
        headers = {"Retry-After": _BUSY_SECONDS} if status == 503 else {}
    return _page(pages.subscription(record, language), language, status, headers)


# -- the link to unsubscribe --------------------------------------------------------------------


@router.api_route("/unsubscribe/{token}", methods=_READ)
def unsubscribe_page(request: Request, token: Token) -> Response:
    """What ends, with a button; an answer of equal form when it has ended already."""
    state = app_state(request)
    with state.database.reading() as ctx:
        found = subscribing.unsubscribe_page(ctx, token, state.settings.base_url)
    language = published_language(request, None)
    if found is None:
        return _ended(request, language)
    record, own_language = found
    if published_tag(own_language, record.page.languages) is not None:
        language = own_language
    return _page(pages.unsubscribe(record, language), language)


@router.post("/unsubscribe/{token}")
async def unsubscribe(request: Request, token: Token) -> Response:
    """Unsubscribe (RFC 8058, 3.1): by any form or none, without a redirect, without cookies.

    The token alone decides: a body that is too long, or that cannot be read, does not matter.
    """
    form = SubscriptionForm(FormBody())
    with suppress(InvalidError, RefusedError):
        form = SubscriptionForm(await read_form(request))
    return await run_in_threadpool(_unsubscribe, request, token, is_less=bool(form.text("less")))


def _unsubscribe(request: Request, token: str, *, is_less: bool) -> Response:
    state = app_state(request)
    hashes = address_hashes(state.settings)

    def act(ctx: Ctx) -> tuple[bool, str | None]:
        found = own_subscription.subscription_to_end(ctx, token)
        language = None if found is None else found.choices.language
        if is_less:
            return own_subscription.reduce_notifications(ctx, token), language
        own_subscription.unsubscribe(ctx, hashes, token)
        return False, language

    is_reduced, own_language = write_as_visitor(request, act)
    facts = state.renderer.page_facts_blocking()
    is_published = own_language and published_tag(own_language, facts.languages) is not None
    language = own_language if own_language and is_published else published_language(request, None)
    return _ended(request, language, is_reduced=is_reduced)


# -- answers ------------------------------------------------------------------------------------


def _page(
    body: bytes, language: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    every = {**_TOKEN_PAGE, "Content-Language": language, **(headers or {})}
    return Response(body, status, every, "text/html; charset=utf-8")


def _redirect(path: str) -> Response:
    return RedirectResponse(path, 303, _TOKEN_PAGE)


def _expired(request: Request, language: str) -> Response:
    state = app_state(request)
    with state.database.reading() as ctx:
        record = LinkExpiredPage(public_pages.facts(ctx, state.settings.base_url))
    return _page(pages.link_expired(record, language), language, 410)


def _ended(request: Request, language: str, *, is_reduced: bool = False) -> Response:
    state = app_state(request)
    with state.database.reading() as ctx:
        record = EndedPage(public_pages.facts(ctx, state.settings.base_url), is_reduced)
    return _page(pages.ended(record, language), language)
