"""Money crosses the wire as Decimal in both directions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xero_sf_pipeline.clients.wire_json import decode, encode
from xero_sf_pipeline.errors import MalformedResponse


def test_decimals_are_written_as_numbers_with_their_own_digits() -> None:
    assert encode({"Xero_Amount_Due__c": Decimal("1234567890123456.78"), "n": 3}) == (
        b'{"Xero_Amount_Due__c":1234567890123456.78,"n":3}'
    )


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4))
def test_a_decimal_survives_the_round_trip(amount: Decimal) -> None:
    assert decode(encode([amount]), system="salesforce", what="x") == [amount]


def test_instants_go_out_in_utc_milliseconds_and_days_as_days() -> None:
    instant = datetime(2026, 3, 16, 22, 30, 0, 123456, tzinfo=timezone(timedelta(hours=13)))
    assert encode([instant, date(2026, 3, 16), datetime(2026, 1, 1, tzinfo=UTC)]) == (
        b'["2026-03-16T09:30:00.123Z","2026-03-16","2026-01-01T00:00:00.000Z"]'
    )


@pytest.mark.parametrize("value", [0.1, Decimal("NaN"), Decimal("Infinity"), datetime(2026, 1, 1), {1, 2}])
def test_what_would_change_its_meaning_on_the_wire_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        encode({"a": [value]})


def test_fractions_and_e_notation_come_back_as_decimal() -> None:
    answer = decode(b'{"a":9.9213206E7,"b":1.10,"c":3}', system="salesforce", what="x")
    assert answer == {"a": Decimal("99213206"), "b": Decimal("1.10"), "c": 3}
    assert isinstance(answer["b"], Decimal)


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"", b'{"a":', b"\xff\xfe"])
def test_an_answer_that_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedResponse, match="Reading the limits"):
        decode(body, system="salesforce", what="Reading the limits")
