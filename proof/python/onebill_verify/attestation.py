"""The attestation: an endorsed read of one bill, submitted nowhere (bundle.md, section 3)."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from onebill_verify import forms
from onebill_verify.canonical import JsonValue, parse_canonical
from onebill_verify.errors import NotProven
from onebill_verify.fabric import Namespace, Transaction
from onebill_verify.forms import Members

STATES: Final = (
    "ISSUED",
    "PENDING_SURRENDER_FOR_DELIVERY",
    "SURRENDERED_FOR_DELIVERY",
    "PENDING_SURRENDER_FOR_AMENDMENT",
    "SURRENDERED_FOR_AMENDMENT",
    "VOIDED",
    "PAPER",
    "ACCOMPLISHED",
)
_MALFORMED: Final = "ATTESTATION_MALFORMED"
_ARGUMENTS: Final = 2
# Fabric itself adds this one read to every simulation: which definition of the chaincode ran.
_LIFECYCLE: Final = "_lifecycle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """What the peers said of the bill; `title_holder` is empty for a blank bill."""

    as_of: datetime
    channel: str
    chaincode: str
    head_act_hash: str
    hold: bool
    nonce: str
    pledge: bool
    possessor: str
    recovery_pending: bool
    sequence: int
    state: str
    title_holder: str
    transport_document_reference: str

    @classmethod
    def parse(cls, data: bytes) -> "Attestation":
        """Read the response of Attest. Raises NotProven `ATTESTATION_MALFORMED`."""
        try:
            value = parse_canonical(data)
        except NotProven as error:
            raise NotProven(_MALFORMED, f"the attestation: {error.message}") from None
        members = Members(value, "the attestation", _MALFORMED)
        attestation = cls(
            as_of=members.take("asOf", forms.time),
            channel=members.take("channel", forms.channel),
            chaincode=members.take("chaincode", forms.text),
            head_act_hash=members.take("headActHash", forms.hex_hash),
            hold=members.take("hold", forms.boolean),
            nonce=members.take("nonce", forms.nonce),
            pledge=members.take("pledge", forms.boolean),
            possessor=members.take("possessor", forms.party),
            recovery_pending=members.take("recoveryPending", forms.boolean),
            sequence=members.take("sequence", forms.positive),
            state=members.take("state", forms.one_of(*STATES)),
            title_holder=members.take("titleHolder", _title_holder),
            transport_document_reference=members.take(
                "transportDocumentReference", forms.bill_reference
            ),
        )
        members.end()
        return attestation

    @classmethod
    def of(cls, transaction: Transaction, chaincode: str, reference: str) -> "Attestation":
        """Take an endorsed read for what it may be: of this bill, and of nothing else.

        Raises NotProven `ATTESTATION_WRONG_FUNCTION`, `ATTESTATION_WRONG_BILL`,
        `ATTESTATION_WRONG_NONCE`, `ATTESTATION_WRITES`, `ATTESTATION_READS_ELSE`,
        `ATTESTATION_WRONG_TIME` or `ATTESTATION_MALFORMED`.
        """
        if transaction.function != "Attest":
            raise NotProven(
                "ATTESTATION_WRONG_FUNCTION", f"{transaction.function!r} is no attestation"
            )
        if len(transaction.arguments) != _ARGUMENTS:
            raise NotProven(_MALFORMED, "Attest has two arguments")
        asked, nonce = transaction.arguments
        if asked != reference:
            raise NotProven("ATTESTATION_WRONG_BILL", f"the peers were asked of {asked!r}")
        _check_writes_nothing(transaction.namespaces)
        said = cls.parse(transaction.response)
        keys = {f"BILL_{reference}", f"RECOVERY_{said.possessor}"}
        if said.title_holder:
            keys.add(f"RECOVERY_{said.title_holder}")
        _check_only_read(transaction.namespaces, chaincode, keys)
        if said.channel != transaction.channel or said.chaincode != chaincode:
            raise NotProven(_MALFORMED, "the attestation names another channel or chaincode")
        if said.transport_document_reference != reference:
            raise NotProven("ATTESTATION_WRONG_BILL", "the peers answered for another bill")
        if said.nonce != nonce:
            raise NotProven("ATTESTATION_WRONG_NONCE", "the answer has another nonce")
        if said.as_of != transaction.moment.whole():
            raise NotProven("ATTESTATION_WRONG_TIME", "the answer names another time")
        return said


def _check_writes_nothing(namespaces: tuple[Namespace, ...]) -> None:
    if any(namespace.writes for namespace in namespaces):
        raise NotProven("ATTESTATION_WRITES", "an attestation writes nothing; this does")


def _check_only_read(
    namespaces: tuple[Namespace, ...], chaincode: str, keys: AbstractSet[str]
) -> None:
    reads = {namespace.name: namespace.reads for namespace in namespaces}
    lifecycle = reads.pop(_LIFECYCLE, None)
    if (
        reads.keys() != {chaincode}
        or sorted(reads[chaincode]) != sorted(keys)
        or lifecycle not in (None, (f"namespaces/fields/{chaincode}/Sequence",))
        or any(namespace.others for namespace in namespaces)
    ):
        raise NotProven(
            "ATTESTATION_READS_ELSE",
            f"an attestation reads {', '.join(sorted(keys))} and nothing else",
        )


def _title_holder(value: JsonValue) -> str:
    return "" if value == "" else forms.party(value)
