"""Settings of the worker and the listener (ONEBILL_WORKER_…, ONEBILL_LISTENER_…)."""

from dataclasses import dataclass

from foundation.runtime.settings import DatabaseSettings, ServerSettings, TlsSettings


@dataclass(frozen=True, kw_only=True)
class TemporalSettings:
    """Where Temporal is."""

    temporal_address: str
    temporal_namespace: str = "onebill"


@dataclass(frozen=True, kw_only=True)
class NeighbourSettings(TlsSettings):
    """Where the services are, each as host:port; `ledger` is the operator's own."""

    booking_address: str
    documents_address: str
    tracking_address: str
    settlement_address: str
    insurance_address: str
    custody_address: str
    ledger_address: str


@dataclass(frozen=True, kw_only=True)
class WorkerSettings(ServerSettings, NeighbourSettings, TemporalSettings):
    """The process that runs workflows and activities; it serves only its health."""

    # The ledger channel that the operator's acts are made for.
    channel: str = "onebill"
    # For `python -m workflows.reconcile`, which runs with the worker's settings.
    projection_address: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListenerSettings(ServerSettings, DatabaseSettings, NeighbourSettings, TemporalSettings):
    """The process that nudges workflows; it serves only its health."""
