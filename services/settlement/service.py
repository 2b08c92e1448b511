"""Settlement put together: database, rules, rails, servicer."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from onebill.settlement.v1 import settlement_service_pb2_grpc

from foundation.kernel.clock import Clock
from foundation.runtime.database import Database
from foundation.runtime.outbox import Outbox
from foundation.runtime.process import Service, Wired
from services.settlement.access import ACCESS
from services.settlement.adapters.rule_files import load_rulebook
from services.settlement.adapters.sandbox_bank import SANDBOX, SandboxBank
from services.settlement.application.cashier import Cashier
from services.settlement.application.ports import PaymentRail
from services.settlement.servicer import SettlementServicer
from services.settlement.settings import SettlementSettings

MIGRATIONS = Path(__file__).parent / "migrations"


def _now() -> datetime:
    return datetime.now(UTC)


def settlement_service(
    clock: Clock = _now, rails: Mapping[str, PaymentRail] | None = None
) -> Service[SettlementSettings]:
    """Wire the service; a test brings its own clock and rails."""

    def wire(settings: SettlementSettings, database: Database, outbox: Outbox) -> Wired:
        known = {SANDBOX: SandboxBank(database)} if rails is None else rails
        servicer = SettlementServicer(
            database, outbox, clock, load_rulebook(), Cashier(known, SANDBOX)
        )
        return Wired(
            ACCESS,
            lambda server: settlement_service_pb2_grpc.add_SettlementServiceServicer_to_server(
                servicer, server
            ),
        )

    return Service("settlement", SettlementSettings, MIGRATIONS, wire)


SERVICE = settlement_service()
