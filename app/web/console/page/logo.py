"""Screen of the logo: preview on light and dark, upload, replace, remove."""

from fastapi import APIRouter, Response

from app.domain.errors import InvalidError
from app.domain.page.logos import ColourScheme
from app.domain.texts.phrases import N_
from app.usecases.context import Ctx
from app.usecases.page import logo as page_logo
from app.usecases.page import settings
from app.usecases.page.settings import PageChange
from app.web.console.kit.confirmation import Question, write_confirmed
from app.web.console.kit.forms.forms import Form, SubmittedForm
from app.web.console.kit.staff_request import Admin, StaffRequest

__all__ = ["router"]

router = APIRouter(prefix="/page/logo")

_HERE = "/console/page/logo"
_UP = N_("The logo is published.")
_DOWN = N_("The logo is removed.")
_SAVED = N_("Saved. Visitors see it now.")


@router.get("")
def logo(request: Admin) -> Response:
    """The logo as visitors see it, and the form to upload another."""
    return _page(request, Form())


@router.post("")
def upload(request: Admin, form: SubmittedForm) -> Response:
    """Set the logo from an uploaded picture."""

    def act(ctx: Ctx) -> str:
        file = form.files.get("logo")
        page_logo.set_logo(ctx, file.content if file else b"", _scheme(form))
        return _HERE

    return request.write(
        form, act, again=lambda: _page(request, form), notice=request.translate(_UP)
    )


@router.post("/remove")
def remove(request: Admin, form: SubmittedForm) -> Response:
    """Remove the logo, once the user has confirmed it."""

    def act(ctx: Ctx) -> str:
        page_logo.remove_logo(ctx, _scheme(form))
        return _HERE

    def ask(_ctx: Ctx) -> Question:
        _scheme(form)
        return Question(
            request.translate(N_("Remove the logo?")),
            request.translate(N_("Visitors no longer see it. To undo this, upload it again.")),
            request.translate(N_("Remove the logo")),
            _HERE,
        )

    return write_confirmed(
        request, form, act, ask, again=lambda: _page(request, form), notice=request.translate(_DOWN)
    )


@router.post("/name")
def set_contains_name(request: Admin, form: SubmittedForm) -> Response:
    """Set whether the logo contains the name of the page, which is then not shown beside it."""

    def act(ctx: Ctx) -> str:
        change = PageChange(logo_contains_name=form.has("logo_contains_name"))
        settings.edit_page(ctx, change)
        return _HERE

    return request.write(
        form, act, again=lambda: _page(request, form), notice=request.translate(_SAVED)
    )


def _scheme(form: Form) -> ColourScheme:
    try:
        return ColourScheme(form.text("scheme"))
    except ValueError:
        raise InvalidError("Choose light or dark.", code="unknown_choice", field="scheme") from None


def _page(request: StaffRequest, form: Form) -> Response:
    return request.page(
        "logo",
        form=form,
        logo=request.chrome.page.logo,
        most_bytes=request.app.settings.upload_limit_bytes,
    )
