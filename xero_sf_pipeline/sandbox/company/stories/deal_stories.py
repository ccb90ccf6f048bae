"""Won deals: those that can be billed, those that were, and those that a person has to look at first."""

from __future__ import annotations

from datetime import timedelta

from xero_sf_pipeline.sandbox.company.spec import Variety
from xero_sf_pipeline.sandbox.company.stories.deals import NEGOTIATION, Sold
from xero_sf_pipeline.sandbox.company.stories.stage import Stage
from xero_sf_pipeline.sandbox.company.stories.story import StoryKind as K

LOCKED_DAYS_AGO = 500
"""The books are locked fourteen months back."""


def tell_deals(stage: Stage) -> None:
    """Tell all stories of won deals."""
    _to_bill(stage)
    _with_plans(stage)
    _billed(stage)
    _amounts(stage)
    _parties(stage)


def _to_bill(stage: Stage) -> None:
    deals, customer = stage.deals, stage.customers.customer
    one = customer("Quillfeather Press")
    stage.tell(K.DEAL_WITHOUT_PRODUCTS, one, deals=(deals.deal(one, "Reading room", amount=12_480.5, closes_in=-6),))
    known = {"Customer_Since__c": stage.spec.as_of - timedelta(days=2_000), "Credit_Class__c": "A"}
    one = customer("Oxbow Veterinary Group", account=known)
    sold: tuple[Sold, ...] = (
        Sold("DESK-160", 12),
        Sold("CHAIR-TASK", 12),
        Sold("INST-HR", 7.5, text="Installation on a Saturday"),
    )
    order = {
        "PO_Number__c": "PO-2291",
        "Proof_Link__c": "https://proof.example/po-2291",
        "Expected_Payment__c": stage.spec.as_of + timedelta(days=30),
    }
    deal = deals.deal(one, "New surgery", sold=sold, closes_in=-4, own_fields=order)
    stage.tell(K.DEAL_WITH_PRODUCTS, one, deals=(deal,))
    one = customer("Saltmarsh Theatre Trust")
    sold = (
        Sold("CHAIR-MEET", 7, discount=12.5),
        Sold("LAMP-LED", 3, discount=33.33),
        Sold("DELIV-2MAN", 1, discount=100),
        Sold("SCREEN-DESK", 11, price=54.99),
    )
    stage.tell(K.DEAL_WITH_DISCOUNTS, one, deals=(deals.deal(one, "Foyer and box office", sold=sold, closes_in=-9),))
    one = customer("Fenland Parish Printing")
    sold = (
        Sold("PRINT-PAGE", 48_213, price=0.01, total=409.81, text="Managed print, black pages, quarter"),
        Sold("PRINT-COL", 6_037, price=0.06, total=377.31, text="Managed print, colour pages, quarter"),
        Sold("PAPER-A4", 33, price=17.35, total=572.39),
    )
    stage.tell(K.DEAL_WITH_FINE_PRICES, one, deals=(deals.deal(one, "Managed print", sold=sold, closes_in=-3),))
    one = customer("Thornbury Hall School")
    codes = ("DESK-120", "CHAIR-MEET", "TABLE-MEET", "PED-3", "CUP-TALL", "MON-27", "DOCK-USB", "LAMP-FLOOR")
    many = tuple(Sold(code, 3 + 2 * n, discount=5 if n % 3 == 0 else None) for n, code in enumerate(codes))
    many += (Sold("INST-DAY", 2), Sold("REMOVE-OLD", 1))
    stage.tell(K.DEAL_WITH_MANY_LINES, one, deals=(deals.deal(one, "Sixth form centre", sold=many, closes_in=-12),))
    one = customer("Meridian Quayside Hotels")
    sold = (Sold("POD-PHONE", 24), Sold("DESK-SIT", 160), Sold("CHAIR-ERGO", 160, discount=7.25))
    stage.tell(K.DEAL_LARGE, one, deals=(deals.deal(one, "Headquarters fit-out", sold=sold, closes_in=-2),))
    abroad = customer(
        "Nordlicht Planungsbüro",
        country="DE",
        currency="EUR",
        contact={"AccountsReceivableTaxType": stage.settings.profile.zero_tax},
    )
    sold = (Sold("DESK-SIT", 6), Sold("DELIV-STD", 6))
    stage.tell(K.DEAL_TO_EXPORT, abroad, deals=(deals.deal(abroad, "Projektraum", sold=sold, closes_in=-8),))


