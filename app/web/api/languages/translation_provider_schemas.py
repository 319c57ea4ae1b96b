from typing import Annotated

from pydantic import ConfigDict, Field, SecretStr, StrictBool

from app.translation.checking import CheckResult
from app.usecases.page import translation_provider
from app.usecases.page.translation_provider import ProviderChange
from app.web.api.fields import RequestSchema, ResponseSchema

__all__ = ["NewTranslationProvider", "ProviderCheck", "TranslationProvider"]


class NewTranslationProvider(RequestSchema):
    """The provider. Without `key`, the stored key stays while scheme, host and port do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"kind": "libretranslate", "url": "https://translate.example.com"}]
        }
    )

    kind: Annotated[str, Field(description="`libretranslate` or `deepl`.")]
    url: Annotated[str, Field(description="The base URL.", max_length=500)]
    key: Annotated[SecretStr, Field(description="The key of the account.")] = SecretStr("")
    sends_drafts: Annotated[
        StrictBool, Field(description="Whether unpublished texts may be sent to this provider.")
    ] = False

    def to_record(self) -> ProviderChange:
        return ProviderChange(self.kind, self.url, self.key.get_secret_value(), self.sends_drafts)


class TranslationProvider(ResponseSchema):
    """The provider of machine translation."""

    kind: str
    url: str
    key_end: Annotated[str | None, Field(description="The end of the key; null without a key.")]
    sends_drafts: bool

    @classmethod
    def of(cls, provider: translation_provider.TranslationProvider) -> "TranslationProvider":
        return cls(
            kind=provider.kind,
            url=provider.url,
            key_end=provider.key_end,
            sends_drafts=provider.sends_drafts,
        )


class ProviderCheck(ResponseSchema):
    """The translation of a fixed sentence; `failure` is a code when there is none."""

    language: str
    text: str | None
    failure: str | None

    @classmethod
    def of(cls, result: CheckResult) -> "ProviderCheck":
        return cls(language=result.language, text=result.text, failure=result.failure)
