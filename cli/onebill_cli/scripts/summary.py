"""What the story left behind, read back through `/v1` and `onebill.ledger.v1`."""

from datetime import datetime
from typing import Any

from onebill.ledger.v1 import ledger_pb2

from onebill_cli.environment import Environment
from onebill_cli.roles.cast import Cast
from onebill_cli.scripts.consignment import Consignment

Summary = dict[str, Any]


def summarise(
    environment: Environment, consignment: Consignment, seconds: dict[str, float]
) -> Summary:
    """Count the four ones with doors opened afresh: nothing is carried over but references."""
    cast = Cast.of(environment)
    booking = cast.seller.booking(consignment.booking)
    papers = cast.seller.documents(consignment.booking)
    journey = cast.seller.journey(consignment.booking)["journey"]
    bill = cast.delivery_agent.bill(consignment.bill)
    certificate = cast.seller.certificate(consignment.booking)
    return {
        "booking_reference": booking["bookingReference"],
        "transport_document_reference": papers["transportDocumentReference"],
        "bookings": sum(
            1
            for listed in cast.seller.bookings()
            if datetime.fromisoformat(listed["receivedAt"]) >= consignment.started
        ),
        "booking_state": booking["state"],
        "legs": len(booking["legs"]),
        "leg_documents": sum(1 for paper in papers["legDocuments"] if paper["state"] == "ISSUED"),
        "invoices": len(cast.seller.invoices(consignment.booking)),
        "certificates": 1 if certificate["certificateNumber"] else 0,
        "containers": len(journey["containers"]),
        "bill_state": ledger_pb2.BillState.Name(bill.state).removeprefix("BILL_STATE_"),
        "journal_sum": {
            line["currencyCode"]: int(line["difference"]) for line in cast.desk.trial_balance()
        },
        "refusals": consignment.refusals,
        "seconds": seconds,
    }
