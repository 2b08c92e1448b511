"""What travels between the consignment's workflow, its activities and whoever speaks to it.

One dataclass in and one out per message, plain types only, so that a history of today can be
read by the code of next year. Names of activities stand here, because the workflow may import
nothing that does I/O.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

TASK_QUEUE: Final = "consignments"
WORKFLOW: Final = "Consignment"

# Any fixed UUID does; this one is ours and must never change, for every request id hangs on it.
_NAMESPACE: Final = uuid.UUID("5d1a7c1e-2f0b-5c55-9a55-0b1110000001")


def workflow_id(booking_reference: str) -> str:
    """Name the one workflow of a consignment."""
    return f"consignment/{booking_reference}"


def request_id(workflow: str, step: str, subject: str = "", revision: int = 0) -> str:
    """Name a request so that every attempt and every run of the workflow gives the same name.

    Never from run id or activity id: both change with a reset and with continue-as-new, and a
    second booking would be made.
    """
    return str(uuid.uuid5(_NAMESPACE, f"{workflow}\n{step}\n{subject}\n{revision}"))


class Stream(StrEnum):
    """The streams of facts that can move a consignment on."""

    BOOKING = "booking"
    DOCUMENTS = "documents"
    TRACKING = "tracking"
    SETTLEMENT = "settlement"
    INSURANCE = "insurance"
    LEDGER = "ledger-operator"


class Do(StrEnum):
    """Names of the activities."""

    CREATE_BOOKING = "booking.create"
    MAKE_OFFER = "offer.make"
    REQUEST_LEGS = "booking.request_legs"
    ANSWER_LEG = "booking.answer_leg"
    CONFIRM_BOOKING = "booking.confirm"
    REJECT_BOOKING = "booking.reject"
    AMEND_BOOKING = "booking.amend"
    CANCEL_BOOKING = "booking.cancel"
    LIFT_SCREENING_HIT = "booking.lift_screening_hit"
    COMPLETE_BOOKING = "booking.complete"
    LOOK_AT_BOOKING = "booking.look"
    DECLARE = "insurance.declare"
    CANCEL_DECLARATION = "insurance.cancel_declaration"
    ISSUE_CERTIFICATE = "insurance.issue_certificate"
    OPEN_INCIDENT = "insurance.open_incident"
    START_NOTICE_CLOCKS = "insurance.start_notice_clocks"
    AGREE_BUY_RATES = "settlement.agree_buy_rates"
    RELEASE_BUY_RATES = "settlement.release_buy_rates"
    ISSUE_INVOICE = "settlement.issue_invoice"
    CREDIT_INVOICE = "settlement.credit_invoice"
    PAY_INVOICE = "settlement.pay_invoice"
    PAY_CARRIER = "settlement.pay_carrier"
    CLOSE_SETTLEMENT = "settlement.close"
    LOOK_AT_INVOICE = "settlement.look"
    PLAN_LEG_DOCUMENTS = "documents.plan_leg_documents"
    RESERVE_TRANSPORT_DOCUMENT = "documents.reserve_transport_document"
    CREATE_DRAFT = "documents.create_draft"
    VOID_DRAFT = "documents.void_draft"
    PUT_EQUIPMENT = "documents.put_equipment"
    SUBMIT_RECEIPT = "documents.submit_receipt"
    ISSUE_LEG_DOCUMENT = "documents.issue_leg_document"
    APPROVE_DRAFT = "documents.approve_draft"
    RECORD_ISSUED = "documents.record_issued"
    LOOK_AT_PAPERS = "documents.look"
    PLAN_JOURNEY = "tracking.plan_journey"
    LOOK_AT_JOURNEY = "tracking.look"
    ISSUE_BILL = "ledger.issue_bill"
    NOTE_ON_BOARD = "ledger.note_on_board"
    DESK_ACT = "ledger.desk_act"
    PREPARE_AMENDMENT = "amendment.prepare"
    LOOK_AT_AMENDMENT = "amendment.look"
    INVOICE_CHANGE = "amendment.invoice"
    VOID_BILL = "amendment.void"
    REISSUE_BILL = "amendment.reissue"
    RECORD_REISSUED = "amendment.record"
    CHANGE_DESTINATION = "amendment.change_destination"
    LOOK_AT_BILL = "ledger.look"


@dataclass(frozen=True)
class Deadlines:
    """How long the process waits, in seconds. A setting of whoever starts it."""

    # The trade gives a carrier two working days to answer a booking request.
    acceptance_seconds: int = 2 * 24 * 3600
    # A confirmed booking whose box never comes is given up after thirty days.
    custody_seconds: int = 30 * 24 * 3600


@dataclass(frozen=True)
class Progress:
    """Where the process stands: steps done and positions reached. No fact is kept here.

    Attributes:
        done: keys of steps that are over, in order.
        positions: highest position heard of, by stream.
        compensations: what to undo before issue, in the order of registering.
        custody_until: when a confirmed booking is given up for want of its box.
    """

    done: list[str] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)
    compensations: list[str] = field(default_factory=list)
    custody_until: datetime | None = None


@dataclass(frozen=True)
class ConsignmentInput:
    """Input of the workflow; handed on to itself when its history grows long."""

    booking_reference: str
    deadlines: Deadlines = field(default_factory=Deadlines)
    # Temporal stops a history at 51,200 events and replays it whole after a restart.
    history_events_max: int = 8_000
    progress: Progress = field(default_factory=Progress)


@dataclass(frozen=True)
class ConsignmentResult:
    """How a consignment ended: COMPLETED, REJECTED, DECLINED or CANCELLED, and why."""

    booking_reference: str
    state: str
    reason: str = ""


@dataclass(frozen=True)
class WaitingFor:
    """What a consignment waits for, on whom and until when; `sentence` says it to people."""

    what: str
    on_whom: str = ""
    until: datetime | None = None
    sentence: str = ""


@dataclass(frozen=True)
class Refusal:
    """A rule's refusal on its way through the workflow; see foundation.kernel.errors."""

    kind: str
    metadata: dict[str, str] = field(default_factory=dict)


