"""The terms of each action code (act.md, section 4): one class per code that has any."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from onebill_verify import forms
from onebill_verify.canonical import JsonValue
from onebill_verify.errors import NotProven
from onebill_verify.forms import Members

CONTAINERS_MAX: Final = 100
CUSTOMS_MAX: Final = 4
DOCUMENTS_MAX: Final = 100
REPLACED_MAX: Final = 100
_MALFORMED: Final = "ACT_MALFORMED"


@dataclass(frozen=True, slots=True)
class NoTerms:
    """Terms of the codes that say all by themselves."""

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {}

    @classmethod
    def read(cls, members: Members) -> "NoTerms":
        """Read from the members of `terms`."""
        return cls()


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the two gates wait for; nothing else."""

    receiver_charges: bool
    master_documents: bool
    customs: bool
    terminal_charges: bool
    general_average: bool
    gate_one: str = "SURRENDER_ACCEPTED"

    def payload(self) -> dict[str, JsonValue]:
        """Return the conditions as they stand in ISSUE."""
        return {
            "receiverCharges": self.receiver_charges,
            "masterDocuments": self.master_documents,
            "customs": self.customs,
            "terminalCharges": self.terminal_charges,
            "generalAverage": self.general_average,
            "gateOne": self.gate_one,
        }

    @classmethod
    def read(cls, value: JsonValue) -> "Conditions":
        """Read from JSON. Raises NotProven `ACT_MALFORMED`."""
        members = Members(value, "conditions", _MALFORMED)
        conditions = cls(
            receiver_charges=members.take("receiverCharges", forms.boolean),
            master_documents=members.take("masterDocuments", forms.boolean),
            customs=members.take("customs", forms.boolean),
            terminal_charges=members.take("terminalCharges", forms.boolean),
            general_average=members.take("generalAverage", forms.boolean),
            gate_one=members.take("gateOne", forms.one_of("SURRENDER_ACCEPTED", "AGENTS_CUSTODY")),
        )
        members.end()
        return conditions


@dataclass(frozen=True, slots=True)
class IssuedContainer:
    """One container under the bill: its blinded key and the carrier's receipt for it."""

    container_key: str
    receipt: str
    is_part_container: bool | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return the entry as it stands in ISSUE."""
        entry: dict[str, JsonValue] = {
            "containerKey": self.container_key,
            "receipt": self.receipt,
        }
        if self.is_part_container is not None:
            entry["isPartContainer"] = self.is_part_container
        return entry

    @classmethod
    def read(cls, value: JsonValue) -> "IssuedContainer":
        """Read from JSON. Raises NotProven `ACT_MALFORMED`."""
        members = Members(value, "a container", _MALFORMED)
        container = cls(
            container_key=members.take("containerKey", forms.hex_hash),
            receipt=members.take("receipt", forms.jws_text),
            is_part_container=members.optional("isPartContainer", forms.boolean),
        )
        members.end()
        return container


@dataclass(frozen=True, slots=True)
class Replaced:
    """A bill that ended, and the act that ended it."""

    transport_document_reference: str
    void_act_hash: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the entry as it stands in ISSUE."""
        return {
            "transportDocumentReference": self.transport_document_reference,
            "voidActHash": self.void_act_hash,
        }

    @classmethod
    def read(cls, value: JsonValue) -> "Replaced":
        """Read from JSON. Raises NotProven `ACT_MALFORMED`."""
        members = Members(value, "a replaced bill", _MALFORMED)
        replaced = cls(
            transport_document_reference=members.take(
                "transportDocumentReference", forms.bill_reference
            ),
            void_act_hash=members.take("voidActHash", forms.hex_hash),
        )
        members.end()
        return replaced


def _replaced(value: JsonValue) -> tuple[Replaced, ...]:
    entries = forms.array_of(Replaced.read, least=1, most=REPLACED_MAX)(value)
    if len({entry.transport_document_reference for entry in entries}) != len(entries):
        raise ValueError("names the same bill twice")
    return entries


