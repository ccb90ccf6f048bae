"""The same specification gives the same company; one size does not move the ids of something else."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from xero_sf_pipeline.sandbox.company import Company, CompanySpec, Rows, generate

SPEC = CompanySpec(seed=5, contacts=60, invoices=200, accounts=70)


def content(company: Company) -> dict[str, Any]:
    parts: dict[str, Any] = {"truth": company.truth}
    for n, seed in enumerate([*company.xero, company.salesforce]):
        for field in fields(seed):
            value = getattr(seed, field.name)
            parts[f"{n}.{field.name}"] = value if isinstance(value, dict | str) else list(value)
    return parts


def test_equal_specifications_give_equal_companies() -> None:
    spec = replace(SPEC, organisations=2)
    assert content(generate(spec)) == content(generate(spec))


def test_another_seed_gives_another_company() -> None:
    one, other = generate(SPEC), generate(replace(SPEC, seed=6))
    assert not {row["ContactID"] for row in one.xero[0].contacts} & {row["ContactID"] for row in other.xero[0].contacts}
    assert [row["Name"] for row in one.xero[0].contacts] != [row["Name"] for row in other.xero[0].contacts]


def test_reading_rows_twice_gives_equal_records_that_are_not_shared() -> None:
    invoices = generate(SPEC).xero[0].invoices
    first = invoices[3]
    first["Status"] = "CHANGED"
    first["LineItems"].clear()
    assert invoices[3]["Status"] != "CHANGED"
    assert invoices[3]["LineItems"]
    assert list(invoices) == [invoices[n] for n in range(len(invoices))]


def test_more_invoices_do_not_change_contacts_accounts_or_truth() -> None:
    few, many = generate(SPEC), generate(replace(SPEC, invoices=400))
    names = [
        {key: row[key] for key in ("ContactID", "Name", "EmailAddress", "Addresses")} for row in few.xero[0].contacts
    ]
    assert names == [
        {key: row[key] for key in ("ContactID", "Name", "EmailAddress", "Addresses")} for row in many.xero[0].contacts
    ]
    assert few.truth == many.truth
    assert list(few.salesforce.accounts) == list(many.salesforce.accounts)
    assert [row["InvoiceID"] for row in few.xero[0].invoices] == [row["InvoiceID"] for row in many.xero[0].invoices][
        :200
    ]


def test_more_contacts_keep_the_ids_and_names_of_the_first_ones() -> None:
    roomy = replace(SPEC, accounts=5_000)
    few, many = generate(roomy), generate(replace(roomy, contacts=120))
    first = [(row["ContactID"], row["Name"]) for row in few.xero[0].contacts]
    assert first == [(row["ContactID"], row["Name"]) for row in many.xero[0].contacts][: len(first)]


def test_a_further_organisation_does_not_change_the_first() -> None:
    one, two = generate(SPEC), generate(replace(SPEC, organisations=2))
    for field in fields(one.xero[0]):
        mine, other = getattr(one.xero[0], field.name), getattr(two.xero[0], field.name)
        assert (mine if isinstance(mine, dict | str) else list(mine)) == (
            other if isinstance(other, dict | str) else list(other)
        )
    assert one.truth == two.truth[: len(one.truth)]


def test_organisations_differ_in_country_currency_and_time_zone() -> None:
    company = generate(replace(SPEC, organisations=5))
    facts = [
        (one.organisation["CountryCode"], one.organisation["BaseCurrency"], one.organisation["Timezone"], one.tenant_id)
        for one in company.xero
    ]
    assert [fact[:3] for fact in facts] == [
        ("GB", "GBP", "GMTSTANDARDTIME"),
        ("NZ", "NZD", "NEWZEALANDSTANDARDTIME"),
        ("AU", "AUD", "AUSEASTERNSTANDARDTIME"),
        ("US", "USD", "EASTERNSTANDARDTIME"),
        ("GB", "GBP", "GMTSTANDARDTIME"),
    ]
    assert len({one.connection["tenantName"] for one in company.xero}) == 5
    for one in company.xero:
        assert one.organisation["OrganisationID"] == one.tenant_id == one.connection["tenantId"] != one.connection["id"]


def test_a_row_sequence_slices_and_refuses_what_it_does_not_have() -> None:
    rows = Rows(5, lambda n: {"n": n})
    assert rows[1:3] == [{"n": 1}, {"n": 2}]
    assert rows[-1] == {"n": 4}
    with pytest.raises(IndexError):
        rows[5]


def test_the_chained_accounts_slice_and_index_like_the_list_they_stand_for() -> None:
    accounts = generate(SPEC).salesforce.accounts
    whole = list(accounts)
    assert len(accounts) == 70
    assert accounts[-1] == whole[-1]
    assert accounts[50:] == whole[50:]
    with pytest.raises(IndexError):
        accounts[70]


@pytest.mark.parametrize(
    "wrong", [{"contacts": 0}, {"organisations": 0}, {"invoices": -1}, {"accounts": -1}, {"won_deals": -1}]
)
def test_an_impossible_specification_is_refused_with_its_numbers(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one organisation and one contact"):
        CompanySpec(**wrong)