# --- commands from outside: each is an update of the workflow -----------------------------------


@dataclass(frozen=True)
class Amount:
    """Money in minor units."""

    amount: int
    currency_code: str


@dataclass(frozen=True)
class PlaceBooking:
    """A shipper books. `request` is a BookingRequest as the protobuf JSON text.

    Attributes:
        received_at: when the door first had the request, the same in every repeat of it; the
            carriers' time to answer runs from then. None: from the start of the process.
    """

    booking_reference: str
    shipper_organisation: str
    request: str
    request_id: str
    received_at: datetime | None = None


@dataclass(frozen=True)
class OpenHit:
    """A screening hit on a booking."""

    list_entry: str
    pointer: str
    lifted_by: str = ""


@dataclass(frozen=True)
class BookingAnswer:
    """The first answer to a shipper."""

    booking_reference: str
    state: str
    state_reason: str = ""
    total: Amount | None = None
    premium: Amount | None = None
    acceptance_deadline: datetime | None = None
    screening_hits: list[OpenHit] = field(default_factory=list)
    revision: int = 0


@dataclass(frozen=True)
class AnswerLeg:
    """A carrier accepts its leg under its own number, or declines it with a reason."""

    booking_reference: str
    leg_sequence: int
    carrier_organisation: str
    is_accepted: bool
    carrier_booking_reference: str
    reason: str
    request_id: str


@dataclass(frozen=True)
class LegAnswer:
    """Where the leg stands after its carrier's answer."""

    leg_sequence: int
    state: str


@dataclass(frozen=True)
class AmendBooking:
    """The shipper says anew what it books. `request` is a BookingRequest as protobuf JSON text."""

    booking_reference: str
    shipper_organisation: str
    request: str
    expected_revision: int
    request_id: str


@dataclass(frozen=True)
class CancelBooking:
    """The shipper gives its booking up."""

    booking_reference: str
    shipper_organisation: str
    reason: str
    request_id: str


@dataclass(frozen=True)
class LiftScreeningHit:
    """A person of the operator lifts a hit."""

    booking_reference: str
    list_entry: str
    person: str
    reason: str
    request_id: str


@dataclass(frozen=True)
class PutPaper:
    """A paper of somebody outside: `paper` is the service's request as protobuf JSON text."""

    booking_reference: str
    organisation: str
    paper: str
    request_id: str


@dataclass(frozen=True)
class PaperAnswer:
    """The service's answer as protobuf JSON text."""

    answer: str


@dataclass(frozen=True)
class PayInvoice:
    """The payer tells the rail to collect."""

    booking_reference: str
    invoice_number: str
    payer_organisation: str
    payment_rail: str
    payer_account: str
    request_id: str


@dataclass(frozen=True)
class DeskAct:
    """A person of the operator does an act of the issuer on a bill.

    `terms` and `details` are JSON texts; `recipient` is a party id, empty where there is none.
    """

    booking_reference: str
    transport_document_reference: str
    action_code: str
    recipient: str
    terms: str
    details: str
    person: str
    request_id: str


@dataclass(frozen=True)
class PrepareAmendment:
    """A person of the operator prepares the bill that a surrender for amendment asks for."""

    booking_reference: str
    transport_document_reference: str
    person: str
    request_id: str


# --- commands of the workflow to its activities -------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A step about a whole booking; the activity fetches the facts it needs."""

    booking_reference: str
    request_id: str


