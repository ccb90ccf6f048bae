"""`.env.example` against the settings model: complete, current, and safe as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from xero_sf_pipeline.settings import Settings

FILE = Path(__file__).parents[2] / ".env.example"
LINE = re.compile(r"^(?P<comment># )?(?P<name>[A-Z][A-Z_]+)=(?P<value>.*)$")


def lines() -> dict[str, tuple[bool, str]]:
    """Every setting in the file: whether it is commented out, and its value."""
    found = [LINE.match(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
    return {match["name"]: (match["comment"] is not None, match["value"]) for match in found if match}


def test_the_file_lists_every_setting_and_no_other() -> None:
    assert set(lines()) == {name.upper() for name in Settings.model_fields}


def test_a_line_that_is_commented_out_shows_the_default() -> None:
    shown = {name: value for name, (is_comment, value) in lines().items() if is_comment}
    for name, value in shown.items():
        if name == "XERO_SF_POLICY_FILE":
            continue
        default = Settings.model_fields[name.lower()].default
        assert value == (f"{default:g}" if isinstance(default, float) else str(default)), name


def test_pushing_is_off_and_xero_may_only_be_read() -> None:
    values = lines()

    assert values["XERO_SF_PUSH_ENABLED"] == (False, "false")
    is_comment, scopes = values["XERO_SCOPES"]
    assert not is_comment
    assert all(scope.endswith(".read") for scope in scopes.split())


def test_no_credential_is_in_the_file() -> None:
    assert {value for name, (_, value) in lines().items() if name.endswith(("_CLIENT_ID", "_CLIENT_SECRET"))} == {""}


def test_the_file_with_credentials_filled_in_is_a_valid_set_of_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    filled = re.sub(r"(?m)^([A-Z_]+_CLIENT_(?:ID|SECRET))=$", r"\1=filled", FILE.read_text(encoding="utf-8"))
    env = tmp_path / ".env"
    env.write_text(filled, encoding="utf-8")

    settings = Settings(_env_file=env)  # type: ignore[call-arg]

    assert settings.xero_sf_push_enabled is False
    assert settings.salesforce_login_url == "https://example.my.salesforce.com"
