"""Acts that are forged, replayed, reordered, late, of another bill, or not the signer's to do.

Each is handed to a real ledger service, refused, noted there, and leaves the next sequence free.
"""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify.keys import PrivateKey
from onebill_verify.registrations import Rotation
from onebill_verify.terms import (
    AccomplishTerms,
    AmendmentTerms,
    ConfirmPaymentTerms,
    EnforceTerms,
    HoldTerms,
    IndemnityTerms,
    NoteOnBoardTerms,
    NoTerms,
    OrderTerms,
    PaperTerms,
    PresentTerms,
    RejectTransferTerms,
    ReleaseTerminalTerms,
    SurrenderAnswerTerms,
    SurrenderTerms,
    TrustTerms,
)

from tests.attacks.spelling import parts, with_signature
from tests.attacks.spelling import signed as sign_bytes
from tests.attacks.trying import noted, standing, try_act
from tests.integration.ledger.conftest import refused
from tests.support.bill_cast import CHANNEL, Handed, Paper, any_hash, now

pytestmark = [
    pytest.mark.attack,
    pytest.mark.engines,
    pytest.mark.asyncio(loop_scope="module"),
]
AGENT = "delivery-agent-singapore"


class Token:
    """What stands where a signed act should."""

    def __init__(self, token):
        self.token = token


def otherwise(handed, token):
    """The same act handed in under other bytes."""
    return Handed(Token(token), handed.details, handed.details_salt)


@pytest_asyncio.fixture(loop_scope="module")
async def paper(world):
    return await world.issued()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def kept(world):
    """A bill that nothing in this module ever moves."""
    return await world.issued()


def terms_of(world, code):
    """Terms with which an act of this code is well formed."""
    party, at = world.cast.parties["buyer"], now()
    return {
        "NOTE_ON_BOARD": NoteOnBoardTerms(2, ("x",)),
        "REJECT_TRANSFER": RejectTransferTerms(),
        "PRESENT": PresentTerms(any_hash(), (any_hash(),)),
        "REFUSE_PRESENTATION": RejectTransferTerms(),
        "RELEASE_ON_TRUST": TrustTerms(at + timedelta(days=1)),
        "ENFORCE": EnforceTerms(any_hash(), at),
        "SURRENDER_FOR_DELIVERY": SurrenderTerms("S-1", party),
        "SURRENDER_FOR_AMENDMENT": AmendmentTerms("S-1", "COD"),
        "WITHDRAW_SURRENDER": SurrenderAnswerTerms("S-1"),
        "ACCEPT_SURRENDER": SurrenderAnswerTerms("S-1"),
        "REJECT_SURRENDER": SurrenderAnswerTerms("S-1"),
        "SWITCH_TO_PAPER": PaperTerms(any_hash()),
        "CONFIRM_PAYMENT": ConfirmPaymentTerms("TERMINAL"),
        "HOLD": HoldTerms("H-1"),
        "LIFT_HOLD": HoldTerms("H-1"),
        "ORDER": OrderTerms("O-1", "TRANSFER_POSSESSION", any_hash(), party),
        "RELEASE_TERMINAL": ReleaseTerminalTerms(any_hash(), (any_hash(),), at + timedelta(1)),
        "DELIVER_AGAINST_INDEMNITY": IndemnityTerms(any_hash()),
        "ACCOMPLISH": AccomplishTerms(any_hash(), any_hash()),
    }.get(code, NoTerms())


NAMES_RECIPIENT = [
    "TRANSFER",
    "ENDORSE",
    "ENDORSE_TO_ORDER",
    "PRESENT",
    "PLEDGE",
    "RELEASE_ON_TRUST",
    "SURRENDER_FOR_DELIVERY",
    "SURRENDER_FOR_AMENDMENT",
    "RELEASE_TERMINAL",
    "DELIVER_AGAINST_INDEMNITY",
    "ACCOMPLISH",
]
# What moves possession, title or goods, and is never the operator's while it has not the bill.
HOLDERS_ACTS = [
    "TRANSFER",
    "REJECT_TRANSFER",
    "ENDORSE",
    "ENDORSE_TO_ORDER",
    "BLANK_ENDORSE",
    "SIGN",
    "PRESENT",
    "TAKE_UP",
    "REFUSE_PRESENTATION",
    "PLEDGE",
    "RELEASE_PLEDGE",
    "RELEASE_ON_TRUST",
    "ENFORCE",
    "SURRENDER_FOR_DELIVERY",
    "SURRENDER_FOR_AMENDMENT",
    "WITHDRAW_SURRENDER",
    "ACCEPT_SURRENDER",
    "REJECT_SURRENDER",
    "VOID",
    "SWITCH_TO_PAPER",
    "RELEASE_MASTER",
    "RELEASE_CUSTOMS",
    "HOLD",
    "LIFT_HOLD",
    "ORDER",
    "RELEASE_TERMINAL",
    "ACCOMPLISH",
]


