"""What ports and terminals state about containers in their yards: signed data, no release."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

from onebill.ledger.v1 import ledger_pb2
from onebill.ledger.v1 import ledger_service_pb2 as pb
from onebill_verify.canonical import parse
from onebill_verify.custody import CustodyStatement, SignedCustodyStatement
from onebill_verify.keys import PublicKey
from sqlalchemy import text

from foundation.kernel.errors import InvalidValue, NotAllowed
from foundation.runtime.database import Database, Fact
from ledger.service.askers import Asker
from ledger.service.mapping import to_timestamp
from ledger.service.reading import Reading
from ledger.service.records import BillRecord
from ledger.service.refused import as_refusals

_KEEP: Final = text(
    "INSERT INTO custody_statements (statement_hash, reference, statement, organisation) "
    "VALUES (:hash, :reference, :statement, :organisation) ON CONFLICT DO NOTHING"
)
_OF_BILL: Final = text(
    "SELECT statement FROM custody_statements WHERE reference = :reference "
    "ORDER BY kept_at, statement_hash"
)
_WITH_A_YARD: Final = frozenset({"PORT", "TERMINAL"})
# As far as the ledger's endorsers let clocks stand apart.
_CLOCKS_APART: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Yards:
    """Keeps custody statements at one organisation's ledger service."""

    reading: Reading
    database: Database
    channel: str
    container_key: Callable[[str], str]

    async def state(self, asker: Asker, token: str) -> pb.StateCustodyResponse:
        """Keep a statement on a bill that the asker may read.

        Raises:
            InvalidValue: CUSTODY_STATEMENT_INVALID, WRONG_CHANNEL, CONTAINER_NOT_ON_BILL.
            NotAllowed: NO_YARD, PARTY_NOT_ACTIVE.
            NotFound: BILL_UNKNOWN, PARTY_UNKNOWN.
        """
        with as_refusals("The statement"):
            signed = SignedCustodyStatement.parse(token)
        said = signed.statement
        if said.channel != self.channel:
            raise InvalidValue("WRONG_CHANNEL", "The statement was signed for another ledger.")
        view = await self.reading.view(asker, said.transport_document_reference)
        await self._check_signer(signed)
        self._check_container(said, view.record)
        if said.stated_at > self.reading.clock() + _CLOCKS_APART:
            raise InvalidValue(
                "CUSTODY_STATEMENT_INVALID", "The statement is dated in the future."
            )
        own = self.reading.organisation
        async with self.database.transaction(own) as transaction:
            kept = await transaction.connection.execute(
                _KEEP,
                {
                    "hash": signed.jws.hash,
                    "reference": said.transport_document_reference,
                    "statement": token,
                    "organisation": own,
                },
            )
            if kept.rowcount:
                transaction.publish(
                    Fact(
                        type="onebill.ledger.custody.v1",
                        subject=said.transport_document_reference,
                        occurred_at=said.stated_at,
                        payload={"party": said.party, "statementHash": signed.jws.hash},
                    )
                )
        return pb.StateCustodyResponse(custody_statement=_to_statement(signed))

    async def statements(self, asker: Asker, reference: str) -> pb.ListCustodyStatementsResponse:
        """Answer what was stated about a bill's containers, oldest first.

        A member that is no party to the bill sees what it stated itself.
        """
        view = await self.reading.view(asker, reference)
        sees_all = await self.reading.may_see_beside(asker, view.record)
        async with self.database.reading(self.reading.organisation) as transaction:
            found = await transaction.connection.execute(_OF_BILL, {"reference": reference})
            stated = [SignedCustodyStatement.parse(token) for token in found.scalars()]
        return pb.ListCustodyStatementsResponse(
            custody_statements=[
                _to_statement(signed)
                for signed in stated
                if sees_all or signed.statement.party in asker.parties
            ]
        )

    async def _check_signer(self, signed: SignedCustodyStatement) -> None:
        party = await self.reading.chain.party(signed.statement.party)
        if party.status != "ACTIVE":
            raise NotAllowed(
                "PARTY_NOT_ACTIVE", f"Party {party.party} is {party.status}.", party=party.party
            )
        if not _WITH_A_YARD & set(party.roles):
            raise NotAllowed(
                "NO_YARD",
                "Only a port or a terminal states what is in its yard.",
                party=party.party,
            )
        with as_refusals("The statement"):
            signed.verify(PublicKey.from_jwk(parse(party.public_key.encode())))

    def _check_container(self, said: CustodyStatement, record: BillRecord) -> None:
        whole = cast("dict[str, Any]", parse(record.text.encode()))
        if self.container_key(said.equipment_reference) not in whole["containerKeys"]:
            raise InvalidValue(
                "CONTAINER_NOT_ON_BILL",
                f"{said.equipment_reference} is no container of "
                f"{said.transport_document_reference}.",
                equipment_reference=said.equipment_reference,
            )


def _to_statement(signed: SignedCustodyStatement) -> ledger_pb2.CustodyStatement:
    said = signed.statement
    return ledger_pb2.CustodyStatement(
        statement=signed.token,
        transport_document_reference=said.transport_document_reference,
        party=said.party,
        equipment_reference=said.equipment_reference,
        seal_numbers=said.seal_numbers,
        un_location_code=said.un_location_code,
        in_yard_since=to_timestamp(said.in_yard_since),
        stated_at=to_timestamp(said.stated_at),
    )
