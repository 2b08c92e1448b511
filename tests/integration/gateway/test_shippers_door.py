"""/v1 over ASGI: who may, what is repeated, what is refused and what that leaves."""

import asyncio
import json
import uuid

import pytest
from onebill.ledger.v1 import ledger_pb2
from sqlalchemy import text
from starlette.responses import Response

from foundation.kernel.errors import LostRace, Unavailable, WrongState
from foundation.runtime.rates import BURST_SECONDS, Rates
from gateway.rest.first_answers import FirstAnswers
from tests.support.doors import BILL, REFERENCE, ShippersDoor
from tests.support.waiting import until

BOOKING = {
    "placeOfReceipt": {"unLocationCode": "CNCKG"},
    "placeOfDelivery": {"unLocationCode": "SGJUR"},
    "paymentTerm": "PRE",
}


async def rows(door: ShippersDoor, organisation: str = "seller") -> int:
    async with door.database.reading(organisation) as transaction:
        found = await transaction.connection.execute(text("SELECT count(*) FROM first_answers"))
        return int(found.scalar_one())


async def test_a_booking_is_answered_with_reference_state_and_price(
    shippers_door: ShippersDoor,
) -> None:
    answer = await shippers_door.ask("POST", "/v1/bookings", BOOKING)

    said = answer.json()
    assert answer.status_code == 201
    assert said["state"] == "RECEIVED"
    assert said["total"] == {
        "amount": "412500",
        "currencyCode": "USD",
        "display": "4,125.00 USD",
    }
    assert answer.headers["location"] == f"/v1/bookings/{said['bookingReference']}"
    assert answer.headers["x-request-id"]
    (placed,) = shippers_door.consignments.placed
    assert placed.shipper_organisation == "seller"
    assert json.loads(placed.request)["paymentTerm"] == "PAYMENT_TERM_PRE"


async def test_a_repeat_gets_the_first_answer_byte_for_byte(shippers_door: ShippersDoor) -> None:
    first = await shippers_door.ask("POST", "/v1/bookings", BOOKING, key="order-7")

    again = await shippers_door.ask("POST", "/v1/bookings", BOOKING, key='"order-7"')

    assert again.content == first.content
    assert again.status_code == first.status_code
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replay"] == "true"
    assert len(shippers_door.consignments.placed) == 1


