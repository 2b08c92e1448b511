"""What must agree between the parts, and one sentence for each thing that does not.

Pure: it is given what every part answered. The chain is right about title; the service that owns
a fact is right about that fact; the rest has to agree.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

ENDED_BILLS: Final = frozenset({"ACCOMPLISHED", "VOIDED", "PAPER"})
_OPEN_BOOKINGS: Final = frozenset({"RECEIVED", "CONFIRMED"})
_GIVEN_UP: Final = frozenset({"REJECTED", "DECLINED", "CANCELLED"})
_RUNNING: Final = "RUNNING"
# What a consignment waits for only while its bill is not issued.
_BEFORE_ISSUE: Final = frozenset({"CARRIERS", "APPROVAL", "PAYMENT", "ISSUE"})


@dataclass(frozen=True, slots=True)
class Difference:
    """Two parts that say different things about the same subject."""

    kind: str
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainBill:
    """A bill as the peer has it. `record` is the whole record, canonical JSON."""

    reference: str
    record: str
    state: str
    issuer: str
    document_hash: str
    certificate_hash: str
    act_hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProjectedBill:
    """A bill as the projection has it."""

    record: str
    act_hashes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Paper:
    """The latest version of a booking's bill as documents has it."""

    reference: str
    state: str
    document_hash: str


@dataclass(frozen=True, slots=True)
class Consignment:
    """A booking's workflow: Temporal's status, and what it says it waits for."""

    status: str
    waits_for: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What every part answered.

    Attributes:
        issuers: the operator's parties; bills of other issuers have no booking here.
        chain, projected: by the bill's reference.
        bookings, papers, certificates, consignments: by booking; a state, the bill's paper, the
            certificate's hash, the workflow.
        replaced: papers of bills whose place others took, by the bill's reference.
    """

    issuers: frozenset[str]
    chain: Mapping[str, ChainBill] = field(default_factory=dict)
    projected: Mapping[str, ProjectedBill] = field(default_factory=dict)
    bookings: Mapping[str, str] = field(default_factory=dict)
    papers: Mapping[str, Paper] = field(default_factory=dict)
    certificates: Mapping[str, str] = field(default_factory=dict)
    replaced: Mapping[str, Paper] = field(default_factory=dict)
    consignments: Mapping[str, Consignment] = field(default_factory=dict)


def differences(seen: Seen) -> list[Difference]:
    """Answer everything in which the parts differ, in the order of their subjects."""
    found = [*_projection(seen), *_papers(seen), *_bills(seen), *_processes(seen)]
    return sorted(found, key=lambda one: (one.subject, one.kind))


def in_both(first: Iterable[Difference], second: Iterable[Difference]) -> list[Difference]:
    """Answer what was found both times: the rest was only on its way."""
    again = {(one.kind, one.subject) for one in first}
    return [one for one in second if (one.kind, one.subject) in again]


def _projection(seen: Seen) -> Iterator[Difference]:
    for reference in seen.projected.keys() - seen.chain.keys():
        yield Difference(
            "PROJECTION_HAS_MORE",
            reference,
            f"The projection has the bill {reference}, which the chain has not.",
        )
    for reference, bill in seen.chain.items():
        projected = seen.projected.get(reference)
        if projected is None:
            yield Difference(
                "PROJECTION_LACKS_BILL",
                reference,
                f"The chain has the bill {reference}, which the projection has not.",
            )
            continue
        if projected.record != bill.record:
            yield Difference(
                "PROJECTION_DIFFERS",
                reference,
                f"The projection's record of {reference} is not the chain's.",
            )
        if projected.act_hashes != bill.act_hashes:
            yield Difference(
                "PROJECTED_ACTS_DIFFER",
                reference,
                f"The projection has {len(projected.act_hashes)} acts on {reference}, not the "
                f"{len(bill.act_hashes)} that the chain has, or other ones.",
            )


def _papers(seen: Seen) -> Iterator[Difference]:
    """Compare from the side of documents: what it calls issued is on the chain."""
    for booking, paper in seen.papers.items():
        if paper.state == "ISSUED" and paper.reference not in seen.chain:
            yield Difference(
                "BILL_MISSING",
                paper.reference,
                f"Documents says that the bill {paper.reference} of booking {booking} is issued; "
                "the chain has no such bill.",
            )


def _bills(seen: Seen) -> Iterator[Difference]:
    """Compare from the side of the chain: every bill of the operator's has its papers."""
    booking_of = {paper.reference: booking for booking, paper in seen.papers.items()}
    for reference, bill in seen.chain.items():
        if bill.issuer not in seen.issuers:
            continue
        booking = booking_of.get(reference)
        if booking is None and reference in seen.replaced:
            yield from _replaced(bill, seen.replaced[reference])
            continue
        if booking is None:
            yield Difference(
                "DOCUMENT_MISSING",
                reference,
                f"The chain has the bill {reference}; documents knows no booking that it is for.",
            )
            continue
        paper = seen.papers[booking]
        if paper.state != "ISSUED":
            yield Difference(
                "DOCUMENT_NOT_ISSUED",
                reference,
                f"The chain has the bill {reference}; documents says it is {paper.state}.",
            )
        if paper.document_hash != bill.document_hash:
            yield Difference(
                "DOCUMENT_DIFFERS",
                reference,
                f"The bill {reference} was issued over another document than the one that "
                "documents keeps: the hashes differ.",
            )
        yield from _certificate(seen, booking, bill)
        yield from _booking(seen, booking, bill)


