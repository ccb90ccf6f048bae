"""Two accounts of one name never ask Xero for two contacts of that name."""

from __future__ import annotations

from xero_sf_pipeline_tests.billing.office import BillingDesk, office, rules, win
from xero_sf_pipeline_tests.planning.core_tables import TENANT

ONE, OTHER = "001000000000008AAA", "001000000000009AAA"


def test_of_two_accounts_of_one_name_only_the_first_gets_a_contact_and_the_other_is_held() -> None:
    """Both contacts were planned, and Xero refused the second one: names are unique among active contacts."""
    books = office()
    for number, (account, name) in enumerate(((ONE, "Vanguard Woodworking"), (OTHER, "VANGUARD  Woodworking "))):
        books.add_account(account, name)
        win(books, "500", f"00600000000000{number + 5}AAA", sf_account_id=account)
    desk = BillingDesk(books, rules(write_back=False))
    desk.plan()
    assert [(write["kind"], write["target_key"]) for write in desk.writes()] == [
        ("xero_contact.create", f"{TENANT}:{ONE}"),
        ("invoice.create", f"{TENANT}:006000000000005AAA/1"),
    ]
    waiting = books.rows("select reason, explanation from plan.exclusions")
    assert [row["reason"] for row in waiting] == ["awaiting_contact"]
    assert "held: another account has the same name" in waiting[0]["explanation"]
