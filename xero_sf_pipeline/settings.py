"""What the machine and its owner decide: where the systems are, who may call, where data lives, what may be spent.

Read from the environment and a `.env` file, all at once and validated as a whole. Belongs here: connections, secrets,
paths, budgets, switches. Does not belong here: business rules and mappings (`policy.py`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from xero_sf_pipeline.errors import ConfigError

XERO_SCOPES = "accounting.invoices.read accounting.payments.read accounting.contacts.read accounting.settings.read"
"""The granular scopes (2026) that this version needs. With read scopes nothing can be written to Xero by accident;
see developer.xero.com on scopes."""

ENV_FILE_VARIABLE = "XERO_SF_ENV_FILE"
"""Names another file than `.env` to read settings from; the variables of the environment still win."""

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def _base_url(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a URL such as https://example.my.salesforce.com")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("plain http is accepted on 127.0.0.1 only; use https")
    if parts.query or parts.fragment or parts.username or parts.password:
        raise ValueError("must not carry credentials, a query or a fragment")
    return value.rstrip("/")


def _not_blank(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().strip():
        raise ValueError("must not be empty")
    return value


BaseUrl = Annotated[str, AfterValidator(_base_url)]
Secret = Annotated[SecretStr, AfterValidator(_not_blank)]


class Settings(BaseSettings):
    """All settings. Each field is the environment variable of the same name in upper case."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )

    xero_api_url: BaseUrl = "https://api.xero.com"
    xero_identity_url: BaseUrl = "https://identity.xero.com"
    xero_client_id: str = Field(min_length=1)
    xero_client_secret: Secret
    xero_tenants: str = "all"
    xero_scopes: str = XERO_SCOPES
    xero_calls_per_minute: int = Field(default=60, ge=1)
    xero_concurrent_calls: int = Field(default=5, ge=1, le=5)
    xero_daily_call_budget: int = Field(default=4500, ge=1)

    salesforce_login_url: BaseUrl
    salesforce_client_id: str = Field(min_length=1)
    salesforce_client_secret: Secret
    salesforce_api_version: str = Field(default="66.0", pattern=r"^\d{2,3}\.0$")
    salesforce_daily_call_budget: int = Field(default=10000, ge=1)

    xero_sf_data_dir: Path = Path("data")
    xero_sf_policy_file: Path | None = None
    xero_sf_push_enabled: bool = False
    xero_sf_history_start: str = Field(default="2024-01-01", pattern=r"^\d{4}-\d{2}-\d{2}$")
    xero_sf_lock_wait_seconds: float = Field(default=120, ge=0)
    xero_sf_snapshots_kept: int = Field(default=24, ge=1)

    http_connect_timeout_seconds: int = Field(default=10, ge=1)
    http_read_timeout_seconds: int = Field(default=120, ge=1)

    @property
    def tenant_ids(self) -> list[str] | None:
        """The tenants to work on; None means every connected one."""
        if self.xero_tenants.strip().lower() == "all":
            return None
        return [part.strip() for part in self.xero_tenants.split(",") if part.strip()]

    @property
    def warehouse_file(self) -> Path:
        return self.xero_sf_data_dir / "warehouse.duckdb"

    @property
    def snapshot_dir(self) -> Path:
        return self.xero_sf_data_dir / "snapshots"

    @property
    def spool_dir(self) -> Path:
        return self.xero_sf_data_dir / "spool"

    @property
    def decisions_dir(self) -> Path:
        return self.xero_sf_data_dir / "decisions"

    @property
    def reports_dir(self) -> Path:
        return self.xero_sf_data_dir / "reports"

    @property
    def governor_file(self) -> Path:
        return self.xero_sf_data_dir / "governor.sqlite"

    @property
    def policy_file(self) -> Path:
        """The policy in force: the named file, else the data folder's, else the repository's own default."""
        if self.xero_sf_policy_file is not None:
            return self.xero_sf_policy_file
        own = self.xero_sf_data_dir / "policy.yaml"
        return own if own.exists() else Path("data") / "policy.yaml"


def load_settings(**overrides: Any) -> Settings:
    """Read and check all settings.

    Raises:
        ConfigError: one or more settings are missing or wrong; `problems` lists every one by its variable name.
    """
    overrides.setdefault("_env_file", os.environ.get(ENV_FILE_VARIABLE) or ".env")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = [
            f"{'.'.join(str(part) for part in item['loc']).upper() or 'settings'}: {_plain(item)}"
            for item in error.errors(include_input=False, include_url=False)
        ]
        raise ConfigError(
            "The settings are not complete:",
            problems=problems,
            remedy="Set them in the environment or in .env (see .env.example), then run `xero-sf preflight`.",
        ) from None


def _plain(item: Any) -> str:
    if item["type"] == "missing":
        return "is not set"
    return str(item["msg"]).removeprefix("Value error, ")
