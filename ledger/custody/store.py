"""Custody's rows."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from foundation.runtime.database import Transaction
from ledger.custody.signing import Signed


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key at rest. `public_key` is a canonical JWK."""

    kid: str
    organisation: str
    public_key: str
    sealed_key: bytes


class CustodyStore:
    """Keys and signatures in one transaction."""

    def __init__(self, transaction: Transaction) -> None:
        self._connection = transaction.connection

    async def key_of(self, organisation: str) -> KeyRow | None:
        """Answer the live key of an organisation."""
        found = await self._connection.execute(
            text(
                "SELECT kid, organisation, public_key, sealed_key FROM keys "
                "WHERE organisation = :organisation"
            ),
            {"organisation": organisation},
        )
        row = found.one_or_none()
        if row is None:
            return None
        return KeyRow(row.kid, row.organisation, row.public_key, bytes(row.sealed_key))

    async def add_key(self, key: KeyRow, at: datetime) -> KeyRow:
        """Keep a key, and answer the organisation's live one: that of whoever came first."""
        await self._connection.execute(
            text(
                "INSERT INTO keys (kid, organisation, public_key, sealed_key, created_at) "
                "VALUES (:kid, :organisation, :public_key, :sealed_key, :at) "
                "ON CONFLICT (organisation) DO NOTHING"
            ),
            {
                "kid": key.kid,
                "organisation": key.organisation,
                "public_key": key.public_key,
                "sealed_key": key.sealed_key,
                "at": at,
            },
        )
        return await self.key_of(key.organisation) or key

    async def note_signature(
        self, organisation: str, signed: Signed, judgement_reference: str, at: datetime
    ) -> None:
        """Note what was signed, for good."""
        act = signed.act.act
        await self._connection.execute(
            text(
                "INSERT INTO signatures (act_hash, organisation, kid, reference, sequence, "
                "action_code, signed_act, judgement_reference, signed_at) VALUES (:act_hash, "
                ":organisation, :kid, :reference, :sequence, :action_code, :signed_act, "
                ":judgement_reference, :at)"
            ),
            {
                "act_hash": signed.act.hash,
                "organisation": organisation,
                "kid": signed.act.kid,
                "reference": act.transport_document_reference,
                "sequence": act.sequence,
                "action_code": act.action_code,
                "signed_act": signed.act.token,
                "judgement_reference": judgement_reference or None,
                "at": at,
            },
        )
