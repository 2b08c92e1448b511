"""Who sees a bill's document: it follows the roles that the asker has on the bill.

The roles come from the ledger service, verified, by way of the gateway. Whoever booked sees it
in any case, because it is the shipper's own.
"""

from collections.abc import Iterable
from typing import Final

# Who controls, may come to control, or has to act upon the bill sees all of it. The salt goes
# with the document: without it nobody can hold the document against the ledger.
_SEES_DOCUMENT: Final = frozenset(
    {
        "ISSUER",
        "SHIPPER",
        "CONSIGNEE",
        "ENDORSEE",
        "POSSESSOR",
        "TITLE_HOLDER",
        "FORMER_POSSESSOR",
        "DELIVERY_AGENT",
    }
)


def may_see_document(roles: Iterable[str]) -> bool:
    """Whether one of these roles on the bill opens its document and attachments.

    The sea carrier's agent, the terminal and customs act on the bill without seeing it: what
    they need stands on their own papers.
    """
    return not _SEES_DOCUMENT.isdisjoint(roles)
