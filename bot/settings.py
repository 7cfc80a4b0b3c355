"""Settings: everything an operator can set, from the environment or a `.env` file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.system_settings import SystemSettings

#: Who may approve an opinion: anyone, another person than who uploaded it, or a lead alone.
Approval = Literal["anyone", "another", "lead"]

#: The address of Telegram's own Bot API.
TELEGRAM = "https://api.telegram.org"


class TwilioSettings(BaseSettings):
    """The account behind WhatsApp. All are given, or none."""

    # What can't be used may be a secret in the wrong place: an error names the setting alone.
    model_config = SettingsConfigDict(
        env_file=".env", extra="ignore", frozen=True, hide_input_in_errors=True
    )

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
    def sender(self) -> str:
        """The sender as Twilio takes it: `whatsapp:` and a number, or a messaging service; else ""."""
        plain = self.whatsapp_from.strip().removeprefix("whatsapp:")
        if re.fullmatch(r"MG[0-9a-fA-F]{32}", plain):
            return plain
        number = re.sub(r"[\s()-]", "", plain)
        return f"whatsapp:{number}" if re.fullmatch(r"\+[0-9]{6,15}", number) else ""


class Settings(TwilioSettings, SystemSettings):
    """Each field is one variable of the environment; all have a default that works on one machine."""

    port: int = Field(
        default=8080, ge=0, le=65535, description="Port of the web chat and the desk."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on; 0.0.0.0 for all.")
    data_dir: Path = Field(
        default=Path("data"), description="Folder of the database and the files."
    )
    backup_dir: Path | None = Field(
        default=None,
        description="Folder of your backups, so that the doctor knows how old the newest is.",
    )
    files_url: str = Field(
        default="", description="s3://bucket/prefix for patients' files; empty: in DATA_DIR."
    )
    scratch_bytes: int = Field(
        default=20 << 30,
        ge=0,
        description="Bytes of files that this machine keeps at hand, plain, for minutes.",
    )
    scratch_dir: Path | None = Field(
        default=None,
        description="Folder of plain copies that are being read, such as a tmpfs; empty: in DATA_DIR.",
    )
    database_url: SecretStr = Field(
        default=SecretStr(""),
        description="postgresql://user:password@host/name; empty: a SQLite file in DATA_DIR.",
    )
    sealing_key_file: Path | None = Field(
        default=None,
        description="File of the operator's key that seals all; empty: operator.key in DATA_DIR.",
    )
    sealing_key: SecretStr = Field(
        default=SecretStr(""), description="The operator's key itself, instead of a file."
    )
    sealing_key_command: str = Field(
        default="", description="A command that prints the operator's key, such as a KMS's."
    )
    work_kinds: str = Field(
        default="all",
        description="What this process does besides web and channels: all, none, or kinds of work.",
    )
    public_url: str = Field(
        default="", description="The address under which patients reach the web chat from outside."
    )

    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="Port of /metrics and /readyz for those who watch, not public; empty: none.",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="Address to listen on for those who watch."
    )
    log_format: Literal["auto", "text", "json"] = Field(
        default="auto", description="Logs as text, as a JSON object a line, or as the stream asks."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="From where on a line is logged; DEBUG has each turn and job."
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
    answers_file: Path | None = Field(
        default=None,
        description="TOML file of what only you know: cost, time, the specialist, where data lie.",
    )
    opinion_approval: Approval = Field(
        default="anyone",
        description="Who may approve an opinion: anyone, another person than who uploaded it, or a lead.",
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
    translate_url: str = Field(
        default="",
        pattern=r"^(https?://.+)?$",
        description="Address of a LibreTranslate server that drafts translations; empty: no drafts.",
    )
    translate_key: SecretStr = Field(
        default=SecretStr(""), description="Key of that server, where it asks for one."
    )
    catalog_file: Path | None = Field(
        default=None,
        description="A TOML file of your own that adds to the checklist or changes it.",
    )
    specialist_country: str = Field(
        default="",
        pattern=r"^([A-Za-z]{2})?$",
        description="Country to which cases are sent, as CN: then each patient is asked for it.",
    )
    erase_closed_after_days: int = Field(
        default=90, ge=0, description="Days after which a closed case is erased; 0: never."
    )
    erase_silent_after_days: int = Field(
        default=180,
        ge=0,
        description="Days of silence after which a case not handed over is erased; 0: never.",
    )
    max_file_bytes: int = Field(default=4 << 30, gt=0, description="Largest file taken, in bytes.")
    case_max_bytes: int = Field(
        default=100 << 30,
        gt=0,
        description="Bytes of files that a case may have before a coordinator allows more.",
    )
    case_max_files: int = Field(
        default=5000,
        gt=0,
        description="Files that a case may have; a disc that is sent as a folder or a zip is one.",
    )
    clamd_address: str = Field(
        default="",
        pattern=r"^(/.+|[^/\s]+:\d{1,5})?$",
        description="clamd that looks for viruses: /run/clamav/clamd.ctl or host:port; empty: none.",
    )
    clamd_max_bytes: int = Field(
        default=25 << 20,
        gt=0,
        description="Largest file it is given: the least of its StreamMaxLength and MaxFileSize.",
    )

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, value: SecretStr) -> SecretStr:
        """An address of a PostgreSQL."""
        scheme = value.get_secret_value().partition("://")[0]
        if scheme not in ("", "postgresql", "postgresql+psycopg"):
            raise ValueError("give postgresql://user:password@host/name, or nothing for a file")
        return value

    @field_validator("specialist_country")
    @classmethod
    def _in_capitals(cls, value: str) -> str:
        """A code as ISO 3166 writes it."""
        return value.upper()

    @field_validator("files_url")
    @classmethod
    def _without_keys(cls, value: str) -> str:
        """An address of a bucket, in which no key stands: addresses are shown."""
        if "@" in value:
            raise ValueError(
                "leave keys out: they are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment"
            )
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
    def scratch(self) -> Path:
        """The folder of what is only at hand. It is emptied, so it is one of our own in any case."""
        if self.scratch_dir is not None:
            return self.scratch_dir / "second-opinion"
        return self.data_dir / "scratch"

    @field_validator("coordinators")
    @classmethod
    def _readable(cls, value: str) -> str:
        """Coordinators that can be read."""
        from bot.coordinators import parse

        parse(value)
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, value: str) -> str:
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