def act_of(world, paper, code, actor):
    details = {"comment": "x", "discrepancies": ["x"]}
    recipient = "first-bank" if code in NAMES_RECIPIENT else None
    return paper.sign(code, actor, recipient, terms_of(world, code), details)


@pytest.mark.parametrize("code", HOLDERS_ACTS)
async def test_invariant_14_the_operator_does_nothing_in_the_holders_place(world, kept, code):
    """The operator tries every act on a bill that it issued and does not have."""
    reason = await try_act(world, kept, act_of(world, kept, code, "operator"))

    assert reason.startswith(("NOT_", "WRONG_STATE", "NOTHING_", "ROLE_", "HOLD_UNKNOWN"))


@pytest.mark.parametrize("code", ["TRANSFER", "ENDORSE_TO_ORDER", "SURRENDER_FOR_DELIVERY"])
async def test_invariant_1_the_operator_signs_for_nobody_but_itself(world, paper, code):
    honest = act_of(world, paper, code, "seller")
    header, payload, _, _ = parts(honest.token)
    named_seller = sign_bytes(world.cast.keys["operator"], header, payload)
    own = header.replace(
        world.cast.keys["seller"].kid.encode(), world.cast.keys["operator"].kid.encode()
    )
    named_itself = sign_bytes(world.cast.keys["operator"], own, payload)

    assert await try_act(world, paper, otherwise(honest, named_seller)) == "SIGNATURE_INVALID"
    assert await try_act(world, paper, otherwise(honest, named_itself)) == "KEY_UNKNOWN"


async def test_invariant_1_a_stranger_in_the_holders_name_is_refused(world, paper):
    honest = paper.sign("TRANSFER", "seller", "buyer")
    header, payload, _, _ = parts(honest.token)
    forged = sign_bytes(PrivateKey.generate(), header, payload)

    assert await try_act(world, paper, otherwise(honest, forged)) == "SIGNATURE_INVALID"


async def test_the_signature_of_another_act_is_none_of_this(world, paper):
    honest, other = (paper.sign("TRANSFER", "seller", to) for to in ("buyer", "first-bank"))
    swapped = f"{honest.token.rpartition('.')[0]}.{other.token.rpartition('.')[2]}"

    assert await try_act(world, paper, otherwise(honest, swapped)) == "SIGNATURE_INVALID"


@pytest.mark.parametrize("what", ["recipient", "transportDocumentReference", "expiryDateTime"])
async def test_what_is_changed_after_signing_is_not_signed(world, paper, what):
    honest = paper.sign("TRANSFER", "seller", "buyer")
    header, payload, r, s = parts(honest.token)
    act = replace(
        honest.signed.act,
        **{
            "recipient": {"recipient": world.cast.parties["first-bank"]},
            "transportDocumentReference": {
                "transport_document_reference": (await world.issued()).reference
            },
            "expiryDateTime": {"expiry_date_time": now() + timedelta(days=20)},
        }[what],
    )
    changed = parts(act.sign(world.cast.keys["seller"]).token)[1]
    assert changed != payload
    token = with_signature(
        sign_bytes(world.cast.keys["seller"], header, changed),
        r.to_bytes(32, "big") + s.to_bytes(32, "big"),
    )

    assert await try_act(world, paper, otherwise(honest, token)) == "SIGNATURE_INVALID"


async def test_invariant_23_a_bill_is_not_sold_twice(world, paper):
    to_bank = paper.sign("TRANSFER", "seller", "first-bank")
    to_buyer = paper.sign("TRANSFER", "seller", "buyer")
    await world.submit(paper.took(to_bank))

    assert await try_act(world, paper, to_buyer, "partnerport") == "WRONG_SEQUENCE"


async def test_an_act_that_was_recorded_moves_nothing_when_it_is_replayed(world, paper):
    first = paper.took(paper.sign("TRANSFER", "seller", "first-bank"))
    recorded = await world.submit(first)
    await world.submit(paper.took(paper.sign("TRANSFER", "first-bank", "seller")))
    before = await standing(world, paper.reference)

    replayed = await world.submit(first, at="partnerport")

    # The courier is told what became of it, and that is all that happens.
    assert replayed.act == recorded.act
    assert await standing(world, paper.reference) == before


async def test_an_act_that_was_recorded_is_no_act_of_a_later_moment(world, paper):
    """The holder has the bill back: its old transfer, signed anew, is not the old signature."""
    old = paper.took(paper.sign("TRANSFER", "seller", "first-bank"))
    await world.submit(old)
    await world.submit(paper.took(paper.sign("TRANSFER", "first-bank", "seller")))
    lifted = replace(
        old.signed.act, sequence=paper.sequence + 1, previous_act_hash=paper.head
    ).sign(world.cast.keys["seller"])
    token = f"{lifted.token.rpartition('.')[0]}.{old.token.rpartition('.')[2]}"

    assert await try_act(world, paper, otherwise(old, token)) == "SIGNATURE_INVALID"


