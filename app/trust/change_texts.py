"""English sentences of the differences between two chains."""

from collections.abc import Mapping
from types import MappingProxyType

from app.domain.texts.phrases import N_

__all__ = ["CHANGE_TEXTS"]

# The English sentence of every code that a change can have, for the catalogues.
CHANGE_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "change.first_certificate": N_(
            "%(host)s now serves a certificate; before, it served none."
        ),
        "change.no_certificate": N_("%(host)s no longer serves a certificate."),
        "change.renewed": N_(
            "The certificate of %(host)s was renewed and is now valid until %(date)s."
        ),
        "change.renewed_with_new_key": N_(
            "The certificate of %(host)s was renewed with a new key and is now valid until "
            "%(date)s."
        ),
        "change.names": N_(
            "The names in the certificate of %(host)s have changed. Before: %(before)s. Now: "
            "%(after)s."
        ),
        "change.issuer": N_(
            "The issuer of the certificate of %(host)s has changed. Before: %(before)s. Now: "
            "%(after)s."
        ),
        # Translators: A cross-sign is a cross-signed certificate: one thing, one word.
        "change.cross_sign_gone": N_("The cross-sign “%(subject)s” is no longer served."),
        # Translators: A cross-sign is a cross-signed certificate: one thing, one word.
        "change.cross_sign_new": N_("The cross-sign “%(subject)s” is now served."),
        "change.certificate_gone": N_("The certificate “%(subject)s” is no longer served."),
        "change.certificate_new": N_("The certificate “%(subject)s” is now served."),
        "change.order": N_("The same certificates are served in another order."),
    }
)
