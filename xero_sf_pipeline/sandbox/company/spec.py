"""What a generated company is made of: the specification that asks for it and the containers that hold it.

Belongs here: the specification, the seeds handed to the two simulated APIs, the known truth of matching, and `Rows`.
Does not belong here: how anything is generated (see the sibling modules) or served (`sandbox.xero`,
`sandbox.salesforce`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from enum import StrEnum
from itertools import chain
from typing import Any, overload

from xero_sf_pipeline.sandbox.company.stories.story import Story

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class CompanySpec:
    """How large a company to make, and from which seed.

    `contacts` and `invoices` (sales invoices and bills together) count per organisation; `accounts` counts the whole
    Salesforce org, deleted and merged accounts included. `as_of` is "today" in every organisation's own time zone.
    With `messy=False` names differ by legal form at most and no trap (duplicate, merge, branch, namesake) is set.
    `stories` adds, beyond those counts, customers of their own for every case of quote to cash (`stories.StoryKind`).
    `won_deals` adds that many won deals with product lines, for measurements of billing.
    `is_multi_currency` makes the stories' deals say their currency, as an org with several currencies does.
    """

    seed: int = 7
    contacts: int = 300
    invoices: int = 2500
    accounts: int = 250
    as_of: date = date(2026, 3, 16)
    organisations: int = 1
    messy: bool = True
    stories: bool = False
    is_multi_currency: bool = False
    won_deals: int = 0

    def __post_init__(self) -> None:
        if min(self.contacts, self.organisations) < 1 or min(self.invoices, self.accounts, self.won_deals) < 0:
            raise ValueError(
                "a company needs at least one organisation and one contact, and no negative counts; "
                f"got organisations={self.organisations} contacts={self.contacts} "
                f"invoices={self.invoices} accounts={self.accounts}"
            )

    @property
    def starts_at(self) -> datetime:
        """The instant at which the sandbox clock should start: 09:00 UTC on `as_of`.

        At that instant it is the day `as_of` in New Zealand, Australia, Britain and the United States alike, and
        every generated event lies before it.
        """
        return datetime.combine(self.as_of, time(9), UTC)


class Rows(Sequence[Row]):
    """Records that are built when they are read, so that a large company costs little memory.

    Reading twice gives equal records; a record that a reader changes does not change the company.
    """

    def __init__(self, count: int, build: Callable[[int], Row]) -> None:
        self._count = count
        self._build = build

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Row]:
        return map(self._build, range(self._count))

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self._build(position) for position in range(*index.indices(self._count))]
        return self._build(range(self._count)[index])


class ChainedRows(Sequence[Row]):
    """Several row sequences read as one."""

    def __init__(self, *parts: Sequence[Row]) -> None:
        self._parts = parts

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[Row]:
        return chain.from_iterable(self._parts)

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | Sequence[Row]:
        if isinstance(index, slice):
            return [self[position] for position in range(*index.indices(len(self)))]
        position = range(len(self))[index]
        for part in self._parts:
            if position < len(part):
                return part[position]
            position -= len(part)
        raise IndexError(index)


@dataclass(frozen=True)
class XeroSeed:
    """One Xero organisation, every record in the shape that the paged list endpoints return.

    Dates are `/Date(ms+0000)/`, numbers are floats that print with at most four decimals (rates: six); parse their
    text as Decimal, never add them as floats. `UnitAmount` has four decimals: a read without `unitdp=4` rounds it.
    """

    tenant_id: str
    connection: Row
    organisation: Row
    accounts: Sequence[Row]
    tax_rates: Sequence[Row]
    currencies: Sequence[Row]
    tracking_categories: Sequence[Row]
    items: Sequence[Row]
    contacts: Sequence[Row]
    invoices: Sequence[Row]
    credit_notes: Sequence[Row]
    payments: Sequence[Row]
    overpayments: Sequence[Row]
    prepayments: Sequence[Row]
    quotes: Sequence[Row] = ()


@dataclass(frozen=True)
class SalesforceSeed:
    """One Salesforce org: flat records by field API name, `Id` included; instants are aware datetimes, dates are dates.

    Deleted rows are present with `IsDeleted` true; the loser of a merge names the winner in `MasterRecordId`.
    Only an org with several currencies has `currency_types`, and a `CurrencyIsoCode` on deals in other than the
    corporate currency. `metadata` is a Metadata API zip of the org's own custom fields and their permission set.
    """

    organization: Row
    users: Sequence[Row]
    accounts: Sequence[Row]
    contacts: Sequence[Row]
    opportunities: Sequence[Row]
    opportunity_line_items: Sequence[Row]
    cases: Sequence[Row]
    products: Sequence[Row]
    pricebooks: Sequence[Row]
    pricebook_entries: Sequence[Row]
    currency_types: Sequence[Row] = ()
    metadata: bytes = b""


class Variety(StrEnum):
    """What makes one contact easy or hard to match."""

    EXACT = "exact"  # the same text on both sides
    LEGAL_FORM = "legal_form"  # Ltd, Limited, none
    PUNCTUATION = "punctuation"  # & and, dots, commas, hyphens
    CASE = "case"
    ACCENTS = "accents"  # accents lost or umlauts spelled out
    WORD_ORDER = "word_order"
    TYPO = "typo"
    ABBREVIATION = "abbreviation"
    TRADING_AS = "trading_as"
    RENAMED = "renamed"  # another name altogether; number, domain, phone or address tell
    SHARED_DOMAIN = "shared_domain"  # the email domain belongs to many companies
    FREEMAIL = "freemail"
    MOVED = "moved"  # the account still has the old address
    NAME_ONLY = "name_only"  # nothing but a name that nobody else has
    BRANCH = "branch"  # one group, one domain, several towns
    SHARED_ACCOUNT = "shared_account"  # a second contact of the same customer
    DUPLICATE_ACCOUNT = "duplicate_account"  # two live accounts of one customer: a person must choose
    MERGED_ACCOUNT = "merged_account"  # the account was merged into the true one
    MERGED_CONTACT = "merged_contact"  # archived, MergedToContactID names the winner
    ARCHIVED = "archived"
    NONE = "none"  # no account
    NAMESAKE = "namesake"  # no account; another company of that name has one
    DELETED_ACCOUNT = "deleted_account"  # its account is in the recycle bin
    SUPPLIER = "supplier"  # only a supplier, no account


@dataclass(frozen=True)
class MatchTruth:
    """The known answer for one Xero contact.

    `account_id` is the right live account, or None when there is none. `is_ambiguous` says that even a person could not
    tell from the data; then every id in `acceptable_account_ids` is right and review is the best outcome. Otherwise
    `acceptable_account_ids` holds `account_id` alone, or nothing.
    """

    tenant_id: str
    contact_id: str
    account_id: str | None
    variety: Variety
    is_ambiguous: bool = False
    acceptable_account_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Company:
    """Everything that the sandbox serves, and what is true about it."""

    spec: CompanySpec
    xero: list[XeroSeed]
    salesforce: SalesforceSeed
    truth: list[MatchTruth]
    stories: list[Story] = field(default_factory=list)