def _containers(value: JsonValue) -> tuple[IssuedContainer, ...]:
    entries = forms.array_of(IssuedContainer.read, least=1, most=CONTAINERS_MAX)(value)
    if len({entry.container_key for entry in entries}) != len(entries):
        raise ValueError("names the same container twice")
    return entries


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueTerms:
    """Terms of ISSUE (section 4.1): what the bill is and who has which part in it."""

    transport_document_type_code: str = "BOL"
    is_to_order: bool
    shipper: str
    delivery_agent: str
    carriers_agent: str
    terminal: str
    customs: tuple[str, ...]
    first_carrier: str
    document_hash: str
    certificate_hash: str
    taking_in_charge_date: date
    is_clean: bool
    containers: tuple[IssuedContainer, ...]
    approval: str
    conditions: Conditions
    consignee: str | None = None
    endorsee: str | None = None
    replaces: tuple[Replaced, ...] = ()

    @property
    def replaced_references(self) -> frozenset[str]:
        """The bills whose place this one takes."""
        return frozenset(one.transport_document_reference for one in self.replaces)

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        terms: dict[str, JsonValue] = {
            "transportDocumentTypeCode": self.transport_document_type_code,
            "isToOrder": self.is_to_order,
            "shipper": self.shipper,
            "deliveryAgent": self.delivery_agent,
            "carriersAgent": self.carriers_agent,
            "terminal": self.terminal,
            "customs": list(self.customs),
            "firstCarrier": self.first_carrier,
            "documentHash": self.document_hash,
            "certificateHash": self.certificate_hash,
            "takingInChargeDate": self.taking_in_charge_date.isoformat(),
            "isClean": self.is_clean,
            "containers": [container.payload() for container in self.containers],
            "approval": self.approval,
            "conditions": self.conditions.payload(),
        }
        if self.consignee is not None:
            terms["consignee"] = self.consignee
        if self.endorsee is not None:
            terms["endorsee"] = self.endorsee
        if self.replaces:
            terms["replaces"] = [one.payload() for one in self.replaces]
        return terms

    @classmethod
    def read(cls, members: Members) -> "IssueTerms":
        """Read from the members of `terms`."""
        terms = cls(
            transport_document_type_code=members.take(
                "transportDocumentTypeCode", forms.one_of("BOL", "SWB")
            ),
            is_to_order=members.take("isToOrder", forms.boolean),
            shipper=members.take("shipper", forms.party),
            consignee=members.optional("consignee", forms.party),
            endorsee=members.optional("endorsee", forms.party),
            delivery_agent=members.take("deliveryAgent", forms.party),
            carriers_agent=members.take("carriersAgent", forms.party),
            terminal=members.take("terminal", forms.party),
            customs=members.take(
                "customs", forms.array_of(forms.party, least=1, most=CUSTOMS_MAX)
            ),
            first_carrier=members.take("firstCarrier", forms.party),
            document_hash=members.take("documentHash", forms.hex_hash),
            certificate_hash=members.take("certificateHash", forms.hex_hash),
            taking_in_charge_date=members.take("takingInChargeDate", forms.calendar_date),
            is_clean=members.take("isClean", forms.boolean),
            containers=members.take("containers", _containers),
            approval=members.take("approval", forms.jws_text),
            conditions=members.take("conditions", Conditions.read),
            replaces=members.optional("replaces", _replaced) or (),
        )
        if terms.transport_document_type_code == "SWB" and terms.is_to_order:
            raise NotProven(_MALFORMED, "a sea waybill is never to order")
        if terms.is_to_order == (terms.consignee is not None):
            raise NotProven(_MALFORMED, "a consignee stands on a bill exactly if not to order")
        if not terms.is_to_order and terms.endorsee is not None:
            raise NotProven(_MALFORMED, "only a bill to order has an endorsee")
        return terms


