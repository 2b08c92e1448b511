"""A block read into what it changes, and the link from one block to the next."""

import base64
import hashlib
import json

import pytest
from fabric_protos.common import common_pb2
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.peer import proposal_pb2, proposal_response_pb2, transaction_pb2
from onebill_verify.canonical import encode

from ledger.client.blocks import ChainBroken, Position, header_hash
from ledger.projection.fold import fold
from tests.support.bill_records import AGENT, BANK, BUYER, RECORD, SHIPPER

REFERENCE = RECORD["transportDocumentReference"]


def envelope(writes, chaincode="bill", transaction_id="ab" * 32, kind=None):
    space = rwset_pb2.NsReadWriteSet(
        namespace=chaincode,
        rwset=kv_rwset_pb2.KVRWSet(
            writes=[kv_rwset_pb2.KVWrite(key=key, value=value) for key, value in writes]
        ).SerializeToString(),
    )
    action = proposal_pb2.ChaincodeAction(
        results=rwset_pb2.TxReadWriteSet(ns_rwset=[space]).SerializeToString()
    )
    answered = proposal_response_pb2.ProposalResponsePayload(extension=action.SerializeToString())
    endorsed = transaction_pb2.ChaincodeActionPayload()
    endorsed.action.proposal_response_payload = answered.SerializeToString()
    header = common_pb2.ChannelHeader(
        type=common_pb2.ENDORSER_TRANSACTION if kind is None else kind, tx_id=transaction_id
    )
    header.timestamp.FromSeconds(1_795_000_000)
    payload = common_pb2.Payload(
        header=common_pb2.Header(channel_header=header.SerializeToString()),
        data=transaction_pb2.Transaction(
            actions=[transaction_pb2.TransactionAction(payload=endorsed.SerializeToString())]
        ).SerializeToString(),
    )
    return common_pb2.Envelope(payload=payload.SerializeToString()).SerializeToString()


def block(number, *envelopes, codes=None, previous=b""):
    made = common_pb2.Block()
    made.data.data.extend(envelopes)
    made.header.number = number
    made.header.previous_hash = previous
    made.header.data_hash = hashlib.sha256(b"".join(envelopes)).digest()
    codes = bytes(codes if codes is not None else [0] * len(envelopes))
    made.metadata.metadata.extend([b"", b"", codes, b"", b""])
    return made


def bill(**changed):
    return (f"BILL_{REFERENCE}", encode({**RECORD, **changed}))


def act(sequence=1):
    said = encode(
        {
            "transportDocumentReference": REFERENCE,
            "sequence": sequence,
            "actionCode": "ISSUE",
            "actor": SHIPPER,
        }
    )
    payload = base64.urlsafe_b64encode(said).decode().rstrip("=")
    return (f"ACT_{REFERENCE}_{sequence:010d}", f"e30.{payload}.sig".encode())


def test_a_bill_is_what_its_last_act_left_and_every_role_is_kept():
    first = block(7, envelope([]), envelope([act(), bill()]))
    second = block(8, envelope([bill(sequence=2, possessor=BUYER, pledge={"trustee": "x"})]))

    changes = fold([first, second], "bill")

    folded = changes.bills[REFERENCE]
    assert (folded.record.sequence, folded.record.possessor) == (2, BUYER)
    assert folded.record.flags == {"PLEDGED", "ON_TRUST"}
    assert (folded.number, folded.block_number) == (7 * 2**20 + 1, 8)
    assert {(REFERENCE, SHIPPER, "POSSESSOR"), (REFERENCE, BUYER, "POSSESSOR")} <= changes.roles
    assert {(REFERENCE, BANK, "TITLE_HOLDER"), (REFERENCE, AGENT, "DELIVERY_AGENT")} <= (
        changes.roles
    )
    assert changes.containers == {("a" * 64, REFERENCE)}
    assert changes.transactions == 2


def test_a_bill_that_members_write_again_at_its_first_act_is_no_new_one():
    changes = fold([block(9, envelope([bill(possessor=BUYER)]))], "bill")

    assert changes.bills[REFERENCE].number is None
    assert changes.bills[REFERENCE].record.possessor == BUYER
    assert not changes.containers


@pytest.mark.parametrize(
    "write",
    [
        (f"BILL_{REFERENCE}", b"no record"),
        (f"BILL_{REFERENCE}", b"\xff"),
        (f"BILL_{REFERENCE}", b"{}"),
        (f"ACT_{REFERENCE}_0000000002", b"no act"),
        (f"PARTY_{SHIPPER}", b"[]"),
    ],
)
def test_what_members_write_that_nobody_can_read_is_passed_over_and_named(write):
    changes = fold(
        [block(9, envelope([write], transaction_id="cd" * 32), envelope([act(), bill()]))], "bill"
    )

    assert changes.unreadable == ["cd" * 32]
    assert list(changes.bills) == [REFERENCE]
    assert not changes.parties


def test_what_is_invalid_or_of_another_chaincode_changes_nothing():
    changes = fold(
        [
            block(
                1,
                envelope([bill()]),
                envelope([bill()], chaincode="asset"),
                envelope([bill()], kind=common_pb2.CONFIG),
                codes=[11, 0, 0],
            )
        ],
        "bill",
    )

    assert (changes.bills, changes.transactions) == ({}, 0)


def test_a_party_is_as_its_last_record_says():
    def party(kid):
        said = {
            "party": SHIPPER,
            "kid": kid,
            "vouchingOrganisation": "OperatorMSP",
            "status": "ACTIVE",
        }
        return (f"PARTY_{SHIPPER}", json.dumps(said).encode())

    changes = fold([block(1, envelope([party("old")]), envelope([party("new")]))], "bill")

    assert changes.parties[SHIPPER].kid == "new"


def test_blocks_follow_one_another():
    first = block(0, b"one")
    second = block(1, b"two", previous=header_hash(first.header))

    after = Position().after(first).after(second)

    assert after == Position(2, header_hash(second.header))


@pytest.mark.parametrize(
    ("number", "previous", "spoil"),
    [(2, None, False), (1, b"another chain", False), (1, None, True)],
    ids=["a gap", "another chain", "other content"],
)
def test_a_block_that_does_not_follow_is_refused(number, previous, spoil):
    first = block(0, b"one")
    next_one = block(
        number, b"two", previous=header_hash(first.header) if previous is None else previous
    )
    if spoil:
        next_one.data.data[0] = b"too"

    with pytest.raises(ChainBroken) as caught:
        Position().after(first).after(next_one)

    assert caught.value.reason == "CHAIN_BROKEN"
