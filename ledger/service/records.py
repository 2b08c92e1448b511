"""The record of a bill as the contract keeps it, read into names; and who has which part in it.

Pure: no clock, no network, no database. The contract decides; this only reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from onebill_verify import forms
from onebill_verify.canonical import JsonValue, encode, parse, parse_canonical
from onebill_verify.errors import NotProven
from onebill_verify.forms import Members

_MALFORMED: Final = "ACT_MALFORMED"
SURRENDERED: Final = "SURRENDERED_FOR_DELIVERY"
ACCOMPLISHED: Final = "ACCOMPLISHED"


@dataclass(frozen=True, slots=True)
class Hold:
    """An authority's hold in force."""

    reference: str
    placed_by: str


@dataclass(frozen=True, slots=True)
class Surrender:
    """The surrender that waits for an answer, or the one that was accepted."""

    reference: str
    deliver_to: str
    pick_up_party: str


@dataclass(frozen=True, slots=True)
class Release:
    """The live release of gate one."""

    haulier: str
    valid_until: datetime


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the two gates of the bill wait for."""

    receiver_charges: bool
    master_documents: bool
    customs: bool
    terminal_charges: bool
    general_average: bool
    gate_one: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillRecord:
    """One bill as the ledger has it. `text` is the whole record, canonical JSON."""

    text: str
    reference: str
    state: str
    sequence: int
    head_act_hash: str
    possessor: str
    possessor_vouched_by: str
    title_holder: str
    is_to_order: bool
    type_code: str
    container_keys: tuple[str, ...]
    issuer: str
    shipper: str
    consignee: str
    delivery_agent: str
    carriers_agent: str
    terminal: str
    customs: tuple[str, ...]
    first_carrier: str
    conditions: Conditions
    confirmed_payments: frozenset[str]
    customs_released_by: frozenset[str]
    master_released: bool
    holds: tuple[Hold, ...]
    surrender: Surrender | None
    release: Release | None
    delivered_to: str
    flags: frozenset[str]
    issued_at: datetime
    last_act_at: datetime

    @classmethod
    def read(cls, value: JsonValue) -> "BillRecord":
        """Read the contract's record; members that a later contract adds are left alone."""
        return cls._of(value, encode(value).decode())

    @classmethod
    def _of(cls, value: JsonValue, text: str) -> "BillRecord":
        whole = Members(value, "the record of a bill", _MALFORMED)
        return cls(
            text=text,
            reference=whole.take("transportDocumentReference", forms.bill_reference),
            state=whole.take("state", forms.text),
            sequence=whole.take("sequence", forms.positive),
            head_act_hash=whole.take("headActHash", forms.hex_hash),
            possessor=whole.take("possessor", forms.party),
            possessor_vouched_by=whole.take("possessorVouchedBy", forms.msp_id),
            title_holder=whole.take("titleHolder", _text_or_empty),
            is_to_order=whole.take("isToOrder", forms.boolean),
            type_code=whole.take("transportDocumentTypeCode", forms.text),
            container_keys=whole.take("containerKeys", _texts),
            issuer=whole.take("issuer", forms.party),
            shipper=whole.take("shipper", forms.party),
            consignee=whole.optional("consignee", _text_or_empty) or "",
            delivery_agent=whole.take("deliveryAgent", forms.party),
            carriers_agent=whole.take("carriersAgent", forms.party),
            terminal=whole.take("terminal", forms.party),
            customs=whole.take("customs", _texts),
            first_carrier=whole.take("firstCarrier", forms.party),
            conditions=_conditions(whole.take("conditions", forms.anything)),
            confirmed_payments=frozenset(whole.take("confirmedPayments", _texts)),
            customs_released_by=frozenset(whole.take("customsReleasedBy", _texts)),
            master_released=whole.take("masterReleased", forms.boolean),
            holds=tuple(_hold(hold) for hold in whole.take("holds", _items)),
            surrender=_surrender(whole.optional("surrender", forms.anything)),
            release=_release(whole.optional("release", forms.anything)),
            delivered_to=whole.optional("deliveredTo", _text_or_empty) or "",
            flags=_flags(value),
            issued_at=whole.take("issuedDateTime", forms.time),
            last_act_at=whole.take("eventDateTime", forms.time),
        )

    @classmethod
    def from_text(cls, text: str) -> "BillRecord":
        """Read a stored record, in any spelling; the contract's own is read once."""
        data = text.encode()
        try:
            value = parse_canonical(data)
        except NotProven as fault:
            if fault.reason != "NOT_CANONICAL":
                raise
            return cls.read(parse(data))
        return cls._of(value, text)

    def roles(self) -> frozenset[tuple[str, str]]:
        """Answer who has which role on the bill now, as (party, role)."""
        held = {
            (self.possessor, "POSSESSOR"),
            (self.title_holder, "TITLE_HOLDER"),
            (self.issuer, "ISSUER"),
            (self.shipper, "SHIPPER"),
            (self.consignee, "CONSIGNEE"),
            (self.delivery_agent, "DELIVERY_AGENT"),
            (self.carriers_agent, "CARRIERS_AGENT"),
            (self.terminal, "TERMINAL"),
            (self.first_carrier, "FIRST_CARRIER"),
            (self.delivered_to, "RECEIVER"),
        }
        held |= {(party, "CUSTOMS") for party in self.customs}
        held |= {(hold.placed_by, "HOLD_AUTHORITY") for hold in self.holds}
        if self.surrender is not None:
            held |= {
                (self.surrender.deliver_to, "RECEIVER"),
                (self.surrender.pick_up_party, "PICK_UP_PARTY"),
            }
        if self.release is not None:
            held.add((self.release.haulier, "HAULIER"))
        return frozenset((party, role) for party, role in held if party)