@dataclass(frozen=True, slots=True)
class NoteOnBoardTerms:
    """Terms of NOTE_ON_BOARD: the sea leg and the carrier's receipts, one per container."""

    leg_sequence: int
    receipts: tuple[str, ...]

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {"legSequence": self.leg_sequence, "receipts": list(self.receipts)}

    @classmethod
    def read(cls, members: Members) -> "NoteOnBoardTerms":
        """Read from the members of `terms`."""
        receipts = forms.array_of(forms.jws_text, least=1, most=CONTAINERS_MAX)
        return cls(
            leg_sequence=members.take("legSequence", forms.positive),
            receipts=members.take("receipts", receipts),
        )


@dataclass(frozen=True, slots=True)
class RejectTransferTerms:
    """Terms of REJECT_TRANSFER and REFUSE_PRESENTATION: to whom title passes, if it does."""

    endorse_to: str | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {} if self.endorse_to is None else {"endorseTo": self.endorse_to}

    @classmethod
    def read(cls, members: Members) -> "RejectTransferTerms":
        """Read from the members of `terms`."""
        return cls(endorse_to=members.optional("endorseTo", forms.party))


@dataclass(frozen=True, slots=True)
class SurrenderTerms:
    """Terms of SURRENDER_FOR_DELIVERY: its reference, and who is to get the goods."""

    surrender_request_reference: str
    deliver_to: str
    pick_up_party: str | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        terms: dict[str, JsonValue] = {
            "surrenderRequestReference": self.surrender_request_reference,
            "deliverTo": self.deliver_to,
        }
        if self.pick_up_party is not None:
            terms["pickUpParty"] = self.pick_up_party
        return terms

    @classmethod
    def read(cls, members: Members) -> "SurrenderTerms":
        """Read from the members of `terms`."""
        return cls(
            surrender_request_reference=members.take("surrenderRequestReference", forms.reference),
            deliver_to=members.take("deliverTo", forms.party),
            pick_up_party=members.optional("pickUpParty", forms.party),
        )


@dataclass(frozen=True, slots=True)
class SurrenderAnswerTerms:
    """Terms of ACCEPT_, REJECT_ and WITHDRAW_SURRENDER: which surrender is answered."""

    surrender_request_reference: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {"surrenderRequestReference": self.surrender_request_reference}

    @classmethod
    def read(cls, members: Members) -> "SurrenderAnswerTerms":
        """Read from the members of `terms`."""
        return cls(members.take("surrenderRequestReference", forms.reference))


@dataclass(frozen=True, slots=True)
class ConfirmPaymentTerms:
    """Terms of CONFIRM_PAYMENT: what is paid or secured."""

    of: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {"of": self.of}

    @classmethod
    def read(cls, members: Members) -> "ConfirmPaymentTerms":
        """Read from the members of `terms`."""
        paid = forms.one_of("RECEIVER_CHARGES", "GENERAL_AVERAGE", "TERMINAL")
        return cls(members.take("of", paid))


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """Terms of HOLD and LIFT_HOLD: the authority's own reference."""

    hold_reference: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {"holdReference": self.hold_reference}

    @classmethod
    def read(cls, members: Members) -> "HoldTerms":
        """Read from the members of `terms`."""
        return cls(members.take("holdReference", forms.reference))


@dataclass(frozen=True, slots=True)
class ReleaseTerminalTerms:
    """Terms of RELEASE_TERMINAL, gate one: the pass, its containers, its last moment."""

    pass_hash: str
    container_keys: tuple[str, ...]
    valid_until: datetime

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {
            "passHash": self.pass_hash,
            "containerKeys": list(self.container_keys),
            "validUntil": forms.spell_time(self.valid_until),
        }

    @classmethod
    def read(cls, members: Members) -> "ReleaseTerminalTerms":
        """Read from the members of `terms`."""
        keys = forms.array_of(forms.hex_hash, least=1, most=CONTAINERS_MAX)
        return cls(
            pass_hash=members.take("passHash", forms.hex_hash),
            container_keys=members.take("containerKeys", keys),
            valid_until=members.take("validUntil", forms.time),
        )


