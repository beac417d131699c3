"""Settings: from `MODSVC_*` variables and, below them, one file.

In: the environment and the file that `MODSVC_CONFIG_FILE` names (`.toml` with plain
names such as `port = 9000`, anything else as a dotenv file with `MODSVC_PORT=9000`).
Out: one frozen, validated `Settings`. docs/settings.md lists every setting; the policy
has a file of its own (`modsvc.policy`).
"""

import os
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PREFIX: Final = "MODSVC_"
CONFIG_FILE: Final = "MODSVC_CONFIG_FILE"

#: No deployment may set `max_items` higher; the request schema stops reading there.
ITEMS_CEILING: Final = 1024

Positive = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class DatabasePlace(NamedTuple):
    """What `modsvc.store.database.Database.open` takes, in the clear: not to be printed."""

    data_dir: Path
    url: str | None
    secret: str | None


class Settings(BaseSettings):
    """Everything that a deployment may choose. Sizes are bytes or characters, times seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    model_dir: Path = Path("models/default")
    policy_file: Path | None = None
    terms_file: Path | None = None

    data_dir: Path = Path("data/modsvc")
    database_url: SecretStr | None = None
    secret_key: Annotated[SecretStr, Field(min_length=32)] | None = None
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
    max_text_chars: Positive = 20_000

    log_level: Literal["debug", "info", "warning", "error"] = "info"

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
