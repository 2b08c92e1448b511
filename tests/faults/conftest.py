"""The ledger's world of tests/integration/ledger, on whatever network ONEBILL_STATE names."""

from tests.integration.ledger.conftest import ledgers, world

__all__ = ["ledgers", "world"]
