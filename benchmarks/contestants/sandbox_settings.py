"""The product's settings for the sandbox, with an empty data folder."""

from __future__ import annotations

from pathlib import Path

from xero_sf_pipeline.settings import Settings


def sandbox_settings(url: str, folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        xero_api_url=url,
        xero_identity_url=url,
        xero_client_id="sandbox-xero-client",
        xero_client_secret="sandbox-xero-secret",
        salesforce_login_url=url,
        salesforce_client_id="sandbox-sf-client",
        salesforce_client_secret="sandbox-sf-secret",
        xero_sf_data_dir=folder,
        xero_sf_policy_file=Path(__file__).resolve().parents[2] / "data" / "policy.yaml",
    )
