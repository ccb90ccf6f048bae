"""Checks of this machine: settings, the data folder, disk, the warehouse, the policy, the push switch.

Belongs here: what can be checked without a network. Does not belong here: Xero and Salesforce (`xero`, `salesforce`).
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from xero_sf_pipeline.errors import ConfigError, WarehouseBusy, WarehouseError
from xero_sf_pipeline.preflight.result import CheckResult, failed, passed, warned
from xero_sf_pipeline.settings import Settings
from xero_sf_pipeline.warehouse.connection import Warehouse
from xero_sf_pipeline.warehouse.schema import migrations, schema_version

LEAST_FREE_BYTES = 500 * 1024**2
"""Below this a first sync cannot be trusted to finish: pages are spooled to disk before they are loaded."""

COPIES_OF_WAREHOUSE = 2
"""Publishing writes a whole copy beside the newest snapshot before it replaces anything."""

_LOCK_WAIT_SECONDS = 2.0
"""Preflight does not wait for a run: it says that one is under way."""


def settings_problems(error: ConfigError) -> list[CheckResult]:
    """Give one line for each setting that is missing or wrong."""
    remedy = "Set it in the environment or in .env; .env.example explains each one."
    return [failed("settings", problem, remedy) for problem in error.problems] or [
        failed("settings", str(error), remedy)
    ]


def check_data_dir(settings: Settings) -> CheckResult:
    """Write and remove a small file where the data will live."""
    folder = settings.xero_sf_data_dir.absolute()
    nearest = _nearest_existing(folder)
    remedy = "Create the folder and let the user that runs xero-sf write to it, or set XERO_SF_DATA_DIR to another one."
    if not nearest.is_dir():
        return failed("data folder", f"{folder} cannot be made: {nearest} is not a folder", remedy)
    try:
        with tempfile.TemporaryFile(dir=nearest) as file:
            file.write(b"preflight")
    except OSError as error:
        return failed("data folder", f"{folder} cannot be written: {os.strerror(error.errno or 0)}", remedy)
    return passed("data folder", f"{folder} is writable" if folder == nearest else f"{folder} will be made")


def check_disk(settings: Settings) -> CheckResult:
    """Compare the free space with what publishing a snapshot needs."""
    try:
        free = shutil.disk_usage(_nearest_existing(settings.xero_sf_data_dir)).free
        warehouse = settings.warehouse_file.stat().st_size if settings.warehouse_file.is_file() else 0
    except OSError as error:
        return failed("disk", f"the free space cannot be read: {os.strerror(error.errno or 0)}", "Check the disk.")
    needed = max(LEAST_FREE_BYTES, COPIES_OF_WAREHOUSE * warehouse)
    detail = f"{_megabytes(free)} free, {_megabytes(needed)} needed"
    if free < needed:
        return failed("disk", detail, "Free some space, or set XERO_SF_DATA_DIR to a folder on a larger disk.")
    return passed("disk", detail)


def check_warehouse(settings: Settings) -> CheckResult:
    """Open the warehouse read-only and compare its schema version with this program's."""
    file = settings.warehouse_file
    if not file.exists():
        return passed("warehouse", f"{file} does not exist yet; the first sync makes it")
    try:
        with Warehouse(file, lock_wait_seconds=_LOCK_WAIT_SECONDS).reading() as connection:
            version = schema_version(connection)
    except WarehouseBusy as error:
        return warned("warehouse", str(error), "Nothing to do if a run is under way.")
    except WarehouseError as error:
        return failed("warehouse", error.args[0], error.remedy)
    except OSError as error:
        return failed("warehouse", f"{file}: {os.strerror(error.errno or 0)}", "Make the file readable for this user.")
    newest = migrations()[-1][0]
    upgrade = "" if version == newest else f"; the next run upgrades it to {newest}"
    return passed("warehouse", f"opens, schema version {version}{upgrade}")


def check_push(settings: Settings) -> CheckResult:
    """Say plainly whether a run may write to Salesforce."""
    if settings.xero_sf_push_enabled:
        return warned(
            "pushing",
            "is ON: an approved plan is written to Salesforce",
            "Set XERO_SF_PUSH_ENABLED=false until you have read a plan and a dry run.",
        )
    return passed("pushing", "is off: nothing can be written to Salesforce (XERO_SF_PUSH_ENABLED=true switches it on)")


def _nearest_existing(path: Path) -> Path:
    path = path.absolute()
    return next((one for one in (path, *path.parents) if one.exists()), Path(path.anchor))


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:,.0f} MB"
