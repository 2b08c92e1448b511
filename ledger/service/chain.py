"""Questions to the contract through this organisation's own peer, with typed answers."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from onebill_verify import forms
from onebill_verify.canonical import JsonValue, encode, parse
from onebill_verify.forms import Members

from foundation.kernel.errors import NotFound, Unavailable
from ledger.client.gateway import VALID, RecordedTransaction
from ledger.service.records import BillRecord

_MALFORMED: Final = "ACT_MALFORMED"


class Peer(Protocol):
    """What is needed of the Gateway client."""

    async def evaluate(self, function: str, *arguments: str) -> bytes:
        """Ask the contract at the own peer."""
        ...

    async def find_transaction(self, transaction_id: str) -> RecordedTransaction | None:
        """Answer a recorded transaction."""
        ...


@dataclass(frozen=True, slots=True)
class Possibility:
    """Whether a party may do one act next, and why not."""

    action_code: str
    is_allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill, and what the party asked about may do next."""

    record: BillRecord
    possible: tuple[Possibility, ...]


@dataclass(frozen=True, slots=True)
class ChainAct:
    """A recorded act and the transaction that carries it."""

    sequence: int
    signed_act: str
    transaction_id: str
    key_custody: str


@dataclass(frozen=True, slots=True)
class ChainKey:
    """A key that a party has or had: who keeps it, and how and when the party came by it."""

    kid: str
    key_custody: str
    how: str
    since: datetime


@dataclass(frozen=True, slots=True)
class ChainRecovery:
    """A recovery of a lost key; `effective_at` is None while it is only asked for."""

    kid: str
    state: str
    asked_by: tuple[str, ...]
    effective_at: datetime | None


@dataclass(frozen=True, slots=True)
class ChainRules:
    """The channel's rules in force; `organisations` are MSP id and kind."""

    rulebook_version: int
    rulebook_hash: str
    recovery_delay_seconds: int
    organisations: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ChainParty:
    """A party's record on the ledger. `public_key` is a canonical JWK."""

    party: str
    kid: str
    public_key: str
    roles: tuple[str, ...]
    vouching_organisation: str
    status: str
    keys: tuple[ChainKey, ...]
    rulebook_version: int
    approver_keys: tuple[ChainKey, ...] = ()

    def live_kid(self, *, of_approver: bool = False) -> str:
        """Return the live key of the party, or of its approver: empty where it has none."""
        if not of_approver:
            return self.kid
        return self.approver_keys[-1].kid if self.approver_keys else ""


