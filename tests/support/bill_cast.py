"""The parties of a bill with their keys, and the acts they sign: for tests of the ledger."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from onebill_verify.act import Act
from onebill_verify.canonical import encode
from onebill_verify.encoding import b64u, salted_hash
from onebill_verify.keys import PrivateKey
from onebill_verify.registrations import Registration, party_id
from onebill_verify.statements import Approval, Receipt
from onebill_verify.terms import Conditions, IssuedContainer, IssueTerms, NoTerms

from foundation.kernel.references import make_transport_document_reference

CHANNEL = "onebill"
MSP_IDS = {
    "operator": "OperatorMSP",
    "carrier": "CarrierMSP",
    "port": "PortMSP",
    "partnerport": "PartnerPortMSP",
}

# Who is who, what each may be, and which member organisation vouches for it.
ROLES = {
    "operator": ("operator", ["OPERATOR"]),
    "seller": ("operator", ["SHIPPER"]),
    "first-bank": ("operator", ["BANK"]),
    "haulier-chongqing": ("carrier", ["CARRIER"]),
    "agent-line-singapore": ("carrier", ["CARRIERS_AGENT"]),
    "customs-singapore": ("partnerport", ["CUSTOMS"]),
    "terminal-singapore": ("partnerport", ["TERMINAL"]),
    "delivery-agent-singapore": ("partnerport", ["DELIVERY_AGENT"]),
    "buyer": ("partnerport", ["CONSIGNEE"]),
    "issuing-bank": ("partnerport", ["BANK"]),
    "court-singapore": ("partnerport", ["COURT"]),
}


def now():
    return datetime.now(UTC).replace(microsecond=0)


def salt():
    return b64u(os.urandom(32))


def any_hash():
    return os.urandom(32).hex()


@dataclass
class Cast:
    """Keys by organisation, and the party id under which each is registered."""

    keys: dict = field(default_factory=lambda: {name: PrivateKey.generate() for name in ROLES})
    parties: dict = field(default_factory=dict)

    def jwk(self, name):
        return encode(self.keys[name].public.jwk()).decode()

    def registration(self, name, rules, key=None, approver=None, **changes):
        """The party's signed word, and the evidence behind it, as RegisterParty takes them.

        With an approver's key it asks for four eyes.
        """
        vouching, roles = ROLES[name]
        key = key or self.keys[name]
        seen = {what: ({"name": name, "what": what}, salt()) for what in ("identity", "screening")}
        registration = Registration(
            **{
                "channel": CHANNEL,
                "party": party_id(os.urandom(16)),
                "public_key": key.public,
                "roles": tuple(roles),
                "vouching_organisation": MSP_IDS[vouching],
                "rulebook_version": rules.rulebook_version,
                "rulebook_hash": rules.rulebook_hash,
                "identity_hash": salted_hash(seen["identity"][1], seen["identity"][0]),
                "screening_hash": salted_hash(seen["screening"][1], seen["screening"][0]),
                "action_date_time": now(),
                "approver_key": approver and approver.public,
                **changes,
            }
        )
        return {
            "registration": registration.sign(key, approver),
            **{
                what: {"content": encode(content).decode(), "salt": its_salt}
                for what, (content, its_salt) in seen.items()
            },
        }


@dataclass
class Handed:
    """An act ready to be handed in."""

    signed: object
    details: str
    details_salt: str

    @property
    def token(self):
        return self.signed.token

    @property
    def hash(self):
        return self.signed.hash


@dataclass
class Paper:
    """One bill from its parties' side: it signs what comes next, over the head it knows."""

    cast: Cast
    reference: str = field(default_factory=lambda: make_transport_document_reference(os.urandom))
    sequence: int = 0
    head: str | None = None

    def sign(self, code, actor, recipient=None, terms=None, details=None, **other):
        """Sign the next act; `took` says that it is recorded."""
        beside, with_salt = details or {}, salt()
        at = other.pop("at", now())
        act = Act(
            **{
                "channel": CHANNEL,
                "transport_document_reference": self.reference,
                "sequence": self.sequence + 1,
                "previous_act_hash": self.head,
                "action_code": code,
                "actor": self.cast.parties[actor],
                "recipient": self.cast.parties[recipient] if recipient else None,
                "action_date_time": at,
                "expiry_date_time": at + timedelta(hours=1),
                "details_hash": salted_hash(with_salt, beside),
                "terms": terms or NoTerms(),
                **other,
            }
        )
        return Handed(act.sign(self.cast.keys[actor]), encode(beside).decode(), with_salt)

    def took(self, handed):
        self.sequence += 1
        self.head = handed.hash
        return handed

    def issue_terms(
        self,
        taken=None,
        endorsee=None,
        container_key=None,
        issue_to="seller",
        *,
        is_part=False,
        replaces=(),
    ):
        parties, taken = self.cast.parties, taken or now() - timedelta(seconds=5)
        container_key = container_key or any_hash()
        receipt = Receipt(
            channel=CHANNEL,
            transport_document_reference=self.reference,
            receipt_type="TAKEN_IN_CHARGE",
            carrier=parties["haulier-chongqing"],
            leg_sequence=1,
            container_key=container_key,
            equipment_hash=any_hash(),
            seal_hash=any_hash(),
            place_hash=any_hash(),
            event_date_time=taken,
        ).sign(self.cast.keys["haulier-chongqing"])
        document_hash = any_hash()
        approval = Approval(
            channel=CHANNEL,
            transport_document_reference=self.reference,
            shipper=parties["seller"],
            issue_to=parties[issue_to],
            endorsee=parties[endorsee] if endorsee else None,
            document_hash=document_hash,
            approved_date_time=now(),
        ).sign(self.cast.keys["seller"])
        return IssueTerms(
            is_to_order=True,
            shipper=parties["seller"],
            delivery_agent=parties["delivery-agent-singapore"],
            carriers_agent=parties["agent-line-singapore"],
            terminal=parties["terminal-singapore"],
            customs=(parties["customs-singapore"],),
            first_carrier=parties["haulier-chongqing"],
            document_hash=document_hash,
            certificate_hash=any_hash(),
            taking_in_charge_date=taken.date(),
            is_clean=True,
            containers=(IssuedContainer(container_key, receipt, is_part or None),),
            replaces=replaces,
            approval=approval,
            conditions=Conditions(
                receiver_charges=False,
                master_documents=True,
                customs=True,
                terminal_charges=True,
                general_average=False,
            ),
            endorsee=parties[endorsee] if endorsee else None,
        )

    def issue(self, to="seller", actor="operator", **terms):
        return self.sign("ISSUE", actor, to, self.issue_terms(issue_to=to, **terms))
