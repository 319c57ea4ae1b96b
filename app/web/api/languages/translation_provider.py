from fastapi import APIRouter, Response

from app.domain.errors import NotFoundError
from app.translation import PROVIDERS
from app.translation.checking import check_provider
from app.translation.suggestions import provider_for
from app.usecases.page import translation_provider
from app.web.api.json_route import JsonRoute
from app.web.api.languages.translation_provider_schemas import (
    NewTranslationProvider,
    ProviderCheck,
    TranslationProvider,
)
from app.web.api.request import ApiRequest, Reader, Writer

__all__ = ["router"]

router = APIRouter(prefix="/translation-provider", tags=["languages"], route_class=JsonRoute)

_KINDS = {kind: each.needs_key for kind, each in PROVIDERS.items()}


@router.get("", responses={404: {}})
def get_translation_provider(request: Reader) -> TranslationProvider:
    """Get the settings of the translation provider; 404 while machine translation is off."""
    return TranslationProvider.of(_required(request))


@router.put("", response_model=TranslationProvider)
def set_translation_provider(provider: NewTranslationProvider, write: Writer) -> Response:
    """Set the translation provider."""

    def act(request: ApiRequest) -> TranslationProvider:
        change = provider.to_record()
        translation_provider.set_provider(request.ctx, request.secret_box, change, _KINDS)
        return TranslationProvider.of(_required(request))

    return write(act)


@router.delete("", status_code=204)
def remove_translation_provider(write: Writer) -> Response:
    """Switch machine translation off and delete the key."""
    return write(lambda request: translation_provider.remove_provider(request.ctx), status=204)


@router.post("/check", response_model=ProviderCheck, responses={404: {}})
def check_translation_provider(write: Writer) -> Response:
    """Let the provider translate a fixed English sentence."""
    state = write.state
    # No transaction is open while the provider works.
    with state.database.reading(write.actor) as ctx:
        api_request = ApiRequest.for_context(ctx, state)
        _required(api_request)
        languages = api_request.page.languages
        key = translation_provider.provider_key(ctx, state.secret_box)
    networks = state.settings.allowed_networks
    provider = None if key is None else provider_for(key.kind, key.url, key.key, networks)
    if provider is None:
        raise _off()
    result = ProviderCheck.of(check_provider(provider, languages))
    return write(lambda _request: result)


def _required(request: ApiRequest) -> translation_provider.TranslationProvider:
    found = translation_provider.get_provider(request.ctx, request.secret_box)
    if found is None:
        raise _off()
    return found


def _off() -> NotFoundError:
    return NotFoundError("Machine translation is off.", code="no_translation_provider")
