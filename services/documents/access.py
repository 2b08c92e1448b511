"""Who may call what of the documents service."""

from typing import Final

from foundation.runtime.identity import OPERATOR, Access

_SERVICE: Final = "/onebill.documents.v1.DocumentsService/"

_WORKER: Final = Access(parts=frozenset({"worker"}))
_OPERATORS_WORKER: Final = Access(parts=frozenset({"worker"}), acting_for=frozenset({OPERATOR}))
_READERS: Final = Access(parts=frozenset({"worker", "gateway-rest"}))
_BOTH_DOORS: Final = Access(parts=frozenset({"worker", "gateway-rest", "gateway-carrier"}))

ACCESS: Final = {
    _SERVICE + name: access
    for name, access in {
        "CreateDraft": _OPERATORS_WORKER,
        "AddClause": _OPERATORS_WORKER,
        "ApproveDraft": _WORKER,
        "CheckIssue": _OPERATORS_WORKER,
        "CheckOnBoard": _OPERATORS_WORKER,
        "RecordIssued": _OPERATORS_WORKER,
        "VoidDraft": _OPERATORS_WORKER,
        "GetTransportDocument": _BOTH_DOORS,
        "PrintTransportDocumentCopy": _READERS,
        "ListVersions": _WORKER,
        "PlanLegDocuments": _OPERATORS_WORKER,
        "IssueLegDocument": _WORKER,
        "ListLegDocuments": _READERS,
        "PutEquipment": _WORKER,
        "ListEquipment": _BOTH_DOORS,
        "RecordReceipt": _WORKER,
        "AddAttachment": Access(parts=frozenset({"worker", "gateway-rest"})),
        "GetAttachment": Access(parts=frozenset({"worker", "gateway-rest"})),
        "ListAttachments": _READERS,
        "FindBooking": Access(
            parts=frozenset({"worker", "gateway-rest", "listener"}),
            acting_for=frozenset({OPERATOR}),
        ),
        "OrderAmendment": _OPERATORS_WORKER,
        "GetAmendment": Access(parts=frozenset({"worker", "gateway-rest"})),
        "ReserveTransportDocument": _OPERATORS_WORKER,
        "WatchEvents": Access(
            parts=frozenset({"worker", "listener"}), acting_for=frozenset({OPERATOR})
        ),
    }.items()
}
