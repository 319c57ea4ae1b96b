"""`fyr translation check` lets the translation provider translate a sentence."""

import typer

from app.cli.database import open_database
from app.domain.errors import FyrError
from app.secret_keys import secret_box
from app.settings import load_settings
from app.translation.checking import check_provider
from app.translation.suggestions import provider_for
from app.usecases.context import SHELL
from app.usecases.page.translation_provider import provider_key
from app.usecases.public.pages import facts

__all__ = ["translation_app"]

translation_app = typer.Typer(help="Machine translation.", no_args_is_help=True)


class TranslationError(FyrError):
    """Machine translation is off, or the provider did not translate; the message says why."""

    code = "translation"


@translation_app.callback()
def _group() -> None:
    """Machine translation."""


@translation_app.command("check")
def check() -> None:
    """Let the provider translate a fixed English sentence, and print its translation."""
    settings = load_settings()
    box = secret_box(settings)
    with open_database(settings) as database, database.reading(SHELL) as ctx:
        languages = facts(ctx, settings.base_url).languages
        key = provider_key(ctx, box)
    provider = provider_for(key.kind, key.url, key.key, settings.allowed_networks) if key else None
    if provider is None:
        raise TranslationError("Machine translation is off. An admin can choose a provider.")
    result = check_provider(provider, languages)
    if result.text is None:
        raise TranslationError(
            f"{provider.translator.name} did not translate into {result.language}: "
            f"{result.failure}. docs/machine-translation.md explains the codes."
        )
    typer.echo(f"{provider.translator.name}, {result.language}: {result.text}")