async def test_acts_do_not_change_places(world, paper):
    later = Paper(world.cast, paper.reference, paper.sequence, paper.head)
    later.took(later.sign("TRANSFER", "seller", "first-bank"))
    second = later.sign("TRANSFER", "first-bank", "buyer")

    assert await try_act(world, paper, second) == "WRONG_SEQUENCE"


async def test_an_act_kept_back_by_its_courier_expires(world, paper):
    kept = paper.sign(
        "TRANSFER",
        "seller",
        "buyer",
        at=now() - timedelta(hours=2),
        expiry_date_time=now() - timedelta(hours=1),
    )

    assert await try_act(world, paper, kept, "partnerport") == "ACT_EXPIRED"


async def test_an_act_kept_back_until_the_bill_has_moved_on_is_too_late(world, paper):
    kept = paper.sign("TRANSFER", "seller", "buyer")
    await world.submit(paper.took(paper.sign("SIGN", "seller")))

    assert await try_act(world, paper, kept, "partnerport") == "WRONG_SEQUENCE"


async def test_an_act_of_tomorrow_waits_for_tomorrow(world, paper):
    ahead = paper.sign("TRANSFER", "seller", "buyer", at=now() + timedelta(days=1))

    assert await try_act(world, paper, ahead) == "ACT_FROM_THE_FUTURE"


async def test_an_act_that_would_live_for_ever_is_none(world, paper):
    key = world.cast.keys["seller"]
    honest = paper.sign("TRANSFER", "seller", "buyer")
    header, payload, _, _ = parts(honest.token)
    expiry = f"{honest.signed.act.expiry_date_time:%Y-%m-%dT%H:%M:%SZ}".encode()
    endless = sign_bytes(key, header, payload.replace(expiry, b"2999-12-31T23:59:59Z"))

    assert await try_act(world, paper, otherwise(honest, endless)) == "ACT_MALFORMED"


async def test_an_act_on_one_bill_is_none_on_another(world, paper):
    other = await world.issued()
    crossed = paper.sign("TRANSFER", "seller", "buyer", previous_act_hash=other.head)
    foreign = other.sign("TRANSFER", "seller", "buyer", previous_act_hash=paper.head)

    assert await try_act(world, paper, crossed) == "WRONG_PREVIOUS_HASH"
    assert await try_act(world, other, foreign) == "WRONG_PREVIOUS_HASH"


async def test_an_act_on_another_channel_is_none_here(world, paper):
    elsewhere = paper.sign("TRANSFER", "seller", "buyer", channel="onebill-test")

    assert await try_act(world, paper, elsewhere) == "WRONG_CHANNEL"


async def test_details_that_were_not_signed_do_not_travel(world, paper):
    honest = paper.sign("TRANSFER", "seller", "buyer", details={"price": "100"})
    other = Handed(honest.signed, '{"price":"1"}', honest.details_salt)

    assert await try_act(world, paper, other) == "DETAILS_HASH_WRONG"


async def test_invariant_20_a_former_holder_does_not_take_the_bill_back(world, paper):
    await world.submit(paper.took(paper.sign("TRANSFER", "seller", "first-bank")))
    await world.submit(paper.took(paper.sign("SIGN", "first-bank")))

    for act in (
        paper.sign("REJECT_TRANSFER", "seller", terms=RejectTransferTerms()),
        paper.sign("TRANSFER", "seller", "buyer"),
    ):
        assert await try_act(world, paper, act) == "NOT_POSSESSOR"


async def test_invariant_16_possession_without_title_endorses_nothing(world):
    paper = await world.issued(endorsee="first-bank")

    act = paper.sign("ENDORSE_TO_ORDER", "seller", "buyer")

    assert await try_act(world, paper, act) == "NOT_TITLE_HOLDER"


async def test_invariant_27_possession_without_title_takes_no_goods(world):
    paper = await world.issued(endorsee="first-bank")
    act = paper.sign(
        "SURRENDER_FOR_DELIVERY",
        "seller",
        AGENT,
        SurrenderTerms("S-1", paper.cast.parties["seller"]),
    )

    assert await try_act(world, paper, act) == "NOT_ENTITLED_TO_SURRENDER"


