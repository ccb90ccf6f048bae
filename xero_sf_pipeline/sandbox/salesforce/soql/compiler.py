"""From a SOQL syntax tree to SQL over the org's tables.

Belongs here: what names mean to this user (fields, parents, aliases) and how a query's parts become one statement.
Does not belong here: single comparisons (`conditions`), paging and result shapes (`query`).
"""

# ruff: noqa: S608 - identifiers in SQL come out of the schema, values are bound

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from xero_sf_pipeline.sandbox.salesforce.errors import RequestRefused
from xero_sf_pipeline.sandbox.salesforce.formula import formula_sql
from xero_sf_pipeline.sandbox.salesforce.schema import Field, FieldType, ObjectType
from xero_sf_pipeline.sandbox.salesforce.soql.lexer import malformed, marked
from xero_sf_pipeline.sandbox.salesforce.soql.syntax import Aggregate, FieldPath, Query
from xero_sf_pipeline.sandbox.salesforce.storage import quoted

_MAX_DEPTH = 5
NAME_FIELDS = (
    "Id",
    "Name",
    "Type",
    "Email",
    "Username",
    "FirstName",
    "LastName",
    "IsActive",
    "Alias",
    "Title",
    "Phone",
)
"""Fields that can be read through a polymorphic parent such as Case.Owner (object reference: Name)."""


class View(Protocol):
    """What the asking user can see."""

    def object(self, name: str) -> ObjectType | None: ...

    def field(self, one: ObjectType, name: str) -> Field | None: ...


@dataclass(frozen=True)
class Today:
    """The asking user's day and time zone, for date literals."""

    day: date
    zone: ZoneInfo


@dataclass(frozen=True)
class Column:
    """One selected column. `parents` are canonical relationship names; `parts` are SQL expressions (several for a
    compound address); `function` is set for aggregates."""

    parents: tuple[str, ...]
    name: str
    field: Field
    parts: tuple[str, ...]
    function: str | None = None

    @property
    def label(self) -> str:
        return ".".join((*self.parents, self.name))


@dataclass(frozen=True)
class Parent:
    """A joined parent: `id_sql` is null when there is none. A polymorphic one has several possible types."""

    path: tuple[str, ...]
    types: tuple[ObjectType, ...]
    aliases: tuple[str, ...]
    id_sql: str

    @property
    def is_polymorphic(self) -> bool:
        return len(self.types) > 1


@dataclass
class Compiled:
    """A query ready to run. `source` is everything from FROM on, up to and without WHERE."""

    query: Query
    base: ObjectType
    columns: list[Column]
    parents: dict[tuple[str, ...], Parent]
    joins: str
    where: str
    order: str
    parameters: list[Any]
    grouping: str = ""

    def rows_sql(self) -> tuple[str, list[Any]]:
        """Return a statement for the matching rows' numbers, in order."""
        limit = "" if self.query.limit is None else f" limit {self.query.limit}"
        if self.query.offset:
            limit = f" limit {-1 if self.query.limit is None else self.query.limit} offset {self.query.offset}"
        source = f"from {quoted(self.base.name)} t{self.joins} where {self.where}{self.order}{limit}"
        return f"select t._row {source}", self.parameters

    def page_sql(self, expressions: str) -> str:
        """Return a statement that reads expressions for rows whose numbers come as a JSON array, in that order."""
        return (
            f"select {expressions} from json_each(?) page cross join {quoted(self.base.name)} t"
            f" on t._row = page.value{self.joins} order by page.key"
        )

    def aggregate_sql(self) -> tuple[str, list[Any]]:
        """Return a statement for an aggregate query's result rows."""
        expressions = ", ".join(column.parts[0] for column in self.columns)
        limit = "" if self.query.limit is None else f" limit {self.query.limit}"
        source = f"from {quoted(self.base.name)} t{self.joins} where {self.where}{self.grouping}{self.order}{limit}"
        return f"select {expressions} {source}", self.parameters