async def test_a_repeated_request_with_another_body_is_refused(
    shippers_door: ShippersDoor,
) -> None:
    await shippers_door.ask("POST", "/v1/bookings", BOOKING, key="order-7")

    other = await shippers_door.ask(
        "POST", "/v1/bookings", {**BOOKING, "paymentTerm": "COL"}, key="order-7"
    )

    assert (other.status_code, other.json()["reason"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert len(shippers_door.consignments.placed) == 1


async def test_the_same_key_of_two_organisations_is_two_requests(
    shippers_door: ShippersDoor,
) -> None:
    first = await shippers_door.ask("POST", "/v1/bookings", BOOKING, key="order-7")
    other = await shippers_door.ask(
        "POST", "/v1/bookings", BOOKING, key="order-7", organisation="buyer"
    )

    assert first.json()["bookingReference"] != other.json()["bookingReference"]
    assert await rows(shippers_door, "seller") == 1
    assert await rows(shippers_door, "buyer") == 1


async def test_a_request_that_is_under_way_is_not_begun_twice(
    shippers_door: ShippersDoor,
) -> None:
    door = shippers_door
    door.consignments.gate.clear()
    first = asyncio.create_task(door.ask("POST", "/v1/bookings", BOOKING, key="order-7"))

    async def begun() -> bool:
        return len(door.consignments.placed) == 1

    await until(begun)
    second = await door.ask("POST", "/v1/bookings", BOOKING, key="order-7")
    door.consignments.gate.set()

    assert (second.status_code, second.json()["reason"]) == (409, "REQUEST_IN_FLIGHT")
    assert (await first).status_code == 201


async def test_an_unknown_outcome_is_done_again_under_the_same_names(
    shippers_door: ShippersDoor,
) -> None:
    door = shippers_door
    door.consignments.fails = [Unavailable("OUTCOME_UNKNOWN", "We do not know yet.")]

    first = await door.ask("POST", "/v1/bookings", BOOKING, key="order-7")
    again = await door.ask("POST", "/v1/bookings", BOOKING, key="order-7")

    assert (first.status_code, first.headers["retry-after"]) == (503, "1")
    assert again.status_code == 201
    one, two = door.consignments.placed
    assert one == two, "reference, request id, and the moment it was first received"
    assert one.received_at is not None


async def test_a_refusal_is_the_first_answer_too(shippers_door: ShippersDoor) -> None:
    door = shippers_door
    door.consignments.fails = [WrongState("LEGS_DO_NOT_JOIN", "Leg 2 starts elsewhere.")]

    first = await door.ask("POST", "/v1/bookings", BOOKING, key="order-7")
    again = await door.ask("POST", "/v1/bookings", BOOKING, key="order-7")

    assert (first.status_code, first.json()["reason"]) == (409, "LEGS_DO_NOT_JOIN")
    assert again.content == first.content
    assert len(door.consignments.placed) == 1


async def test_a_body_that_cannot_be_read_leaves_nothing(shippers_door: ShippersDoor) -> None:
    door = shippers_door
    answer = await door.ask(
        "POST", "/v1/bookings", {**BOOKING, "totalMaximum": {"amount": -1, "currencyCode": "USD"}}
    )

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"] == [{"pointer": "/totalMaximum", "reason": "AMOUNT_NEGATIVE"}]
    assert answer.json()["whatNow"]
    assert await rows(door) == 0
    assert not door.consignments.placed


async def test_a_body_over_the_limit_is_refused(shippers_door: ShippersDoor) -> None:
    answer = await shippers_door.ask("POST", "/v1/bookings", {"incotermsPlace": "x" * 1_100_000})

    assert (answer.status_code, answer.json()["reason"]) == (413, "BODY_TOO_LARGE")
    assert await rows(shippers_door) == 0


async def test_a_write_without_a_key_is_refused(shippers_door: ShippersDoor) -> None:
    answer = await shippers_door.client.post(
        "/v1/bookings",
        json=BOOKING,
        headers={"Authorization": f"Bearer {shippers_door.token()}"},
    )

    assert (answer.status_code, answer.json()["reason"]) == (400, "IDEMPOTENCY_KEY_MISSING")


async def test_a_body_of_another_kind_is_refused(shippers_door: ShippersDoor) -> None:
    answer = await shippers_door.ask(
        "POST", "/v1/bookings", BOOKING, headers={"Content-Type": "text/xml"}
    )

    assert (answer.status_code, answer.json()["reason"]) == (415, "CONTENT_TYPE")


@pytest.mark.parametrize(
    ("token", "status", "reason"),
    [
        (lambda door: None, 401, "TOKEN_MISSING"),
        (lambda door: "nonsense", 401, "TOKEN_INVALID"),
        (lambda door: door.token(seconds=-60), 401, "TOKEN_EXPIRED"),
        (lambda door: door.token("seller", "bills:read"), 403, "SCOPE_MISSING"),
    ],
)
async def test_a_token_that_is_missing_expired_or_without_the_scope_opens_nothing(
    shippers_door: ShippersDoor, token, status: int, reason: str
) -> None:
    bearer = token(shippers_door)
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}

    answer = await shippers_door.client.get("/v1/bookings", headers=headers)

    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    if status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/v1/bookings/{REFERENCE}", None),
        ("GET", f"/v1/bookings/{REFERENCE}/journey", None),
        ("POST", f"/v1/bookings/{REFERENCE}/cancellation", {"reason": "x"}),
        ("PUT", f"/v1/bookings/{REFERENCE}/equipment/NARU3472484", {}),
        ("POST", f"/v1/bookings/{REFERENCE}/bill/approval", {"approval": "x"}),
        ("GET", f"/v1/bills/{BILL}", None),
        ("POST", "/v1/invoices/INV-1/payments", {}),
    ],
)
async def test_another_tenants_things_are_not_there(
    shippers_door: ShippersDoor, method: str, path: str, body: object
) -> None:
    answer = await shippers_door.ask(method, path, body, organisation="stranger")

    assert answer.status_code == 404
    assert not shippers_door.consignments.papers
    assert not shippers_door.consignments.paid


