"""Client profiles for tests."""

from app.domain.certificates.findings import Tier
from app.trust.clients.profiles import Profile
from app.trust.clients.stores import Store
from app.trust.paths import BUILDERS, Tolerances


def client(
    store: Store,
    builder: str = "any_path",
    *,
    tier: Tier = Tier.CURRENT,
    anchor_expiry: bool = True,
    name: str = "test",
) -> Profile:
    """A profile with this store."""
    tolerances = Tolerances(anchor_expiry=anchor_expiry)
    return Profile(name, {"en": name}, builder, store, tolerances, tier=tier)


def every_client(store: Store) -> list[Profile]:
    """One profile per builder."""
    return [client(store, builder, name=builder) for builder in BUILDERS]