@dataclass
class Scope:
    """Names of one query: the base object, its alias and the parents joined so far."""

    query: Query
    base: ObjectType
    view: View
    today: Today
    alias: str = "t"
    parents: dict[tuple[str, ...], Parent] = field(default_factory=dict)
    joins: str = ""
    parameters: list[Any] = field(default_factory=list)

    def resolve(self, path: FieldPath) -> tuple[tuple[str, ...], Field, tuple[str, ...]]:
        """Return a path's canonical parents, its field and its SQL expressions."""
        names = list(path.parts)
        own_names = {self.base.name.lower(), (self.query.alias or self.base.name).lower()}
        if len(names) > 1 and names[0].lower() in own_names and self.base.relationship(names[0]) is None:
            names.pop(0)
        if len(names) - 1 > _MAX_DEPTH:
            raise self._refused(path, "SOQL statements cannot query relationships more than 5 levels away")
        parent: Parent | None = None
        for name in names[:-1]:
            parent = self._join(path, parent, name)
        if parent is not None and parent.is_polymorphic:
            found, sql = self._name_field(path, parent, names[-1])
            return parent.path, found, (sql,)
        one, alias = (self.base, self.alias) if parent is None else (parent.types[0], parent.aliases[0])
        resolved = self.view.field(one, names[-1])
        if resolved is None:
            raise self._no_such_column(path, names[-1], one.name)
        return (() if parent is None else parent.path), resolved, expressions_of(one, resolved, alias)

    def _join(self, path: FieldPath, parent: Parent | None, name: str) -> Parent:
        one, alias = (self.base, self.alias) if parent is None else (parent.types[0], parent.aliases[0])
        reference = one.relationship(name)
        if reference is None or self.view.field(one, reference.name) is None or (parent and parent.is_polymorphic):
            raise self._refused(
                path,
                f"Didn't understand relationship '{name}' in field path. If you are attempting to use a custom "
                "relationship, be sure to append the '__r' after the custom relationship name. Please reference your "
                "WSDL or the describe call for the appropriate names.",
            )
        key = (*(() if parent is None else parent.path), reference.relationship or name)
        if key in self.parents:
            return self.parents[key]
        types = tuple(found for target in reference.references if (found := self.view.object(target)) is not None)
        aliases: list[str] = []
        pointer = f"{alias}.{quoted(reference.name)}"
        for target in types:
            joined = f"{self.alias}_{len(self.parents)}_{len(aliases)}"
            aliases.append(joined)
            self.joins += f' left join {quoted(target.name)} {joined} on {joined}."Id" = {pointer}'
        ids = ", ".join(f'{joined}."Id"' for joined in aliases)
        self.parents[key] = Parent(key, types, tuple(aliases), f"coalesce({ids}, null)")
        return self.parents[key]

    def _name_field(self, path: FieldPath, parent: Parent, name: str) -> tuple[Field, str]:
        known = next((one for one in NAME_FIELDS if one.lower() == name.lower()), None)
        if known is None:
            raise self._no_such_column(path, name, "Name")
        pairs = list(zip(parent.types, parent.aliases, strict=True))
        if known == "Type":
            cases = " ".join(
                f"when {alias}.\"Id\" is not null then '{'Queue' if one.name == 'Group' else one.name}'"
                for one, alias in pairs
            )
            return Field("Type", FieldType.PICKLIST), f"case {cases} end"
        owners = [(one, alias, found) for one, alias in pairs if (found := one.find(known)) is not None]
        if not owners:
            raise self._no_such_column(path, name, "Name")
        values = ", ".join(f"{alias}.{quoted(found.name)}" for _, alias, found in owners)
        return owners[0][2], f"coalesce({values}, null)"

    def _no_such_column(self, path: FieldPath, name: str, owner: str) -> RequestRefused:
        return self._refused(
            path,
            f"No such column '{name}' on entity '{owner}'. If you are attempting to use a custom field, be sure to "
            "append the '__c' after the custom field name. Please reference your WSDL or the describe call for the "
            "appropriate names.",
        )

    def _refused(self, path: FieldPath, message: str) -> RequestRefused:
        return marked(self.query.text, path.position, message, "INVALID_FIELD")


def expressions_of(one: ObjectType, found: Field, alias: str) -> tuple[str, ...]:
    """Return the SQL of a field: its column, its formula, or the columns that make up a compound address."""
    if found.type is FieldType.ADDRESS:
        return tuple(f"{alias}.{quoted(part)}" for part in found.components)
    if found.formula is not None:
        return (formula_sql(found, one, alias),)
    return (f"{alias}.{quoted(found.name)}",)


