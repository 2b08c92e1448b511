"""`python -m gateway.carrier`: serve onebill.carrier.v1 until SIGTERM or SIGINT."""

import asyncio
import os
import sys
from typing import Final

from onebill.carrier.v1 import carrier_service_pb2_grpc

from foundation.runtime.process import Wired, serve
from foundation.runtime.rates import Rates
from foundation.runtime.settings import SettingsFault, load_settings
from foundation.runtime.telemetry import start_telemetry
from gateway.carrier.servicer import ACCESS, CarrierServicer
from gateway.carrier.settings import CarrierSettings
from gateway.neighbours import Neighbours, open_neighbours
from workflows.client import Consignments, connect

_PART: Final = "gateway-carrier"


def wire(neighbours: Neighbours, consignments: Consignments, settings: CarrierSettings) -> Wired:
    """Put the door together."""
    servicer = CarrierServicer(neighbours, consignments, settings.channel)
    return Wired(
        ACCESS,
        lambda server: carrier_service_pb2_grpc.add_CarrierServiceServicer_to_server(
            servicer, server
        ),
        Rates(settings.requests_per_second),
    )


async def run(settings: CarrierSettings) -> None:
    """Serve until SIGTERM or SIGINT."""
    async with open_neighbours(settings) as neighbours:
        # Lazily: events are taken in while the process is away.
        client = await connect(settings, lazy=True)
        await serve(settings, wire(neighbours, Consignments(client), settings))


def main() -> int:
    """Run the process and answer its exit code."""
    try:
        settings = load_settings(CarrierSettings, _PART, os.environ)
    except SettingsFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 1
    start_telemetry(_PART, os.environ)
    asyncio.run(run(settings))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
