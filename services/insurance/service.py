"""Insurance put together: database, rules, seal, servicer."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

from onebill.insurance.v1 import insurance_service_pb2_grpc

from foundation.kernel.clock import Clock
from foundation.kernel.references import Randomness
from foundation.runtime.database import Database
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import Service, Wired
from services.insurance.access import ACCESS
from services.insurance.adapters.rule_files import load_rulebook
from services.insurance.servicer import InsuranceServicer
from services.insurance.settings import InsuranceSettings

MIGRATIONS = Path(__file__).parent / "migrations"


def _now() -> datetime:
    return datetime.now(UTC)


def insurance_service(
    clock: Clock = _now, randomness: Randomness = secrets.token_bytes
) -> Service[InsuranceSettings]:
    """Wire the service; a test brings its own clock and randomness."""

    def wire(settings: InsuranceSettings, database: Database, outbox: Outbox) -> Wired:
        servicer = InsuranceServicer(database, outbox, clock, randomness, load_rulebook())
        return Wired(
            ACCESS,
            lambda server: insurance_service_pb2_grpc.add_InsuranceServiceServicer_to_server(
                servicer, server
            ),
        )

    return Service("insurance", InsuranceSettings, MIGRATIONS, wire)


SERVICE = insurance_service()
