"""Settings: from `MODSVC_*` variables and, below them, one file.

In: the environment and the file that `MODSVC_CONFIG_FILE` names (`.toml` with plain
names such as `port = 9000`, anything else as a dotenv file with `MODSVC_PORT=9000`).
Out: one frozen, validated `Settings`. docs/settings.md lists every setting; the policy
has a file of its own (`modsvc.policy`).
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from modsvc.weak_secrets import weakness

PREFIX: Final = "MODSVC_"
CONFIG_FILE: Final = "MODSVC_CONFIG_FILE"

#: No deployment may set `max_items` higher; the request schema stops reading there.
ITEMS_CEILING: Final = 1024

Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]

_ORIGIN: Final = re.compile(r"https?://[a-z0-9.\-\[\]:]+")


def _not_weak(secret: SecretStr) -> SecretStr:
    why = weakness(secret.get_secret_value())
    if why is not None:
        raise ValueError(f"{why}: have a machine make one, such as `openssl rand -hex 32`")
    return secret


def _origins(given: object) -> object:
    """In the environment there are no lists: there, commas or spaces stand between."""
    return given.replace(",", " ").split() if isinstance(given, str) else given


def _origin(given: str) -> str:
    if not _ORIGIN.fullmatch(given):
        raise ValueError(
            "an origin is written as browsers send it, such as https://forum.example, in small "
            "letters and without a path; * is not one"
        )
    return given


SecretKey = Annotated[SecretStr, Field(min_length=32), AfterValidator(_not_weak)]
Origins = Annotated[
    tuple[Annotated[str, AfterValidator(_origin)], ...], BeforeValidator(_origins), NoDecode
]


class DatabasePlace(NamedTuple):
    """What `modsvc.store.database.Database.open` takes, in the clear: not to be printed."""

    data_dir: Path
    url: str | None
    secret: str | None


class Settings(BaseSettings):
    """Everything that a deployment may choose. Sizes are bytes or characters, times seconds."""

    model_config = SettingsConfigDict(
        # What is wrong may be a password.
        env_prefix=PREFIX,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    cors_origins: Origins = ()
    model_dir: Path = Path("models/default")
    policy_file: Path | None = None
    terms_file: Path | None = None

    data_dir: Path = Path("data/modsvc")
    database_url: SecretStr | None = None
    secret_key: SecretKey | None = None
    retention_days: Positive = 90
    webhook_allow_private: bool = False

    lease_minutes: Annotated[int, Field(ge=1, le=240)] = 10
    second_review_share: Share = 0.05
    golden_share: Share = 0.02
    break_after: Positive = 10
    severe_from: Share = 0.7

    threads: Positive = 2
    workers: Positive = 1
    token_budget: Positive = 288
    max_queue: Positive = 1024
    cache_size: Annotated[int, Field(ge=0)] = 50_000
    deadline_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    canary_interval_s: Annotated[float, Field(ge=0)] = 30.0

    max_body_bytes: Positive = 1_048_576
    max_items: Annotated[int, Field(ge=1, le=ITEMS_CEILING)] = 128
    max_text_chars: Positive = 20_480

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _certificate_with_its_key(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("MODSVC_TLS_CERTIFICATE and MODSVC_TLS_KEY go together: set both")
        return self

    @property
    def database_place(self) -> DatabasePlace:
        """Where the database is, and the secret that it is kept under."""
        url, secret = self.database_url, self.secret_key
        return DatabasePlace(
            self.data_dir,
            None if url is None else url.get_secret_value(),
            None if secret is None else secret.get_secret_value(),
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of the sources: arguments, environment, configuration file, defaults."""
        name = os.environ.get(CONFIG_FILE)
        if not name:
            return init_settings, env_settings
        path = Path(name)
        if not path.is_file():
            raise FileNotFoundError(f"{CONFIG_FILE} names {path}, which is not a file: correct it.")
        if path.suffix == ".toml":
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, path)
        return init_settings, env_settings, DotEnvSettingsSource(settings_cls, path)


def load_settings(**overrides: Any) -> Settings:
    """The settings in force; an override of None leaves the setting alone.

    Raises pydantic's ValidationError, which names the setting, or FileNotFoundError.
    """
    return Settings(**{name: value for name, value in overrides.items() if value is not None})
