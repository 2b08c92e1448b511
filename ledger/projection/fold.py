"""What a block changes: read from its own writes, so that nothing has to be asked for.

Pure: no clock, no network, no database. Only valid transactions of the bill's chaincode count.
The keys are those of the contract: BILL_reference, ACT_reference_sequence, PARTY_id.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from fabric_protos.common import common_pb2
from fabric_protos.ledger.rwset import rwset_pb2
from fabric_protos.ledger.rwset.kvrwset import kv_rwset_pb2
from fabric_protos.peer import proposal_pb2, proposal_response_pb2, transaction_pb2

from ledger.service.records import BillRecord

_VALID: Final = int(transaction_pb2.VALID)
_FILTER: Final = int(common_pb2.TRANSACTIONS_FILTER)
_BILL: Final = "BILL_"
_ACT: Final = "ACT_"
_PARTY: Final = "PARTY_"
# A block has far fewer transactions than this.
_PLACES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Written:
    """One valid transaction: where it stands, its time, and what it wrote."""

    block_number: int
    place: int
    transaction_id: str
    at: datetime
    writes: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class FoldedBill:
    """A bill after a batch, and where it was issued if that is in the batch too."""

    record: BillRecord
    block_number: int
    number: int | None


@dataclass(frozen=True, slots=True)
class FoldedAct:
    """One recorded act."""

    reference: str
    sequence: int
    act_hash: str
    action_code: str
    actor: str
    recipient: str
    transaction: Written


@dataclass(frozen=True, slots=True)
class FoldedParty:
    """A party after a batch."""

    party: str
    kid: str
    vouching_organisation: str
    status: str
    record: str
    transaction: Written


@dataclass(slots=True)
class Changes:
    """What some blocks change together."""

    transactions: int = 0
    unreadable: list[str] = field(default_factory=list)
    """Ids of transactions that wrote what no act writes: members together can write anything."""
    bills: dict[str, FoldedBill] = field(default_factory=dict)
    acts: list[FoldedAct] = field(default_factory=list)
    parties: dict[str, FoldedParty] = field(default_factory=dict)
    roles: set[tuple[str, str, str]] = field(default_factory=set)
    """As (reference, party, role)."""
    containers: set[tuple[str, str]] = field(default_factory=set)
    """As (container key, reference)."""


def fold(blocks: Iterable[Any], chaincode: str) -> Changes:
    """Answer what blocks, Fabric's common.Block in order, change together."""
    changes = Changes()
    for block in blocks:
        for written in written_in(block, chaincode):
            changes.transactions += 1
            try:
                read = [_read(written, key, value) for key, value in written.writes]
            except Exception:  # noqa: BLE001 - nothing that stands in a block may stop the fold
                changes.unreadable.append(written.transaction_id)
                continue
            for one in read:
                if isinstance(one, _BillWrite):
                    _fold_bill(changes, one)
                elif isinstance(one, FoldedAct):
                    changes.acts.append(one)
                elif isinstance(one, FoldedParty):
                    changes.parties[one.party] = one
    return changes


def written_in(block: Any, chaincode: str) -> Iterator[Written]:  # noqa: ANN401 - common.Block
    """Answer the valid transactions of a block that wrote under `chaincode`, in order."""
    codes = block.metadata.metadata[_FILTER]
    for place, (data, code) in enumerate(zip(block.data.data, codes, strict=True)):
        if code != _VALID:
            continue
        payload = common_pb2.Payload.FromString(common_pb2.Envelope.FromString(data).payload)
        header = common_pb2.ChannelHeader.FromString(payload.header.channel_header)
        if header.type != common_pb2.ENDORSER_TRANSACTION:
            continue
        writes = tuple(_writes(payload.data, chaincode))
        if writes:
            at = header.timestamp.ToDatetime(UTC)
            yield Written(block.header.number, place, header.tx_id, at, writes)


def _writes(transaction: bytes, chaincode: str) -> Iterator[tuple[str, bytes]]:
    for action in transaction_pb2.Transaction.FromString(transaction).actions:
        endorsed = transaction_pb2.ChaincodeActionPayload.FromString(action.payload)
        answered = proposal_response_pb2.ProposalResponsePayload.FromString(
            endorsed.action.proposal_response_payload
        )
        results = proposal_pb2.ChaincodeAction.FromString(answered.extension).results
        for space in rwset_pb2.TxReadWriteSet.FromString(results).ns_rwset:
            if space.namespace == chaincode:
                for write in kv_rwset_pb2.KVRWSet.FromString(space.rwset).writes:
                    if not write.is_delete:
                        yield write.key, write.value


@dataclass(frozen=True, slots=True)
class _BillWrite:
    record: BillRecord
    is_issued: bool
    transaction: Written


def _read(written: Written, key: str, value: bytes) -> _BillWrite | FoldedAct | FoldedParty | None:
    if key.startswith(_BILL):
        return _bill(written, value)
    if key.startswith(_ACT):
        return _act(written, value.decode())
    if key.startswith(_PARTY):
        return _party(written, value.decode())
    return None


def _bill(written: Written, value: bytes) -> _BillWrite:
    record = BillRecord.from_text(value.decode())
    # A record at its first act is not enough: members together can write one again.
    first_act = f"{_ACT}{record.reference}_{1:010d}"
    return _BillWrite(
        record=record,
        is_issued=any(key == first_act for key, _ in written.writes),
        transaction=written,
    )


def _fold_bill(changes: Changes, write: _BillWrite) -> None:
    record, written = write.record, write.transaction
    before = changes.bills.get(record.reference)
    number = before.number if before else None
    if write.is_issued and number is None:
        number = written.block_number * _PLACES + written.place
        changes.containers.update((key, record.reference) for key in record.container_keys)
    changes.bills[record.reference] = FoldedBill(record, written.block_number, number)
    changes.roles.update((record.reference, party, role) for party, role in record.roles())


def _act(written: Written, token: str) -> FoldedAct:
    signing_input = token.rsplit(".", 1)[0]
    encoded = signing_input.split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return FoldedAct(
        reference=str(said["transportDocumentReference"]),
        sequence=int(said["sequence"]),
        act_hash=hashlib.sha256(signing_input.encode()).hexdigest(),
        action_code=str(said["actionCode"]),
        actor=str(said["actor"]),
        recipient=str(said.get("recipient") or ""),
        transaction=written,
    )


def _party(written: Written, text: str) -> FoldedParty:
    said = json.loads(text)
    return FoldedParty(
        party=str(said["party"]),
        kid=str(said["kid"]),
        vouching_organisation=str(said["vouchingOrganisation"]),
        status=str(said["status"]),
        record=text,
        transaction=written,
    )
