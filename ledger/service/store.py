"""What a ledger service keeps in its own schema, statement by statement."""

from dataclasses import dataclass
from typing import Final

from onebill_verify.registrations import SignedRegistration
from sqlalchemy import text

from foundation.runtime.database import Database, Transaction
from ledger.client.courier import Errand
from ledger.client.gateway import VALID, CommitStatus
from ledger.client.proposal import Prepared
from ledger.service.vouching import Vouched

_PENDING: Final = text(
    "SELECT transaction_id, payload, signature FROM envelopes "
    "WHERE subject = :subject AND code IS NULL"
)
_ALL_PENDING: Final = text(
    "SELECT transaction_id, payload, signature FROM envelopes WHERE code IS NULL "
    "ORDER BY kept_at LIMIT 1000"
)
_KEEP: Final = text(
    "INSERT INTO envelopes (transaction_id, subject, payload, signature, reference, details, "
    "details_salt, organisation) VALUES (:transaction_id, :subject, :payload, :signature, "
    ":reference, :details, :details_salt, :organisation)"
)
_SETTLE: Final = text(
    "UPDATE envelopes SET code = :code, settled_at = now(), details = NULL, details_salt = NULL "
    "WHERE transaction_id = :transaction_id AND code IS NULL"
)
_DETAILS_FROM_ENVELOPE: Final = text(
    "INSERT INTO details (act_hash, reference, details, details_salt, organisation) "
    "SELECT subject, reference, details, details_salt, organisation FROM envelopes "
    "WHERE transaction_id = :transaction_id AND code IS NULL AND details IS NOT NULL "
    "ON CONFLICT DO NOTHING"
)
_DETAILS: Final = text(
    "INSERT INTO details (act_hash, reference, details, details_salt, organisation) "
    "VALUES (:act_hash, :reference, :details, :details_salt, :organisation) "
    "ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Details:
    """Details of an act, canonical JSON, and their salt."""

    details: str
    details_salt: str


class StoredEnvelopes:
    """Envelopes in the service's schema. The details of an act become known with its commit."""

    def __init__(self, database: Database, organisation: str) -> None:
        self._database = database
        self._organisation = organisation

    async def pending(self, subject: str) -> Prepared | None:
        """Answer the envelope of `subject` whose outcome is not known."""
        async with self._database.reading(self._organisation) as transaction:
            found = await transaction.connection.execute(_PENDING, {"subject": subject})
            row = found.one_or_none()
        if row is None:
            return None
        return Prepared(row.transaction_id, bytes(row.payload), bytes(row.signature))

    async def all_pending(self) -> list[Prepared]:
        """Answer every envelope whose outcome is not known, oldest first."""
        async with self._database.reading(self._organisation) as transaction:
            found = await transaction.connection.execute(_ALL_PENDING)
            return [
                Prepared(row.transaction_id, bytes(row.payload), bytes(row.signature))
                for row in found
            ]

    async def keep(self, errand: Errand, prepared: Prepared) -> None:
        """Store an envelope and what travels beside it."""
        beside = errand.beside
        async with self._database.transaction(self._organisation) as transaction:
            await transaction.connection.execute(
                _KEEP,
                {
                    "transaction_id": prepared.transaction_id,
                    "subject": errand.subject,
                    "payload": prepared.payload,
                    "signature": prepared.signature,
                    "reference": beside.reference if beside else None,
                    "details": beside.details if beside else None,
                    "details_salt": beside.details_salt if beside else None,
                    "organisation": self._organisation,
                },
            )

    async def settle(self, prepared: Prepared, status: CommitStatus) -> None:
        """Note the final code; the details of a recorded act are kept, of another dropped."""
        key = {"transaction_id": prepared.transaction_id}
        async with self._database.transaction(self._organisation) as transaction:
            if status.code == VALID:
                await transaction.connection.execute(_DETAILS_FROM_ENVELOPE, key)
            await transaction.connection.execute(_SETTLE, {**key, "code": status.code})


class LedgerStore:
    """Parties, roles, details and answers, in one transaction of the own organisation."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction
        self._connection = transaction.connection
        self._own = {"organisation": transaction.organisation}

    async def parties_of(self, member: str) -> list[str]:
        """Answer the party ids of an organisation, the latest known first."""
        found = await self._connection.execute(
            text("SELECT party FROM known_parties WHERE member = :member ORDER BY known_at DESC"),
            {"member": member},
        )
        return list(found.scalars())

    async def member_of(self, party: str) -> str:
        """Answer the organisation behind a party id, or nothing."""
        found = await self._connection.execute(
            text("SELECT member FROM known_parties WHERE party = :party"), {"party": party}
        )
        return found.scalar_one_or_none() or ""

    async def know_party(self, party: str, member: str) -> None:
        """Remember whose party it is, and let that organisation see its bills."""
        await self._connection.execute(
            text(
                "INSERT INTO known_parties (party, member, organisation) "
                "VALUES (:party, :member, :organisation) ON CONFLICT (party) DO NOTHING"
            ),
            {"party": party, "member": member, **self._own},
        )
        found = await self._connection.execute(
            text("SELECT reference, role FROM bill_roles WHERE party = :party"), {"party": party}
        )
        for row in found.all():
            await self._transaction.grant(row.reference, member, row.role)

    async def registration_for(self, proposed: SignedRegistration) -> SignedRegistration:
        """Answer the registration of this key, keeping `proposed` if it is the first."""
        await self._connection.execute(
            text(
                "INSERT INTO registrations (kid, party, registration, organisation) "
                "VALUES (:kid, :party, :registration, :organisation) "
                "ON CONFLICT (kid) DO NOTHING"
            ),
            {
                "kid": proposed.jws.kid,
                "party": proposed.registration.party,
                "registration": proposed.jws.token,
                **self._own,
            },
        )
        found = await self._connection.execute(
            text("SELECT registration FROM registrations WHERE kid = :kid"),
            {"kid": proposed.jws.kid},
        )
        return SignedRegistration.parse(found.scalar_one())

    async def replace_registration(self, signed: SignedRegistration) -> None:
        """Keep another registration of this key: the one before was refused."""
        await self._connection.execute(
            text(
                "UPDATE registrations SET party = :party, registration = :registration "
                "WHERE kid = :kid"
            ),
            {
                "kid": signed.jws.kid,
                "party": signed.registration.party,
                "registration": signed.jws.token,
            },
        )

    async def keep_evidence(self, party: str, evidence: Vouched) -> None:
        """Keep what was seen before this organisation vouched."""
        await self._connection.execute(
            text(
                "INSERT INTO registration_evidence (party, identity, identity_salt, screening, "
                "screening_salt, organisation) VALUES (:party, :identity, :identity_salt, "
                ":screening, :screening_salt, :organisation) ON CONFLICT (party) DO NOTHING"
            ),
            {
                "party": party,
                "identity": evidence.identity,
                "identity_salt": evidence.identity_salt,
                "screening": evidence.screening,
                "screening_salt": evidence.screening_salt,
                **self._own,
            },
        )

    async def channel_party_with_key(self, kid: str) -> str | None:
        """Answer the party of the channel whose live key this is."""
        found = await self._connection.execute(
            text("SELECT party FROM channel_parties WHERE kid = :kid ORDER BY party LIMIT 1"),
            {"kid": kid},
        )
        return found.scalar_one_or_none()

    async def saw_party(self, party: str, kid: str, vouching_organisation: str) -> None:
        """Note a party's live key as the channel has it."""
        await self._connection.execute(
            text(
                "INSERT INTO channel_parties (party, kid, vouching_organisation, organisation) "
                "VALUES (:party, :kid, :vouching_organisation, :organisation) "
                "ON CONFLICT (party) DO UPDATE SET kid = excluded.kid"
            ),
            {
                "party": party,
                "kid": kid,
                "vouching_organisation": vouching_organisation,
                **self._own,
            },
        )

    async def saw_bill(self, reference: str, roles: frozenset[tuple[str, str]]) -> None:
        """Note that there is such a bill, and the roles on it."""
        await self._connection.execute(
            text(
                "INSERT INTO bills (reference, organisation) VALUES (:reference, :organisation) "
                "ON CONFLICT (reference) DO NOTHING"
            ),
            {"reference": reference, **self._own},
        )
        for party, role in sorted(roles):
            added = await self._connection.execute(
                text(
                    "INSERT INTO bill_roles (reference, party, role, organisation) "
                    "VALUES (:reference, :party, :role, :organisation) ON CONFLICT DO NOTHING"
                ),
                {"reference": reference, "party": party, "role": role, **self._own},
            )
            if added.rowcount:
                member = await self.member_of(party)
                if member:
                    await self._transaction.grant(reference, member, role)

    async def roles_seen(self, reference: str, parties: list[str]) -> frozenset[str]:
        """Answer every role that the parties were seen with on a bill."""
        found = await self._connection.execute(
            text(
                "SELECT DISTINCT role FROM bill_roles "
                "WHERE reference = :reference AND party = ANY(:parties)"
            ),
            {"reference": reference, "parties": parties},
        )
        return frozenset(found.scalars())

    async def keep_details(self, act_hash: str, reference: str, kept: Details) -> None:
        """Keep the details of an act that somebody else carried to the ledger."""
        await self._connection.execute(
            _DETAILS,
            {
                "act_hash": act_hash,
                "reference": reference,
                "details": kept.details,
                "details_salt": kept.details_salt,
                **self._own,
            },
        )

    async def details_of(self, reference: str) -> dict[str, Details]:
        """Answer the details that are held here, by act hash."""
        found = await self._connection.execute(
            text("SELECT act_hash, details, details_salt FROM details WHERE reference = :ref"),
            {"ref": reference},
        )
        return {row.act_hash: Details(row.details, row.details_salt) for row in found}

    async def answer_to(self, act_hash: str, asker: str) -> bytes | None:
        """Answer what this asker was told about this act first."""
        found = await self._connection.execute(
            text("SELECT answer FROM act_answers WHERE act_hash = :act_hash AND asker = :asker"),
            {"act_hash": act_hash, "asker": asker},
        )
        answer = found.scalar_one_or_none()
        return bytes(answer) if answer is not None else None

    async def remember_answer(
        self, act_hash: str, asker: str, reference: str, answer: bytes
    ) -> None:
        """Keep the first answer to an act."""
        await self._connection.execute(
            text(
                "INSERT INTO act_answers (act_hash, asker, reference, answer, organisation) "
                "VALUES (:act_hash, :asker, :reference, :answer, :organisation) "
                "ON CONFLICT DO NOTHING"
            ),
            {
                "act_hash": act_hash,
                "asker": asker,
                "reference": reference,
                "answer": answer,
                **self._own,
            },
        )


@dataclass(frozen=True, slots=True)
class BillRow:
    """A bill in a list, and its number for the page token."""

    number: int
    reference: str


async def page_of_bills(transaction: Transaction, before: int | None, size: int) -> list[BillRow]:
    """Answer the newest bills below a number. Whose they may be, row-level security says."""
    found = await transaction.connection.execute(
        text(
            "SELECT number, reference FROM bills "
            "WHERE CAST(:before AS bigint) IS NULL OR number < :before "
            "ORDER BY number DESC LIMIT :size"
        ),
        {"before": before, "size": size},
    )
    return [BillRow(row.number, row.reference) for row in found]
