"""Console screen of machine translation: the provider, unread translations, and the glossary."""

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.texts.phrases import N_
from app.translation import PROVIDERS
from app.translation.checking import CheckResult, check_provider
from app.translation.suggestions import provider_for
from app.usecases.context import Ctx
from app.usecases.page import glossary, translation_provider
from app.usecases.page.translation_provider import ProviderChange
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Admin, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/languages/machine")

_HERE = "/console/languages/machine"
_KINDS = {kind: each.needs_key for kind, each in PROVIDERS.items()}
_SAVED = N_("The provider is saved. Check it.")
_OFF = N_("Machine translation is off. The key is deleted; texts that exist stay as they are.")
_UNREAD_SAVED = N_("Saved. Visitors see it now.")


@router.get("")
def machine_page(request: Admin) -> Response:
    """The settings, and what came of the translations."""
    return _page(request, _filled(request))


@router.post("")
def save_provider(request: Admin, form: SubmittedForm) -> Response:
    """Save the provider, or switch translation off."""
    is_off = form.text("kind") == ""

    def act(ctx: Ctx) -> str:
        if is_off:
            translation_provider.remove_provider(ctx)
        else:
            change = ProviderChange(
                form.text("kind"),
                form.text("url") or _default_url(form.text("kind")),
                form.text("key"),
                form.has("sends_drafts"),
            )
            translation_provider.set_provider(ctx, request.app.secret_box, change, _KINDS)
        return _HERE

    notice = request.translate(_OFF if is_off else _SAVED)
    return request.write(form, act, again=lambda: _page(request, form), notice=notice)


@router.post("/check")
def check(request: Admin) -> Response:
    """Let the provider translate a sentence, and show what came back."""
    key = translation_provider.provider_key(request.ctx, request.app.secret_box)
    form = _filled(request)
    networks = request.app.settings.allowed_networks
    provider = None if key is None else provider_for(key.kind, key.url, key.key, networks)
    if provider is None:
        return request.redirect(_HERE)
    request.release_snapshot()
    result = check_provider(provider, request.chrome.page.languages)
    return _page(request, form, result)


@router.post("/unread")
def save_unread(request: Admin, form: SubmittedForm) -> Response:
    """Set the languages in which pages show unread translations."""

    def act(ctx: Ctx) -> str:
        translation_provider.set_unread_languages(ctx, form.all("unread_languages"))
        return _HERE

    return request.write(
        form,
        act,
        again=lambda: _page(request, form),
        notice=request.translate(_UNREAD_SAVED),
    )


@router.post("/terms")
def add_term(request: Admin, form: SubmittedForm) -> Response:
    """Add a term to the glossary."""

    def act(ctx: Ctx) -> str:
        glossary.add_term(ctx, _forms(form.text("forms")))
        return f"{_HERE}#glossary"

    return request.write(form, act, again=lambda: _page(request, form))


@router.post("/terms/{term_id}/delete")
def remove_term(request: Admin, term_id: str, form: SubmittedForm) -> Response:
    """Remove a term from the glossary."""

    def act(ctx: Ctx) -> str:
        glossary.remove_term(ctx, term_id)
        return f"{_HERE}#glossary"

    return request.write(form, act, again=lambda: _page(request, form))


def _page(request: StaffRequest, form: Form, result: CheckResult | None = None) -> Response:
    box = request.app.secret_box
    return request.page(
        "machine_translation",
        form=form,
        provider=translation_provider.get_provider(request.ctx, box),
        kinds=[(each.kind, each.name) for each in PROVIDERS.values()],
        outcomes=translation_provider.list_outcomes(request.ctx),
        terms=glossary.list_terms(request.ctx),
        result=result,
    )


def _filled(request: StaffRequest) -> Form:
    now = translation_provider.get_provider(request.ctx, request.app.secret_box)
    unread = request.chrome.page.unread_machine_languages
    values = {"unread_languages": sorted(unread)}
    if now is None:
        return Form.filled({**values, "kind": ""})
    drafts = ["on"] if now.sends_drafts else []
    return Form.filled({**values, "kind": now.kind, "url": now.url, "sends_drafts": drafts})


def _default_url(kind: str) -> str:
    return PROVIDERS[kind].default_url if kind in PROVIDERS else ""


def _forms(text: str) -> dict[str, list[str]]:
    """The forms by language of lines such as `sv: incident, störning*`. Raises InvalidError."""
    found: dict[str, list[str]] = {}
    for line in filter(str.strip, text.splitlines()):
        tag, colon, forms = line.partition(":")
        if not colon or tag.strip() in found:
            raise InvalidError(
                "Write one line for each language, such as: sv: incident, störning*",
                code="invalid_forms",
                field="forms",
            )
        found[tag.strip()] = [each.strip() for each in forms.split(",") if each.strip()]
    return found