async def test_a_copy_of_the_bill_is_a_pdf_that_leads_to_the_proof(
    shippers_door: ShippersDoor,
) -> None:
    answer = await shippers_door.ask("GET", f"/v1/bills/{BILL}/copy")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert f"https://bills.example/v1/bills/{BILL}/bundle".encode() in answer.content


async def test_a_booking_carries_its_revision_as_etag(shippers_door: ShippersDoor) -> None:
    answer = await shippers_door.ask("GET", f"/v1/bookings/{REFERENCE}")

    assert answer.headers["etag"] == '"7"'
    assert answer.json()["legs"][1]["modeOfTransport"] == "RAIL"


async def test_an_amendment_names_the_revision_it_was_made_on(
    shippers_door: ShippersDoor,
) -> None:
    path = f"/v1/bookings/{REFERENCE}"
    blind = await shippers_door.ask("PUT", path, {})
    strange = await shippers_door.ask("PUT", path, {}, headers={"If-Match": 'W/"7"'})
    good = await shippers_door.ask("PUT", path, {}, headers={"If-Match": '"7"'})

    assert (blind.status_code, blind.json()["reason"]) == (428, "REVISION_MISSING")
    assert strange.status_code == 428
    assert (good.status_code, good.headers["etag"]) == (200, '"4"')
    (amended,) = shippers_door.consignments.amended
    assert (amended.expected_revision, amended.shipper_organisation) == (7, "seller")


