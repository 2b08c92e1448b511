"""`python -m foundation.runtime.probe ADDRESS [PART]`: exit 0 if the server there is healthy.

Reads ONEBILL_<PART>_TLS_… for its certificate (PROBE unless told). Imports little, because a
supervisor runs it every second.
"""

import os
import sys
from typing import Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from foundation.runtime.settings import SettingsFault, TlsSettings, load_settings

_SECONDS: Final = 2.0


def probe(address: str, tls: TlsSettings) -> bool:
    """Ask the server at `address` whether it serves; an error is a no."""
    credentials = grpc.ssl_channel_credentials(
        root_certificates=tls.tls_roots_file.read_bytes(),
        private_key=tls.tls_key_file.read_bytes(),
        certificate_chain=tls.tls_certificate_file.read_bytes(),
    )
    with grpc.secure_channel(address, credentials) as channel:
        try:
            answer = health_pb2_grpc.HealthStub(channel).Check(  # type: ignore[attr-defined]  # made at run time
                health_pb2.HealthCheckRequest(), timeout=_SECONDS
            )
        except grpc.RpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def main(arguments: list[str]) -> int:
    """Run the probe from the command line."""
    if len(arguments) not in (1, 2):
        sys.stderr.write("usage: python -m foundation.runtime.probe ADDRESS [PART]\n")
        return 2
    part = arguments[1] if len(arguments) > 1 else "probe"
    try:
        tls = load_settings(TlsSettings, part, os.environ)
    except SettingsFault as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    return 0 if probe(arguments[0], tls) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