def _with_plans(stage: Stage) -> None:
    deals, customer = stage.deals, stage.customers.customer
    one = customer("Larkspur Day Nurseries")
    sold: tuple[Sold, ...] = (
        Sold("CARE-MON", 12, service_in_days=-5, text="Care plan, twelve months"),
        Sold("BOOK-SEAT", 300, price=3.25, service_in_days=-5, text="Desk booking, 25 seats for twelve months"),
    )
    monthly = {"Billing_Plan__c": "Monthly", "Term_Months__c": 12}
    deal = deals.deal(one, "Care and booking", sold=sold, closes_in=-14, kind="Subscription", own_fields=monthly)
    stage.tell(K.DEAL_MONTHLY, one, deals=(deal,))
    one = customer("Castlegate Orthodontics")
    staged = {"Billing_Plan__c": "Staged", "Quote_Summary__c": "Fit-out of the practice,\nin three stages"}
    deal = deals.deal(
        one, "Practice fit-out", amount=10_000.01, closes_in=-11, kind="Project - Staged", own_fields=staged
    )
    stage.tell(K.DEAL_IN_PERCENTAGES, one, deals=(deal,))
    one = customer("Ravensworth Museum")
    sold = (
        Sold("DESIGN-HR", 40, service_in_days=-20, text="Space planning"),
        Sold("DESK-160", 30, service_in_days=15, text="Delivery of desks"),
        Sold("INST-DAY", 3, service_in_days=45, text="Installation and handover"),
    )
    milestones = {
        "Billing_Plan__c": "Milestones",
        "Designed_On__c": stage.spec.as_of - timedelta(days=20),
        "Delivered_On__c": stage.spec.as_of + timedelta(days=15),
        "Handed_Over_On__c": stage.spec.as_of + timedelta(days=45),
    }
    deal = deals.deal(one, "Archive workrooms", sold=sold, closes_in=-25, kind="Project", own_fields=milestones)
    stage.tell(K.DEAL_IN_MILESTONES, one, deals=(deal,))


def _billed(stage: Stage) -> None:
    deals, books, customer = stage.deals, stage.books, stage.customers.customer
    sold = (Sold("DESK-120", 8), Sold("CHAIR-TASK", 8))
    lines = [books.line("DESK-120", 8), books.line("CHAIR-TASK", 8)]

    one = customer("Pennyfarthing Couriers")
    deal = deals.deal(one, "Dispatch office", sold=sold, closes_in=-40)
    paid = books.invoice(one.contact, 38, lines, reference=f"{deal}/1")
    books.pay(paid, 10)
    stage.tell(K.DEAL_BILLED_BY_REFERENCE, one, deals=(deal,), invoices=(paid,))

    one = customer("Heronsgate Boatyard")
    deal = deals.deal(one, "Chandlery counter", sold=sold, closes_in=-33)
    by_hand = books.invoice(one.contact, 31, lines, reference="PO 77120")
    stage.tell(K.DEAL_BILLED_BY_HAND, one, deals=(deal,), invoices=(by_hand,))

    one = customer("Coppersmith Lettings")
    deal = deals.deal(one, "Branch refurbishment", stage=NEGOTIATION, sold=sold, closes_in=9)
    draft = books.invoice(one.contact, 5, lines, status="DRAFT", reference=f"{deal}/1")
    stage.tell(K.DEAL_REOPENED_AFTER_BILLING, one, deals=(deal,), invoices=(draft,))

    one = customer("Wyvern Sports Injury Clinic")
    more = (*sold, Sold("CUP-TALL", 4))
    deal = deals.deal(one, "Treatment rooms", sold=more, closes_in=-7)
    draft = books.invoice(one.contact, 6, lines, status="DRAFT", reference=f"{deal}/1")
    stage.tell(K.DEAL_GREW_AFTER_DRAFT, one, deals=(deal,), invoices=(draft,))

    one = customer("Juniper & Flint Solicitors")
    deal = deals.deal(one, "Client suite", sold=more, closes_in=-21)
    approved = books.invoice(one.contact, 20, lines, reference=f"{deal}/1")
    stage.tell(K.DEAL_GREW_AFTER_APPROVAL, one, deals=(deal,), invoices=(approved,))

    one = customer("Goldcrest Opticians")
    deal = deals.deal(one, "Testing rooms", sold=sold, closes_in=-18)
    voided = books.invoice(one.contact, 17, lines, status="VOIDED", reference=f"{deal}/1")
    stage.tell(K.DEAL_INVOICE_VOIDED, one, deals=(deal,), invoices=(voided,))


