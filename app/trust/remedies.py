"""What to do about each finding: one whole sentence per code, in every language."""

from collections.abc import Mapping
from types import MappingProxyType

from app.domain.phrases import N_

__all__ = ["REMEDIES"]

_RENEW = N_("Renew the certificate and load it into the server.")
_TOO_EARLY = N_("Serve the former certificate until then, or have a new one issued.")
_FETCH = N_(
    "Fetch the authority's current intermediate certificates and serve them after your own."
)
_OTHER_CHAIN = N_(
    "Serve a chain to another root, or leave the cross-sign out; `fyr judge` tells which clients "
    "that saves and which it costs."
)
_LEAVE_OUT = N_("Nothing needs to be done; leaving it out makes the handshake smaller.")
_NOTHING = N_("Nothing needs to be done.")
_NAME = N_(
    "Have a certificate issued that lists this name in subjectAltName, or correct the address."
)
_ORDER = N_("Put the server's own certificate first, then each issuer after what it issued.")
_TRUST = N_(
    "Have the certificate issued by an authority that these clients trust, or install its root "
    "on them."
)
_LOAD_AGAIN = N_(
    "Load the certificate files into the server again; one of them is damaged or mixed up."
)
_PURPOSE = N_("Have the certificate issued anew in the form meant for TLS servers.")
_STRONGER = N_(
    "Have the certificate issued anew with an RSA key of at least 2048 bits or an EC key, signed "
    "with SHA-256."
)
_OTHER_AUTHORITY = N_("Have the certificate issued by another authority.")
_SHORTER = N_("Have the certificate issued anew for a shorter time.")
_STAPLE = N_(
    "Turn on OCSP stapling in the server, or have the certificate issued without must-staple."
)
_STAPLE_ANEW = N_("Let the server fetch a new OCSP answer.")
_REPLACE = N_("Replace the certificate and its key at once.")
_TLS = N_("Turn on TLS 1.2 and 1.3 in the server.")
_FEWER = N_("Serve only the server's own certificate and its issuers.")
_SAME_EVERYWHERE = N_("Load the same certificates into every node behind this name.")
_NODE = N_("Bring that node back, or take its address out of the name.")
_TWIN = N_("Renew the RSA certificate too, and load it beside the other one.")
_LOAD = N_("Load a certificate for this name into the server.")

_BY_ADVICE: Mapping[str, tuple[str, ...]] = {
    _RENEW: ("leaf_expired", "leaf_expires_soon"),
    _TOO_EARLY: (
        "leaf_not_yet_valid",
        "intermediate_not_yet_valid",
        "cross_sign_not_yet_valid",
        "root_not_yet_valid",
    ),
    _FETCH: (
        "intermediate_expired",
        "intermediate_expires_soon",
        "missing_intermediate",
        "not_an_authority",
        "path_too_long",
    ),
    _OTHER_CHAIN: (
        "cross_sign_expired",
        "cross_sign_expires_soon",
        "root_expired",
        "root_expires_soon",
    ),
    _LEAVE_OUT: ("unrelated_certificate", "duplicate_certificate", "root_served"),
    _NOTHING: (
        *("timestamps", "past_expired_cross_sign", "rsa_twin", "no_name_differs"),
        *("no_name_refused", "addresses_left_out", "address_out_of_reach"),
    ),
    _SAME_EVERYWHERE: ("addresses_disagree", "families_disagree", "addresses_chains_disagree"),
    _NODE: ("address_silent",),
    _TWIN: ("rsa_twin_fails", "rsa_twin_expires_soon"),
    _NAME: ("host_mismatch", "no_host_name", "name_not_permitted"),
    _ORDER: ("wrong_order",),
    _TRUST: ("self_signed", "root_untrusted", "issuer_unknown"),
    _LOAD_AGAIN: ("malformed", "unreadable_extensions", "bad_signature"),
    _PURPOSE: ("wrong_purpose", "unknown_extension"),
    _STRONGER: ("weak_key", "weak_signature", "unsupported_key"),
    _OTHER_AUTHORITY: ("distrusted", "distrust_ahead", "distrust_on_renewal"),
    _SHORTER: ("valid_too_long",),
    _STAPLE: ("must_staple",),
    _STAPLE_ANEW: ("staple_expired",),
    _REPLACE: ("revoked", "revoked_by_list"),
    _TLS: ("old_tls",),
    _FEWER: ("too_many_certificates", "search_gave_up"),
    _LOAD: ("no_certificate",),
}

# The English sentence by the finding's code.
REMEDIES: Mapping[str, str] = MappingProxyType(
    {f"finding.{code}": text for text, codes in _BY_ADVICE.items() for code in codes}
)