@dataclass(frozen=True, slots=True)
class AccomplishTerms:
    """Terms of ACCOMPLISH, gate two: the proof of delivery and the pass it was handed out on."""

    proof_of_delivery_hash: str
    pass_hash: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {"proofOfDeliveryHash": self.proof_of_delivery_hash, "passHash": self.pass_hash}

    @classmethod
    def read(cls, members: Members) -> "AccomplishTerms":
        """Read from the members of `terms`."""
        return cls(
            proof_of_delivery_hash=members.take("proofOfDeliveryHash", forms.hex_hash),
            pass_hash=members.take("passHash", forms.hex_hash),
        )


@dataclass(frozen=True, slots=True)
class AmendmentTerms:
    """Terms of SURRENDER_FOR_AMENDMENT: its reference, and DCSA's reason."""

    surrender_request_reference: str
    reason_code: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {
            "surrenderRequestReference": self.surrender_request_reference,
            "reasonCode": self.reason_code,
        }

    @classmethod
    def read(cls, members: Members) -> "AmendmentTerms":
        """Read from the members of `terms`."""
        return cls(
            surrender_request_reference=members.take("surrenderRequestReference", forms.reference),
            reason_code=members.take("reasonCode", forms.one_of("SWTP", "COD", "SWI", "OTHER")),
        )


@dataclass(frozen=True, slots=True)
class PaperTerms:
    """Terms of SWITCH_TO_PAPER: the certificate that the bill was printed."""

    print_certificate_hash: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {"printCertificateHash": self.print_certificate_hash}

    @classmethod
    def read(cls, members: Members) -> "PaperTerms":
        """Read from the members of `terms`."""
        return cls(members.take("printCertificateHash", forms.hex_hash))


@dataclass(frozen=True, slots=True)
class PresentTerms:
    """Terms of PRESENT: the credit and the set of documents, each as a salted hash."""

    credit_reference_hash: str
    document_hashes: tuple[str, ...]

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {
            "creditReferenceHash": self.credit_reference_hash,
            "documentHashes": list(self.document_hashes),
        }

    @classmethod
    def read(cls, members: Members) -> "PresentTerms":
        """Read from the members of `terms`."""
        documents = forms.array_of(forms.hex_hash, least=1, most=DOCUMENTS_MAX)
        return cls(
            credit_reference_hash=members.take("creditReferenceHash", forms.hex_hash),
            document_hashes=members.take("documentHashes", documents),
        )


@dataclass(frozen=True, slots=True)
class TrustTerms:
    """Terms of RELEASE_ON_TRUST: until when the trustee may surrender."""

    until: datetime

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {"until": forms.spell_time(self.until)}

    @classmethod
    def read(cls, members: Members) -> "TrustTerms":
        """Read from the members of `terms`."""
        return cls(members.take("until", forms.time))


@dataclass(frozen=True, slots=True)
class EnforceTerms:
    """Terms of ENFORCE: the record of the default, and when it was."""

    default_record_hash: str
    default_date_time: datetime

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {
            "defaultRecordHash": self.default_record_hash,
            "defaultDateTime": forms.spell_time(self.default_date_time),
        }

    @classmethod
    def read(cls, members: Members) -> "EnforceTerms":
        """Read from the members of `terms`."""
        return cls(
            default_record_hash=members.take("defaultRecordHash", forms.hex_hash),
            default_date_time=members.take("defaultDateTime", forms.time),
        )


@dataclass(frozen=True, slots=True)
class IndemnityTerms:
    """Terms of DELIVER_AGAINST_INDEMNITY: the letter of indemnity."""

    indemnity_hash: str

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        return {"indemnityHash": self.indemnity_hash}

    @classmethod
    def read(cls, members: Members) -> "IndemnityTerms":
        """Read from the members of `terms`."""
        return cls(members.take("indemnityHash", forms.hex_hash))


