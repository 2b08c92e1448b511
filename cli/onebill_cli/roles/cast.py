"""The whole cast of the story Chongqing to Singapore, and its registration on the ledger."""

from dataclasses import dataclass
from typing import Final

from onebill.ledger.v1 import ledger_service_pb2

from onebill_cli.doors import DEADLINE_SECONDS, ask_ledger_door
from onebill_cli.environment import Environment
from onebill_cli.registering import MSPS, rules_of, sign_registration
from onebill_cli.rest import RestDoor
from onebill_cli.roles.carrier import Carrier
from onebill_cli.roles.destination import (
    Authority,
    CarriersAgent,
    Customs,
    DeliveryAgent,
    Holder,
    Port,
    Terminal,
)
from onebill_cli.roles.shipper import Customer, Desk
from onebill_cli.signing import new_request_id

SELLER: Final = "seller"
BUYER: Final = "buyer"
FIRST_BANK: Final = "first-bank"
ISSUING_BANK: Final = "issuing-bank"
HAULIER_ORIGIN: Final = "haulier-chongqing"
RAIL: Final = "rail-chongqing"
LINE: Final = "line-beibu"
LINE_AGENT: Final = "agent-line-singapore"
HAULIER_DESTINATION: Final = "haulier-singapore"
DELIVERY_AGENT: Final = "delivery-agent-singapore"
TERMINAL: Final = "terminal-singapore"
CUSTOMS: Final = "customs-singapore"
COURT: Final = "court-singapore"
PARTNER_PORT: Final = "partnerport"

# Who speaks for whom on the ledger, and as what (design: parties).
REGISTRATIONS: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    (SELLER, "operator", ("SHIPPER",)),
    (FIRST_BANK, "operator", ("BANK",)),
    (HAULIER_ORIGIN, "carrier", ("CARRIER",)),
    (HAULIER_DESTINATION, "carrier", ("CARRIER",)),
    (RAIL, "carrier", ("CARRIER",)),
    (LINE, "carrier", ("CARRIER",)),
    (LINE_AGENT, "carrier", ("CARRIERS_AGENT",)),
    ("customs-qinzhou", "port", ("CUSTOMS",)),
    ("terminal-qinzhou", "port", ("TERMINAL",)),
    (ISSUING_BANK, "partnerport", ("BANK",)),
    (BUYER, "partnerport", ("CONSIGNEE",)),
    (DELIVERY_AGENT, "partnerport", ("DELIVERY_AGENT",)),
    (TERMINAL, "partnerport", ("TERMINAL",)),
    (CUSTOMS, "partnerport", ("CUSTOMS",)),
    (COURT, "partnerport", ("COURT",)),
    (PARTNER_PORT, "partnerport", ("PORT",)),
)


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody in the story, each at its own door."""

    environment: Environment
    seller: Customer
    first_bank: Customer
    issuing_bank: Holder
    buyer: Holder
    haulier_origin: Carrier
    rail: Carrier
    line: Carrier
    haulier_destination: Carrier
    line_agent: CarriersAgent
    delivery_agent: DeliveryAgent
    terminal: Terminal
    customs: Customs
    court: Authority
    port: Port
    desk: Desk

    @classmethod
    def of(cls, environment: Environment) -> "Cast":
        """Put the cast at the doors of a stack."""
        return cls(
            environment=environment,
            seller=Customer.of(environment, SELLER),
            first_bank=Customer.of(environment, FIRST_BANK),
            issuing_bank=Holder(environment, ISSUING_BANK, "partnerport"),
            buyer=Holder(environment, BUYER, "partnerport"),
            haulier_origin=Carrier(environment, HAULIER_ORIGIN),
            rail=Carrier(environment, RAIL),
            line=Carrier(environment, LINE),
            haulier_destination=Carrier(environment, HAULIER_DESTINATION),
            line_agent=CarriersAgent(environment, LINE_AGENT, "carrier"),
            delivery_agent=DeliveryAgent(environment, DELIVERY_AGENT, "partnerport"),
            terminal=Terminal(environment, TERMINAL, "partnerport"),
            customs=Customs(environment, CUSTOMS, "partnerport"),
            court=Authority(environment, COURT, "partnerport"),
            port=Port(environment, PARTNER_PORT, "partnerport"),
            desk=Desk.of(environment),
        )

    def register(self) -> dict[str, str]:
        """Register whoever is not yet known; return the party id of each organisation."""
        return {
            organisation: register(self.environment, organisation, member, roles)
            for organisation, member, roles in REGISTRATIONS
        }


def register(
    environment: Environment, organisation: str, member: str, roles: tuple[str, ...]
) -> str:
    """Register a party at the member that vouches for it, and tell the operator who it is.

    Names stay off the channel, so the operator's directory is told apart; both steps may be
    repeated.
    """
    key = environment.act_key(organisation)
    word = sign_registration(
        key, organisation, MSPS[member], roles, rules_of(environment, organisation, member)
    )
    door = RestDoor(environment, "operator", ("parties",))
    if member == "operator":
        told: dict[str, object] = {
            "registration": word.registration,
            "identity": word.identity.json(),
            "screening": word.screening.json(),
        }
    else:
        request = ledger_service_pb2.RegisterPartyRequest(
            organisation=organisation,
            registration=word.registration,
            identity=word.identity.message(),
            screening=word.screening.message(),
            request_id=new_request_id(),
        )
        registered = ask_ledger_door(
            environment,
            member,
            member,
            lambda door: door.RegisterParty(request, timeout=DEADLINE_SECONDS),
        ).party
        told = {"publicKey": key.public.jwk(), "party": registered.party}
    record = door.write("POST", "/v1/parties", {"organisation": organisation, **told})
    return str(record["party"])
