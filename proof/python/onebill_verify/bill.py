"""The state of a bill as its acts make it (law.md, section 1), and the act being judged."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from onebill_verify.act import Act, SignedAct
from onebill_verify.parties import Signers
from onebill_verify.terms import IssueTerms

BLANK: Final = ""  # the title follows possession


@dataclass(frozen=True, slots=True)
class Surrender:
    """A surrender, pending or accepted: who is to get the goods."""

    reference: str
    deliver_to: str
    pick_up_party: str | None


@dataclass(frozen=True, slots=True)
class Amendment:
    """A request for amendment, pending or accepted."""

    reference: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class Memory:
    """What sending the bill straight back restores."""

    possessor: str
    title_holder: str
    unendorsable: bool = False


@dataclass(frozen=True, slots=True)
class Pledge:
    """A live pledge; `trustee` and `until` only while it is released on trust."""

    pledgee: str
    pledgor: str
    since: datetime
    trustee: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """What is judged: an act, when it happened on the ledger, and whose signatures it needs."""

    signed: SignedAct
    at: datetime
    signers: Signers
    roles: tuple[str, ...]

    @property
    def act(self) -> Act:
        """The statement itself."""
        return self.signed.act

    @property
    def seconds(self) -> int:
        """The time of the transaction in Unix seconds."""
        return int(self.at.timestamp())


@dataclass(slots=True)
class Bill:
    """A bill as the acts up to its head make it."""

    channel: str
    reference: str
    issuer: str
    terms: IssueTerms
    possessor: str
    title_holder: str
    title_on_receipt: str
    state: str
    taken_in_charge: datetime
    sequence: int
    head_act_hash: str
    at: datetime
    unendorsable: bool = False
    unendorsable_on_receipt: bool = False
    memory: Memory | None = None
    presentation: Memory | None = None
    pledge: Pledge | None = None
    surrender: Surrender | None = None
    amendment: Amendment | None = None
    orders: dict[str, str] = field(default_factory=dict)
    delivered_against_indemnity: bool = False
    surrender_references: set[str] = field(default_factory=set)
    holds: dict[str, str] = field(default_factory=dict)
    payments: set[str] = field(default_factory=set)
    master_released: bool = False
    customs_released: set[str] = field(default_factory=set)
    noted_legs: set[int] = field(default_factory=set)
    passes: set[str] = field(default_factory=set)
    live_pass: str | None = None

    @property
    def is_held(self) -> bool:
        """Whether any authority's hold or any order is live."""
        return bool(self.holds or self.orders)

    @property
    def is_pledged(self) -> bool:
        """Whether a pledge is live, released on trust or not."""
        return self.pledge is not None
