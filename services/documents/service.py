"""The documents service put together."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from onebill.documents.v1 import documents_service_pb2_grpc

from foundation.runtime.database import Database
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import Service, Wired
from foundation.runtime.statements import Stater
from services.documents.access import ACCESS
from services.documents.adapters.proofs import VerifiedProofs
from services.documents.application.drafts import Office
from services.documents.domain.facts import Issuer
from services.documents.servicer import DocumentsServicer
from services.documents.settings import DocumentsSettings


def open_office(settings: DocumentsSettings) -> Office:
    """Answer the operator's documentation office as the settings describe it."""
    return Office(
        issuer=Issuer(
            name=settings.issuer_name,
            street=settings.issuer_street,
            city=settings.issuer_city,
            country_code=settings.issuer_country_code,
            email=settings.issuer_email,
            carrier_code=settings.carrier_code,
            carrier_code_list_provider=settings.carrier_code_list_provider,
            terms_and_conditions=settings.terms_and_conditions,
            place_of_issue=settings.place_of_issue,
        ),
        proofs=VerifiedProofs(secrets.token_bytes),
        channel=settings.channel,
        agents=frozenset(settings.agent_organisations),
        gate_one=settings.gate_one,
    )


def wire(settings: DocumentsSettings, database: Database, outbox: Outbox) -> Wired:
    """Put the servicer together."""
    servicer = DocumentsServicer(
        database,
        outbox,
        lambda: datetime.now(UTC),
        open_office(settings),
        secrets.token_bytes,
        Stater.of(settings),
    )
    return Wired(
        ACCESS,
        lambda server: documents_service_pb2_grpc.add_DocumentsServiceServicer_to_server(
            servicer, server
        ),
    )


SERVICE: Final = Service(
    "documents", DocumentsSettings, Path(__file__).parent / "migrations", wire
)
