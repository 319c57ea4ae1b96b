"""Remedies that several checks name: what to do about a finding, one sentence each."""

from app.domain.texts.phrases import N_

__all__ = [
    "NO_ACTION",
    "OWN_FIRST",
    "REISSUE_FOR_NAME",
    "RELOAD_FILES",
    "REPLACE_KEY",
    "SERVE_INTERMEDIATES",
    "SERVE_OTHER_CHAIN",
    "WAIT_OR_REISSUE",
]

WAIT_OR_REISSUE = N_("Serve the former certificate until then, or have a new one issued.")
SERVE_INTERMEDIATES = N_(
    "Fetch the authority's current intermediate certificates and serve them after your own."
)
# Translators: A cross-sign is a cross-signed certificate: one thing, one word.
SERVE_OTHER_CHAIN = N_(
    "Serve a chain to another root, or leave the cross-sign out; `fyr judge` shows which "
    "clients can then connect and which no longer can."
)
NO_ACTION = N_("Nothing needs to be done.")
OWN_FIRST = N_("Put the server's own certificate first, then each issuer after what it issued.")
REISSUE_FOR_NAME = N_(
    "Have a certificate issued that lists this name in subjectAltName, or correct the address."
)
RELOAD_FILES = N_(
    "Load the certificate files into the server again; one of them is damaged or mixed up."
)
REPLACE_KEY = N_("Replace the certificate and its key at once.")
