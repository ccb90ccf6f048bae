"""Laws that hold for any data: found by Hypothesis on small, colliding worlds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xero_sf_pipeline_tests.matching.desk import Desk, Row, account, contact, decided, stored_link

LAWS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
FEWER = settings(LAWS, max_examples=10)
NAMES = st.sampled_from(
    [
        "Acme Ltd",
        "Acme Limited",
        "Acme Engineering",
        "Acme Enginering Ltd",
        "Kowalski Beer",
        "Kowalski & Sons",
        "???",
    ]
)
PLACES = st.sampled_from([{}, {"city": "Leeds", "postal_code": "LS1 4AB"}, {"city": "York", "street": "1 Low Road"}])
PHONES = st.sampled_from([None, "0113 496 0000", "+44 113 496 0000", "0131 496 0999"])
EMAILS = st.sampled_from([None, "ap@acme.com", "joe@gmail.com", "me@kowalski.net"])


@dataclass(frozen=True)
class World:
    contacts: list[Row]
    accounts: list[Row]
    links: list[Row]
    decisions: list[Row]

    def desk(self) -> Desk:
        return Desk(self.contacts, self.accounts, (), self.links, self.decisions)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    contact_count, account_count = draw(st.integers(1, 4)), draw(st.integers(0, 4))
    contacts = [
        contact(
            f"c{number}",
            draw(NAMES),
            phone=draw(PHONES),
            email=draw(EMAILS),
            is_customer=draw(st.booleans()),
            **draw(PLACES),
        )
        for number in range(contact_count)
    ]
    if contact_count > 1 and draw(st.booleans()):
        contacts[0] |= {"resolved_contact_key": "t:c1", "merged_to_xero_contact_id": "c1", "contact_status": "ARCHIVED"}
    accounts = [
        account(
            f"A{number}",
            draw(NAMES),
            phone=draw(PHONES),
            email_domains=draw(st.sampled_from([[], ["acme.com"], ["kowalski.net", "acme.com"]])),
            is_deleted=draw(st.sampled_from([False, False, True])),
            master_sf_account_id=draw(st.sampled_from([None, "A0"])),
            **draw(PLACES),
        )
        for number in range(account_count)
    ]
    contact_ids, account_ids = st.integers(0, contact_count - 1), st.integers(0, max(account_count - 1, 0))
    links = [
        stored_link(f"c{draw(contact_ids)}", f"A{draw(account_ids)}", by_key=draw(st.booleans()))
        for _ in range(draw(st.integers(0, 2)))
    ]
    decisions = []
    for minute in range(draw(st.integers(0, 4))):
        kind = draw(st.sampled_from(["confirmed", "rejected", "create_new", "ignored", "withdrawn"]))
        about = f"A{draw(account_ids)}" if kind in ("confirmed", "rejected") else None
        decisions.append(decided(minute, f"c{draw(contact_ids)}", kind, about))
    return World(contacts, accounts, links, decisions)


@LAWS
@given(worlds())
def test_matching_again_changes_nothing(world: World) -> None:
    desk = world.desk()
    first, candidates = desk.links(), desk.rows("select * from matching.candidates")
    assert desk.links() == first
    assert desk.rows("select * from matching.candidates") == candidates


@LAWS
@given(worlds(), st.randoms(use_true_random=False))
def test_the_order_of_input_rows_does_not_matter(world: World, random: object) -> None:
    expected = world.desk().links()
    shuffled = World(*(sorted(rows, key=lambda row: random.random()) for rows in vars(world).values()))  # type: ignore[attr-defined]
    assert shuffled.desk().links() == expected


@LAWS
@given(worlds())
def test_the_terms_add_up_to_the_score_and_the_margin_is_the_lead(world: World) -> None:
    desk = world.desk()
    links = desk.links()
    candidates = desk.rows("select * from matching.candidates")
    scores = {(row["contact_key"], row["sf_account_id"]): row["score"] for row in candidates}
    for row in candidates:
        # To the hundredth, as shown: points are stored with two decimals.
        assert sum(hundredths(term["points"]) for term in row["terms"]) == hundredths(row["score"])
        assert math.isclose(row["probability"], 1 / (1 + 2 ** -row["score"]), abs_tol=1e-9)
    for link in links:
        if link["margin"] is not None:
            lead = scores[link["contact_key"], link["sf_account_id"]]
            rival = scores[link["contact_key"], link["rival_sf_account_id"]]
            assert hundredths(link["margin"]) == hundredths(lead) - hundredths(rival)


def hundredths(points: float) -> Decimal:
    exact = Decimal(repr(points)).quantize(Decimal("0.01"))
    assert abs(float(exact) - points) < 1e-9, f"{points!r} has more than two decimals"
    return exact


@FEWER
@given(worlds())
def test_an_unrelated_account_changes_nothing(world: World) -> None:
    """Holds for lists below 1,000 accounts. Above, each account makes every agreement a little rarer: one account in
    1,000 is worth 0.001 points, which can only matter to a score that lies on a threshold."""
    stranger = account(
        "A99",
        "Quorn Veterinary Surgery",
        phone="+64 3 477 1234",
        street="9 Octagon",
        city="Dunedin",
        postal_code="9016",
        email_domains=["quornvets.nz"],
    )
    more = World(world.contacts, [*world.accounts, stranger], world.links, world.decisions)
    assert more.desk().links() == world.desk().links()


@FEWER
@given(worlds(), st.integers(0, 3), st.integers(0, 3), st.booleans())
def test_the_newest_word_of_a_person_always_wins(
    world: World, contact_number: int, account_number: int, confirms: bool
) -> None:
    contact_number %= len(world.contacts)
    living = [row["sf_account_id"] for row in world.accounts if not row["is_deleted"]]
    chosen = living[account_number % len(living)] if living and confirms else None
    word = decided(99, f"c{contact_number}", "confirmed" if chosen else "ignored", chosen)
    desk = World(world.contacts, world.accounts, world.links, [*world.decisions, word]).desk()
    # A word on a merged contact is a word on the contact it was merged into; both rows follow it.
    (link,) = [row for row in desk.links() if row["contact_key"] == f"t:c{contact_number}"]
    assert (link["outcome"], link["sf_account_id"]) == (("linked", chosen) if chosen else ("ignore", None))


@LAWS
@given(worlds())
def test_every_contact_gets_one_outcome_and_at_most_one_living_account(world: World) -> None:
    links = world.desk().links()
    living = {row["sf_account_id"] for row in world.accounts if not row["is_deleted"]}
    assert [row["contact_key"] for row in links] == sorted(row["contact_key"] for row in world.contacts)
    for row in links:
        assert row["explanation"]
        assert row["sf_account_id"] is None or row["sf_account_id"] in living
        assert (row["sf_account_id"] is not None) or row["outcome"] != "linked"
        assert (row["sf_account_id"] is None) or row["outcome"] in ("linked", "review")
    primaries = [row["sf_account_id"] for row in links if row["is_primary"]]
    assert len(primaries) == len(set(primaries))


@LAWS
@given(worlds(), st.integers(0, 3), st.integers(0, 3))
def test_a_rejected_pair_never_comes_back(world: World, contact_number: int, account_number: int) -> None:
    contact_key, account_id = f"t:c{contact_number}", f"A{account_number}"
    rejection = decided(99, f"c{contact_number}", "rejected", account_id)
    desk = World(world.contacts, world.accounts, world.links, [*world.decisions, rejection]).desk()
    pairs = {(row["contact_key"], row["sf_account_id"]) for row in desk.links()}
    pairs |= {(row["contact_key"], row["sf_account_id"]) for row in desk.rows("select * from matching.candidates")}
    assert (contact_key, account_id) not in pairs
