"""Settings: everything an operator can set, from the environment or a `.env` file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Each field is one variable of the environment; all have a default that works on one machine."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    port: int = Field(
        default=8080, ge=0, le=65535, description="Port of the web chat and the desk."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 for all.")
    data_dir: Path = Field(
        default=Path("data"), description="Folder of the database and the files."
    )
    public_url: str = Field(
        default="", description="The address under which patients reach the web chat from outside."
    )

    telegram_token: SecretStr = Field(
        default=SecretStr(""), description="Bot token; empty: no Telegram."
    )
    telegram_api_url: str = Field(
        default="https://api.telegram.org", description="Address of the Bot API server."
    )
    coordinator_chat_id: str = Field(default="", description="Telegram chat that is told of cases.")
    notify_urls: SecretStr = Field(
        default=SecretStr(""),
        description="Apprise addresses that are told of cases, with spaces between.",
    )

    review_locale: str = Field(
        default="zh-Hans", description="Language of the specialist's cover page."
    )
    coordinator_locale: str = Field(
        default="en", description="Language of the desk and of notices."
    )
    coordinators: str = Field(
        default="",
        description="Who works at the desk: Li Wei <li@clinic.example> lead; Ana tg:123456 translator.",
    )
    desk_session_hours: int = Field(
        default=12, gt=0, le=168, description="Hours after which a coordinator signs in again."
    )
    desk_idle_minutes: int = Field(
        default=120, gt=0, description="Minutes without a click after which they do so too."
    )
    desk_second_factor: Literal["off", "optional", "required"] = Field(
        default="optional",
        description="Codes of an authenticator app beside the sign-in link: off, optional, required.",
    )
    oidc_issuer: str = Field(
        default="", description="Address of your organisation's OpenID Connect provider."
    )
    oidc_client_id: str = Field(default="", description="Client id at that provider.")
    oidc_client_secret: SecretStr = Field(
        default=SecretStr(""), description="Client secret at that provider."
    )
    oidc_name: str = Field(
        default="OpenID Connect", description="What coordinators call that provider."
    )
    max_file_bytes: int = Field(default=4 << 30, gt=0, description="Largest file taken, in bytes.")

    @field_validator("review_locale", "coordinator_locale")
    @classmethod
    def _spoken(cls, value: str) -> str:
        """A language that the program speaks, as its tag; `zh_Hans` is `zh-Hans`."""
        from bot.paths import load_languages

        languages = load_languages()
        found = languages.match_locale(value)
        if found is None:
            raise ValueError(f"no such language: use one of {', '.join(languages.offered)}")
        return found

    @field_validator("coordinators")
    @classmethod
    def _readable(cls, value: str) -> str:
        """Coordinators that can be read."""
        from bot.coordinators import parse

        parse(value)
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _safe(cls, value: str) -> str:
        """A provider that is asked over https; over http only on this machine, to try it."""
        value = value.strip()
        host = urlsplit(value).hostname or ""
        if value and not (value.startswith("https://") or host in ("127.0.0.1", "localhost")):
            raise ValueError("an OpenID Connect provider has an address that begins with https://")
        return value

    @property
    def base_url(self) -> str:
        """The address to hand out: the public one, or the one of this machine; no trailing slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        shown = f"[{shown}]" if ":" in shown else shown
        return f"http://{shown}:{self.port}"
