"""An OpenID Connect provider as we ask it: the code for tokens, and what they say.

Source: OpenID Connect Core 1.0, sections 3.1.2 to 3.1.3.7 and 5.3; PKCE is RFC 7636, the issuer
in the answer RFC 9207."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core.claims import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from app.settings import Settings
from app.web.oidc.authorization_request import AuthorizationRequest
from app.web.oidc.discovery import Discovery, ProviderError

__all__ = ["Provider"]

# Clocks differ.
_LEEWAY_SECONDS = 60
# Signatures with a key that only the provider has; neither `none` nor a shared secret.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


class Provider:
    """The provider that the settings name."""

    def __init__(self, settings: Settings, discovery: Discovery) -> None:
        self.issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._scope = settings.oidc_scope
        self._discovery = discovery

    async def address(self, asked: AuthorizationRequest, back: str, now: datetime) -> str:
        """Where a browser goes to sign in; it comes `back` with a code. Raises ProviderError."""
        with self._trusting(now):
            endpoint = await self._discovery.address("authorization_endpoint", now)
        address: str = prepare_grant_uri(
            endpoint,
            client_id=self._client_id,
            response_type="code",
            redirect_uri=back,
            scope=self._scope,
            state=asked.state,
            nonce=asked.nonce,
            code_challenge=create_s256_code_challenge(asked.verifier),
            code_challenge_method="S256",
        )
        return address

    async def claims(
        self, code: str, asked: AuthorizationRequest, back: str, now: datetime
    ) -> Mapping[str, Any]:
        """What the provider says of who brought this code. Raises ProviderError."""
        with self._trusting(now):
            tokens = await self._tokens(code, asked, back, now)
            claims = await self._checked(str(tokens.get("id_token", "")), asked, now)
            return await self._told(claims, tokens, now)

    @contextmanager
    def _trusting(self, now: datetime) -> Iterator[None]:
        """Who fails on what was kept of the provider must not fail on it again."""
        try:
            yield
        except ProviderError:
            self._discovery.forget(now)
            raise

    async def _tokens(
        self, code: str, asked: AuthorizationRequest, back: str, now: datetime
    ) -> Mapping[str, Any]:
        metadata = await self._discovery.metadata(now)
        known = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        method = "client_secret_basic" if "client_secret_basic" in known else "client_secret_post"
        body = urlencode(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": back,
                "code_verifier": asked.verifier,
            }
        )
        auth = ClientAuth(self._client_id, self._secret, method if self._secret else "none")
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = auth.prepare(
            "POST", await self._discovery.address("token_endpoint", now), headers, body
        )
        return await self._discovery.ask("POST", url, headers=headers, content=body)

    async def _checked(
        self, token: str, asked: AuthorizationRequest, now: datetime
    ) -> Mapping[str, Any]:
        """What a token for us says. Keys change: where ours do not fit, we ask once more."""
        keys = await self._discovery.keys(now)
        signed = _signed(token, keys)
        if signed is None:
            await self._discovery.forget_keys(now)
            signed = _signed(token, await self._discovery.keys(now))
        if signed is None:
            raise ProviderError("wrong", "the ID token is signed by nobody we know")
        return self._for_us(signed, asked, now)

    async def _told(
        self, claims: Mapping[str, Any], tokens: Mapping[str, Any], now: datetime
    ) -> Mapping[str, Any]:
        """The claims, and what the provider tells besides: some tell groups, or even the address,
        only there.
        """
        metadata = await self._discovery.metadata(now)
        if "userinfo_endpoint" not in metadata or not tokens.get("access_token"):
            return claims
        more = await self._discovery.ask(
            "GET",
            await self._discovery.address("userinfo_endpoint", now),
            headers={"Authorization": f"Bearer {tokens['access_token']}"},
        )
        if more.get("sub") != claims["sub"]:
            raise ProviderError("wrong", "userinfo is about somebody else")
        return _together(claims, more)

    def _for_us(
        self, signed: jwt.Token, asked: AuthorizationRequest, now: datetime
    ) -> Mapping[str, Any]:
        options = {
            "iss": {"essential": True, "values": [self.issuer, f"{self.issuer}/"]},
            "aud": {"essential": True, "value": self._client_id},
        }
        about = {"nonce": asked.nonce, "client_id": self._client_id}
        try:
            claims = CodeIDToken(signed.claims, signed.header, options, about)
            claims.validate(int(now.timestamp()), _LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderError("wrong", f"the ID token: {type(error).__name__}") from None
        return dict(claims)


def _signed(token: str, keys: Mapping[str, Any]) -> jwt.Token | None:
    try:
        return jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def _together(claims: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    """Both; an address is vouched for only where it is told."""
    told = [str(each.get("email") or "").casefold() for each in (claims, more)]
    where = {**more, **claims} if told[0] == told[1] else claims if told[0] else more
    return {**more, **claims, "email_verified": where.get("email_verified")}
