"""What happens to invoices after they are issued, and what a customer's payments tell over time."""

from __future__ import annotations

from xero_sf_pipeline.sandbox.company.stories.deals import PROPOSAL
from xero_sf_pipeline.sandbox.company.stories.stage import Stage
from xero_sf_pipeline.sandbox.company.stories.story import StoryKind as K

_WORSENING = (0, 1, 0, 2, 1, 3, 2, 8, 14, 21, 33)
"""Days late of one invoice after the other: a year of punctuality, then trouble."""
_STEADY = (24, 26, 25, 23, 25, 27, 24, 25, 26, 25, 24)
_MONTH = 30


def tell_payments(stage: Stage) -> None:
    """Tell all stories of payments, credits and payment habits."""
    _settled(stage)
    _habits(stage)
    _exposure(stage)


def _settled(stage: Stage) -> None:
    books, customer = stage.books, stage.customers.customer
    usual = [books.line("DESK-120", 4), books.line("CHAIR-TASK", 4)]

    one = customer("Applegarth Kitchens")
    invoice = books.invoice(one.contact, 52, usual)
    books.pay(invoice, 20, invoice.total // 3)
    stage.tell(K.MONEY_PART_PAID, one, invoices=(invoice,))

    one = customer("Beechwood Pet Crematorium")
    invoice = books.invoice(one.contact, 70, usual)
    note = books.credit(one.contact, 60, invoice.total // 4, reference=invoice.number, text="Two chairs returned")
    books.apply(note, invoice)
    books.pay(invoice, 41)
    stage.tell(K.MONEY_PAID_BY_CREDIT, one, invoices=(invoice,), notes=(note,))

    one = customer("Cranford Nightclub")
    invoice = books.invoice(one.contact, 210, usual)
    write_off = books.credit(
        one.contact, 4, invoice.total, reference=f"Write-off {invoice.number}", text="Bad debt written off",
        account="498", is_taxed=False,
    )  # fmt: skip
    books.apply(write_off, invoice)
    stage.tell(K.MONEY_WRITTEN_OFF, one, invoices=(invoice,), notes=(write_off,))

    one = customer("Drystone Masonry")
    invoice = books.invoice(one.contact, 66, usual)
    books.pay(invoice, 40)
    note = books.credit(one.contact, 18, 19_680, reference=invoice.number, text="Desk damaged in transit")
    books.pay(note, 9)
    stage.tell(K.MONEY_CREDIT_REFUNDED, one, invoices=(invoice,), notes=(note,))

    one = customer("Elderflower Catering")
    invoice = books.invoice(one.contact, 48, usual)
    books.pay(invoice, 12)
    over = books.credit(one.contact, 12, 5_000, kind="overpayment", reference="Paid too much", text="Overpayment")
    stage.tell(K.MONEY_OVERPAID, one, invoices=(invoice,), notes=(over,))

    one = customer("Fallowfield Farm Shop")
    lines = [books.line("PAPER-A4", 7), books.line("PEN-50", 3)]
    excess = sum(line.amount + line.tax for line in lines) % 100
    invoice = books.invoice(one.contact, 35, [*lines, books.rounding(-excess)])
    books.pay(invoice, 8)
    stage.tell(K.MONEY_ROUNDING_LINE, one, invoices=(invoice,))

    one = customer("Gorsebank Riding School")
    invoice = books.invoice(one.contact, 58, usual)
    books.pay_and_delete(invoice, 15)
    stage.tell(K.MONEY_PAYMENT_DELETED, one, invoices=(invoice,))

    one = customer("Hollybush Playgroups")
    invoice = books.invoice(one.contact, 44, usual, status="VOIDED")
    again = books.invoice(one.contact, 43, usual)
    books.pay(again, 6)
    stage.tell(K.MONEY_VOIDED, one, invoices=(invoice, again))

    one = customer("Ivywood Retreats")
    advance = books.credit(one.contact, 50, 100_000, kind="prepayment", text="Deposit")
    invoice = books.invoice(one.contact, 30, usual)
    books.apply(advance, invoice)
    stage.tell(K.MONEY_PREPAID, one, invoices=(invoice,), notes=(advance,))


def _habits(stage: Stage) -> None:
    books, customer = stage.books, stage.customers.customer
    for kind, name, habit in (
        (K.HEALTH_WORSENING_PAYER, "Jackdaw Lane Builders", _WORSENING),
        (K.HEALTH_STEADY_LATE_PAYER, "Kingfisher Borough Council", _STEADY),
    ):
        one = customer(name)
        made = []
        for n, late in enumerate(habit):
            age = _MONTH * (len(habit) - n) + 60
            invoice = books.invoice(one.contact, age, [books.line("CARE-MON", 20 + n), books.line("COFFEE-KG", 12)])
            books.pay(invoice, age - 30 - late)
            made.append(invoice)
        is_open = books.invoice(one.contact, 50, [books.line("CARE-MON", 32), books.line("COFFEE-KG", 12)])
        stage.tell(kind, one, invoices=(*made, is_open))


def _exposure(stage: Stage) -> None:
    books, customer, deals = stage.books, stage.customers.customer, stage.deals
    one = customer("Limekiln Property Group")
    growing = [books.invoice(one.contact, 170 - 28 * n, [books.line("DESK-SIT", 3 * 2**n)], terms=60) for n in range(6)]
    for paid in growing[:4]:
        books.pay(paid, stage.spec.as_of.toordinal() - paid.due)
    stage.tell(K.HEALTH_GROWING_EXPOSURE, one, invoices=tuple(growing))

    one = customer("Nettlefold Interiors")
    invoices = [books.invoice(one.contact, 85 - 20 * n, [books.line("TABLE-MEET", 3)]) for n in range(4)]
    notes = [
        books.credit(one.contact, 70 - 20 * n, invoice.total // 3, reference=invoice.number, text="Surface scratched")
        for n, invoice in enumerate(invoices[:3])
    ]
    for note, invoice in zip(notes, invoices, strict=False):
        books.apply(note, invoice)
    stage.tell(K.HEALTH_CREDIT_NOTES, one, invoices=tuple(invoices), notes=tuple(notes))

    one = customer("Otterburn Outdoor Centre")
    owed = books.invoice(one.contact, 64, [books.line("SOFA-2", 1)])
    unused = books.credit(one.contact, 26, 60_000, text="Goods returned, not yet set off")
    stage.tell(K.HEALTH_UNALLOCATED_CREDIT, one, invoices=(owed,), notes=(unused,))

    one = customer("Pinecroft Dental Care")
    last_year = books.invoice(one.contact, 353, [books.line("CARE-YEAR", 3)])
    books.pay(last_year, 310)
    overdue = books.invoice(one.contact, 75, [books.line("CLEAN-KIT", 40)])
    renewal = deals.deal(one, "Care plan renewal", stage=PROPOSAL, amount=1_620, closes_in=12, kind="Renewal")
    stage.tell(K.HEALTH_RENEWAL_CLOSING, one, deals=(renewal,), invoices=(last_year, overdue))