@dataclass(frozen=True, slots=True)
class OrderTerms:
    """Terms of ORDER: what is ordered; `to` exactly with TRANSFER_POSSESSION."""

    order_reference: str
    order: str
    order_hash: str
    to: str | None = None

    def payload(self) -> dict[str, JsonValue]:
        """Return the terms as they stand in the act."""
        terms: dict[str, JsonValue] = {
            "orderReference": self.order_reference,
            "order": self.order,
            "orderHash": self.order_hash,
        }
        if self.to is not None:
            terms["to"] = self.to
        return terms

    @classmethod
    def read(cls, members: Members) -> "OrderTerms":
        """Read from the members of `terms`."""
        terms = cls(
            order_reference=members.take("orderReference", forms.reference),
            order=members.take("order", forms.one_of("HOLD_ALL", "TRANSFER_POSSESSION", "LIFT")),
            order_hash=members.take("orderHash", forms.hex_hash),
            to=members.optional("to", forms.party),
        )
        if (terms.to is None) == (terms.order == "TRANSFER_POSSESSION"):
            raise NotProven(_MALFORMED, "an order names who is to possess, exactly if it moves it")
        return terms


Terms = (
    NoTerms
    | AmendmentTerms
    | PaperTerms
    | PresentTerms
    | TrustTerms
    | EnforceTerms
    | IndemnityTerms
    | OrderTerms
    | IssueTerms
    | NoteOnBoardTerms
    | RejectTransferTerms
    | SurrenderTerms
    | SurrenderAnswerTerms
    | ConfirmPaymentTerms
    | HoldTerms
    | ReleaseTerminalTerms
    | AccomplishTerms
)

TERMS_OF: Final[Mapping[str, type[Terms]]] = {
    "ISSUE": IssueTerms,
    "NOTE_ON_BOARD": NoteOnBoardTerms,
    "TRANSFER": NoTerms,
    "REJECT_TRANSFER": RejectTransferTerms,
    "ENDORSE": NoTerms,
    "ENDORSE_TO_ORDER": NoTerms,
    "BLANK_ENDORSE": NoTerms,
    "PRESENT": PresentTerms,
    "TAKE_UP": NoTerms,
    "REFUSE_PRESENTATION": RejectTransferTerms,
    "PLEDGE": NoTerms,
    "RELEASE_PLEDGE": NoTerms,
    "RELEASE_ON_TRUST": TrustTerms,
    "ENFORCE": EnforceTerms,
    "SURRENDER_FOR_AMENDMENT": AmendmentTerms,
    "WITHDRAW_SURRENDER": SurrenderAnswerTerms,
    "VOID": NoTerms,
    "SWITCH_TO_PAPER": PaperTerms,
    "ORDER": OrderTerms,
    "DELIVER_AGAINST_INDEMNITY": IndemnityTerms,
    "SIGN": NoTerms,
    "SURRENDER_FOR_DELIVERY": SurrenderTerms,
    "ACCEPT_SURRENDER": SurrenderAnswerTerms,
    "REJECT_SURRENDER": SurrenderAnswerTerms,
    "CONFIRM_PAYMENT": ConfirmPaymentTerms,
    "RELEASE_MASTER": NoTerms,
    "RELEASE_CUSTOMS": NoTerms,
    "HOLD": HoldTerms,
    "LIFT_HOLD": HoldTerms,
    "RELEASE_TERMINAL": ReleaseTerminalTerms,
    "ACCOMPLISH": AccomplishTerms,
}


def read_terms(action_code: str, value: JsonValue) -> Terms:
    """Read the terms of an action code. Raises NotProven `ACT_MALFORMED`."""
    members = Members(value, f"terms of {action_code}", _MALFORMED)
    terms = TERMS_OF[action_code].read(members)
    members.end()
    return terms
