"""Pure rules: verdicts on fresh reads, classes of errors, waves."""

from __future__ import annotations

from decimal import Decimal

import pytest

from xero_sf_pipeline.pushing.ordering import waves
from xero_sf_pipeline.pushing.outcomes import ErrorClass, classify, is_parked, remedy
from xero_sf_pipeline.pushing.verification import Finding, Verdict, judge
from xero_sf_pipeline.pushing.writes import Endpoint, Write


def write(**fields: object) -> Write:
    known = {
        "write_id": "w",
        "kind": "case.update",
        "target_object": "Case",
        "action": "upsert",
        "target_key_field": "Xero_Invoice_Key__c",
        "target_key": "K-1",
        "target_id": None,
        "payload_text": '{"Xero_Amount_Due__c": 50.00, "Description": "as of today"}',
        "before_text": "{}",
    }
    return Write(**{**known, **fields})  # type: ignore[arg-type]


RECORD = {"Id": "500", "Xero_Invoice_Key__c": "k-1", "Xero_Amount_Due__c": Decimal(120), "Description": "old words"}
WAS_120 = '{"Xero_Amount_Due__c": 120}'


def test_an_update_may_go_while_the_fields_read_before_hold_even_if_words_beside_them_changed() -> None:
    assert judge(write(before_text=WAS_120, target_id="500"), [RECORD]) == Finding(Verdict.SEND, "", "500", RECORD)


def test_a_lookup_that_was_read_before_is_compared_even_when_the_payload_names_the_parent_by_key() -> None:
    moved = write(
        target_object="Xero_Contact__c",
        target_key_field="Key__c",
        target_id="a00",
        payload_text='{"Account__r": {"Xero_Contact_ID__c": "c-1"}}',
        before_text='{"Account__c": "001A"}',
    )
    record = {"Id": "a00", "Key__c": "K-1", "Account__c": "001B"}
    assert judge(moved, [record]).message == "The record moved since it was planned: Account__c; nothing was sent."


def test_two_records_under_one_key_are_never_written_to() -> None:
    assert judge(write(), [RECORD, RECORD]).message == "2 records carry the key K-1; nothing was sent."


def test_an_update_by_id_without_a_known_before_goes_as_long_as_its_record_exists() -> None:
    update = write(action="update", target_key_field="Id", target_key="500", target_id="500")
    assert judge(update, [RECORD]).verdict is Verdict.SEND
    assert judge(update, []) == Finding(Verdict.DRIFTED, "The record is gone; nothing was sent.")


def test_a_write_that_puts_its_own_key_on_a_known_record_goes_by_id() -> None:
    own_key = write(target_id="500", payload_text='{"Xero_Invoice_Key__c": "K-1"}')
    assert (own_key.endpoint, own_key.record()) == (Endpoint.UPDATE, {"Id": "500", "Xero_Invoice_Key__c": "K-1"})
    assert write(target_id="500").endpoint is Endpoint.UPSERT


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("UNABLE_TO_LOCK_ROW", "", ErrorClass.TRANSIENT),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: UNABLE_TO_LOCK_ROW", ErrorClass.TRANSIENT),
        ("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "trigger: no", ErrorClass.VALIDATION),
        ("INVALID_FIELD", "Foreign key external ID: x not found for field Y", ErrorClass.CONFLICT),
        ("INVALID_FIELD", "No such column 'X'", ErrorClass.MAPPING),
        ("STORAGE_LIMIT_EXCEEDED", "", ErrorClass.LIMIT),
        ("INSUFFICIENT_ACCESS_OR_READONLY", "", ErrorClass.AUTH),
        ("DUPLICATES_DETECTED", "", ErrorClass.DUPLICATE),
        ("ENTITY_IS_DELETED", "", ErrorClass.CONFLICT),
        ("A_CODE_OF_NEXT_YEAR", "", ErrorClass.VALIDATION),
        (None, None, ErrorClass.VALIDATION),
    ],
)
def test_a_code_has_the_class_of_what_should_happen_next(code: str, message: str, expected: ErrorClass) -> None:
    assert classify(code, message) is expected


