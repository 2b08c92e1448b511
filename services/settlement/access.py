"""Who may call which RPC of settlement; whatever is not here, nobody."""

from typing import Final

from foundation.runtime.identity import OPERATOR, Access, AccessTable

_SERVICE: Final = "/onebill.settlement.v1.SettlementService/"
_WORKER: Final = Access(parts=frozenset({"worker"}))
# What carriers are paid is between each carrier and the operator.
_OPERATORS_WORKER: Final = Access(parts=frozenset({"worker"}), acting_for=frozenset({OPERATOR}))
_INVOICES: Final = Access(parts=frozenset({"gateway-rest", "worker"}), scope="invoices:read")
_DESK: Final = Access(
    parts=frozenset({"gateway-rest", "worker"}), scope="desk", acting_for=frozenset({OPERATOR})
)

ACCESS: Final[AccessTable] = {
    _SERVICE + "RateBooking": _WORKER,
    _SERVICE + "AgreeBuyRates": _OPERATORS_WORKER,
    _SERVICE + "ReleaseBuyRates": _OPERATORS_WORKER,
    _SERVICE + "IssueInvoice": _WORKER,
    _SERVICE + "InvoiceChange": _OPERATORS_WORKER,
    _SERVICE + "CreditInvoice": _WORKER,
    _SERVICE + "PayInvoice": _WORKER,
    _SERVICE + "PayCarrier": _OPERATORS_WORKER,
    _SERVICE + "CloseSettlement": _OPERATORS_WORKER,
    _SERVICE + "GetInvoice": _INVOICES,
    _SERVICE + "ListInvoices": _INVOICES,
    _SERVICE + "ListPayables": Access(
        parts=frozenset({"gateway-rest", "gateway-carrier", "worker"})
    ),
    _SERVICE + "ListJournalEntries": _DESK,
    _SERVICE + "GetTrialBalance": _DESK,
    _SERVICE + "WatchEvents": Access(parts=frozenset({"listener"})),
}
