"""Settings of the tracking service, from ONEBILL_TRACKING_… ."""

from dataclasses import dataclass

from foundation.runtime.settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class TrackingSettings(ServiceSettings):
    """What tracking needs beside what every service needs."""

    # Terminals, depots and customs offices whose gate events count on every journey; unless
    # told, those of the corridor from Chongqing by Qinzhou to Singapore.
    facility_organisations: tuple[str, ...] = (
        "terminal-qinzhou",
        "customs-qinzhou",
        "terminal-singapore",
        "customs-singapore",
    )
