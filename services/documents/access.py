"""Who may call what of the documents service."""

from typing import Final

from foundation.runtime.identity import OPERATOR, Access

_SERVICE: Final = "/onebill.documents.v1.DocumentsService/"

_WORKER: Final = Access(parts=frozenset({"worker"}))
_OPERATOR_ONLY: Final = Access(
    parts=frozenset({"worker", "gateway-rest", "gateway-carrier", "listener"}),
    acting_for=frozenset({OPERATOR}),
)
_DESK: Final = Access(
    parts=frozenset({"worker", "gateway-rest"}), acting_for=frozenset({OPERATOR})
)
_READERS: Final = Access(parts=frozenset({"worker", "gateway-rest", "gateway-carrier"}))

ACCESS: Final = {
    _SERVICE + name: access
    for name, access in {
        "CreateDraft": _DESK,
        "AddClause": _DESK,
        "ApproveDraft": _WORKER,
        "CheckIssue": _DESK,
        "CheckOnBoard": _DESK,
        "RecordIssued": _DESK,
        "VoidDraft": _DESK,
        "GetTransportDocument": _READERS,
        "PrintTransportDocumentCopy": _READERS,
        "ListVersions": _READERS,
        "PlanLegDocuments": _DESK,
        "IssueLegDocument": _WORKER,
        "ListLegDocuments": _READERS,
        "PutEquipment": _WORKER,
        "ListEquipment": _READERS,
        "RecordReceipt": _WORKER,
        "AddAttachment": Access(parts=frozenset({"worker", "gateway-rest"})),
        "GetAttachment": Access(parts=frozenset({"worker", "gateway-rest"})),
        "ListAttachments": _READERS,
        "FindBooking": _OPERATOR_ONLY,
        "ReserveTransportDocument": _DESK,
        "WatchEvents": _OPERATOR_ONLY,
    }.items()
}
