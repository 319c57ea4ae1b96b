"""What client profiles come down to, as one short text: another text, another judgement."""

from collections.abc import Iterable
from hashlib import sha256

from app import __version__
from app.trust.profiles import Profile

__all__ = ["fingerprint_of"]


def fingerprint_of(profiles: Iterable[Profile]) -> str:
    """A text that changes whenever a profile, a store or this program's rules may have."""
    told = sha256(__version__.encode())
    for profile in sorted(profiles, key=lambda each: each.id):
        label = sorted(profile.label.items())
        rules = (profile.id, label, profile.builder, profile.share, profile.tier.value)
        told.update(repr((rules, profile.tolerances, profile.store.published)).encode())
        told.update(profile.store.digest)
    return told.hexdigest()
