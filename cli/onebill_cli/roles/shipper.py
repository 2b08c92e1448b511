"""The shipper and whoever else comes through /v1: books, declares, approves, pays, follows."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onebill_verify import Approval, encode
from onebill_verify.canonical import JsonValue
from onebill_verify.terms import Terms

from onebill_cli.environment import Environment
from onebill_cli.errors import Refused, TryAgain
from onebill_cli.rest import Json, RestDoor
from onebill_cli.roles.acts import BankActs
from onebill_cli.roles.destination import IssuerActs
from onebill_cli.roles.party import LOST_RACE, SIGN_AGAIN_MAX
from onebill_cli.signing import CHANNEL, Head, ReadyAct, Signer, now, sign_next

SANDBOX = "SANDBOX"
AGREED_CREDIT = "AGREED_CREDIT"
SHIPPER_SCOPES = (
    "bookings:read",
    "bookings:write",
    "documents:read",
    "documents:write",
    "bills:read",
    "bills:act",
    "invoices:read",
    "invoices:pay",
    "insurance:read",
    "insurance:claim",
    "parties",
)


@dataclass(slots=True)
class Customer(BankActs[Json]):
    """An organisation at the shippers' door with a key for its acts."""

    door: RestDoor

    @classmethod
    def of(cls, environment: Environment, organisation: str) -> "Customer":
        """Stand at the door of a stack as one organisation."""
        return cls(RestDoor(environment, organisation, SHIPPER_SCOPES))

    @property
    def organisation(self) -> str:
        """The organisation's id."""
        return self.door.organisation

    @property
    def signer(self) -> Signer:
        """The organisation's party id and key."""
        record = self.door.get(f"/v1/parties/{self.organisation}")
        return Signer(record["party"], self.door.environment.act_key(self.organisation))

    def party_of(self, who: str) -> str:
        """Return the party id of an organisation; a party id is its own."""
        return str(self.door.get(f"/v1/parties/{who}")["party"])

    def book(self, request: Mapping[str, object]) -> Json:
        """Place one booking for the whole journey."""
        return self.door.write("POST", "/v1/bookings", request)

    def booking(self, reference: str) -> Json:
        """Ask for a booking."""
        return self.door.get(f"/v1/bookings/{reference}")

    def bookings(self) -> list[Json]:
        """Ask for all of this organisation's bookings, page by page."""
        bookings: list[Json] = []
        page_token = ""
        while True:
            page = self.door.get("/v1/bookings", pageSize="200", pageToken=page_token)
            bookings += page["bookings"]
            page_token = page["nextPageToken"]
            if not page_token:
                return bookings

    def amend(self, reference: str, request: Mapping[str, object]) -> Json:
        """Say anew what is booked, on the revision as it stands now; answered with the price."""
        revision = int(self.booking(reference)["revision"])
        return self.door.write("PUT", f"/v1/bookings/{reference}", request, revision=revision)

    def cancel(self, reference: str, reason: str) -> Json:
        """Cancel a booking."""
        return self.door.write(
            "POST", f"/v1/bookings/{reference}/cancellation", {"reason": reason}
        )

    def put_equipment(
        self, reference: str, equipment: str, seals: Sequence[str], mass_grams: int
    ) -> Json:
        """Declare a container with the shipper's seals and its verified gross mass."""
        return self.door.write(
            "PUT",
            f"/v1/bookings/{reference}/equipment/{equipment}",
            {
                "isoEquipmentCode": "22G1",
                "seals": [{"sealNumber": seal, "sealSource": "SHIPPER"} for seal in seals],
                "verifiedGrossMass": {
                    "massGrams": mass_grams,
                    "method": "SM1",
                    "responsiblePerson": "Weighbridge 2, Shapingba works",
                    "determinedAt": now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                },
            },
        )

    def journey(self, reference: str) -> Json:
        """Ask where the container is and what the journey waits for."""
        return self.door.get(f"/v1/bookings/{reference}/journey")

    def documents(self, reference: str) -> Json:
        """Ask for the papers of a booking."""
        return self.door.get(f"/v1/bookings/{reference}/documents")

    def draft(self, reference: str) -> Json:
        """Ask for the bill's draft."""
        return self.door.get(f"/v1/bookings/{reference}/bill/draft")

    def approve_draft(self, reference: str, draft: Mapping[str, Any]) -> Json:
        """Sign exactly this draft and hand the approval in.

        The signature says to whom the bill goes, too: to the shipper itself, and whose title
        the draft names.

        Raises:
            Refused: the draft would issue the bill to somebody else.
        """
        signer = self.signer
        if draft["issueTo"] != signer.party:
            raise Refused("ISSUED_TO_ANOTHER", "This draft would issue the bill to another.")
        approval = Approval(
            channel=CHANNEL,
            transport_document_reference=str(draft["transportDocumentReference"]),
            shipper=signer.party,
            issue_to=signer.party,
            endorsee=str(draft.get("endorsee", "")) or None,
            consignee=str(draft.get("consignee", "")) or None,
            document_hash=str(draft["documentHash"]),
            approved_date_time=now(),
        ).sign(signer.key)
        return self.door.write(
            "POST", f"/v1/bookings/{reference}/bill/approval", {"approval": approval}
        )

    def amendment(self, bill: str) -> Json:
        """Ask for the bill that is to take, or took, another's place, with its draft."""
        return self.door.get(f"/v1/bills/{bill}/amendment")

    def approve_amendment(self, bill: str) -> Json:
        """Sign the draft of the bill that is to take another's place, and hand that in."""
        signer = self.signer
        draft = self.amendment(bill)["draft"]
        approval = Approval(
            channel=CHANNEL,
            transport_document_reference=str(draft["transportDocumentReference"]),
            shipper=signer.party,
            issue_to=str(draft["issueTo"]),
            endorsee=str(draft.get("endorsee", "")) or None,
            consignee=str(draft.get("consignee", "")) or None,
            document_hash=str(draft["documentHash"]),
            approved_date_time=now(),
        ).sign(signer.key)
        return self.door.write(
            "POST", f"/v1/bills/{bill}/amendment/approval", {"approval": approval}
        )

    def certificate(self, reference: str) -> Json:
        """Ask for the certificate of insurance of a booking."""
        return self.door.get(f"/v1/bookings/{reference}/certificate")

    def incidents(self, reference: str) -> list[Json]:
        """Ask for the incidents of a booking."""
        return list(self.door.get(f"/v1/bookings/{reference}/incidents")["incidents"])

    def invoices(self, reference: str) -> list[Json]:
        """Ask for the invoices of a booking."""
        return list(self.door.get("/v1/invoices", bookingReference=reference)["invoices"])

    def pay(self, invoice_number: str, payment_rail: str = SANDBOX) -> Json:
        """Pay an invoice through the sandbox bank, or put it on agreed credit."""
        return self.door.write(
            "POST", f"/v1/invoices/{invoice_number}/payments", {"paymentRail": payment_rail}
        )

    def bill(self, reference: str) -> Json:
        """Ask for a bill with the acts that may be done next."""
        return self.door.get(f"/v1/bills/{reference}")

    def acts(self, reference: str) -> list[Json]:
        """Ask for the chain of a bill."""
        return list(self.door.get(f"/v1/bills/{reference}/acts")["acts"])

    def bundle(self, reference: str, organisations: Sequence[str] = ()) -> bytes:
        """Ask for the file that proves a bill offline."""
        return self.door.get_bytes(
            f"/v1/bills/{reference}/bundle",
            nonce=uuid.uuid4().hex,
            organisations=",".join(organisations),
        )

    def copy(self, reference: str) -> bytes:
        """Ask for the document on paper, marked as a copy."""
        return self.door.get_bytes(f"/v1/bills/{reference}/copy")

    def submit(self, reference: str, act: ReadyAct) -> Json:
        """Hand a signed act in; the door is only its courier."""
        return self.door.write("POST", f"/v1/bills/{reference}/acts", act.body())

    def head(self, reference: str) -> Head:
        """Return where a bill's chain ends."""
        bill = self.bill(reference)
        return Head(
            reference,
            int(bill["sequence"]),
            bill["headActHash"],
            bill["state"],
            bill["possessor"],
            bill["titleHolder"],
        )

    def act(
        self,
        reference: str,
        action_code: str,
        *,
        recipient: str | None = None,
        terms: Terms | None = None,
        details: dict[str, JsonValue] | None = None,
    ) -> Json:
        """Sign and hand in the next act; sign again where another act came first."""
        signer = self.signer
        for _ in range(SIGN_AGAIN_MAX):
            act = sign_next(
                self.head(reference),
                signer,
                action_code,
                recipient=recipient,
                terms=terms,
                details=details,
            )
            try:
                return self.submit(reference, act)
            except Refused as refused:
                if refused.reason not in LOST_RACE:
                    raise
        raise TryAgain("LOST_RACE", "Other acts came first each time.", "Try the same act again.")


