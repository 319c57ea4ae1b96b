"""OpenID Connect client: redirects to the provider, exchanges the code, verifies the ID token.

Source: OpenID Connect Core 1.0, sections 3.1.2 to 3.1.3.7 and 5.3; PKCE is RFC 7636, the `iss`
parameter of the callback RFC 9207.
"""

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

# Tolerated difference between the provider's clock and ours.
_LEEWAY_SECONDS = 60
# Asymmetric algorithms only: neither `none` nor HMAC with the shared client secret.
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]


class Provider:
    """The OpenID Connect provider that the settings configure."""

    def __init__(self, settings: Settings, discovery: Discovery) -> None:
        self.issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._client_secret = settings.oidc_client_secret.get_secret_value()
        self._scope = settings.oidc_scope
        self._discovery = discovery

    async def authorization_url(
        self, authorization: AuthorizationRequest, redirect_uri: str, now: datetime
    ) -> str:
        """The URL that a browser is redirected to for signing in. Raises ProviderError."""
        with self._invalidating_on_error(now):
            endpoint = await self._discovery.endpoint("authorization_endpoint", now)
        url: str = prepare_grant_uri(
            endpoint,
            client_id=self._client_id,
            response_type="code",
            redirect_uri=redirect_uri,
            scope=self._scope,
            state=authorization.state,
            nonce=authorization.nonce,
            code_challenge=create_s256_code_challenge(authorization.code_verifier),
            code_challenge_method="S256",
        )
        return url

    async def claims(
        self, code: str, authorization: AuthorizationRequest, redirect_uri: str, now: datetime
    ) -> Mapping[str, Any]:
        """The verified claims about the user who brought this code. Raises ProviderError."""
        with self._invalidating_on_error(now):
            tokens = await self._exchange(code, authorization, redirect_uri, now)
            claims = await self._id_token_claims(
                str(tokens.get("id_token", "")), authorization, now
            )
            return await self._with_userinfo(claims, tokens, now)

    @contextmanager
    def _invalidating_on_error(self, now: datetime) -> Iterator[None]:
        """Drop the cached documents on ProviderError: they may be what made the sign-in fail."""
        try:
            yield
        except ProviderError:
            self._discovery.invalidate(now)
            raise

    async def _exchange(
        self, code: str, authorization: AuthorizationRequest, redirect_uri: str, now: datetime
    ) -> Mapping[str, Any]:
        """The token response for an authorization code."""
        metadata = await self._discovery.metadata(now)
        methods = metadata.get("token_endpoint_auth_methods_supported")
        # The default of Discovery 1.0, section 3.
        is_basic = not isinstance(methods, list) or "client_secret_basic" in methods
        method = "client_secret_basic" if is_basic else "client_secret_post"
        body = urlencode(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect_uri,
                "code_verifier": authorization.code_verifier,
            }
        )
        auth = ClientAuth(
            self._client_id, self._client_secret, method if self._client_secret else "none"
        )
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = auth.prepare(
            "POST", await self._discovery.endpoint("token_endpoint", now), headers, body
        )
        return await self._discovery.request("POST", url, headers=headers, content=body)

    async def _id_token_claims(
        self, id_token: str, authorization: AuthorizationRequest, now: datetime
    ) -> Mapping[str, Any]:
        """The claims of a valid ID token.

        Providers rotate keys: when no cached key verifies the signature, the keys are requested
        once more.
        """
        token = _verified(id_token, await self._discovery.keys(now))
        if token is None:
            await self._discovery.invalidate_keys(now)
            token = _verified(id_token, await self._discovery.keys(now))
        if token is None:
            raise ProviderError("wrong", "the ID token is signed by an unknown key")
        return self._validated(token, authorization, now)

    async def _with_userinfo(
        self, claims: Mapping[str, Any], tokens: Mapping[str, Any], now: datetime
    ) -> Mapping[str, Any]:
        """The claims with those of the userinfo endpoint: some providers give groups, or even the
        e-mail address, only there.
        """
        metadata = await self._discovery.metadata(now)
        if "userinfo_endpoint" not in metadata or not tokens.get("access_token"):
            return claims
        userinfo = await self._discovery.request(
            "GET",
            await self._discovery.endpoint("userinfo_endpoint", now),
            headers={"Authorization": f"Bearer {tokens['access_token']}"},
        )
        if userinfo.get("sub") != claims["sub"]:
            raise ProviderError("wrong", "userinfo has another subject")
        return _merged(claims, userinfo)

    def _validated(
        self, token: jwt.Token, authorization: AuthorizationRequest, now: datetime
    ) -> Mapping[str, Any]:
        """The claims of a token that this client requested; raises ProviderError for any other."""
        options = {
            "iss": {"essential": True, "values": [self.issuer, f"{self.issuer}/"]},
            "aud": {"essential": True, "value": self._client_id},
        }
        params = {"nonce": authorization.nonce, "client_id": self._client_id}
        try:
            claims = CodeIDToken(token.claims, token.header, options, params)
            claims.validate(int(now.timestamp()), _LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderError("wrong", f"the ID token: {type(error).__name__}") from None
        return dict(claims)


def _verified(id_token: str, keys: Mapping[str, Any]) -> jwt.Token | None:
    """The token, None when none of the keys verifies its signature."""
    try:
        return jwt.decode(id_token, KeySet.import_key_set(dict(keys)), algorithms=_ALGORITHMS)  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, KeyError, RecursionError):
        return None


def _merged(claims: Mapping[str, Any], userinfo: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims of the ID token over those of userinfo.

    `email_verified` is taken from the document that has the e-mail address.
    """
    token_email, userinfo_email = (
        str(each.get("email") or "").casefold() for each in (claims, userinfo)
    )
    if token_email == userinfo_email:
        about_email = {**userinfo, **claims}
    else:
        about_email = dict(claims if token_email else userinfo)
    return {**userinfo, **claims, "email_verified": about_email.get("email_verified")}