@dataclass(frozen=True)
class StepWithReason:
    """A step that says why, in one sentence of at most 250 characters."""

    booking_reference: str
    reason: str
    request_id: str


@dataclass(frozen=True)
class CreateBooking:
    """A booking to be recorded, with the moment by which its carriers must have answered."""

    command: PlaceBooking
    acceptance_deadline: datetime
    request_id: str


@dataclass(frozen=True)
class LegStep:
    """A step about one leg, on the strength of one event."""

    booking_reference: str
    leg_sequence: int
    event_id: str
    request_id: str


@dataclass(frozen=True)
class OpenIncident:
    """A breach to be opened as an incident."""

    booking_reference: str
    cause: str
    leg_sequence: int
    event_id: str
    explanation: str
    opened_at: datetime
    request_id: str


@dataclass(frozen=True)
class StartNoticeClocks:
    """Delivery, from which the days for notice run."""

    booking_reference: str
    delivered_at: datetime
    request_id: str


@dataclass(frozen=True)
class CreateDraft:
    """A draft is to be made; `is_final` where taking in charge and certificate belong in it."""

    booking_reference: str
    is_final: bool
    request_id: str


@dataclass(frozen=True)
class PerformAct:
    """An act of the operator. `revision` rises when the head moved and it is signed again."""

    booking_reference: str
    leg_sequence: int
    revision: int
    request_id: str


@dataclass(frozen=True)
class PerformDeskAct:
    """A desk's act to be signed; `revision` rises when the head moved and it is signed again."""

    act: DeskAct
    revision: int
    request_id: str


@dataclass(frozen=True)
class AmendmentStep:
    """A step about a bill whose place another takes; `revision` as in PerformAct."""

    booking_reference: str
    replaces: str
    revision: int
    request_id: str


@dataclass(frozen=True)
class ActOutcome:
    """What became of an act: its hash, or a lost race after which it is signed again.

    `amends` is the bill that was taken in to be replaced by another, empty for all other acts.
    """

    act_hash: str = ""
    is_race_lost: bool = False
    amends: str = ""


@dataclass(frozen=True)
class RecordIssued:
    """The ledger has the bill."""

    booking_reference: str
    act_hash: str
    request_id: str


# --- facts, read when there is news and never carried on ----------------------------------------


@dataclass(frozen=True)
class LegFacts:
    """One leg as booking has it."""

    leg_sequence: int
    mode_of_transport: str
    carrier_organisation: str
    state: str
    state_reason: str = ""


@dataclass(frozen=True)
class BookingFacts:
    """A booking as the process needs it."""

    state: str
    shipper_organisation: str
    legs: list[LegFacts] = field(default_factory=list)
    state_reason: str = ""
    open_hits: int = 0
    containers: int = 1
    acceptance_deadline: datetime | None = None
    # False from an amendment until its goods are priced.
    has_offer: bool = True


@dataclass(frozen=True)
class Reached:
    """A milestone that actually happened to one container."""

    milestone_code: str
    leg_sequence: int
    equipment_reference: str
    event_id: str
    at: datetime


@dataclass(frozen=True)
class BreachFacts:
    """A breach that tracking found."""

    breach_code: str
    leg_sequence: int
    event_id: str
    explanation: str
    at: datetime


@dataclass(frozen=True)
class JourneyFacts:
    """What happened to the containers, and what is expected next."""

    equipment_references: list[str] = field(default_factory=list)
    reached: list[Reached] = field(default_factory=list)
    breaches: list[BreachFacts] = field(default_factory=list)
    next_expected: str = ""
    next_expected_leg: int = 0
    next_expected_at: datetime | None = None


@dataclass(frozen=True)
class PaperFacts:
    """Where the bill stands as a paper."""

    transport_document_reference: str = ""
    state: str = ""
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class InvoiceFacts:
    """Where the one invoice stands."""

    invoice_number: str = ""
    state: str = ""
    is_settled: bool = False


@dataclass(frozen=True)
class AmendmentFacts:
    """What a bill in another's place still waits for.

    Attributes:
        approvals_missing: parties, by their opaque ids.
        invoice_number: of a change of destination, once it is invoiced.
        is_settled: whether that is paid or on agreed credit, or nothing is owed.
    """

    transport_document_reference: str = ""
    reason_code: str = ""
    approvals_missing: list[str] = field(default_factory=list)
    invoice_number: str = ""
    is_settled: bool = False


@dataclass(frozen=True)
class GateWait:
    """One condition that keeps a gate shut."""

    name: str
    waits_for: str


@dataclass(frozen=True)
class BillFacts:
    """Where the bill stands on the ledger."""

    state: str = ""
    possessor: str = ""
    waits: list[GateWait] = field(default_factory=list)
