"""Settings of the documents service, from ONEBILL_DOCUMENTS_… ."""

from dataclasses import dataclass

from foundation.runtime.settings import ServiceSettings

_TERMS = (
    "Multimodal transport document under the operator's standard conditions. The operator "
    "undertakes the performance of the entire transport as principal and answers for every leg "
    "from taking in charge to delivery. Demonstration conditions: not filed, not approved by "
    "any P&I club."
)


@dataclass(frozen=True, kw_only=True)
class DocumentsSettings(ServiceSettings):
    """What documents needs beside what every service needs.

    The defaults describe an invented operator; none of them is a real company or code.
    """

    # The ledger channel for which approvals and receipts are signed.
    channel: str = "onebill"
    # The operator's agents: besides the operator, only they may be consignee of a leg's document.
    agent_organisations: tuple[str, ...] = ("delivery-agent-singapore",)
    # SURRENDER_ACCEPTED, or AGENTS_CUSTODY where the operator lets a laden box leave before.
    gate_one: str = "SURRENDER_ACCEPTED"
    issuer_name: str = "OneBill Multimodal Transport Operator"
    issuer_street: str = "1 Corridor Road"
    issuer_city: str = "Chongqing"
    issuer_country_code: str = "CN"
    issuer_email: str = "documents@onebill.example"
    carrier_code: str = "ZZOB"
    carrier_code_list_provider: str = "NMFTA"
    place_of_issue: str = "CNCKG"
    terms_and_conditions: str = _TERMS
