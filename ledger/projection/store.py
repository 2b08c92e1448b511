"""The projection's schema: what is folded, how far, and what a search finds."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from foundation.runtime.database import Database, Transaction
from ledger.client.blocks import Position
from ledger.projection.fold import Changes

_TABLES: Final = ("bills", "acts", "bill_roles", "bill_containers", "parties")

# All that a batch changes, in one statement and so in one question to the database: a busy
# machine takes longer to go there and back than to do it. Where the checkpoint is not any more
# where it was, `moved` is empty, and so is everything that is joined to it.
# What stands there already stands: members together can write an act's or a bill's key again,
# and nothing that they write may stop the fold. `make reconcile` tells what differs then.
_FOLD: Final = text(
    "WITH moved AS ("
    "UPDATE generations SET next_block = :next_block, head_hash = :head_hash, "
    "folded_at = clock_timestamp() WHERE generation = :generation AND next_block = :expected "
    "AND head_hash = :expected_hash AND is_live = :is_live RETURNING generation"
    "), new_bills AS ("
    "INSERT INTO bills (generation, reference, number, state, type_code, is_to_order, possessor, "
    "title_holder, flags, holds, sequence, head_act_hash, issued_at, last_act_at, block_number, "
    "record, organisation) "
    "SELECT moved.generation, reference, number, state, type_code, is_to_order, possessor, "
    "title_holder, flags, holds, sequence, head_act_hash, issued_at, last_act_at, "
    "block_number, record, :organisation "
    "FROM moved, json_to_recordset(CAST(:new_bills AS json)) AS row (reference text, "
    "number bigint, state text, type_code text, is_to_order boolean, possessor text, "
    "title_holder text, flags text[], holds text[], sequence bigint, head_act_hash text, "
    "issued_at timestamptz, last_act_at timestamptz, block_number bigint, record text) "
    "ON CONFLICT DO NOTHING"
    "), changed_bills AS ("
    "UPDATE bills SET state = row.state, type_code = row.type_code, "
    "is_to_order = row.is_to_order, possessor = row.possessor, "
    "title_holder = row.title_holder, flags = row.flags, holds = row.holds, "
    "sequence = row.sequence, head_act_hash = row.head_act_hash, "
    "last_act_at = row.last_act_at, block_number = row.block_number, record = row.record "
    "FROM moved, json_to_recordset(CAST(:changed_bills AS json)) AS row (reference text, "
    "state text, type_code text, is_to_order boolean, possessor text, title_holder text, "
    "flags text[], holds text[], sequence bigint, head_act_hash text, "
    "last_act_at timestamptz, block_number bigint, record text) "
    "WHERE bills.generation = moved.generation AND bills.reference = row.reference"
    "), new_acts AS ("
    "INSERT INTO acts (generation, reference, sequence, act_hash, action_code, actor, recipient, "
    "recorded_at, transaction_id, block_number, organisation) "
    "SELECT moved.generation, reference, sequence, act_hash, action_code, actor, recipient, "
    "recorded_at, transaction_id, block_number, :organisation "
    "FROM moved, json_to_recordset(CAST(:acts AS json)) AS row (reference text, "
    "sequence bigint, act_hash text, action_code text, actor text, recipient text, "
    "recorded_at timestamptz, transaction_id text, block_number bigint) ON CONFLICT DO NOTHING"
    "), new_roles AS ("
    "INSERT INTO bill_roles (generation, reference, party, role, organisation) "
    "SELECT moved.generation, row->>0, row->>1, row->>2, :organisation "
    "FROM moved, json_array_elements(CAST(:roles AS json)) AS row ON CONFLICT DO NOTHING"
    "), new_containers AS ("
    "INSERT INTO bill_containers (generation, container_key, reference, organisation) "
    "SELECT moved.generation, row->>0, row->>1, :organisation "
    "FROM moved, json_array_elements(CAST(:containers AS json)) AS row ON CONFLICT DO NOTHING"
    "), changed_parties AS ("
    "INSERT INTO parties (generation, party, kid, vouching_organisation, status, record, "
    "recorded_at, block_number, organisation) "
    "SELECT moved.generation, party, kid, vouching_organisation, status, record, recorded_at, "
    "block_number, :organisation "
    "FROM moved, json_to_recordset(CAST(:parties AS json)) AS row (party text, kid text, "
    "vouching_organisation text, status text, record text, recorded_at timestamptz, "
    "block_number bigint) ON CONFLICT (generation, party) DO UPDATE SET kid = excluded.kid, "
    "vouching_organisation = excluded.vouching_organisation, status = excluded.status, "
    "record = excluded.record, recorded_at = excluded.recorded_at, "
    "block_number = excluded.block_number"
    ") SELECT count(*) FROM moved"
)
_FOUND: Final = text(
    "SELECT number, record FROM bills WHERE generation = live_generation() "
    "AND (CAST(:before AS bigint) IS NULL OR number < :before) "
    "AND (:all_states OR state = ANY (:states)) "
    "AND flags @> CAST(:flags AS text[]) "
    "AND (:prefix = '' OR starts_with(reference, :prefix)) "
    "AND (:container_key = '' OR reference IN (SELECT reference FROM bill_containers "
    "WHERE generation = live_generation() AND container_key = :container_key)) "
    "AND (:everybodys OR reference IN (SELECT reference FROM bill_roles "
    "WHERE generation = live_generation() AND party = ANY (:parties) "
    "AND (:all_roles OR role = ANY (:roles)))) "
    "ORDER BY number DESC LIMIT :size"
)


_ACTS_OF: Final = text(
    "SELECT sequence, act_hash, action_code, actor, recipient, recorded_at, transaction_id "
    "FROM acts WHERE generation = live_generation() AND reference = :reference ORDER BY sequence"
)


class Superseded(Exception):
    """The generation went on or was replaced by another hand; begin again where it is now."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One fold of the chain, and how far it has come."""

    number: int
    position: Position
    is_live: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a search asks for. Empty tuples and texts ask for nothing in particular.

    Attributes:
        parties: whose bills; None for those of everybody, for the own organisation alone.
    """

    parties: tuple[str, ...] | None
    states: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    prefix: str = ""
    container_key: str = ""
    before: int | None = None
    size: int = 50


@dataclass(frozen=True, slots=True)
class Found:
    """A bill that a search found: its number for the page token, and its record."""

    number: int
    record: str


@dataclass(frozen=True, slots=True)
class ProjectedAct:
    """One act as the projection has it."""

    sequence: int
    act_hash: str
    action_code: str
    actor: str
    recipient: str
    recorded_at: datetime
    transaction_id: str


class Projected:
    """Reads and writes the projection of one organisation's peer."""

    def __init__(self, database: Database, organisation: str) -> None:
        self._database = database
        self._organisation = organisation

    async def live(self) -> Generation:
        """Answer the generation that is read."""
        async with self._database.reading(self._organisation) as transaction:
            found = await transaction.connection.execute(
                text("SELECT generation, next_block, head_hash FROM generations WHERE is_live")
            )
            row = found.one()
        return Generation(
            row.generation, Position(row.next_block, bytes(row.head_hash)), is_live=True
        )

    async def begin(self) -> Generation:
        """Begin a new generation at block 0, beside the one that is read.

        What an earlier attempt left is removed; if that still runs, it is superseded.
        """
        async with self._database.transaction(self._organisation) as transaction:
            await transaction.connection.execute(text("DELETE FROM generations WHERE NOT is_live"))
            begun = await transaction.connection.execute(
                text(
                    "INSERT INTO generations (generation, is_live, next_block, head_hash) "
                    "SELECT max(generation) + 1, false, 0, '' FROM generations "
                    "RETURNING generation"
                )
            )
            number: int = begun.scalar_one()
        await self.clear()
        return Generation(number, Position(), is_live=False)

    async def write(self, before: Generation, changes: Changes, after: Position) -> Generation:
        """Write what some blocks changed and how far that goes, in one statement.

        Raises:
            Superseded: the generation is not any more where it was before.
        """
        moved = await self._database.run_alone(
            self._organisation,
            _FOLD,
            {
                "generation": before.number,
                "organisation": self._organisation,
                "is_live": before.is_live,
                "expected": before.position.next_block,
                "expected_hash": before.position.head_hash,
                "next_block": after.next_block,
                "head_hash": after.head_hash,
                "new_bills": json.dumps(_bill_rows(changes, are_new=True)),
                "changed_bills": json.dumps(_bill_rows(changes, are_new=False)),
                "acts": json.dumps(_act_rows(changes)),
                "roles": json.dumps(sorted(changes.roles)),
                "containers": json.dumps(sorted(changes.containers)),
                "parties": json.dumps(_party_rows(changes)),
            },
        )
        if moved == 0:
            raise Superseded
        return Generation(before.number, after, is_live=before.is_live)

    async def go_live(self, ready: Generation) -> bool:
        """Let readers see `ready` from now on, unless the one they see has come further.

        Raises:
            Superseded: `ready` is not there any more.
        """
        async with self._database.transaction(self._organisation) as transaction:
            found = await transaction.connection.execute(
                text(
                    "SELECT generation, is_live, next_block FROM generations "
                    "ORDER BY generation FOR UPDATE"
                )
            )
            rows = {row.generation: row for row in found}
            if ready.number not in rows:
                raise Superseded
            live = next(row for row in rows.values() if row.is_live)
            if live.next_block > ready.position.next_block:
                return False
            for number, is_live in ((live.generation, False), (ready.number, True)):
                await transaction.connection.execute(
                    text("UPDATE generations SET is_live = :live WHERE generation = :number"),
                    {"live": is_live, "number": number},
                )
            await transaction.connection.execute(text("DELETE FROM generations WHERE NOT is_live"))
        return True

    async def clear(self) -> None:
        """Remove the rows of generations that are no more."""
        for table in _TABLES:
            async with self._database.transaction(self._organisation) as transaction:
                await transaction.connection.execute(
                    text(
                        f"DELETE FROM {table} WHERE generation NOT IN "  # noqa: S608 - our names
                        "(SELECT generation FROM generations)"
                    )
                )

    async def find(self, reader: str, wanted: Wanted) -> list[Found]:
        """Answer the newest bills that match, for an organisation that asks.

        Row-level security lets through what the asker may see; the conditions only narrow it.
        """
        async with self._database.reading(reader) as transaction:
            await _speak_for(transaction, wanted.parties or ())
            found = await transaction.connection.execute(
                _FOUND,
                {
                    "before": wanted.before,
                    "all_states": not wanted.states,
                    "states": list(wanted.states),
                    "flags": list(wanted.flags),
                    "prefix": wanted.prefix,
                    "container_key": wanted.container_key,
                    "everybodys": wanted.parties is None,
                    "parties": list(wanted.parties or ()),
                    "all_roles": not wanted.roles,
                    "roles": list(wanted.roles),
                    "size": wanted.size,
                },
            )
            return [Found(row.number, row.record) for row in found]

    async def acts_of(self, reference: str) -> list[ProjectedAct]:
        """Answer the acts of a bill, oldest first, for the own people."""
        async with self._database.reading(self._organisation) as transaction:
            found = await transaction.connection.execute(_ACTS_OF, {"reference": reference})
            return [ProjectedAct(*row) for row in found]


