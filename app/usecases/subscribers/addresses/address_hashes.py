"""Keyed hashes of addresses and of network addresses, for limits and suppressed addresses.

The key is a random secret of the installation, stored encrypted: a copy of the database does not
show whether an address is in it, and the rotation of FYR_SECRET_KEY leaves the hashes valid.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from app.db.tables import InstallationSecretRow
from app.usecases.context import Ctx
from app.usecases.encryption import BrowserBox
from app.usecases.network_addresses import network_of, provider_network_of

__all__ = ["AddressHashes"]

_NAME = "subscriber addresses"
_KEY_BYTES = 32


@dataclass(slots=True)
class AddressHashes:
    """HMAC-SHA256 of addresses. `box` returns the box of the present FYR_SECRET_KEY.

    With another FYR_SECRET_KEY, which was not rotated, the key cannot be decrypted: a new one is
    created, and what was hashed before is not recognised any more.
    """

    box: Callable[[], BrowserBox]
    _known: tuple[str, bytes] = field(default=("", b""), init=False, repr=False)

    def of_address(self, ctx: Ctx, channel: str, address_key: str) -> str:
        """The hash of an address within its channel."""
        return self._hash(ctx, f"address\0{channel}\0{address_key}")

    def of_place(self, ctx: Ctx, address: str) -> str:
        """The hash of the network that a network address belongs to: IPv6 has one for each /64."""
        return self._hash(ctx, f"place\0{network_of(address)}")

    def of_provider(self, ctx: Ctx, address: str) -> str:
        """The hash of the network of the provider that a network address belongs to."""
        return self._hash(ctx, f"provider\0{provider_network_of(address)}")

    def _hash(self, ctx: Ctx, text: str) -> str:
        return hmac.digest(self._key(ctx), text.encode(), "sha256").hex()

    def _key(self, ctx: Ctx) -> bytes:
        row = ctx.session.get(InstallationSecretRow, _NAME)
        encrypted, key = self._known
        if row is not None and row.encrypted == encrypted:
            return key
        text = None if row is None else self.box().decrypt(row.encrypted)
        if row is not None and text is not None:
            self._known = (row.encrypted, bytes.fromhex(text))
            return self._known[1]
        # Not remembered before it is committed.
        return self._new_key(ctx)

    def _new_key(self, ctx: Ctx) -> bytes:
        key = secrets.token_bytes(_KEY_BYTES)
        encrypted = self.box().encrypt(key.hex())
        ctx.session.merge(InstallationSecretRow(name=_NAME, encrypted=encrypted))
        ctx.session.flush()
        return key