class Chain:
    """The contract's queries."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    async def bill(self, reference: str, party: str | None = None) -> BillView:
        """Answer a bill.

        Raises:
            NotFound: BILL_UNKNOWN.
        """
        arguments = (reference,) if party is None else (reference, party)
        answer = Members(
            parse(await self._peer.evaluate("GetBill", *arguments)), "GetBill", _MALFORMED
        )
        return BillView(
            BillRecord.read(answer.take("bill", forms.anything)),
            tuple(_possibility(entry) for entry in answer.take("acts", forms.items)),
        )

    async def find_bill(self, reference: str) -> BillRecord | None:
        """Answer a bill's record, or None where there is none."""
        try:
            return (await self.bill(reference)).record
        except NotFound:
            return None

    async def acts(self, reference: str, from_sequence: int = 1) -> list[ChainAct]:
        """Answer the acts of a bill from a sequence number on, oldest first."""
        found: list[ChainAct] = []
        more = True
        while more:
            answer = Members(
                parse(await self._peer.evaluate("GetActs", reference, str(from_sequence))),
                "GetActs",
                _MALFORMED,
            )
            page = [_act(entry) for entry in answer.take("acts", forms.items)]
            found += page
            more = answer.take("more", forms.boolean) and bool(page)
            from_sequence += len(page)
        return found

    async def act(self, reference: str, sequence: int) -> ChainAct | None:
        """Answer the act of one sequence number, or None where there is none yet."""
        try:
            answer = await self._peer.evaluate("GetActs", reference, str(sequence))
        except NotFound:
            return None
        page = Members(parse(answer), "GetActs", _MALFORMED).take("acts", forms.items)
        return _act(page[0]) if page else None

    async def party(self, party: str) -> ChainParty:
        """Answer a party's record.

        Raises:
            NotFound: PARTY_UNKNOWN.
        """
        record = Members(
            parse(await self._peer.evaluate("GetParty", party)), "GetParty", _MALFORMED
        )
        return ChainParty(
            party=record.take("party", forms.party),
            kid=record.take("kid", forms.kid),
            public_key=encode(record.take("publicKey", forms.anything)).decode(),
            roles=tuple(forms.text(role) for role in record.take("roles", forms.items)),
            vouching_organisation=record.take("vouchingOrganisation", forms.msp_id),
            status=record.take("status", forms.text),
            keys=tuple(_key(entry) for entry in record.take("keys", forms.items)),
            rulebook_version=record.take("rulebookVersion", forms.positive),
            approver_keys=record.optional("approverKey", _approver_keys) or (),
        )

    async def recoveries(self, party: str) -> list[ChainRecovery]:
        """Answer the recoveries of a party's key, oldest first.

        Raises:
            NotFound: PARTY_UNKNOWN.
        """
        record = Members(
            parse(await self._peer.evaluate("GetRecoveries", party)), "GetRecoveries", _MALFORMED
        )
        return [_recovery(entry) for entry in record.take("recoveries", forms.items)]

    async def rules(self) -> ChainRules:
        """Answer the channel's rules in force.

        Raises:
            WrongState: RULES_MISSING.
        """
        record = Members(parse(await self._peer.evaluate("GetRules")), "GetRules", _MALFORMED)
        return ChainRules(
            rulebook_version=record.take("rulebookVersion", forms.positive),
            rulebook_hash=record.take("rulebookHash", forms.hex_hash),
            recovery_delay_seconds=record.take("recoveryDelaySeconds", forms.positive),
            organisations=tuple(
                _organisation(entry) for entry in record.take("organisations", forms.items)
            ),
        )

    async def party_transactions(self, party: str) -> list[str]:
        """Answer the ids of all that made a party what it is, oldest first."""
        answer = Members(
            parse(await self._peer.evaluate("GetPartyTransactions", party)),
            "GetPartyTransactions",
            _MALFORMED,
        )
        return [forms.text(entry) for entry in answer.take("transactions", forms.items)]

    async def payload(self, transaction_id: str) -> bytes:
        """Answer the endorsed transaction, as it stands in its block.

        Raises:
            Unavailable: TRANSACTION_NOT_HERE_YET, where the own peer is behind.
        """
        found = await self._peer.find_transaction(transaction_id)
        if found is None or found.code != VALID:
            raise Unavailable(
                "TRANSACTION_NOT_HERE_YET",
                "This organisation's peer does not have that block yet; ask again.",
                transaction_id=transaction_id,
            )
        return found.payload

    async def would_accept(self, function: str, arguments: tuple[str, ...]) -> None:
        """Let the own peer judge a transaction without recording it.

        Raises:
            DomainError: its refusal.
        """
        await self._peer.evaluate(function, *arguments)


def _possibility(value: JsonValue) -> Possibility:
    members = Members(value, "a possibility", _MALFORMED)
    is_allowed = members.take("allowed", forms.boolean)
    return Possibility(
        members.take("actionCode", forms.text),
        is_allowed,
        "" if is_allowed else members.take("reason", forms.text),
    )


def _act(value: JsonValue) -> ChainAct:
    members = Members(value, "a recorded act", _MALFORMED)
    return ChainAct(
        members.take("sequence", forms.positive),
        members.take("act", forms.jws_text),
        members.take("transactionId", forms.text),
        members.take("keyCustody", forms.text),
    )


def _key(value: JsonValue) -> ChainKey:
    members = Members(value, "a key of a party", _MALFORMED)
    return ChainKey(
        members.take("kid", forms.kid),
        members.take("keyCustody", forms.text),
        members.take("how", forms.text),
        members.take("since", forms.time),
    )


def _approver_keys(value: JsonValue) -> tuple[ChainKey, ...]:
    members = Members(value, "an approver", _MALFORMED)
    return tuple(_key(entry) for entry in members.take("keys", forms.items))


def _recovery(value: JsonValue) -> ChainRecovery:
    members = Members(value, "a recovery", _MALFORMED)
    return ChainRecovery(
        members.take("kid", forms.kid),
        members.take("state", forms.text),
        tuple(forms.text(name) for name in members.take("askedBy", forms.items)),
        members.optional("effectiveDateTime", forms.time),
    )


def _organisation(value: JsonValue) -> tuple[str, str]:
    members = Members(value, "an organisation", _MALFORMED)
    return members.take("mspId", forms.msp_id), members.take("kind", forms.text)
