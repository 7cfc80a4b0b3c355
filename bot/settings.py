"""Settings: everything an operator can set, from the environment or a `.env` file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

#: The address of Telegram's own Bot API.
TELEGRAM = "https://api.telegram.org"


class TwilioSettings(BaseSettings):
    """The account behind WhatsApp. All are given, or none."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True)

    twilio_account_sid: str = Field(default="", description="Twilio account of WhatsApp: AC….")
    twilio_auth_token: SecretStr = Field(
        default=SecretStr(""), description="Auth token of that account; empty: no WhatsApp."
    )
    whatsapp_from: str = Field(
        default="",
        description="WhatsApp sender, +1415…, or the messaging service that it is in, MG….",
    )
    twilio_api_url: str = Field(
        default="https://api.twilio.com", description="Address of Twilio's REST API."
    )

    @property
    def missing(self) -> tuple[str, ...]:
        """The names of the variables that are not given."""
        given = {
            "TWILIO_ACCOUNT_SID": self.twilio_account_sid,
            "TWILIO_AUTH_TOKEN": self.twilio_auth_token.get_secret_value(),
            "WHATSAPP_FROM": self.whatsapp_from,
        }
        return tuple(name for name, value in given.items() if not value)

    @property
    def any_given(self) -> bool:
        """Whether somebody means to have WhatsApp."""
        return len(self.missing) < 3

    @property
    def is_sender(self) -> bool:
        """Whether the sender looks like one: a number, or a messaging service."""
        plain = self.whatsapp_from.removeprefix("whatsapp:")
        return re.fullmatch(r"\+[0-9]{7,15}|MG[0-9a-fA-F]{32}", plain) is not None


class Settings(TwilioSettings):
    """Each field is one variable of the environment; all have a default that works on one machine."""

    port: int = Field(
        default=8080, ge=0, le=65535, description="Port of the web chat and the desk."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 for all.")
    data_dir: Path = Field(
        default=Path("data"), description="Folder of the database and the files."
    )
    files_url: str = Field(
        default="", description="s3://bucket/prefix for patients' files; empty: in DATA_DIR."
    )
    scratch_bytes: int = Field(
        default=20 << 30,
        ge=0,
        description="With FILES_URL: bytes that this machine keeps of the bucket's files.",
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
    telegram_api_url: str = Field(default=TELEGRAM, description="Address of the Bot API server.")
    telegram_mode: Literal["polling", "webhook"] = Field(
        default="polling",
        description="Ask Telegram for updates, or have them sent to PUBLIC_URL.",
    )
    telegram_local_files: Path | None = Field(
        default=None,
        description="Folder of a Bot API server of your own (--local): files up to 2 GB.",
    )
    coordinator_chat_id: str = Field(default="", description="Telegram chat that is told of cases.")
    notify_urls: SecretStr = Field(
        default=SecretStr(""),
        description="Apprise addresses that are told of cases, with spaces between.",
    )

    whatsapp_health_details: Literal["chat", "link"] = Field(
        default="link",
        description="Where WhatsApp patients answer: in the `chat`, or on the web page (`link`).",
    )

    review_locale: str = Field(
        default="zh-Hans", description="Language of the specialist's cover page."
    )
    coordinator_locale: str = Field(
        default="en", description="Language of the desk and of notices."
    )
    office_hours: str = Field(
        default="",
        description="When coordinators are there: Mon-Fri 9:00-18:00; Sat 10:00-13:00.",
    )
    office_time_zone: str = Field(
        default="UTC", description="Time zone of these hours, such as Asia/Shanghai."
    )
    office_closed: str = Field(
        default="", description="Days off, such as 2026-12-25, with spaces between."
    )
    escalate_after_minutes: int = Field(
        default=240,
        gt=0,
        description="Office time after which a case that nobody took is called out.",
    )
    escalation_urls: SecretStr = Field(
        default=SecretStr(""),
        description="Apprise addresses that hear only of cases that nobody took.",
    )
    opinion_approval: Literal["anyone", "another"] = Field(
        default="anyone",
        description="Who may approve an opinion: anyone, or another person than who uploaded it.",
    )
    translate_url: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Address of a LibreTranslate server that drafts translations; empty: no drafts.",
    )
    translate_key: SecretStr = Field(
        default=SecretStr(""), description="Key of that server, where it asks for one."
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

    @model_validator(mode="after")
    def _readable_hours(self) -> Settings:
        """Office hours that can be read."""
        from bot.office import week_of

        week_of(self.office_hours, self.office_time_zone, self.office_closed)
        return self

    @model_validator(mode="after")
    def _reached_from_outside(self) -> Self:
        """A webhook needs an address; Telegram's own servers only send to https."""
        if self.telegram_mode == "webhook":
            theirs = self.telegram_api_url.rstrip("/") == TELEGRAM
            if not self.public_url.startswith("https://" if theirs else "http"):
                raise ValueError(
                    "TELEGRAM_MODE=webhook needs PUBLIC_URL, the https address at which Telegram "
                    "reaches this program; or use TELEGRAM_MODE=polling"
                )
        return self

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
