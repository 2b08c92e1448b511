"""Records of the ledger as messages of onebill.ledger.v1."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp
from onebill.ledger.v1 import ledger_pb2
from onebill_verify.act import SignedAct

from ledger.service.chain import ChainKey, ChainParty, ChainRecovery, ChainRules, Possibility
from ledger.service.records import (
    ACCOMPLISHED,
    SURRENDERED,
    BillRecord,
    Light,
    lights_of_gate_one,
    lights_of_gate_two,
)
from ledger.service.store import Details

STATES: Final = {
    "ISSUED": ledger_pb2.BILL_STATE_ISSUED,
    "PENDING_SURRENDER_FOR_DELIVERY": ledger_pb2.BILL_STATE_PENDING_SURRENDER_FOR_DELIVERY,
    "SURRENDERED_FOR_DELIVERY": ledger_pb2.BILL_STATE_SURRENDERED_FOR_DELIVERY,
    "PENDING_SURRENDER_FOR_AMENDMENT": ledger_pb2.BILL_STATE_PENDING_SURRENDER_FOR_AMENDMENT,
    "SURRENDERED_FOR_AMENDMENT": ledger_pb2.BILL_STATE_SURRENDERED_FOR_AMENDMENT,
    "VOIDED": ledger_pb2.BILL_STATE_VOIDED,
    "PAPER": ledger_pb2.BILL_STATE_PAPER,
    "ACCOMPLISHED": ledger_pb2.BILL_STATE_ACCOMPLISHED,
}


def to_bill(
    record: BillRecord, now: datetime, possible: Sequence[Possibility] = ()
) -> ledger_pb2.Bill:
    """Write a bill with its gates and record."""
    bill = to_listed_bill(record)
    bill.record = record.text
    bill.gates.CopyFrom(
        ledger_pb2.Gates(
            terminal_release=_conditions(lights_of_gate_one(record)),
            delivery=_conditions(lights_of_gate_two(record, now)),
        )
    )
    bill.allowed_acts.extend(
        ledger_pb2.AllowedAct(
            action_code=act.action_code, is_allowed=act.is_allowed, reason=act.reason
        )
        for act in possible
    )
    return bill


def to_listed_bill(record: BillRecord) -> ledger_pb2.Bill:
    """Write a bill as it stands in a list, without record and gates."""
    bill = ledger_pb2.Bill(
        transport_document_reference=record.reference,
        state=STATES[record.state],
        sequence=record.sequence,
        head_act_hash=record.head_act_hash,
        possessor=record.possessor,
        title_holder=record.title_holder,
        is_to_order=record.is_to_order,
        transport_document_type_code=record.type_code,
        issuer=record.issuer,
        delivery_agent=record.delivery_agent,
        holds=[hold.reference for hold in record.holds],
        flags=sorted(record.flags),
        last_act_at=to_timestamp(record.last_act_at),
    )
    if record.surrender is not None:
        bill.pending_surrender.CopyFrom(
            ledger_pb2.PendingSurrender(
                surrender_request_reference=record.surrender.reference,
                deliver_to=record.surrender.deliver_to,
                pick_up_party=record.surrender.pick_up_party,
                is_accepted=record.state in (SURRENDERED, ACCOMPLISHED),
            )
        )
    return bill


def to_recorded_act(
    signed: SignedAct,
    transaction_id: str,
    at: datetime,
    details: Details | None,
    transaction: bytes = b"",
    key_custody: str = "",
) -> ledger_pb2.RecordedAct:
    """Write a recorded act; `key_custody` where it was asked for."""
    return ledger_pb2.RecordedAct(
        sequence=signed.act.sequence,
        signed_act=signed.token,
        act_hash=signed.hash,
        action_code=signed.act.action_code,
        actor=signed.act.actor,
        recipient=signed.act.recipient or "",
        recorded_at=to_timestamp(at),
        transaction_id=transaction_id,
        endorsed_transaction=transaction,
        details=details.details if details else "",
        details_salt=details.details_salt if details else "",
        key_custody=key_custody,
    )


def to_recovery(recovery: ChainRecovery) -> ledger_pb2.Recovery:
    """Write a recovery of a lost key."""
    return ledger_pb2.Recovery(
        kid=recovery.kid,
        state=recovery.state,
        asked_by=recovery.asked_by,
        effective_at=to_timestamp(recovery.effective_at) if recovery.effective_at else None,
    )


def to_rules(rules: ChainRules) -> ledger_pb2.Rules:
    """Write the channel's rules."""
    return ledger_pb2.Rules(
        rulebook_version=rules.rulebook_version,
        rulebook_hash=rules.rulebook_hash,
        recovery_delay_seconds=rules.recovery_delay_seconds,
        organisations=[
            ledger_pb2.MemberOrganisation(msp_id=msp_id, kind=kind)
            for msp_id, kind in rules.organisations
        ],
    )


def to_party(
    party: ChainParty,
    organisation: str = "",
    transaction_id: str = "",
    transactions: Sequence[bytes] = (),
) -> ledger_pb2.PartyRecord:
    """Write a party; `organisation` only where the asker may know it."""
    return ledger_pb2.PartyRecord(
        party=party.party,
        kid=party.kid,
        public_key=party.public_key,
        roles=party.roles,
        vouching_organisation=party.vouching_organisation,
        status=party.status,
        transaction_id=transaction_id,
        endorsed_transactions=transactions,
        organisation=organisation,
        keys=_keys(party.keys),
        rulebook_version=party.rulebook_version,
        approver_keys=_keys(party.approver_keys),
    )


def _keys(keys: Sequence[ChainKey]) -> list[ledger_pb2.PartyKey]:
    return [
        ledger_pb2.PartyKey(
            kid=key.kid,
            key_custody=key.key_custody,
            how=key.how,
            since=to_timestamp(key.since),
        )
        for key in keys
    ]


def to_timestamp(moment: datetime) -> Timestamp:
    """Write a time."""
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


def _conditions(lights: Sequence[Light]) -> list[ledger_pb2.GateCondition]:
    return [
        ledger_pb2.GateCondition(
            name=light.name, is_met=light.is_met, waits_for="" if light.is_met else light.waits_for
        )
        for light in lights
    ]
