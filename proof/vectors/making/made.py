"""A case of a bundle, and the trust files with which cases are asked."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from onebill_verify import Bundle, JsonValue

from making import fabric
from making.cast import (
    PARTNER_MSP,
)

NOW = datetime(2026, 6, 1, 7, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A case: the bundle's bytes, how it is asked, and what the answer is."""

    name: str
    data: bytes
    reason: str = ""
    now: datetime = NOW
    organisations: int = 2
    nonce: str | None = None
    roots: str = "roots"


def trust_files() -> dict[str, JsonValue]:
    """Return the trust files by name; only the first is that of the synthetic network."""
    usual = fabric.roots()
    return {
        "roots": usual,
        "other authorities of the same names": fabric.roots("another"),
        "recoveries after five minutes": {**usual, "recoveryDelaySeconds": 300},
        "another channel": {**usual, "channel": "elsewhere"},
        "another chaincode": {**usual, "chaincode": "other"},
        "without the partner port": {
            **usual,
            "organisations": [
                organisation
                for organisation in _list(usual["organisations"])
                if isinstance(organisation, dict) and organisation["mspId"] != PARTNER_MSP
            ],
        },
    }


def bare(bundle: Bundle) -> Bundle:
    """Return the bundle of a story whose document is not the sample's: nothing is shown."""
    return replace(bundle, document=None, certificate=None, attachments=())


def _list(value: JsonValue) -> list[JsonValue]:
    assert isinstance(value, list)
    return value
