"""`xero-sf sandbox`: serve a local Xero organisation and Salesforce org on loopback, to try things out on."""

from __future__ import annotations

import json
import sys
import time
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xero_sf_pipeline.cli import output
from xero_sf_pipeline.cli.choices import require_free_port
from xero_sf_pipeline.errors import PipelineError

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.company import CompanySpec

DEFAULT_PORT = 8765


def settings_lines(url: str, data_dir: str, history_start: str) -> str:
    """The settings, as a .env file, that point the product at a sandbox."""
    return f"""# Settings for the local sandbox. The credentials are the sandbox's own and open nothing else.
XERO_API_URL={url}
XERO_IDENTITY_URL={url}
XERO_CLIENT_ID=sandbox-xero-client
XERO_CLIENT_SECRET=sandbox-xero-secret
XERO_SCOPES=accounting.invoices accounting.payments.read accounting.contacts accounting.settings
XERO_TENANTS=all
SALESFORCE_LOGIN_URL={url}
SALESFORCE_CLIENT_ID=sandbox-sf-client
SALESFORCE_CLIENT_SECRET=sandbox-sf-secret
XERO_SF_DATA_DIR={data_dir}
XERO_SF_HISTORY_START={history_start}
XERO_SF_PUSH_ENABLED=true
"""


def company_spec(contacts: int, invoices: int, accounts: int, seed: int, organisations: int = 1) -> CompanySpec:
    """The company of a sandbox whose business day is today, with a customer for every case of quote to cash."""
    from xero_sf_pipeline.sandbox.company import CompanySpec

    return CompanySpec(
        seed=seed,
        contacts=contacts,
        invoices=invoices,
        accounts=accounts,
        as_of=datetime.now(UTC).date(),
        organisations=organisations,
        stories=True,
    )


def _continued(spec: CompanySpec, directory: Path | None) -> CompanySpec:
    """The company with the business day on which the folder's state began: it is today on the first day only.

    Raises:
        PipelineError: the folder holds another company.
    """
    saved = directory / "sandbox.json" if directory is not None else None
    if saved is None or not saved.exists():
        return spec
    known = json.loads(saved.read_text(encoding="utf-8"))["spec"]
    began = replace(spec, as_of=date.fromisoformat(known["as_of"]))
    differing = [name for name, value in asdict(began).items() if str(value) != str(known.get(name))]
    if differing:
        told = ", ".join(f"{name} {known.get(name)}" for name in differing)
        raise PipelineError(
            f"{directory} holds the sandbox of another company: {told}.",
            remedy="Give the same options again, or name another --directory.",
        )
    return began


def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Loopback port; 0 takes a free one.")] = DEFAULT_PORT,
    contacts: Annotated[int, typer.Option(min=1, help="Contacts in Xero.")] = 300,
    invoices: Annotated[int, typer.Option(min=1, help="Invoices in Xero.")] = 2500,
    accounts: Annotated[int, typer.Option(min=1, help="Accounts in Salesforce.")] = 250,
    seed: Annotated[int, typer.Option(help="The same seed makes the same company.")] = 7,
    organisations: Annotated[int, typer.Option(min=1, max=4, help="Xero organisations.")] = 1,
    directory: Annotated[Path | None, typer.Option(help="Keep the state there, to go on later.")] = None,
) -> None:
    """Serve the sandbox on 127.0.0.1 until it is stopped. The Salesforce org starts bare: deploy the fields first."""
    from xero_sf_pipeline.sandbox.running import sandbox_process

    require_free_port(port)
    spec = _continued(company_spec(contacts, invoices, accounts, seed, organisations), directory)
    with sandbox_process(spec, directory=directory, port=port) as url:
        sys.stdout.write(settings_lines(url, "data/sandbox", datetime.now(UTC).date().isoformat()))
        sys.stdout.flush()
        output.say(f"The sandbox answers at {url}. Save the lines above as sandbox.env, then for example:")
        output.say("  xero-sf --env-file sandbox.env salesforce deploy")
        output.say("  xero-sf --env-file sandbox.env sync")
        output.say("Ctrl-C stops it.")
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
    output.say("The sandbox is stopped." + ("" if directory is None else f" Its state is in {directory}."))
