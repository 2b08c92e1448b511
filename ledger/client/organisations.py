"""Which organisations are asked to endorse: the policies of a bill and of a read, as choices.

A bill's policy is (operator and (port or partner port) and V of the possessor) or any three of
the four; V is the organisation that vouches for the possessor. With the operator gone the other
three carry everything on.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Final

OPERATOR: Final = "OperatorMSP"
CARRIER: Final = "CarrierMSP"
PORT: Final = "PortMSP"
PARTNER_PORT: Final = "PartnerPortMSP"
MEMBERS: Final = (OPERATOR, CARRIER, PORT, PARTNER_PORT)
"""The organisations of the channel."""

FOUNDERS: Final[Mapping[str, str]] = {
    OPERATOR: "OPERATOR",
    CARRIER: "CARRIER",
    PORT: "PORT",
    PARTNER_PORT: "PORT",
}
"""The organisations that founded the channel, with their kinds."""

_THREE: Final = 3

# With two ports to choose from, the first that is up is taken; the operator is last, so that
# a read says something that does not rest on it.
_WITNESSES: Final = (PORT, PARTNER_PORT, CARRIER, OPERATOR)

Choice = tuple[str, ...]
"""MSP ids that satisfy a policy together."""


def choices_for_act(own: str, vouching: str | None) -> Iterator[Choice]:
    """Name the sets that may endorse an act, the one to be tried first at the beginning.

    Args:
        own: the MSP of the courier; its own peer is the nearest.
        vouching: the MSP that vouches for the possessor; None where there is no bill yet.
    """
    yielded: set[frozenset[str]] = set()
    ports: Choice = (PARTNER_PORT, PORT) if own == PARTNER_PORT else (PORT, PARTNER_PORT)
    if vouching in ports:
        ports = (vouching,)
    for port in ports:
        chosen = {OPERATOR, port} | ({vouching} if vouching else set())
        if frozenset(chosen) not in yielded:
            yielded.add(frozenset(chosen))
            yield _in_order(chosen)
    # Without the operator first: whoever has to leave the first choices has probably lost it.
    threes = sorted(combinations(MEMBERS, _THREE), key=lambda three: OPERATOR in three)
    for three in threes:
        if frozenset(three) not in yielded:
            yield _in_order(set(three))


def choices_for_party(vouching: str) -> Iterator[Choice]:
    """Name the sets that may endorse a change of a party's record.

    The record's policy wants V and one other, or the operator as V and two others, or any
    three; what is written beside it follows the chaincode's policy, so each set satisfies both.
    """
    if vouching == OPERATOR:
        yield from sorted(choices_for_three(), key=lambda three: OPERATOR not in three)
        return
    yield from sorted(choices_for_act(vouching, vouching), key=lambda one: vouching not in one)


def choices_for_three() -> Iterator[Choice]:
    """Name the sets for what any three founding organisations decide: rules and recoveries.

    One without the operator comes first, and one with it next: whoever lost the first has lost
    one of the others.
    """
    yield from sorted(combinations(MEMBERS, _THREE), key=lambda three: OPERATOR in three)


def choices_for_read(own: str) -> Iterator[Choice]:
    """Name the pairs for an attestation: own peer and one other, the operator's last."""
    for other in _WITNESSES:
        if other != own:
            yield (own, other)


def _in_order(chosen: set[str]) -> Choice:
    return (*(msp for msp in MEMBERS if msp in chosen), *sorted(chosen - set(MEMBERS)))