async def _speak_for(transaction: Transaction, parties: Sequence[str]) -> None:
    await transaction.connection.execute(
        text("SELECT set_config('onebill.parties', :parties, true)"),
        {"parties": ",".join(parties)},
    )


def _bill_rows(changes: Changes, *, are_new: bool) -> list[dict[str, object]]:
    return [
        {
            "reference": bill.record.reference,
            "number": bill.number,
            "state": bill.record.state,
            "type_code": bill.record.type_code,
            "is_to_order": bill.record.is_to_order,
            "possessor": bill.record.possessor,
            "title_holder": bill.record.title_holder,
            "flags": sorted(bill.record.flags),
            "holds": [hold.reference for hold in bill.record.holds],
            "sequence": bill.record.sequence,
            "head_act_hash": bill.record.head_act_hash,
            "issued_at": bill.record.issued_at.isoformat(),
            "last_act_at": bill.record.last_act_at.isoformat(),
            "block_number": bill.block_number,
            "record": bill.record.text,
        }
        for bill in changes.bills.values()
        if (bill.number is not None) is are_new
    ]


def _act_rows(changes: Changes) -> list[dict[str, object]]:
    return [
        {
            "reference": act.reference,
            "sequence": act.sequence,
            "act_hash": act.act_hash,
            "action_code": act.action_code,
            "actor": act.actor,
            "recipient": act.recipient,
            "recorded_at": act.transaction.at.isoformat(),
            "transaction_id": act.transaction.transaction_id,
            "block_number": act.transaction.block_number,
        }
        for act in changes.acts
    ]


def _party_rows(changes: Changes) -> list[dict[str, object]]:
    return [
        {
            "party": party.party,
            "kid": party.kid,
            "vouching_organisation": party.vouching_organisation,
            "status": party.status,
            "record": party.record,
            "recorded_at": party.transaction.at.isoformat(),
            "block_number": party.transaction.block_number,
        }
        for party in changes.parties.values()
    ]
