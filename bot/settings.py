"""Settings: everything an operator can set, from the environment or a `.env` file."""

from __future__ import annotations

from pathlib import Path

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
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="postgresql://user:password@host/name; empty: a SQLite file in DATA_DIR.",
    )
    work_kinds: str = Field(
        default="all",
        description="What this process does besides web and channels: all, none, or kinds of work.",
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
    max_file_bytes: int = Field(default=4 << 30, gt=0, description="Largest file taken, in bytes.")

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr) -> SecretStr:
        """An address of a PostgreSQL."""
        scheme = value.get_secret_value().partition("://")[0]
        if scheme not in ("", "postgresql", "postgresql+psycopg"):
            raise ValueError("give postgresql://user:password@host/name, or nothing for a file")
        return value

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

    @property
    def store(self) -> Path | str:
        """What `Database.open` takes: the address that was set, or the file in the data folder."""
        return self.database_url.get_secret_value() or self.data_dir / "second-opinion.db"

    @property
    def base_url(self) -> str:
        """The address to hand out: the public one, or the one of this machine; no trailing slash."""
        if self.public_url:
            return self.public_url.rstrip("/")
        shown = "127.0.0.1" if self.host in ("0.0.0.0", "::", "") else self.host
        shown = f"[{shown}]" if ":" in shown else shown
        return f"http://{shown}:{self.port}"
