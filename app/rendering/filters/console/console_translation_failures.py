"""Messages for failures of translation providers, by code."""

from collections.abc import Mapping

from app.domain.texts.phrases import N_

__all__ = ["TRANSLATION_FAILURES"]

_UNREACHABLE = N_("The provider cannot be reached.")
_NOT_ALLOWED = N_(
    "The address of the provider is private and not in FYR_ALLOWED_NETWORKS. An operator can "
    "allow it."
)

TRANSLATION_FAILURES: Mapping[str, str] = {
    "changed": N_("The machine lost or added a name, number, link or placeholder; dropped."),
    "connection_refused": _UNREACHABLE,
    "credentials_refused": N_("The provider refuses the key. An admin can change it."),
    "dns_failed": _UNREACHABLE,
    "draft_stays_here": N_(
        "Unpublished texts are not sent to this provider. Publish first, or ask an admin to allow "
        "it."
    ),
    "language_refused": N_("The provider does not translate between these languages."),
    "no_route": _UNREACHABLE,
    "no_source": N_("Write the text in one language first."),
    "no_such_host": _UNREACHABLE,
    "not_https": N_("The provider needs an address with https."),
    "nothing_to_translate": N_(
        "There is no empty field, and no outdated translation of a machine."
    ),
    "private_address": _NOT_ALLOWED,
    "provider_failed": N_("The provider could not translate. Try again later."),
    "quota_exceeded": N_("The quota of the provider is used up."),
    "rate_limited": N_("The provider gets too many requests. Try again in a minute."),
    "redirected": N_("The provider redirects to another address. An admin can correct its URL."),
    "term": N_("The machine did not use a term of the glossary; dropped."),
    "text_too_long": N_("The text is too long for the provider."),
    "timed_out": N_("The provider did not answer in time."),
    "too_large": N_("The answer of the provider is too large."),
    "unreachable": _UNREACHABLE,
    "wrong_answer": N_("The answer of the provider cannot be read."),
    "wrong_url": N_("There is no provider at this URL. An admin can correct it."),
}
