"""Who asks, and what of the ledger that asker may know.

A member organisation may read every bill: its own peer has them all. Anybody else reads the
bills on which a party of its has or had a role; for it every other bill is not there.
"""

from dataclasses import dataclass
from typing import Final

from foundation.kernel.errors import NotFound
from foundation.runtime.identity import OPERATOR, Access, AccessTable, Caller

MEMBER_ORGANISATIONS: Final = frozenset({OPERATOR, "carrier", "port", "partnerport"})
"""The organisations that founded the channel, each with a peer of its own."""

_SERVICE: Final = "/onebill.ledger.v1.LedgerService/"
# The operator's own parts are served by the operator's ledger service, for the organisation
# that they act for; no other organisation's service knows them. Each is admitted to what it
# calls, because its certificate can be stolen.
_PARTS: Final = {
    "gateway-rest": (
        "SubmitAct",
        "GetBill",
        "ListActs",
        "ListOwnParties",
        "ListRoles",
        "Attest",
        "GetEvidence",
        "GetParty",
        "RegisterParty",
        "SetPartyStatus",
        "GetRules",
        "ComputeContainerKey",
    ),
    "gateway-carrier": ("GetParty", "ComputeContainerKey"),
    "worker": (
        "SubmitAct",
        "GetBill",
        "ListActs",
        "ListBills",
        "ListOwnParties",
        "GetParty",
        "ComputeContainerKey",
    ),
    "listener": ("WatchEvents",),
    "custody": ("GetParty",),
    "ledger-operator": ("GetParty", "RegisterParty", "GetRules"),
}


@dataclass(frozen=True, slots=True)
class Asker:
    """An organisation that asks, with its parties on the ledger, the latest first.

    Attributes:
        at: the organisation whose service is asked.
    """

    organisation: str
    part: str | None
    parties: tuple[str, ...]
    at: str = OPERATOR

    @property
    def is_member(self) -> bool:
        """Whether it runs a peer of the channel and so may read every bill.

        Who founded the channel is one everywhere; who joined later is known at its own service.
        """
        return self.organisation in MEMBER_ORGANISATIONS or self.organisation == self.at


def bill_unknown(reference: str) -> NotFound:
    """Make the one answer for a bill that is not there and for one that the asker may not see."""
    return NotFound(
        "BILL_UNKNOWN",
        f"There is no bill {reference} to which you are a party.",
        transport_document_reference=reference,
    )


def is_own_people(caller: Caller, organisation: str) -> bool:
    """Whether the call is made by or for the organisation that runs this service."""
    return caller.organisation == organisation


def access_of(organisation: str) -> AccessTable:
    """Say who may call what at the ledger service of `organisation`."""
    own = frozenset({organisation})
    acting_for = {
        "ComputeContainerKey": MEMBER_ORGANISATIONS,
        "WatchEvents": own,
        "RecoverKey": own,
        "SetPartyStatus": own,
    }
    return {
        _SERVICE + method: Access(
            parts=_parts_calling(method) if organisation == OPERATOR else frozenset(),
            members=method != "ListRoles",
            acting_for=acting_for.get(method, frozenset()),
        )
        for method in (
            "SubmitAct",
            "GetBill",
            "ListActs",
            "ListBills",
            "ListOwnParties",
            "ListRoles",
            "Attest",
            "GetEvidence",
            "GetParty",
            "RegisterParty",
            "RotateKey",
            "GetRules",
            "RecoverKey",
            "CancelRecovery",
            "CompleteRecovery",
            "ListRecoveries",
            "SetPartyStatus",
            "ComputeContainerKey",
            "StateCustody",
            "ListCustodyStatements",
            "WatchEvents",
        )
    }


def _parts_calling(method: str) -> frozenset[str]:
    return frozenset(part for part, methods in _PARTS.items() if method in methods)
