"""Recording an act when peers lag, callers leave, and other couriers are faster."""

import asyncio

import grpc
import pytest
from onebill_verify import countersign
from onebill_verify.canonical import encode
from onebill_verify.keys import PrivateKey

from foundation.kernel.errors import InvalidValue, LostRace, NotAllowed
from ledger.client.courier import Courier, CourierLimits, NoEnvelopes
from ledger.service.acts import ActRecorder, HandedIn
from ledger.service.chain import Chain
from tests.support.bill_cast import CHANNEL, Cast, Paper, any_hash
from tests.support.bill_records import BUYER, RECORD, SHIPPER
from tests.support.fake_gateway import ContractRefusal, FakeGateway, run_fake
from tests.support.waiting import until

REFERENCE = RECORD["transportDocumentReference"]


class Contract:
    """One bill, issued; what it refuses at endorsement and at the own peer, tests say."""

    def __init__(self):
        self.head = RECORD["headActHash"]

    def __call__(self, function, arguments):
        if function == "GetBill":
            return encode({"acts": [], "bill": {**RECORD, "headActHash": self.head}})
        if function == "GetActs":
            return encode({"acts": [], "more": False})
        return b"hash"


@pytest.fixture
async def fake(tmp_path):
    running = await run_fake(FakeGateway(contract=Contract()), tmp_path / "peer.sock")
    yield running
    await running.stop()


@pytest.fixture
def recorder(fake):
    gateway = fake.gateway()
    courier = Courier(gateway, NoEnvelopes(), CourierLimits(1.0, 3.0))
    return ActRecorder(Chain(gateway), courier, "PortMSP")


@pytest.fixture
def transfer():
    cast = Cast({"seller": PrivateKey.generate()}, {"seller": SHIPPER, "buyer": BUYER})
    paper = Paper(cast, REFERENCE, 1, RECORD["headActHash"])
    return paper.sign("TRANSFER", "seller", "buyer", details={"comment": "as agreed"})


def read(handed, **changed):
    return HandedIn.read(
        **{
            "signed_act": handed.token,
            "details": handed.details,
            "details_salt": handed.details_salt,
            "channel": CHANNEL,
            **changed,
        }
    )


async def _is_true(found):
    return bool(found)


def endorse_refusal(fake, *reasons):
    """Let the peers of others refuse at endorsement, one reason per attempt."""
    fake.fake.endorse_faults.extend(_fault(reason) for reason in reasons)


def _fault(reason):
    return (
        grpc.StatusCode.ABORTED,
        "failed to collect enough transaction endorsements",
        ("CarrierMSP", ContractRefusal(reason).message),
    )


async def test_a_peer_that_lags_a_block_behind_is_waited_for(fake, recorder, transfer):
    endorse_refusal(fake, "WRONG_SEQUENCE", "BILL_UNKNOWN")

    recorded = await recorder.record(read(transfer))

    assert list(fake.fake.recorded) == [recorded.transaction_id]
    assert len(fake.fake.endorsements) == 3


async def test_what_the_own_peer_refuses_too_is_refused_at_once(fake, recorder, transfer):
    endorse_refusal(fake, "NOT_POSSESSOR")
    contract = fake.fake.contract

    def refusing(function, arguments):
        if function == "SubmitAct":
            raise ContractRefusal("NOT_POSSESSOR")
        return contract(function, arguments)

    fake.fake.contract = refusing

    with pytest.raises(NotAllowed) as refused:
        await recorder.record(read(transfer))

    assert refused.value.reason == "NOT_POSSESSOR"
    assert fake.fake.submissions == []
    assert len(fake.fake.endorsements) == 1


async def test_a_caller_that_leaves_does_not_leave_the_act_half_way(fake, recorder, transfer):
    fake.fake.answering.clear()
    waiting = asyncio.create_task(recorder.record(read(transfer)))
    await until(lambda: _is_true(fake.fake.endorsements))
    waiting.cancel()
    fake.fake.answering.set()

    await recorder.drain()

    assert len(fake.fake.recorded) == 1


async def test_two_callers_with_one_act_make_one_transaction(fake, recorder, transfer):
    first, second = await asyncio.gather(
        recorder.record(read(transfer)), recorder.record(read(transfer))
    )

    assert first == second
    assert len(fake.fake.endorsements) == 1