async def test_invariant_35_a_delivery_agent_opens_no_gate_before_its_time(world, paper):
    pick_up = ReleaseTerminalTerms(any_hash(), (any_hash(),), now() + timedelta(hours=1))
    release = paper.sign("RELEASE_TERMINAL", AGENT, "haulier-chongqing", pick_up)
    deliver = paper.sign("ACCOMPLISH", AGENT, "buyer", AccomplishTerms(any_hash(), any_hash()))

    assert await try_act(world, paper, release, "partnerport") in {"GATE_CLOSED", "PASS_WRONG"}
    assert await try_act(world, paper, deliver, "partnerport") == "WRONG_STATE"


async def test_invariant_8_no_bill_without_the_carriers_receipt(world):
    """The operator signs the first carrier's receipt itself."""
    paper = Paper(world.cast)
    true_key = world.cast.keys["haulier-chongqing"]
    world.cast.keys["haulier-chongqing"] = world.cast.keys["operator"]
    try:
        forged = paper.issue()
    finally:
        world.cast.keys["haulier-chongqing"] = true_key

    refusal = await refused(world.submit(forged))

    assert refusal.reason == "RECEIPT_INVALID"
    assert (await refused(standing(world, paper.reference))).reason == "BILL_UNKNOWN"


async def test_invariant_3_no_bill_without_the_shippers_approval(world):
    paper = Paper(world.cast)
    true_key = world.cast.keys["seller"]
    world.cast.keys["seller"] = world.cast.keys["operator"]
    try:
        forged = paper.issue()
    finally:
        world.cast.keys["seller"] = true_key

    refusal = await refused(world.submit(forged))

    assert refusal.reason == "APPROVAL_INVALID"
    assert (await refused(standing(world, paper.reference))).reason == "BILL_UNKNOWN"


async def test_invariant_3_an_operator_does_not_issue_an_approved_bill_to_itself(world):
    paper = Paper(world.cast)
    terms = paper.issue_terms(issue_to="seller")

    refusal = await refused(world.submit(paper.sign("ISSUE", "operator", "operator", terms)))

    assert refusal.reason == "APPROVAL_INVALID"
    assert (await refused(standing(world, paper.reference))).reason == "BILL_UNKNOWN"


async def test_invariant_2_a_reference_is_not_issued_again(world, paper):
    again = Paper(world.cast, paper.reference)

    assert await try_act(world, paper, again.issue()) == "BILL_EXISTS"


async def test_invariant_43_a_container_under_a_live_bill_gets_no_second_one(world):
    container = any_hash()
    await world.issued(container_key=container)
    second = Paper(world.cast)

    refusal = await refused(world.submit(second.issue(container_key=container)))

    assert refusal.reason == "CONTAINER_UNDER_ANOTHER_BILL"
    assert (await refused(standing(world, second.reference))).reason == "BILL_UNKNOWN"


async def test_an_act_of_a_key_that_was_given_up_is_refused(world, paper):
    old, new = world.cast.keys["first-bank"], PrivateKey.generate()
    await world.submit(paper.took(paper.sign("TRANSFER", "seller", "first-bank")))
    rotation = Rotation(
        channel=CHANNEL,
        party=world.cast.parties["first-bank"],
        public_key=new.public,
        action_date_time=now(),
    )
    stale = paper.sign("TRANSFER", "first-bank", "buyer")
    await world.ledger("operator", "operator").RotateKey(
        pb.RotateKeyRequest(signed_rotation=rotation.sign(old, new), request_id=str(uuid.uuid4())),
        timeout=50,
    )
    world.cast.keys["first-bank"] = new

    assert await try_act(world, paper, stale) == "KEY_UNKNOWN"
    await world.submit(paper.took(paper.sign("TRANSFER", "first-bank", "buyer")))


async def test_a_key_is_not_rotated_by_who_does_not_have_it(world):
    thief = PrivateKey.generate()
    forged = Rotation(
        channel=CHANNEL,
        party=world.cast.parties["seller"],
        public_key=thief.public,
        action_date_time=now(),
    ).sign(world.cast.keys["operator"], thief)
    request_id = str(uuid.uuid4())

    refusal = await refused(
        world.ledger("operator", "operator").RotateKey(
            pb.RotateKeyRequest(signed_rotation=forged, request_id=request_id)
        )
    )

    assert refusal.reason in {"KEY_UNKNOWN", "SIGNATURE_INVALID"}
    assert await noted(world, "operator", request_id) == [refusal.reason]


async def test_invariant_23_sixteen_acts_on_one_head_are_one_act(world, paper):
    """Sixteen buyers are promised the bill at once, through every door."""
    doors = list(world.services)
    acts = [paper.sign("TRANSFER", "seller", to) for to in ("buyer", "first-bank") * 8]

    answers = await asyncio.gather(
        *(world.submit(act, doors[number % 4]) for number, act in enumerate(acts)),
        return_exceptions=True,
    )

    won = [answer for answer in answers if not isinstance(answer, Exception)]
    assert len(won) == 1
    assert (await standing(world, paper.reference))[:2] == (2, won[0].act.act_hash)
