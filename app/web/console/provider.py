"""An OpenID Connect provider as we ask it: discovery, the code for tokens, what they say.

Source: OpenID Connect Core 1.0, sections 3.1.2 to 3.1.3.7 and 5.3; PKCE is RFC 7636, the issuer
in the answer RFC 9207. Everything goes through the one outbound door, and no redirect is followed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.common.security import generate_token
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.claims import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.net.client import open_client
from app.net.errors import OutboundError
from app.net.guard import Guard
from app.settings import Settings

__all__ = ["Errand", "Provider", "ProviderError"]

_LARGEST = 1_000_000
_SECONDS = 10.0
# Clocks differ.
_LEEWAY_SECONDS = 60
# Signatures with a key that only the provider has; neither `none` nor a shared secret.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
_LONG = 48


class ProviderError(Exception):
    """Nobody can be let in: `away` when the provider does not answer, `wrong` for what it says.

    `reason` is for the log; it holds no token and no address of a person.
    """

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.kind = kind
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Errand:
    """What a browser takes along to the provider and back, sealed."""

    state: str
    nonce: str
    verifier: str

    @classmethod
    def fresh(cls) -> "Errand":
        """A new one, for this browser alone."""
        return cls(generate_token(_LONG), generate_token(_LONG), generate_token(_LONG))


class Provider:
    """The provider that the settings name."""

    def __init__(self, settings: Settings, guard: Guard) -> None:
        self.issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._scope = settings.oidc_scope
        self._guard = guard

    async def address(self, errand: Errand, back: str) -> str:
        """Where a browser goes to sign in; it comes `back` with a code. Raises ProviderError."""
        metadata = await self._metadata()
        address: str = prepare_grant_uri(
            _address_in(metadata, "authorization_endpoint"),
            client_id=self._client_id,
            response_type="code",
            redirect_uri=back,
            scope=self._scope,
            state=errand.state,
            nonce=errand.nonce,
            code_challenge=create_s256_code_challenge(errand.verifier),
            code_challenge_method="S256",
        )
        return address

    async def claims(
        self, code: str, errand: Errand, back: str, now: datetime
    ) -> Mapping[str, Any]:
        """What the provider says of who brought this code. Raises ProviderError."""
        metadata = await self._metadata()
        tokens = await self._tokens(metadata, code, errand, back)
        keys = await self._json("GET", _address_in(metadata, "jwks_uri"))
        claims = self._verified(str(tokens.get("id_token", "")), keys, errand, now)
        # Some providers tell groups, or even the address, only there.
        if "userinfo_endpoint" not in metadata or not tokens.get("access_token"):
            return claims
        more = await self._json(
            "GET",
            _address_in(metadata, "userinfo_endpoint"),
            headers={"Authorization": f"Bearer {tokens['access_token']}"},
        )
        if more.get("sub") != claims["sub"]:
            raise ProviderError("wrong", "userinfo is about somebody else")
        return {**more, **claims}

    async def _metadata(self) -> Mapping[str, Any]:
        found = await self._json("GET", f"{self.issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != self.issuer:
            raise ProviderError("wrong", "discovery names another issuer")
        return {**found, "issuer": str(found["issuer"])}

    async def _tokens(
        self, metadata: Mapping[str, Any], code: str, errand: Errand, back: str
    ) -> Mapping[str, Any]:
        known = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
        body = urlencode(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": back,
                "code_verifier": errand.verifier,
            }
        )
        auth = ClientAuth(self._client_id, self._secret, method if self._secret else "none")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = auth.prepare(
            "POST", _address_in(metadata, "token_endpoint"), headers, body
        )
        return await self._json("POST", url, headers=headers, content=body)

    def _verified(
        self, token: str, keys: Mapping[str, Any], errand: Errand, now: datetime
    ) -> Mapping[str, Any]:
        options = {
            "iss": {"essential": True, "values": [self.issuer, f"{self.issuer}/"]},
            "aud": {"essential": True, "value": self._client_id},
        }
        about = {"nonce": errand.nonce, "client_id": self._client_id}
        try:
            signed = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
            claims = CodeIDToken(signed.claims, signed.header, options, about)
            claims.validate(int(now.timestamp()), _LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderError("wrong", f"the ID token: {type(error).__name__}") from None
        return dict(claims)

    async def _json(self, method: str, url: str, **more: Any) -> Mapping[str, Any]:  # noqa: ANN401
        body = bytearray()
        try:
            async with (
                open_client(self._guard, timeout=_SECONDS) as client,
                client.stream(method, url, follow_redirects=False, **more) as response,
            ):
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > _LARGEST:
                        raise ProviderError("wrong", "an answer is too large")
        except (OutboundError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise ProviderError("away", f"{urlsplit(url).path}: {type(error).__name__}") from error
        if response.status_code != 200:
            kind = "away" if response.status_code >= 500 else "wrong"
            raise ProviderError(kind, f"{urlsplit(url).path}: answered {response.status_code}")
        return _object(bytes(body))


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderError("wrong", "an answer is no JSON object")
    return found


def _address_in(metadata: Mapping[str, Any], name: str) -> str:
    """An endpoint, as safe from listeners as the issuer itself."""
    address = metadata.get(name)
    scheme = urlsplit(str(metadata["issuer"])).scheme
    if not isinstance(address, str) or urlsplit(address).scheme not in {scheme, "https"}:
        raise ProviderError("wrong", f"discovery has no usable {name}")
    return address
