"""Record ids are well formed, unique and independent of everything but seed, kind and position."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.sandbox.company.ids import SalesforceIds, XeroIds, is_salesforce_id, with_checksum


def test_the_checksum_makes_the_known_eighteen_character_form() -> None:
    assert with_checksum("001D000000IqhSL") == "001D000000IqhSLIAZ"


@given(st.integers(), st.integers(0, 10**7))
def test_a_salesforce_id_has_a_valid_checksum_and_its_prefix(seed: int, position: int) -> None:
    text = SalesforceIds(seed, "500")(position)
    assert is_salesforce_id(text)
    assert text.startswith("500")


def test_a_wrong_letter_breaks_the_checksum() -> None:
    text = SalesforceIds(7, "001")(42)
    broken = text[:14] + ("a" if text[14].isupper() or text[14].isdigit() else text[14].upper()) + text[15:]
    assert is_salesforce_id(text) is True
    assert is_salesforce_id(broken) is (broken[14].isupper() == text[14].isupper())


@given(st.integers(), st.integers(0, 10**9))
def test_a_xero_id_is_a_random_uuid(seed: int, position: int) -> None:
    text = XeroIds(seed, 0, "invoice")(position)
    assert str(UUID(text)) == text
    assert UUID(text).version == 4


def test_ids_do_not_repeat() -> None:
    ids, accounts = XeroIds(7, 0, "invoice"), SalesforceIds(7, "001")
    assert len({ids(n) for n in range(50_000)}) == 50_000
    assert len({accounts(n) for n in range(50_000)}) == 50_000


def test_some_salesforce_ids_differ_by_case_alone_in_their_first_fifteen_characters() -> None:
    ids = [SalesforceIds(7, "001")(n)[:15] for n in range(5_000)]
    assert len({text.lower() for text in ids}) < len(ids)


def test_kinds_and_seeds_have_ids_of_their_own() -> None:
    assert (
        len(
            {
                XeroIds(7, 0, "invoice")(1),
                XeroIds(7, 1, "invoice")(1),
                XeroIds(8, 0, "invoice")(1),
                XeroIds(7, 0, "x")(1),
            }
        )
        == 4
    )
