"""Quotes in every status, with and without items that Salesforce knows, and one that was invoiced by hand."""

from __future__ import annotations

from xero_sf_pipeline.sandbox.company.stories.deals import Sold
from xero_sf_pipeline.sandbox.company.stories.stage import Stage
from xero_sf_pipeline.sandbox.company.stories.story import StoryKind as K


def tell_quotes(stage: Stage) -> None:
    """Tell all stories of quotes."""
    books, quotes, customer = stage.books, stage.quotes, stage.customers.customer
    usual = [books.line("DESK-160", 6), books.line("CHAIR-ERGO", 6, discount=10), books.line("INST-HR", 4)]

    one = customer("Kestrel Point Marina")
    stage.tell(K.QUOTE_DRAFT, one, quotes=(quotes.quote(one, 2, usual, status="DRAFT", title="Harbour office"),))
    one = customer("Larchfield Golf Club")
    stage.tell(K.QUOTE_SENT, one, quotes=(quotes.quote(one, 8, usual, title="Clubhouse"),))
    one = customer("Sandpiper Wealth Planning")
    accepted = quotes.quote(one, 20, usual, status="ACCEPTED", answered_days_ago=3, title="Meeting rooms")
    stage.tell(K.QUOTE_ACCEPTED, one, quotes=(accepted,))
    one = customer("Millbrook Cider Company")
    declined = quotes.quote(one, 45, usual, status="DECLINED", answered_days_ago=22, title="Press house office")
    stage.tell(K.QUOTE_DECLINED, one, quotes=(declined,))
    one = customer("Foxglove Garden Centres")
    stage.tell(K.QUOTE_EXPIRED, one, quotes=(quotes.quote(one, 75, usual, title="Café furniture"),))
    one = customer("Harrowgate Cycle Works")
    deleted = quotes.quote(one, 60, usual, status="DELETED", answered_days_ago=59, title="Entered twice")
    stage.tell(K.QUOTE_DELETED, one, quotes=(deleted,))

    one = customer("Dunlin Bay Holiday Park")
    invoiced = quotes.quote(one, 40, usual, status="INVOICED", answered_days_ago=25, title="Reception")
    invoice = books.invoice(one.contact, 25, usual, reference=invoiced["QuoteNumber"])
    stage.tell(K.QUOTE_INVOICED, one, quotes=(invoiced,), invoices=(invoice,))

    one = customer("Bellwether Auctions")
    unknown = [
        books.plain_line("Rostrum, made to measure", 1_840),
        books.line("PLANT-MON", 12, text="Plant care for the saleroom"),  # an item that has no product
        books.line("TABLE-MEET", 2),
    ]
    stage.tell(K.QUOTE_OF_UNKNOWN_PRODUCTS, one, quotes=(quotes.quote(one, 11, unknown, title="Saleroom"),))

    one = customer("Cedar Rapids Outfitters", country="US", currency="USD")
    rate = books.rate("USD", stage.spec.as_of.toordinal() - 6)
    dollars = [
        books.line("DESK-SIT", 10, rate=rate, is_taxed=False),
        books.line("MON-27", 10, price=245.5, is_taxed=False),
    ]
    stage.tell(
        K.QUOTE_IN_FOREIGN_CURRENCY,
        one,
        quotes=(quotes.quote(one, 6, dollars, currency="USD", title="Flagship store"),),
    )
    one = customer("Moorhen Narrowboats", accounts=0)
    stage.tell(K.QUOTE_WITHOUT_ACCOUNT, one, quotes=(quotes.quote(one, 5, usual, title="Hire base"),))

    one = customer("Hazelwick Community College")
    sold = (Sold("DESK-160", 6), Sold("CHAIR-ERGO", 6, discount=10), Sold("INST-HR", 4))
    deal = stage.deals.deal(one, f"Library ({quotes.next_number})", sold=sold, closes_in=-16)
    won = quotes.quote(one, 34, usual, status="INVOICED", answered_days_ago=15, title="Library", reference=deal)
    invoice = books.invoice(one.contact, 15, usual, reference=won["QuoteNumber"])
    stage.tell(K.QUOTE_WITH_WON_DEAL, one, deals=(deal,), quotes=(won,), invoices=(invoice,))
