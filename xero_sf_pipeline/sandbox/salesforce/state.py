"""One Salesforce org: its records, its metadata, its users' rights, and the hands that change it from outside.

Belongs here: putting the parts together, loading seeds, and the direct methods that tests and the remote control use
as "somebody else in the org". Does not belong here: HTTP (`routes`) or any single rule.
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from xero_sf_pipeline.clock import Clock
from xero_sf_pipeline.sandbox.salesforce.bulk_jobs import BulkJobs
from xero_sf_pipeline.sandbox.salesforce.currencies import enable_currencies, restore_currencies
from xero_sf_pipeline.sandbox.salesforce.deletion import Deletion
from xero_sf_pipeline.sandbox.salesforce.deployment import Deployer, DeployResult
from xero_sf_pipeline.sandbox.salesforce.founding import INTEGRATION_USER, found_org
from xero_sf_pipeline.sandbox.salesforce.ids import to_eighteen
from xero_sf_pipeline.sandbox.salesforce.limits import ApiLimits
from xero_sf_pipeline.sandbox.salesforce.metadata_xml import components_of_directory, components_of_zip
from xero_sf_pipeline.sandbox.salesforce.mutations import mutate
from xero_sf_pipeline.sandbox.salesforce.org_rules import DuplicateRule, OrgRules, ValidationRule
from xero_sf_pipeline.sandbox.salesforce.permissions import Permissions, PermissionSetGrants
from xero_sf_pipeline.sandbox.salesforce.places import enable_places, restore_places
from xero_sf_pipeline.sandbox.salesforce.query import Queries
from xero_sf_pipeline.sandbox.salesforce.row_input import ParsedRow
from xero_sf_pipeline.sandbox.salesforce.schema import FieldType, ObjectType
from xero_sf_pipeline.sandbox.salesforce.seeding import load_rows, load_seed
from xero_sf_pipeline.sandbox.salesforce.sessions import Sessions
from xero_sf_pipeline.sandbox.salesforce.soql.compiler import Today
from xero_sf_pipeline.sandbox.salesforce.standard_objects import standard_schema
from xero_sf_pipeline.sandbox.salesforce.storage import Storage, quoted
from xero_sf_pipeline.sandbox.salesforce.values import from_python, to_python
from xero_sf_pipeline.sandbox.salesforce.writes import WriteOptions, Writer

if TYPE_CHECKING:
    from xero_sf_pipeline.sandbox.company import SalesforceSeed

ONLY_GRANTED = "only granted"
"""Name of the setting that says whether the integration user's profile grants nothing."""