@pytest.mark.parametrize(
    ("error_class", "http_status", "failures", "parked"),
    [
        ("transient", 200, 4, False),
        ("transient", 200, 5, True),
        ("limit", 403, 0, False),
        ("limit", 200, 0, True),
        ("auth", 401, 0, False),
        ("auth", 200, 0, True),
        ("validation", 200, 0, True),
        ("mapping", 400, 0, True),
    ],
)
def test_only_what_cannot_help_itself_is_parked(
    error_class: str, http_status: int, failures: int, parked: bool
) -> None:
    assert is_parked(error_class, http_status, failures) is parked


def test_every_class_has_a_remedy() -> None:
    assert all(remedy(error_class, 200, parked=True).endswith(".") for error_class in ErrorClass)
    assert "xero-sf preflight" in remedy("auth", 401, parked=False)


def chain(write_id: str, *needs: str, target_object: str = "Case") -> Write:
    return write(write_id=write_id, target_key=write_id, depends_on=needs, target_object=target_object)


def waves_of(*writes: Write, failing: str = "") -> list[tuple[list[str], list[str]]]:
    confirmed: set[str] = set()
    seen = []
    for wave in waves(writes, confirmed.__contains__):
        seen.append(([w.write_id for w in wave.writes], [w.write_id for w, _ in wave.blocked]))
        confirmed.update(w.write_id for w in wave.writes if w.write_id != failing)
    return seen


def test_a_dependent_in_the_same_object_goes_one_wave_later() -> None:
    assert waves_of(chain("c", "b"), chain("b", "a"), chain("a")) == [(["a"], []), (["b"], []), (["c"], [])]


def test_what_depends_on_a_failure_is_blocked_and_so_is_what_depends_on_that() -> None:
    assert waves_of(chain("a"), chain("b", "a"), chain("c", "b"), chain("d"), failing="a") == [
        (["a", "d"], []),
        ([], ["b"]),
        ([], ["c"]),
    ]


def test_writes_that_need_each_other_or_themselves_are_blocked_not_looped_over() -> None:
    assert waves_of(chain("a", "b"), chain("b", "a"), chain("c", "c")) == [([], ["c"]), ([], ["a", "b"])]


def in_xero(write_id: str, *needs: str, target_object: str, tenant: str = "t1") -> Write:
    return write(
        write_id=write_id,
        target_key=f"{tenant}:{write_id}",
        depends_on=needs,
        target_object=target_object,
        target_system="xero",
    )


def test_accounts_come_before_contacts_before_cases_before_objects_of_later_versions() -> None:
    order = [
        chain("x", target_object="Something_New__c"),
        chain("c"),
        chain("l", target_object="Xero_Contact__c"),
        chain("a", target_object="Account"),
    ]
    assert [names for names, _ in waves_of(*order)] == [["a"], ["l"], ["c"], ["x"]]


def test_both_systems_have_one_order_and_a_contact_of_one_is_no_contact_of_the_other() -> None:
    order = [
        chain("opportunity", target_object="Opportunity"),
        in_xero("invoice", target_object="Invoice"),
        in_xero("xero contact", target_object="Contact"),
        chain("person", target_object="Contact"),
        chain("account", target_object="Account"),
    ]
    assert [names for names, _ in waves_of(*order)] == [
        ["account"],
        ["person"],
        ["xero contact"],
        ["invoice"],
        ["opportunity"],
    ]


def test_tenants_travel_apart() -> None:
    order = [
        in_xero(name, target_object="Invoice", tenant=tenant)
        for name, tenant in (("a", "t1"), ("b", "t2"), ("c", "t1"))
    ]
    assert [names for names, _ in waves_of(*order)] == [["a", "c"], ["b"]]


def test_a_write_waits_for_a_later_phase_of_another_system_and_its_siblings_do_not() -> None:
    order = [
        chain("link", "xero contact", target_object="Account"),
        chain("account", target_object="Account"),
        in_xero("xero contact", "account", target_object="Contact"),
    ]
    assert [names for names, _ in waves_of(*order)] == [["account"], ["xero contact"], ["link"]]
    blocked = waves_of(*order, failing="account")
    assert blocked == [(["account"], []), ([], ["xero contact"]), ([], ["link"])]
