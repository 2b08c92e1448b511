"""The courier against a ledger that loses answers, envelopes and races."""

import asyncio
import json
from collections import deque
from datetime import UTC, datetime

import grpc
import pytest

from foundation.kernel.errors import NotAllowed
from ledger.client.courier import Courier, CourierLimits, Errand, NoEnvelopes
from ledger.client.faults import (
    CommitRefused,
    CommitUnknown,
    EndorseFailed,
    HeadMoved,
    LedgerBusy,
    PeerUnavailable,
    SubmitFailed,
)
from ledger.client.gateway import Gateway
from ledger.client.organisations import MEMBERS, choices_for_act, choices_for_read
from ledger.client.transactions import read_transaction
from tests.support.fake_gateway import FakeGateway, run_fake

ERRAND = Errand("act-hash", "SubmitAct", ("jws",))
QUICK = CourierLimits(commit_seconds=0.2, settle_seconds=3.0)
POLICY_FAILURE, READ_CONFLICT, BAD_SIGNATURE = 10, 11, 4
BUSY = (grpc.StatusCode.RESOURCE_EXHAUSTED, "too many requests for /gateway.Gateway")


class Kept(NoEnvelopes):
    """Envelopes in memory; outlives the courier as the table outlives the process."""

    def __init__(self, fake):
        self.fake = fake
        self.open = {}
        self.settled = []
        self.submitted_when_kept = []

    async def pending(self, subject):
        return self.open.get(subject)

    async def keep(self, errand, prepared):
        self.submitted_when_kept.append(prepared.transaction_id in self.fake.submissions)
        self.open[errand.subject] = prepared

    async def settle(self, prepared, status):
        self.settled.append((prepared.transaction_id, status.code))
        self.open = {s: p for s, p in self.open.items() if p != prepared}


@pytest.fixture
async def fake(tmp_path):
    running = await run_fake(FakeGateway(), tmp_path / "peer.sock")
    yield running
    await running.stop()


@pytest.fixture
def kept(fake):
    return Kept(fake.fake)


async def default_choices():
    return choices_for_act("PortMSP", "CarrierMSP")


async def unchanged():
    return True


async def moved():
    return False


async def carry(fake, kept, head=unchanged, **limits):
    courier = Courier(fake.gateway(**limits), kept, QUICK)
    return await courier.carry(ERRAND, default_choices, head)


async def test_the_envelope_is_stored_before_it_is_submitted(fake, kept):
    committed = await carry(fake, kept)

    assert kept.submitted_when_kept == [False]
    assert fake.fake.submissions == [committed.transaction_id]
    assert kept.settled == [(committed.transaction_id, 0)]


async def test_a_commit_status_that_does_not_come_is_asked_for_by_transaction_id(fake, kept):
    fake.fake.silent = 1

    committed = await carry(fake, kept)

    assert fake.fake.submissions == [committed.transaction_id]
    assert len(fake.fake.endorsements) == 1


async def test_an_envelope_that_the_orderer_lost_goes_out_again_unchanged(fake, kept):
    fake.fake.lost = 1

    committed = await carry(fake, kept)

    assert fake.fake.submissions == [committed.transaction_id] * 2
    assert len(fake.fake.endorsements) == 1


async def test_a_lost_receipt_does_not_make_a_second_transaction(fake, kept):
    fake.fake.submit_faults = deque([(grpc.StatusCode.UNAVAILABLE, "no orderers could …")])

    committed = await carry(fake, kept)

    assert list(fake.fake.recorded) == [committed.transaction_id]


async def test_an_unknown_outcome_is_carried_on_by_the_next_request_with_the_same_envelope(
    fake, kept
):
    fake.fake.lost = 99
    with pytest.raises(CommitUnknown):
        await carry(fake, kept)
    fake.fake.lost = 0

    committed = await carry(fake, kept)

    assert set(fake.fake.submissions) == {committed.transaction_id}
    assert len(fake.fake.endorsements) == 1


async def test_a_restart_between_endorse_and_submit_neither_loses_nor_doubles_the_act(fake, kept):
    before = Courier(fake.gateway(), kept, QUICK)
    prepared = await before.endorse(ERRAND, await default_choices())
    await kept.keep(ERRAND, prepared)  # and here the process died

    committed = await carry(fake, kept)

    assert committed.transaction_id == prepared.transaction_id
    assert fake.fake.submissions == [prepared.transaction_id]


