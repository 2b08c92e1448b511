"""Who may call which RPC of insurance; whatever is not here, nobody."""

from typing import Final

from foundation.runtime.identity import Access, AccessTable

_SERVICE: Final = "/onebill.insurance.v1.InsuranceService/"
_WORKER: Final = Access(parts=frozenset({"worker"}))
_READ: Final = Access(parts=frozenset({"gateway-rest", "worker"}), scope="insurance:read")

ACCESS: Final[AccessTable] = {
    _SERVICE + "QuoteCover": _WORKER,
    _SERVICE + "Declare": _WORKER,
    _SERVICE + "CancelDeclaration": _WORKER,
    _SERVICE + "IssueCertificate": _WORKER,
    _SERVICE + "EndorseCertificate": _WORKER,
    # Roles on the bill are believed from these parts, which asked the ledger service for them.
    _SERVICE + "GetCertificate": _READ,
    _SERVICE + "OpenIncident": _WORKER,
    _SERVICE + "StartNoticeClocks": _WORKER,
    _SERVICE + "ListIncidents": _READ,
    _SERVICE + "OpenClaim": Access(
        parts=frozenset({"gateway-rest", "worker"}), scope="insurance:claim"
    ),
    _SERVICE + "ListClaims": _READ,
    _SERVICE + "AnswerLiability": _WORKER,
    _SERVICE + "WatchEvents": Access(parts=frozenset({"listener"})),
}