# Roles that pass on; who had one keeps sight of the bill under the other name.
PASSED_ON: Final = {"POSSESSOR": "FORMER_POSSESSOR", "TITLE_HOLDER": "FORMER_TITLE_HOLDER"}


def roles_of(record: BillRecord, seen: frozenset[str], parties: frozenset[str]) -> list[str]:
    """Answer the roles of an organisation on a bill, sorted.

    Args:
        record: the bill now.
        seen: every role that the organisation was ever seen with on this bill.
        parties: the organisation's party ids.
    """
    now = {role for party, role in record.roles() if party in parties}
    before = {PASSED_ON.get(role, role) for role in seen - now}
    return sorted(now | before)


@dataclass(frozen=True, slots=True)
class Light:
    """One condition of a gate: its name, whether it is met, and on whom it waits."""

    name: str
    is_met: bool
    waits_for: str


def lights_of_gate_one(record: BillRecord) -> list[Light]:
    """Show what terminal release waits for. The contract judges; this shows its facts."""
    asked = record.conditions
    lights = []
    if asked.customs:
        lights += [
            Light("CUSTOMS_RELEASED", party in record.customs_released_by, party)
            for party in record.customs
        ]
    if asked.master_documents:
        lights.append(Light("MASTER_RELEASED", record.master_released, record.carriers_agent))
    if asked.terminal_charges:
        paid = "TERMINAL" in record.confirmed_payments
        lights.append(Light("TERMINAL_CHARGES_SECURED", paid, record.terminal))
    lights += _hold_lights(record)
    if asked.gate_one == "SURRENDER_ACCEPTED":
        lights.append(_surrender_light(record))
    return lights


def lights_of_gate_two(record: BillRecord, now: datetime) -> list[Light]:
    """Show what delivery waits for. Prepaid freight is not among it, and never will be."""
    asked = record.conditions
    lights = [_surrender_light(record)]
    if asked.receiver_charges:
        paid = "RECEIVER_CHARGES" in record.confirmed_payments
        lights.append(Light("RECEIVER_CHARGES_PAID", paid, record.issuer))
    if asked.general_average:
        secured = "GENERAL_AVERAGE" in record.confirmed_payments
        lights.append(Light("GENERAL_AVERAGE_SECURED", secured, record.issuer))
    lights += _hold_lights(record)
    is_live = record.release is not None and now <= record.release.valid_until
    # After delivery the pass has done its work; its end is no open condition any more.
    is_met = is_live or record.state == ACCOMPLISHED
    lights.append(Light("PASS_LIVE", is_met, record.delivery_agent))
    return lights