def _replaced(bill: ChainBill, paper: Paper) -> Iterator[Difference]:
    """Compare a bill whose place another took: it ended on the chain, over the same document."""
    if bill.state != "VOIDED" or paper.state != "VOIDED":
        yield Difference(
            "BILL_REPLACED",
            bill.reference,
            f"Documents has another bill in the place of {bill.reference}, which it calls "
            f"{paper.state}; the chain says {bill.state}.",
        )
    if paper.document_hash != bill.document_hash:
        yield Difference(
            "DOCUMENT_DIFFERS",
            bill.reference,
            f"The bill {bill.reference} was issued over another document than the one that "
            "documents keeps: the hashes differ.",
        )


def _certificate(seen: Seen, booking: str, bill: ChainBill) -> Iterator[Difference]:
    certificate = seen.certificates.get(booking)
    if certificate is None:
        yield Difference(
            "CERTIFICATE_MISSING",
            bill.reference,
            f"The bill {bill.reference} names a certificate of insurance; insurance has none for "
            f"booking {booking}.",
        )
    elif certificate != bill.certificate_hash:
        yield Difference(
            "CERTIFICATE_DIFFERS",
            bill.reference,
            f"The bill {bill.reference} names another certificate than insurance issued for "
            f"booking {booking}: the hashes differ.",
        )


def _booking(seen: Seen, booking: str, bill: ChainBill) -> Iterator[Difference]:
    state = seen.bookings.get(booking)
    if state is None:
        yield Difference(
            "BOOKING_MISSING",
            bill.reference,
            f"The bill {bill.reference} is for booking {booking}, which booking does not have.",
        )
    elif state in _GIVEN_UP:
        yield Difference(
            "BOOKING_GIVEN_UP",
            bill.reference,
            f"The booking {booking} is {state}, and its bill {bill.reference} is {bill.state}.",
        )
    elif state == "COMPLETED" and bill.state not in ENDED_BILLS:
        yield Difference(
            "BOOKING_COMPLETED",
            bill.reference,
            f"The booking {booking} is completed, and its bill {bill.reference} is {bill.state}.",
        )


def _processes(seen: Seen) -> Iterator[Difference]:
    bill_of = {booking: paper.reference for booking, paper in seen.papers.items()}
    for booking, state in seen.bookings.items():
        consignment = seen.consignments.get(booking)
        is_running = consignment is not None and consignment.status == _RUNNING
        if state in _OPEN_BOOKINGS and not is_running:
            how = consignment.status if consignment else "not there"
            yield Difference(
                "PROCESS_MISSING",
                booking,
                f"The booking {booking} is {state} and nothing carries it on: its workflow is "
                f"{how}.",
            )
        elif consignment is not None and is_running:
            bill = bill_of.get(booking, "")
            if bill in seen.chain and consignment.waits_for in _BEFORE_ISSUE:
                yield Difference(
                    "PROCESS_BEHIND",
                    booking,
                    f"The bill {bill} is issued, and the workflow of booking {booking} still "
                    f"waits for {consignment.waits_for}.",
                )
            if state not in _OPEN_BOOKINGS:
                yield Difference(
                    "PROCESS_LEFT",
                    booking,
                    f"The booking {booking} is {state} and its workflow still runs.",
                )
    for booking, consignment in seen.consignments.items():
        if consignment.status == _RUNNING and booking not in seen.bookings:
            yield Difference(
                "PROCESS_OF_NOTHING",
                booking,
                f"A workflow runs for booking {booking}, which booking does not have.",
            )