@pytest.mark.parametrize("code", [POLICY_FAILURE, READ_CONFLICT])
async def test_invariant_23_a_lost_race_with_an_unmoved_head_is_endorsed_again(fake, kept, code):
    fake.fake.codes = deque([code])

    committed = await carry(fake, kept)

    assert [found for _, found in kept.settled] == [code, 0]
    assert len(fake.fake.endorsements) == 2
    assert committed.transaction_id == fake.fake.submissions[-1]


@pytest.mark.parametrize("code", [POLICY_FAILURE, READ_CONFLICT])
async def test_invariant_23_a_lost_race_with_a_moved_head_is_the_signers_to_decide(
    fake, kept, code
):
    fake.fake.codes = deque([code])

    with pytest.raises(HeadMoved) as refused:
        await carry(fake, kept, moved)

    assert refused.value.reason == "HEAD_MOVED"
    assert len(fake.fake.endorsements) == 1
    assert not kept.open


async def test_a_transaction_invalid_for_another_reason_is_not_endorsed_again(fake, kept):
    fake.fake.codes = deque([BAD_SIGNATURE])

    with pytest.raises(CommitRefused):
        await carry(fake, kept)

    assert len(fake.fake.endorsements) == 1


async def test_too_many_requests_is_a_reason_to_wait(fake, kept):
    fake.fake.endorse_faults = deque([BUSY] * 3)

    await carry(fake, kept)

    # The same organisations each time: nobody is away, somebody has too much to do.
    assert fake.fake.endorsements == [fake.fake.endorsements[0]] * 4


async def test_who_waits_too_long_hears_that_the_ledger_is_busy(fake, kept):
    fake.fake.endorse_faults = deque([BUSY] * 99)

    with pytest.raises(LedgerBusy):
        await carry(fake, kept, busy_seconds=0.2)

    assert fake.fake.submissions == []


async def test_no_more_calls_are_in_flight_than_allowed(fake, kept):
    courier = Courier(fake.gateway(in_flight_max=3), NoEnvelopes(), QUICK)

    await asyncio.gather(
        *(
            courier.carry(Errand(str(n), "SubmitAct", ("jws",)), default_choices, unchanged)
            for n in range(20)
        )
    )

    assert 1 < fake.fake.in_flight_seen <= 3


async def test_the_contracts_refusal_keeps_its_reason_and_its_sentence(fake, kept):
    said = json.dumps({"message": "P… does not hold OB…", "reason": "NOT_POSSESSOR"})
    fake.fake.endorse_faults = deque(
        [
            (
                grpc.StatusCode.ABORTED,
                "failed to collect enough transaction endorsements",
                ("PortMSP", f"chaincode response 400, {said}"),
            )
        ]
    )

    with pytest.raises(NotAllowed) as refused:
        await carry(fake, kept)

    assert refused.value.reason == "NOT_POSSESSOR"
    assert refused.value.message == "P… does not hold OB…"
    assert fake.fake.submissions == []


async def test_with_the_operators_peer_dead_the_three_others_endorse(fake, kept):
    fake.fake.away = {"OperatorMSP"}

    committed = await carry(fake, kept)

    assert read_transaction(committed.payload).endorsed_by == (
        "CarrierMSP",
        "PartnerPortMSP",
        "PortMSP",
    )
    await carry(fake, kept)
    # It is remembered for a while who does not answer.
    assert fake.fake.endorsements.count(("OperatorMSP", "CarrierMSP", "PortMSP")) <= 2


async def test_a_dead_port_is_replaced_by_the_other_port(fake, kept):
    fake.fake.away = {"PortMSP"}

    committed = await carry(fake, kept)

    assert read_transaction(committed.payload).endorsed_by == (
        "CarrierMSP",
        "OperatorMSP",
        "PartnerPortMSP",
    )


async def test_a_peer_that_hangs_costs_one_wait_and_then_the_three_others_endorse(fake, kept):
    fake.fake.hanging = {"OperatorMSP"}
    courier = Courier(fake.gateway(endorse_seconds=0.3), kept, QUICK)

    for subject in ("first", "second"):
        await courier.carry(Errand(subject, "SubmitAct", ("jws",)), default_choices, unchanged)

    the_others = ("CarrierMSP", "PortMSP", "PartnerPortMSP")
    assert fake.fake.endorsements[1:] == [the_others, the_others]


@pytest.mark.parametrize("vouching", [*MEMBERS, None])
@pytest.mark.parametrize("gone", MEMBERS)
async def test_whichever_organisation_leaves_the_other_three_record_the_act(
    fake, kept, gone, vouching
):
    fake.fake.away = {gone}
    courier = Courier(fake.gateway(), kept, QUICK)

    async def choices():
        return choices_for_act("PortMSP", vouching)

    # The name of one may be the end of another's: PartnerPortMSP is not PortMSP as well.
    await courier.carry(ERRAND, choices, unchanged)

    assert gone not in fake.fake.endorsements[-1]