def _hold_lights(record: BillRecord) -> list[Light]:
    if not record.holds:
        return [Light("NO_HOLD", is_met=True, waits_for="")]
    return [Light("NO_HOLD", is_met=False, waits_for=hold.placed_by) for hold in record.holds]


def _surrender_light(record: BillRecord) -> Light:
    if record.type_code == "SWB":
        as_issued = record.state in ("ISSUED", ACCOMPLISHED)
        return Light("NO_CONTRARY_INSTRUCTION", as_issued, record.issuer)
    accepted = record.state in (SURRENDERED, ACCOMPLISHED)
    waits_for = record.possessor if record.state == "ISSUED" else record.delivery_agent
    return Light("SURRENDER_ACCEPTED", accepted, waits_for)


# What is out of the ordinary with a bill, by the member of its record that says so.
_FLAGS: Final = {
    "HELD": ("holds", "orders"),
    "PLEDGED": ("pledge",),
    "PRESENTED": ("presentation",),
    "RELEASED": ("release",),
    "MASTER_RELEASED": ("masterReleased",),
    "DELIVERED_WITHOUT_BILL": ("deliveredAgainstIndemnity",),
    "PART_CONTAINER": ("partContainerKeys",),
    "REPLACED": ("replacedBy",),
}
FLAGS: Final = frozenset({*_FLAGS, "ON_TRUST", "CLAUSED"})
"""Every flag that a bill can have."""


def _flags(value: JsonValue) -> frozenset[str]:
    if not isinstance(value, dict):
        return frozenset()
    flags = {flag for flag, names in _FLAGS.items() if any(value.get(name) for name in names)}
    pledge = value.get("pledge")
    if isinstance(pledge, dict) and pledge.get("trustee"):
        flags.add("ON_TRUST")
    if value.get("isClean") is False:
        flags.add("CLAUSED")
    return frozenset(flags)


def _conditions(value: JsonValue) -> Conditions:
    members = Members(value, "conditions", _MALFORMED)
    return Conditions(
        receiver_charges=members.take("receiverCharges", forms.boolean),
        master_documents=members.take("masterDocuments", forms.boolean),
        customs=members.take("customs", forms.boolean),
        terminal_charges=members.take("terminalCharges", forms.boolean),
        general_average=members.take("generalAverage", forms.boolean),
        gate_one=members.take("gateOne", forms.text),
    )


def _hold(value: JsonValue) -> Hold:
    members = Members(value, "a hold", _MALFORMED)
    return Hold(members.take("holdReference", forms.text), members.take("placedBy", forms.party))


def _surrender(value: JsonValue) -> Surrender | None:
    if value is None:
        return None
    members = Members(value, "the surrender", _MALFORMED)
    return Surrender(
        members.take("surrenderRequestReference", forms.text),
        members.take("deliverTo", forms.party),
        members.optional("pickUpParty", _text_or_empty) or "",
    )


def _release(value: JsonValue) -> Release | None:
    if value is None:
        return None
    members = Members(value, "the release", _MALFORMED)
    return Release(members.take("haulier", forms.party), members.take("validUntil", forms.time))


def _text_or_empty(value: JsonValue) -> str:
    if not isinstance(value, str):
        raise ValueError("is not a text")  # noqa: TRY004 - readers raise one class
    return value


def _items(value: JsonValue) -> Sequence[JsonValue]:
    # Go writes an empty list that was never filled as null.
    return [] if value is None else forms.items(value)


def _texts(value: JsonValue) -> tuple[str, ...]:
    return tuple(_text_or_empty(member) for member in _items(value))