def scope_of(query: Query, view: View, today: Today, alias: str = "t", parameters: list[Any] | None = None) -> Scope:
    """Look the query's object up. Raises INVALID_TYPE when the user cannot see such an object."""
    base = view.object(query.object_name)
    if base is None:
        raise marked(
            query.text,
            query.object_position,
            f"sObject type '{query.object_name}' is not supported. If you are attempting to use a custom object, be "
            "sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
            "appropriate names.",
            "INVALID_TYPE",
        )
    return Scope(query, base, view, today, alias, parameters=parameters if parameters is not None else [])


def compile_query(query: Query, view: View, today: Today, *, include_deleted: bool) -> Compiled:
    """Check a query against what the user can see and turn it into SQL."""
    from xero_sf_pipeline.sandbox.salesforce.soql.conditions import condition_sql

    scope = scope_of(query, view, today)
    columns = [] if query.is_plain_count else _columns(scope)
    where = condition_sql(query.where, scope) if query.where is not None else "1"
    if not include_deleted and scope.base.soft_delete:
        where = f'({where}) and t."IsDeleted" = 0'
    grouping = _grouping(scope) if query.group_by else ""
    terms = [_ordering(scope, one.field, one.descending, one.nulls_last) for one in query.order_by]
    order = f" order by {', '.join(terms)}" if terms else ""
    return Compiled(query, scope.base, columns, scope.parents, scope.joins, where, order, scope.parameters, grouping)


def _columns(scope: Scope) -> list[Column]:
    columns: list[Column] = []
    seen: set[str] = set()
    unnamed = 0
    grouped = {str(one).lower() for one in scope.query.group_by}
    for item in scope.query.select:
        if isinstance(item, Aggregate):
            name = item.alias or f"expr{unnamed}"
            unnamed += item.alias is None
            columns.append(_aggregate(scope, item, name))
            continue
        parents, found, parts = scope.resolve(item)
        if scope.query.is_aggregate:
            if str(item).lower() not in grouped:
                raise malformed(scope.query.text, item.position, f"Field must be grouped or aggregated: {item}")
            columns.append(Column((), item.alias or found.name, found, parts))
            continue
        column = Column(parents, found.name, found, parts)
        if column.label in seen:
            raise malformed(scope.query.text, item.position, f"duplicate field selected: {column.label}")
        seen.add(column.label)
        columns.append(column)
    return columns


def _aggregate(scope: Scope, item: Aggregate, name: str) -> Column:
    whole = Field(name, FieldType.INT)
    if item.field is None:
        return Column((), name, whole, ("count(*)",), "count")
    _, found, parts = scope.resolve(item.field)
    if item.function == "count":
        return Column((), name, whole, (f"count({parts[0]})",), "count")
    if item.function == "count_distinct":
        return Column((), name, whole, (f"count(distinct {parts[0]})",), "count_distinct")
    if item.function in ("sum", "avg") and not found.type.is_number:
        raise malformed(
            scope.query.text,
            item.position,
            f"field {item.field} does not support aggregate operator {item.function.upper()}",
        )
    if item.function == "avg":
        finer = Field(name, FieldType.DOUBLE, scale=found.scale + 4)
        return Column((), name, finer, (f"cast(round(avg({parts[0]}) * 10000) as integer)",), "avg")
    return Column((), name, found, (f"{item.function}({parts[0]})",), item.function)


def _grouping(scope: Scope) -> str:
    return " group by " + ", ".join(scope.resolve(one)[2][0] for one in scope.query.group_by)


def _ordering(scope: Scope, path: FieldPath, descending: bool, nulls_last: bool) -> str:
    _, found, parts = scope.resolve(path)
    if found.is_long_text or found.type is FieldType.ADDRESS:
        raise marked(
            scope.query.text, path.position, f"field '{path}' can not be sorted in a query call", "INVALID_FIELD"
        )
    collation = " collate nocase" if found.type.is_text else ""
    direction = "desc" if descending else "asc"
    return f"{parts[0]}{collation} {direction} nulls {'last' if nulls_last else 'first'}"
