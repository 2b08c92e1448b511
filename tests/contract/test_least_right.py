"""A process is admitted to what it calls, and to nothing else: its certificate can be stolen."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.runtime.identity import AccessTable
from ledger.custody.servicer import ACCESS as CUSTODY
from ledger.projection.servicer import access_of as projection_access_of
from ledger.service.askers import access_of as ledger_access_of
from services.booking.access import ACCESS as BOOKING
from services.documents.access import ACCESS as DOCUMENTS
from services.insurance.access import ACCESS as INSURANCE
from services.settlement.access import ACCESS as SETTLEMENT
from services.tracking.servicer import ACCESS as TRACKING

ROOT = Path(__file__).parents[2]
LEDGER = "/onebill.ledger.v1.LedgerService/"

# Whose certificate runs which code.
SOURCES = {
    "gateway-rest": ("gateway/rest", "gateway/neighbours.py"),
    "gateway-carrier": ("gateway/carrier", "gateway/neighbours.py"),
    "listener": ("workflows/listener",),
    "worker": ("workflows/activities", "workflows/reconcile", "workflows/worker.py"),
    "custody": ("ledger/custody",),
    "ledger-operator": ("ledger/service",),
}
TABLES: tuple[AccessTable, ...] = (
    BOOKING,
    DOCUMENTS,
    TRACKING,
    SETTLEMENT,
    INSURANCE,
    CUSTODY,
    ledger_access_of("operator"),
    projection_access_of("operator"),
)


def _called(part: str) -> set[str]:
    files: list[Path] = []
    for name in SOURCES[part]:
        path = ROOT / name
        files += path.rglob("*.py") if path.is_dir() else [path]
    return {
        name
        for file in files
        for name in re.findall(r"\.([A-Z][A-Za-z]+)\b", file.read_text("utf-8"))
    }


def _admitted(part: str) -> Iterator[str]:
    for table in TABLES:
        for method, access in table.items():
            # The worker carries out every step of the process, so the services are open to it
            # whole; on the ledger it has no say but its own.
            if part in access.parts and (part != "worker" or method.startswith(LEDGER)):
                yield method


def test_every_part_that_is_admitted_anywhere_is_looked_at() -> None:
    named = {part for table in TABLES for access in table.values() for part in access.parts}

    assert named <= SOURCES.keys()


@pytest.mark.parametrize("part", SOURCES)
def test_a_process_may_call_nothing_that_it_does_not_call(part: str) -> None:
    called = _called(part)

    too_much = [method for method in _admitted(part) if method.rsplit("/", 1)[-1] not in called]

    assert too_much == []


def test_of_the_platforms_processes_the_shippers_door_alone_sets_what_a_party_may_do() -> None:
    table = ledger_access_of("operator")

    assert table[LEDGER + "SetPartyStatus"].parts == {"gateway-rest"}
    assert table[LEDGER + "RecoverKey"].parts == frozenset()