async def test_with_two_organisations_away_nothing_is_submitted(fake, kept):
    fake.fake.away = {"OperatorMSP", "PortMSP"}

    with pytest.raises(EndorseFailed) as failed:
        await carry(fake, kept)

    assert failed.value.away == {"OperatorMSP", "PortMSP"}
    assert fake.fake.submissions == []


async def test_peers_that_disagree_for_a_moment_are_asked_again(fake, kept):
    fake.fake.endorse_faults = deque(
        [
            (
                grpc.StatusCode.ABORTED,
                "failed to collect enough transaction endorsements",
                ("CarrierMSP", "ProposalResponsePayloads do not match"),
            )
        ]
    )

    await carry(fake, kept)

    assert fake.fake.endorsements == [("OperatorMSP", "CarrierMSP", "PortMSP")] * 2


def test_the_first_choice_is_operator_a_port_and_who_vouches_for_the_possessor():
    assert next(choices_for_act("OperatorMSP", None)) == ("OperatorMSP", "PortMSP")
    assert next(choices_for_act("CarrierMSP", "CarrierMSP")) == (
        "OperatorMSP",
        "CarrierMSP",
        "PortMSP",
    )
    assert next(choices_for_act("PartnerPortMSP", "PartnerPortMSP")) == (
        "OperatorMSP",
        "PartnerPortMSP",
    )


@pytest.mark.parametrize("vouching", ["OperatorMSP", "CarrierMSP", "PortMSP", "PartnerPortMSP"])
@pytest.mark.parametrize("own", ["OperatorMSP", "CarrierMSP", "PortMSP", "PartnerPortMSP"])
def test_every_choice_satisfies_the_policy_of_a_bill(own, vouching):
    choices = list(choices_for_act(own, vouching))

    for choice in choices:
        with_operator = {"OperatorMSP", vouching} <= set(choice) and {
            "PortMSP",
            "PartnerPortMSP",
        } & set(choice)
        assert with_operator or len(choice) >= 3
    assert ("CarrierMSP", "PortMSP", "PartnerPortMSP") in choices


def test_a_read_names_the_own_peer_and_prefers_a_witness_that_is_not_the_operator():
    assert list(choices_for_read("PortMSP")) == [
        ("PortMSP", "PartnerPortMSP"),
        ("PortMSP", "CarrierMSP"),
        ("PortMSP", "OperatorMSP"),
    ]


async def test_another_peer_of_the_same_organisation_takes_over_between_any_two_calls(tmp_path):
    first = await run_fake(FakeGateway(), tmp_path / "first.sock")
    second = await run_fake(FakeGateway(), tmp_path / "second.sock")
    second.fake.recorded = first.fake.recorded  # one ledger behind both
    gateway = Gateway(
        first.channel, first.proposer, lambda: datetime.now(UTC), None, [second.channel]
    )
    courier = Courier(gateway, NoEnvelopes(), QUICK)
    try:
        prepared = await courier.endorse(ERRAND, await default_choices())
        await first.server.stop(None)
        await gateway.submit(prepared)
        status = await gateway.commit_status(prepared.transaction_id, 2)
        again = await courier.carry(ERRAND, default_choices, unchanged)
    finally:
        await first.channel.close()
        await second.stop()

    assert (len(first.fake.endorsements), first.fake.submissions) == (1, [])
    assert second.fake.submissions == [prepared.transaction_id, again.transaction_id]
    assert status.code == 0


async def test_nobody_is_asked_twice_where_every_own_peer_is_gone(tmp_path):
    running = [await run_fake(FakeGateway(), tmp_path / f"{n}.sock") for n in range(2)]
    gateway = Gateway(
        running[0].channel,
        running[0].proposer,
        lambda: datetime.now(UTC),
        None,
        [running[1].channel],
    )
    for each in running:
        await each.server.stop(None)

    with pytest.raises(PeerUnavailable):
        await gateway.evaluate("Version")
    for each in running:
        await each.channel.close()


async def test_where_nobody_gives_a_receipt_the_party_hears_that_too_few_orderers_answer(
    fake, kept
):
    fake.fake.refused_submissions = 99

    with pytest.raises(SubmitFailed) as refused:
        await carry(fake, kept)

    assert refused.value.reason == "ORDERING_UNAVAILABLE"
    # Kept all the same: whether an orderer has it is not known.
    assert list(kept.open) == [ERRAND.subject]