class SalesforceState:
    """The org behind the sandbox's Salesforce API.

    Args:
        path: SQLite file, or `:memory:`; a file that holds an org already is continued
        clock: stamps, sessions, limits and relative dates follow it
    """

    def __init__(self, path: str, clock: Clock) -> None:
        self.clock = clock
        self.schema = standard_schema()
        self.storage = Storage(path, clock, lambda: self.today().day.isoformat())
        self.permissions = Permissions(
            self.schema, self._assigned_sets, only_granted=self.storage.setting(ONLY_GRANTED) == "true"
        )
        self.rules = OrgRules(self.schema, self.storage)
        self.queries: Queries = Queries(self.storage, self.permissions, self.today, clock.now)
        self.writer = Writer(self.schema, self.storage, self.permissions, self.rules, lambda: self.user_id, self.today)
        self.deletion = Deletion(self.writer)
        self.deployer = Deployer(
            self.schema, self.storage, self.permissions, self._store_permission_set, self.rules.deploy_validation
        )
        self.limits = ApiLimits(clock)
        self.sessions: Sessions = Sessions(clock)
        self.jobs = BulkJobs(self)
        restore_currencies(self.schema, self.storage)
        restore_places(self.schema, self.storage)
        for one in self.schema:
            self.storage.ensure_table(one)
        self.deployer.restore()
        found_org(self)

    def close(self) -> None:
        """Close the database."""
        self.jobs.close()
        self.storage.close()

    @property
    def user_id(self) -> str:
        """The id of the integration user, in whose name the API acts."""
        return self.storage.setting(INTEGRATION_USER) or ""

    @property
    def organization_id(self) -> str:
        """The org's own id."""
        return str(self.storage.read('select "Id" from "Organization"')[0][0])

    @property
    def zone(self) -> ZoneInfo:
        """The integration user's time zone: relative dates and TODAY() are days in it."""
        row = self.storage.one('select "TimeZoneSidKey" from "User" where "Id" = ?', (self.user_id,))
        return ZoneInfo(str(row[0]) if row and row[0] else "UTC")

    def today(self) -> Today:
        """The integration user's current day."""
        zone = self.zone
        return Today(self.clock.now().astimezone(zone).date(), zone)

    def load(self, seed: SalesforceSeed) -> None:
        """Fill the org with a generated company, in one commit. Stamps and ids are taken from the seed."""
        load_seed(self, seed)

    def load_rows(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Load trusted rows of one object as they are (ids, stamps, deleted flags); return their number."""
        return load_rows(self, object_name, rows)

    def install_package(self, source: Path | bytes, *, assign: bool = True) -> DeployResult:
        """Deploy a package (SFDX folder, zip file or zip bytes) and assign its permission sets.

        Raises:
            ValueError: when a component is refused; nothing is changed then
        """
        if isinstance(source, bytes):
            components, problems = components_of_zip(source)
        elif source.is_dir():
            components, problems = components_of_directory(source)
        else:
            components, problems = components_of_zip(source.read_bytes())
        result = self.deployer.deploy(components, problems)
        if not result.succeeded:
            lines = "; ".join(f"{one.file} {one.name}: {one.message}" for one in result.problems)
            raise ValueError(f"the package was refused: {lines}")
        if assign:
            for component in result.deployed:
                if component.kind == "PermissionSet":
                    self.assign_permission_set(component.name)
        return result

    def assign_permission_set(self, name: str) -> None:
        """Assign a deployed permission set to the integration user; assigning twice changes nothing."""
        found = self.storage.one('select "Id" from "PermissionSet" where "Name" = ? collate nocase', (name,))
        if found is None:
            raise KeyError(f"the org has no permission set {name}")
        sql = 'select 1 from "PermissionSetAssignment" where "PermissionSetId" = ? and "AssigneeId" = ?'
        if self.storage.one(sql, (found[0], self.user_id)) is None:
            self.insert("PermissionSetAssignment", {"PermissionSetId": found[0], "AssigneeId": self.user_id})

    def insert(self, object_name: str, row: Mapping[str, Any], *, stamp: datetime | None = None) -> str:
        """Insert a record as somebody else in the org and return its id. Rules apply, field permissions do not.

        Args:
            row: Python values by field name; `Id` may be given
            stamp: set CreatedDate and SystemModstamp to this instead of the commit's (a row that becomes visible late)

        Raises:
            RowRefused: when a rule refuses the record
        """
        return self._save("insert", object_name, row, stamp)

    def update(self, object_name: str, identity: str, row: Mapping[str, Any], *, stamp: datetime | None = None) -> None:
        """Change a record as somebody else in the org. Raises RowRefused."""
        self._save("update", object_name, {**row, "Id": identity}, stamp)

    def update_by_system(self, object_name: str, identity: str, row: Mapping[str, Any]) -> None:
        """Change a record as the platform's own automation does: SystemModstamp moves, LastModifiedDate stays."""
        one = self.schema.get(object_name)
        with self.storage.transaction() as stamp:
            values = {
                (field := _stored_field(one, name)).name: from_python(field, value) for name, value in row.items()
            }
            pairs = ", ".join(f"{quoted(name)} = ?" for name in [*values, "SystemModstamp"])
            sql = f'update {quoted(one.name)} set {pairs} where "Id" = ?'
            self.storage.write(sql, (*values.values(), stamp, to_eighteen(identity)))

    def delete(self, object_name: str, identity: str, *, hard: bool = False) -> None:
        """Move a record to the bin, or remove it without a trace in the bin. Raises RowRefused."""
        self.deletion.delete(self.schema.get(object_name), identity, trusted=True, hard=hard)

    def undelete(self, object_name: str, identity: str) -> None:
        """Bring a record back from the bin."""
        self.deletion.undelete(self.schema.get(object_name), identity)

    def purge(self, *, everything: bool = False) -> int:
        """Empty the bin of records older than 15 days, or of all; return how many vanished."""
        return self.deletion.purge(self.clock.now(), everything=everything)

    def merge_accounts(self, master: str, losers: Iterable[str]) -> None:
        """Merge accounts as a person does in the user interface."""
        self.deletion.merge(self.schema.get("Account"), master, list(losers))

    def merge_contacts(self, master: str, losers: Iterable[str]) -> None:
        """Merge contacts as a person does in the user interface."""
        self.deletion.merge(self.schema.get("Contact"), master, list(losers))

    def rows(self, object_name: str, *, include_deleted: bool = False) -> list[dict[str, Any]]:
        """Return all records of an object with Python values (Decimal, date, aware datetime), in order of insertion."""
        one = self.schema.get(object_name)
        fields = list(one.stored())
        columns = ", ".join(quoted(field.name) for field in fields)
        where = "" if include_deleted else ' where "IsDeleted" = 0'
        found = self.storage.read(f"select {columns} from {quoted(one.name)}{where} order by _row")
        return [
            {field.name: to_python(field, value) for field, value in zip(fields, row, strict=True)} for row in found
        ]

    def enable_currencies(self, corporate: str, rates: Mapping[str, Decimal | float | str]) -> None:
        """Give the org several currencies; see `currencies.enable_currencies`."""
        enable_currencies(self, corporate, rates)

    def enable_places(self) -> None:
        """Switch state and country picklists on."""
        enable_places(self)

    def grant_nothing_by_profile(self, *, nothing: bool = True) -> None:
        """Take away (or give back) what the integration user's profile grants: then only permission sets count."""
        self.storage.set_setting(ONLY_GRANTED, str(nothing).lower())
        self.permissions.only_granted = nothing

    def add_validation_rule(self, rule: ValidationRule) -> None:
        """Switch a validation rule on."""
        self.rules.add_validation(rule, self.today())

    def add_duplicate_rule(self, rule: DuplicateRule) -> None:
        """Switch a duplicate rule on."""
        self.rules.add_duplicate(rule)

    def mutate(self, body: dict[str, Any]) -> Any:
        """Change data behind the API's back from JSON; see `mutations.mutate`."""
        return mutate(self, body)

    def _save(self, operation: str, object_name: str, row: Mapping[str, Any], stamp: datetime | None) -> str:
        one = self.schema.get(object_name)
        parsed = ParsedRow(one, to_eighteen(row.get("Id")))
        for name, value in row.items():
            field = _stored_field(one, name)
            if field.type is not FieldType.ID:
                parsed.values[field.name] = from_python(field, value)
        result = self.writer.save(operation, [parsed], WriteOptions(trusted=True, auto_assign=False))[0]
        if not result.success or result.id is None:
            raise result.errors[0]
        if stamp is not None:
            written = from_python(_stored_field(one, "SystemModstamp"), stamp)
            names = ["SystemModstamp", "LastModifiedDate", *(["CreatedDate"] if operation == "insert" else [])]
            pairs = ", ".join(f"{quoted(name)} = ?" for name in names)
            self.storage.write(
                f'update {quoted(one.name)} set {pairs} where "Id" = ?',
                (*[written] * len(names), result.id),
            )
        return result.id

    def _assigned_sets(self) -> list[str]:
        sql = (
            'select s."Name" from "PermissionSetAssignment" a join "PermissionSet" s on s."Id" = a."PermissionSetId"'
            ' where a."AssigneeId" = ? and a."IsDeleted" = 0'
        )
        return [str(row[0]) for row in self.storage.read(sql, (self.user_id,))]

    def _store_permission_set(self, grants: PermissionSetGrants) -> None:
        sql = 'select 1 from "PermissionSet" where "Name" = ? collate nocase'
        if self.storage.one(sql, (grants.name,)) is None:
            self.insert(
                "PermissionSet",
                {
                    "Name": grants.name,
                    "Label": grants.label,
                    "PermissionsApiEnabled": "ApiEnabled" in grants.user_permissions,
                    "PermissionsViewSetup": "ViewSetup" in grants.user_permissions,
                },
            )


def _stored_field(one: ObjectType, name: str) -> Any:
    found = one.find(name)
    if found is None or not found.is_stored:
        raise KeyError(f"{one.name} has no stored field {name}")
    return found