@dataclass(slots=True)
class Desk(IssuerActs[Json]):
    """The operator's people at /v1/desk. The operator's key is in custody and signs there."""

    door: RestDoor

    @classmethod
    def of(cls, environment: Environment) -> "Desk":
        """Stand at the desk of a stack."""
        return cls(RestDoor(environment, "operator", ("desk", "bills:read")))

    def act(
        self,
        reference: str,
        action_code: str,
        *,
        recipient: str | None = None,
        terms: Terms | None = None,
        details: dict[str, JsonValue] | None = None,
    ) -> Json:
        """Decide an act of the issuer. Raises Refused with the law's reason."""
        return self.door.write(
            "POST",
            f"/v1/desk/bills/{reference}/acts",
            {
                "actionCode": action_code,
                "recipient": recipient or "",
                "terms": encode({} if terms is None else terms.payload()).decode(),
                "details": encode({} if details is None else details).decode(),
            },
        )

    def bill(self, reference: str) -> Json:
        """Ask for a bill with the acts that the operator may do next."""
        return self.door.get(f"/v1/bills/{reference}")

    def party_of(self, who: str) -> str:
        """Return the party id of an organisation; a party id is its own."""
        return str(self.door.get(f"/v1/parties/{who}")["party"])

    def prepare_amendment(self, reference: str) -> Json:
        """Have the bill drafted that a surrender for amendment asks for."""
        return self.door.write("POST", f"/v1/desk/bills/{reference}/amendment", {})

    def amendment(self, reference: str) -> Json:
        """Ask for the bill that is to take, or took, another's place."""
        return self.door.get(f"/v1/bills/{reference}/amendment")

    def trial_balance(self) -> list[Json]:
        """Ask for every account in every currency."""
        return list(self.door.get("/v1/desk/trial-balance")["lines"])

    def journal(self, booking: str = "") -> list[Json]:
        """Ask for the journal."""
        return list(self.door.get("/v1/desk/journal", bookingReference=booking)["entries"])

    def payables(self, booking: str = "") -> list[Json]:
        """Ask what carriers are owed."""
        return list(self.door.get("/v1/desk/payables", bookingReference=booking)["payables"])

    def bills(self) -> list[Json]:
        """Ask what every bill is waiting for."""
        return list(self.door.get("/v1/desk/bills")["bills"])

    def bookings(self) -> list[Json]:
        """Ask for every booking and what it waits for."""
        return list(self.door.get("/v1/desk/bookings")["bookings"])

    def lift_screening_hit(self, reference: str, list_entry: str, reason: str) -> Json:
        """Lift a screening hit; not by the booker."""
        return self.door.write(
            "POST",
            f"/v1/desk/bookings/{reference}/screening-lifts",
            {"listEntry": list_entry, "reason": reason},
        )
