"""The settings of other systems: where webhooks go, how they are signed, and how the API is limited."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.webhooks.endpoints import Endpoint, endpoints_of
from bot.webhooks.signing import key_of

_HERE = ("localhost", "127.0.0.1", "::1")


class SystemSettings(BaseSettings):
    """All may be left out: then nothing is sent anywhere, and the API opens with tokens only."""

    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    webhook_urls: SecretStr = Field(
        default=SecretStr(""),
        description="https addresses that are sent events of cases, with spaces between.",
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""),
        description="What webhooks are signed with, whsec_…; two with a space while they change.",
    )
    webhook_give_up_hours: float = Field(
        default=72.0, gt=0, description="Hours after which an event that nobody took is given up."
    )
    api_requests_per_minute: int = Field(
        default=600, gt=0, description="How often one token may ask the API in a minute."
    )

    @property
    def webhook_endpoints(self) -> tuple[Endpoint, ...]:
        """The addresses, each once."""
        return endpoints_of(dict.fromkeys(self.webhook_urls.get_secret_value().split()))

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """The secrets; the first is the one that stays."""
        return tuple(self.webhook_secret.get_secret_value().split())

    @field_validator("webhook_urls")
    @classmethod
    def _safe_webhook_urls(cls, value: SecretStr) -> SecretStr:
        """Addresses that are trusted with events: encrypted, but on this machine."""
        for address in value.get_secret_value().split():
            parts = urlsplit(address)
            fits = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _HERE)
            if not fits or not parts.hostname:
                raise ValueError("give https addresses (http only for localhost)")
            if parts.username or parts.password:
                raise ValueError("leave user and password out: events are signed instead")
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _usable_webhook_secret(cls, value: SecretStr) -> SecretStr:
        """Secrets that can be signed with."""
        for secret in value.get_secret_value().split():
            key_of(secret)
        return value

    @model_validator(mode="after")
    def _webhooks_signed(self) -> SystemSettings:
        """Nothing is sent unsigned."""
        if self.webhook_endpoints and not 1 <= len(self.webhook_secrets) <= 2:
            raise ValueError(
                "WEBHOOK_URLS needs WEBHOOK_SECRET, one or two of them: make one with "
                "`second-opinion webhooks new-secret`"
            )
        return self
