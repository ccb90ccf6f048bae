"""What only several organisations show: one account that owes in two currencies, deals that another one bills."""

from __future__ import annotations

from xero_sf_pipeline.sandbox.company.stories.deals import Sold
from xero_sf_pipeline.sandbox.company.stories.stage import Stage
from xero_sf_pipeline.sandbox.company.stories.story import StoryKind as K


def tell_elsewhere(first: Stage, second: Stage) -> None:
    """Tell the stories of the second organisation; the first one's records of a shared customer come first."""
    here = first.customers.customer("Albatross Yacht Charter")
    there = second.customers.also_here(here)
    owed_here = first.books.invoice(here.contact, 50, [first.books.line("POD-PHONE", 1)])
    owed_there = second.books.invoice(
        there.contact, 65, [second.books.line("DESK-120", 5), second.books.line("LAMP-LED", 5)]
    )
    credit_there = second.books.credit(there.contact, 20, 15_000, text="Goods returned")
    first.tell(K.ELSEWHERE_SHARED_CUSTOMER, here, invoices=(owed_here,))
    second.tell(K.ELSEWHERE_SHARED_CUSTOMER, there, invoices=(owed_there,), notes=(credit_there,))

    home = second.settings.profile.country
    one = second.customers.customer("Pohutukawa Eco Lodges", country=home)
    sold = (Sold("DESK-160", 4), Sold("CHAIR-TASK", 9), Sold("DELIV-STD", 1))
    deal = second.deals.deal(one, "Lodge office", sold=sold, closes_in=-5)
    second.tell(K.ELSEWHERE_DEAL, one, deals=(deal,))

    one = second.customers.customer("Rata Ridge Vineyards", country=home)
    quote = second.quotes.quote(one, 9, [second.books.line("TABLE-MEET", 2)], title="Tasting room")
    second.tell(K.ELSEWHERE_QUOTE, one, quotes=(quote,))
