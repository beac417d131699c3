"""Settings: from `MODSVC_*` variables and, below them, one file.

In: the environment and the file that `MODSVC_CONFIG_FILE` names (`.toml` with plain
names such as `port = 9000`, anything else as a dotenv file with `MODSVC_PORT=9000`).
Out: one frozen, validated `Settings`. docs/settings.md lists every setting; what a value may be
is left to `modsvc.setting_kinds`, the policy has a file of its own (`modsvc.policy`).
"""

import os
from pathlib import Path
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from modsvc.setting_kinds import (
    Address,
    Origins,
    Positive,
    PublicUrl,
    RedisUrl,
    Roles,
    SecretKey,
    Share,
    Texts,
    Topic,
    Word,
)

PREFIX: Final = "MODSVC_"
CONFIG_FILE: Final = "MODSVC_CONFIG_FILE"

#: No deployment may set `max_items` higher; the request schema stops reading there.
ITEMS_CEILING: Final = 1024


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
    models_root: Path = Path("models")
    registry: Word = "data/registry"
    swap_probation_s: Annotated[float, Field(ge=0, le=86_400)] = 60.0
    swap_max_failures: Annotated[int, Field(ge=0)] = 2
    shadow_model_dir: Path | None = None
    shadow_share: Share = 0.1
    policy_file: Path | None = None
    terms_file: Path | None = None

    data_dir: Path = Path("data/modsvc")
    database_url: SecretStr | None = None
    secret_key: SecretKey | None = None
    retention_days: Positive = 90
    webhook_allow_private: bool = False

    public_url: PublicUrl | None = None
    password_sign_in: bool = True
    oidc_issuer: Address | None = None
    oidc_client_id: Word | None = None
    oidc_client_secret: SecretKey | None = None
    oidc_scope: Annotated[str, Field(max_length=255)] = "email"
    oidc_name_claim: Word = "email"
    oidc_role_claim: Word | None = None
    oidc_roles: Roles = ()
    oidc_create_accounts: bool = False

    lease_minutes: Annotated[int, Field(ge=1, le=240)] = 10
    second_review_share: Share = 0.05
    golden_share: Share = 0.02
    break_after: Positive = 10
    severe_from: Share = 0.7

    threads: Positive = 2
    workers: Positive = 1
    token_budget: Positive = 288
    max_queue: Positive = 1024
    max_wait_s: Annotated[float, Field(gt=0, le=600)] = 1.5
    early_exit: bool = True
    shared_weights_dir: Path | None = None
    cache_size: Annotated[int, Field(ge=0)] = 50_000
    cache_url: RedisUrl | None = None
    max_waiting: Positive = 50_000
    deadline_s: Annotated[float, Field(gt=0, le=600)] = 30.0
    canary_interval_s: Annotated[float, Field(ge=0)] = 30.0

    max_connections: Positive = 10_000
    request_timeout_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    keep_alive_s: Annotated[int, Field(ge=1, le=3600)] = 75
    grace_s: Annotated[int, Field(ge=1, le=600)] = 20

    rate: Texts = 0
    quota: Texts = 0
    limits_url: RedisUrl | None = None
    probing: Literal["off", "notice", "throttle"] = "off"
    probing_variants: Annotated[int, Field(ge=2, le=1_000)] = 6
    probing_window_s: Annotated[float, Field(ge=1, le=86_400)] = 600.0

    max_body_bytes: Positive = 1_048_576
    max_items: Annotated[int, Field(ge=1, le=ITEMS_CEILING)] = 128
    max_text_chars: Positive = 20_480

    stream_broker: SecretStr | None = None
    stream_in: Topic | None = None
    stream_out: Topic | None = None
    stream_dead: Topic | None = None
    stream_group: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "modsvc"
    stream_batch: Annotated[int, Field(ge=1, le=1024)] = 64
    stream_takeover_s: Annotated[float, Field(ge=1, le=600)] = 30.0
    stream_metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 9090

    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _certificate_with_its_key(self) -> Self:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("MODSVC_TLS_CERTIFICATE and MODSVC_TLS_KEY go together: set both")
        return self

    @model_validator(mode="after")
    def _provider_in_full(self) -> Self:
        given = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret)
        if any(given) and not (all(given) and self.public_url):
            raise ValueError(
                "MODSVC_OIDC_ISSUER, MODSVC_OIDC_CLIENT_ID, MODSVC_OIDC_CLIENT_SECRET and "
                "MODSVC_PUBLIC_URL go together: set all four"
            )
        if (self.oidc_role_claim is None) != (not self.oidc_roles):
            raise ValueError("MODSVC_OIDC_ROLE_CLAIM and MODSVC_OIDC_ROLES go together: set both")
        if self.oidc_create_accounts and self.oidc_role_claim is None:
            raise ValueError(
                "MODSVC_OIDC_CREATE_ACCOUNTS needs MODSVC_OIDC_ROLE_CLAIM and MODSVC_OIDC_ROLES, "
                "which say as what the new people work"
            )
        if not self.password_sign_in and self.oidc_issuer is None:
            raise ValueError(
                "without MODSVC_PASSWORD_SIGN_IN nobody could sign in: set MODSVC_OIDC_ISSUER too"
            )
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