async def test_a_race_lost_to_the_same_act_in_other_hands_is_won(fake, recorder, transfer):
    fake.fake.codes.append(11)
    contract, theirs = fake.fake.contract, "f" * 64

    def answering(function, arguments):
        if not fake.fake.recorded:
            return contract(function, arguments)
        # By the time ours is known to be invalid, another courier's stands before it.
        envelope, _ = next(iter(fake.fake.recorded.values()))
        fake.fake.recorded[theirs] = (envelope, 0)
        if function == "GetActs":
            act = {
                "act": transfer.token,
                "keyCustody": "OWN",
                "sequence": 2,
                "transactionId": theirs,
            }
            return encode({"acts": [act], "more": False})
        moved = {**RECORD, "sequence": 2, "headActHash": transfer.hash}
        return encode({"acts": [], "bill": moved})

    fake.fake.contract = answering

    recorded = await recorder.record(read(transfer))

    assert recorded.transaction_id == theirs
    assert len(fake.fake.endorsements) == 1


async def test_invariant_23_a_race_lost_to_another_act_is_the_signers_to_decide(
    fake, recorder, transfer
):
    fake.fake.codes.append(11)
    contract = fake.fake.contract

    def answering(function, arguments):
        if function == "GetBill" and fake.fake.recorded:
            moved = {**RECORD, "sequence": 2, "headActHash": any_hash()}
            return encode({"acts": [], "bill": moved})
        return contract(function, arguments)

    fake.fake.contract = answering

    with pytest.raises(LostRace) as refused:
        await recorder.record(read(transfer))

    assert refused.value.reason == "HEAD_MOVED"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"signed_act": "a.b.c"}, "ACT_MALFORMED"),
        ({"channel": "elsewhere"}, "WRONG_CHANNEL"),
        ({"details": "{}"}, "DETAILS_HASH_WRONG"),
        ({"details": '{"comment": "as agreed"}'}, "NOT_CANONICAL"),
        ({"details": "{"}, "JSON_MALFORMED"),
        ({"details_salt": "short"}, "SALT_MALFORMED"),
    ],
)
def test_only_a_well_formed_act_with_what_was_signed_beside_it_is_carried(
    transfer, changed, reason
):
    with pytest.raises(InvalidValue) as refused:
        read(transfer, **changed)

    assert refused.value.reason == reason


async def test_a_countersignature_is_the_second_thing_that_the_contract_is_told(
    fake, recorder, transfer
):
    told, contract = [], fake.fake.contract
    beside = countersign(transfer.signed, PrivateKey.generate()).token

    def listening(function, arguments):
        if function == "SubmitAct":
            told.append(arguments)
        return contract(function, arguments)

    fake.fake.contract = listening
    await recorder.record(read(transfer, countersignature=beside))
    await recorder.record(read(transfer))

    assert [list(arguments) for arguments in told] == [
        [transfer.token, beside],
        [transfer.token],
    ]


async def test_a_wrong_countersignature_under_way_does_not_answer_for_the_right_one(
    fake, recorder, transfer
):
    wrong, right = (countersign(transfer.signed, PrivateKey.generate()).token for _ in range(2))
    contract = fake.fake.contract

    def refusing(function, arguments):
        if function == "SubmitAct" and arguments[1] == wrong:
            raise ContractRefusal("COUNTERSIGNATURE_INVALID")
        return contract(function, arguments)

    fake.fake.contract = refusing
    refused, recorded = await asyncio.gather(
        recorder.record(read(transfer, countersignature=wrong)),
        recorder.record(read(transfer, countersignature=right)),
        return_exceptions=True,
    )

    assert (type(refused), refused.reason) == (InvalidValue, "COUNTERSIGNATURE_INVALID")
    assert list(fake.fake.recorded) == [recorded.transaction_id]


def test_what_is_no_countersignature_is_refused_at_the_door(transfer):
    with pytest.raises(InvalidValue) as refused:
        read(transfer, countersignature="approved")

    assert refused.value.reason == "COUNTERSIGNATURE_INVALID"