def _amounts(stage: Stage) -> None:
    deals, customer = stage.deals, stage.customers.customer
    one = customer("Bramble Lane Surgery")
    free = (Sold("LAMP-LED", 2, discount=100, text="Goodwill replacement"),)
    stage.tell(K.DEAL_OF_ZERO, one, deals=(deals.deal(one, "Replacement lamps", sold=free, closes_in=-5),))
    one = customer("Tidewater Kayaks")
    back = (Sold("CHAIR-TASK", 4), Sold("TABLE-MEET", 2, price=-645, text="Returned tables"))
    stage.tell(K.DEAL_NEGATIVE, one, deals=(deals.deal(one, "Exchange", sold=back, closes_in=-5),))
    one = customer("Marchmont Recording Studios")
    unknown = (Sold("ACOU-HEX", 60), Sold("INST-DAY", 1), Sold("", 1))
    stage.tell(K.DEAL_UNKNOWN_ITEM, one, deals=(deals.deal(one, "Control room", sold=unknown, closes_in=-3),))
    one = customer("Eskdale Farm Machinery")
    sold = (Sold("DESK-160", 9), Sold("CHAIR-TASK", 9))
    late = deals.deal(one, "Showroom, entered late", sold=sold, closes_in=-LOCKED_DAYS_AGO)
    stage.tell(K.DEAL_LOCKED_PERIOD, one, deals=(late,))
    if stage.spec.is_multi_currency:
        one = customer("Lac Léman Conseil", country="FR")
        deal = deals.deal(one, "Bureaux", amount=22_300, closes_in=-5, currency="CHF")
        stage.tell(K.DEAL_UNKNOWN_CURRENCY, one, deals=(deal,))
        one = customer("Weinbergschule Oestrich", country="DE", currency="EUR")
        deal = deals.deal(one, "Klassenzimmer", amount=8_640.2, closes_in=-4, currency="EUR")
        stage.tell(K.DEAL_IN_FOREIGN_CURRENCY, one, deals=(deal,))


def _parties(stage: Stage) -> None:
    deals, customer = stage.deals, stage.customers.customer
    sold = (Sold("CHAIR-ERGO", 5), Sold("ARM-MON", 5))
    one = customer("Peregrine Balloon Flights", contacts=0)
    stage.tell(K.DEAL_WITHOUT_CONTACT, one, deals=(deals.deal(one, "Visitor centre", sold=sold, closes_in=-6),))
    one = customer("Silverbirch Homecare", contacts=0)
    other = customer("Silverbirch Homecare Services", accounts=0, not_in=one.party.place.city)
    other.contacts[0].name = one.accounts[0].name
    other.contacts[0].variety = Variety.NAMESAKE
    stage.tell(K.DEAL_NAME_TAKEN, one, other, deals=(deals.deal(one, "Care office", sold=sold, closes_in=-6),))
    one = customer("Windrush Language School")
    one.contacts[0].is_archived, one.contacts[0].variety = True, Variety.ARCHIVED
    stage.tell(K.DEAL_ARCHIVED_CONTACT, one, deals=(deals.deal(one, "Classrooms", sold=sold, closes_in=-6),))
    one = customer("Ashdown Forest Breweries", contacts=2)
    stage.tell(K.DEAL_TWO_CONTACTS, one, deals=(deals.deal(one, "Tap room", sold=sold, closes_in=-6),))
    one = customer("Cobblestone Architects", accounts=2)
    one.contacts[0].account_number = ""
    stage.tell(K.DEAL_DUPLICATE_ACCOUNT, one, deals=(deals.deal(one, "Drawing office", sold=sold, closes_in=-6),))
