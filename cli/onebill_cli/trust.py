"""The pinned roots file of a stack: which organisations' certificates a verifier trusts."""

import json
from collections.abc import Mapping
from typing import Final

from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed, Exit
from onebill_cli.signing import CHANNEL

CHAINCODE: Final = "bill"
# What each organisation is; whoever is admitted later is a port.
PORT: Final = "PORT"
KINDS: Final[Mapping[str, str]] = {"OperatorMSP": "OPERATOR", "CarrierMSP": "CARRIER"}


def trust_file(environment: Environment) -> str:
    """Return the trust file (proof/spec/bundle.md section 4) of a stack as JSON text."""
    roots = sorted(environment.fabric_roots.glob("*MSP.pem"))
    if not roots:
        raise CommandFailed(
            Exit.USAGE, "ROOTS_NOT_FOUND", "The stack has no root certificates of the channel yet."
        )
    return json.dumps(
        {
            "channel": CHANNEL,
            "chaincode": CHAINCODE,
            "organisations": [
                {
                    "kind": KINDS.get(root.stem, PORT),
                    "mspId": root.stem,
                    "rootCertificates": [root.read_text()],
                }
                for root in roots
            ],
        },
        indent=2,
    )