async def test_an_amendment_of_another_revision_under_the_same_key_is_refused(
    shippers_door: ShippersDoor,
) -> None:
    path, key = f"/v1/bookings/{REFERENCE}", str(uuid.uuid4())
    await shippers_door.ask("PUT", path, {}, key=key, headers={"If-Match": '"7"'})

    other = await shippers_door.ask("PUT", path, {}, key=key, headers={"If-Match": '"8"'})

    assert (other.status_code, other.json()["reason"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def test_another_tenants_booking_is_not_amended(shippers_door: ShippersDoor) -> None:
    answer = await shippers_door.ask(
        "PUT",
        f"/v1/bookings/{REFERENCE}",
        {},
        organisation="stranger",
        headers={"If-Match": '"7"'},
    )

    assert answer.status_code == 404
    assert not shippers_door.consignments.amended


async def test_a_container_is_named_by_its_path(shippers_door: ShippersDoor) -> None:
    body = {
        "isoEquipmentCode": "22G1",
        "seals": [{"sealNumber": "CN1234567", "sealSource": "SHIPPER"}],
    }

    answer = await shippers_door.ask(
        "PUT", f"/v1/bookings/{REFERENCE}/equipment/NARU3472484", body
    )

    assert answer.status_code == 200
    assert answer.json()["equipmentReference"] == "NARU3472484"
    ((_, paper),) = shippers_door.consignments.papers
    assert json.loads(paper.paper)["equipment"]["bookingReference"] == REFERENCE


async def test_the_reference_of_a_path_cannot_be_said_otherwise_in_the_body(
    shippers_door: ShippersDoor,
) -> None:
    answer = await shippers_door.ask(
        "PUT",
        f"/v1/bookings/{REFERENCE}/equipment/NARU3472484",
        {"equipmentReference": "MSKU0000000"},
    )

    assert answer.json()["errors"] == [
        {"pointer": "/equipmentReference", "reason": "MEMBER_UNKNOWN"}
    ]


async def test_a_payment_is_made_by_the_payer_alone(shippers_door: ShippersDoor) -> None:
    answer = await shippers_door.ask(
        "POST", "/v1/invoices/INV-1/payments", {}, scopes=("invoices:pay",)
    )

    assert (answer.status_code, answer.json()["state"]) == (200, "PAID")
    (paid,) = shippers_door.consignments.paid
    assert (paid.payer_organisation, paid.booking_reference) == ("seller", REFERENCE)


async def test_an_act_goes_to_the_ledger_without_a_workflow(shippers_door: ShippersDoor) -> None:
    act = {"signedAct": "a.b.c", "details": "{}", "detailsSalt": "x"}

    first = await shippers_door.ask("POST", f"/v1/bills/{BILL}/acts", act, key="act-1")
    again = await shippers_door.ask("POST", f"/v1/bills/{BILL}/acts", act, key="act-1")

    assert first.status_code == 201
    assert again.content == first.content
    assert "endorsedTransaction" not in first.json()["act"]
    assert len(shippers_door.services.acts) == 1


async def test_a_lost_race_may_be_tried_again(shippers_door: ShippersDoor) -> None:
    act = {"signedAct": "a.b.c", "details": "{}", "detailsSalt": "x"}
    shippers_door.services.refuse_act = LostRace("HEAD_MOVED", "Another act was first.")
    first = await shippers_door.ask("POST", f"/v1/bills/{BILL}/acts", act, key="act-1")
    shippers_door.services.refuse_act = None

    again = await shippers_door.ask("POST", f"/v1/bills/{BILL}/acts", act, key="act-1")

    assert (first.status_code, first.json()["reason"]) == (409, "HEAD_MOVED")
    assert again.status_code == 201
    assert len(set(shippers_door.services.acts)) == 1


async def test_a_search_is_made_for_the_parties_that_the_ledger_service_names(
    shippers_door: ShippersDoor,
) -> None:
    path = "/v1/bills?state=ISSUED,VOIDED&flag=PLEDGED&equipmentReference=NARU3472484"
    mine = await shippers_door.ask("GET", path)
    theirs = await shippers_door.ask("GET", path, organisation="buyer")

    searched, others = shippers_door.services.searches
    assert [bill["flags"] for bill in mine.json()["bills"]] == [["PLEDGED"]]
    assert (list(searched.parties), list(others.parties)) == (["PSELLER"], [])
    assert (list(searched.flags), searched.container_key) == (["PLEDGED"], "ab" * 32)
    assert list(searched.states) == [
        ledger_pb2.BILL_STATE_ISSUED,
        ledger_pb2.BILL_STATE_VOIDED,
    ]
    assert theirs.json() == {"bills": [], "nextPageToken": ""}
    # The container's number is blinded for the operator itself, never in the name of a customer.
    blinded = [who for what, who in shippers_door.services.callers if "Container" in what]
    assert set(blinded) == {"operator"}


async def test_a_search_for_a_state_that_is_none_is_refused(shippers_door: ShippersDoor) -> None:
    answer = await shippers_door.ask("GET", "/v1/bills?state=LOST")

    assert (answer.status_code, answer.json()["reason"]) == (400, "STATE_UNKNOWN")
    assert shippers_door.services.searches == []


async def test_the_desk_sees_what_every_gate_waits_for(shippers_door: ShippersDoor) -> None:
    answer = await shippers_door.ask("GET", "/v1/desk/bills", organisation="operator")

    (row,) = answer.json()["bills"]
    assert row["waitsFor"] == [{"gate": "DELIVERY", "name": "PASS_LIVE", "waitsFor": "PAGENT"}]


async def test_what_the_desk_decides_goes_to_the_bills_own_consignment(
    shippers_door: ShippersDoor,
) -> None:
    answer = await shippers_door.ask(
        "POST",
        f"/v1/desk/bills/{BILL}/acts",
        {"actionCode": "SWITCH_TO_PAPER"},
        organisation="operator",
        key="paper-1",
    )

    assert (answer.status_code, answer.json()["actHash"]) == (201, "cc" * 32)
    (decided,) = shippers_door.consignments.decided
    assert (decided.booking_reference, decided.action_code) == (REFERENCE, "SWITCH_TO_PAPER")
    assert (decided.terms, decided.details) == ("{}", "{}")


async def test_the_desk_is_for_the_operator(shippers_door: ShippersDoor) -> None:
    theirs = await shippers_door.ask("GET", "/v1/desk/trial-balance", organisation="seller")
    ours = await shippers_door.ask("GET", "/v1/desk/trial-balance", organisation="operator")

    assert (theirs.status_code, theirs.json()["reason"]) == (403, "DESK_IS_THE_OPERATORS")
    assert ours.json() == {"lines": []}


async def test_a_hit_is_lifted_by_the_person_of_the_token(shippers_door: ShippersDoor) -> None:
    await shippers_door.ask(
        "POST",
        f"/v1/desk/bookings/{REFERENCE}/screening-lifts",
        {"listEntry": "LIST-7", "reason": "namesake"},
        organisation="operator",
    )

    (lifted,) = shippers_door.consignments.lifted
    assert lifted.person == "person-1"


async def test_a_journey_begins_with_what_it_waits_for(shippers_door: ShippersDoor) -> None:
    answer = await shippers_door.ask("GET", f"/v1/bookings/{REFERENCE}/journey")

    assert answer.json()["waitingFor"]["sentence"] == "Waiting for line-beibu."
    assert "journey" not in answer.json()


async def test_what_is_not_there_and_what_is_not_taken_are_problems_too(
    shippers_door: ShippersDoor,
) -> None:
    nowhere = await shippers_door.client.get("/v2/bookings")
    wrong = await shippers_door.client.delete("/v1/bookings")

    assert nowhere.json()["reason"] == "PATH_NOT_FOUND"
    assert wrong.json()["reason"] == "METHOD_NOT_ALLOWED"


async def test_the_description_and_the_health_are_open(shippers_door: ShippersDoor) -> None:
    described = await shippers_door.client.get("/v1/openapi.json")
    ready = await shippers_door.client.get("/readyz")

    assert described.json()["openapi"] == "3.1.0"
    assert (ready.status_code, ready.text) == (200, "ok\n")


async def test_of_two_copies_that_both_did_the_work_the_first_answer_counts(
    shippers_door: ShippersDoor,
) -> None:
    answers, request_id = FirstAnswers(shippers_door.database), str(uuid.uuid4())
    first = await answers.begin("seller", "order-7", b"body", request_id)
    await answers.release("seller", "order-7")  # as if the lease had run out meanwhile
    second = await answers.begin("seller", "order-7", b"body", request_id)
    assert first == second

    await answers.finish("seller", "order-7", Response("told first", 201))
    await answers.finish("seller", "order-7", Response("told second", 409))
    repeated = await answers.begin("seller", "order-7", b"body", request_id)

    assert isinstance(repeated, Response)
    assert (repeated.status_code, bytes(repeated.body)) == (201, b"told first")


async def test_who_asks_too_often_is_told_when_to_come_back_and_others_are_served(
    shippers_door: ShippersDoor,
) -> None:
    shippers_door.client = await shippers_door.open_door(Rates(1, clock=lambda: 0.0))
    for _ in range(BURST_SECONDS):
        answer = await shippers_door.ask("GET", "/v1/bookings")
        assert answer.status_code == 200

    refused = await shippers_door.ask("POST", "/v1/bookings", BOOKING, key="order-7")
    other = await shippers_door.ask("GET", "/v1/bookings", organisation="buyer")

    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/problem+json"
    assert (refused.json()["reason"], refused.headers["retry-after"]) == ("TOO_MANY_REQUESTS", "1")
    assert other.status_code == 200
    shippers_door.client = await shippers_door.open_door(Rates(0))
    again = await shippers_door.ask("POST", "/v1/bookings", BOOKING, key="order-7")
    assert again.status_code == 201, "a refusal for haste is no answer to the request"


async def test_no_organisation_sees_the_first_answers_of_another(
    shippers_door: ShippersDoor,
) -> None:
    await shippers_door.ask("POST", "/v1/bookings", BOOKING, key=str(uuid.uuid4()))

    assert await rows(shippers_door, "seller") == 1
    assert await rows(shippers_door, "buyer") == 0
    assert await rows(shippers_door, "operator") == 0
