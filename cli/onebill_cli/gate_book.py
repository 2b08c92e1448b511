"""What a terminal's gate knows without a line: releases, hauliers' keys, passes used.

The book is one JSON file, filled from the terminal's ledger service while there is a line and
asked at the gate when there is none. It is changed under a lock and replaced as a whole, so a
gate that loses its power neither forgets a used pass nor lets one in twice.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Self

from onebill_verify import NotProven, PublicKey
from onebill_verify.pick_up import PickUpPass, plain_plate

from onebill_cli.errors import Refused
from onebill_cli.roles.yard import Yard
from onebill_cli.signing import now

CLOCK_TOLERANCE: Final = timedelta(minutes=2)
"""As far as the ledger's own endorsers let clocks stand apart."""

_RELEASING: Final = frozenset(
    {"ISSUED", "PENDING_SURRENDER_FOR_DELIVERY", "SURRENDERED_FOR_DELIVERY"}
)


@dataclass(frozen=True, slots=True)
class Release:
    """Gate one's last release of a bill, as the ledger had it at the last look."""

    reference: str
    state: str
    pass_hash: str
    haulier: str
    holds: tuple[str, ...]
    sequence: int

    @classmethod
    def read(cls, record: Mapping[str, Any]) -> Self:
        """Read from a bill's record on the ledger."""
        release = record.get("release") or {}
        return cls(
            str(record["transportDocumentReference"]),
            str(record["state"]),
            str(release.get("passHash", "")),
            str(release.get("haulier", "")),
            tuple(
                [str(hold["holdReference"]) for hold in record["holds"]]
                + [str(order["orderReference"]) for order in record.get("orders") or ()]
            ),
            int(record["sequence"]),
        )


@dataclass(frozen=True, slots=True)
class Arrival:
    """A truck at the gate: its plate, the container asked for, whose driver it is if told."""

    plate: str
    container: str
    at: datetime
    haulier: str = ""


@dataclass(frozen=True, slots=True)
class Admission:
    """A truck that may take its container out, and as of when the ledger said so."""

    reference: str
    haulier: str
    plate: str
    container: str
    as_of: datetime


@dataclass(slots=True)
class Book:
    """One gate's book. `terminal` is its party id, `as_of` its last look at the ledger."""

    terminal: str
    as_of: datetime
    latest: datetime
    releases: dict[str, Release] = field(default_factory=dict)
    keys: dict[str, PublicKey] = field(default_factory=dict)
    used: dict[str, str] = field(default_factory=dict)

    def admit(self, carried: str, arrival: Arrival) -> Admission:
        """Judge a pass at the gate and write it down as used.

        Raises Refused: CLOCK_WRONG, PASS_MALFORMED, PASS_FOR_ANOTHER_TERMINAL, PASS_UNKNOWN,
        PASS_REPLACED, RELEASE_HELD, PASS_HANDED_ON_WRONGLY, PASS_OF_ANOTHER_HAULIER,
        PASS_FOR_ANOTHER_TRUCK, PASS_WITHOUT_PLATE, PASS_FOR_ANOTHER_CONTAINER,
        PASS_NOT_YET_VALID, PASS_EXPIRED, PASS_USED.
        """
        try:
            read = PickUpPass.parse(carried)
            plate = plain_plate(arrival.plate)
        except NotProven as fault:
            raise Refused(fault.reason, f"This is no pass: {fault.message}.") from fault
        self._check_clock(arrival.at)
        release = self._check_release(read)
        self._check_haulier(read, release, arrival.haulier)
        _check_truck(read, plate, arrival.container)
        _check_window(read, arrival.at)
        used = f"{read.hash} {arrival.container}"
        if used in self.used:
            raise Refused(
                "PASS_USED", f"This pass let {arrival.container} out at {self.used[used]} already."
            )
        self.used[used] = spell(arrival.at)
        self.latest = max(self.latest, arrival.at)
        return Admission(release.reference, read.haulier, plate, arrival.container, self.as_of)

    def _check_clock(self, at: datetime) -> None:
        if at < self.latest - CLOCK_TOLERANCE:
            raise Refused(
                "CLOCK_WRONG",
                f"This gate's clock says {spell(at)}, but it has seen {spell(self.latest)}.",
                "Set the clock, then check the pass again.",
            )

    def _check_release(self, read: PickUpPass) -> Release:
        if read.statement.terminal != self.terminal:
            raise Refused("PASS_FOR_ANOTHER_TERMINAL", "This pass is for another terminal.")
        release = self.releases.get(read.statement.transport_document_reference)
        if release is None or not release.pass_hash:
            raise Refused(
                "PASS_UNKNOWN",
                f"As of {spell(self.as_of)} the ledger has no release for this pass.",
                "Look again with: onebill gate sync",
            )
        if release.pass_hash != read.hash:
            raise Refused("PASS_REPLACED", "The pass is not the one of the bill's live release.")
        if release.holds:
            raise Refused("RELEASE_HELD", f"The goods are held under {', '.join(release.holds)}.")
        if release.state not in _RELEASING:
            raise Refused("RELEASE_ENDED", f"The bill is {release.state}; its release is over.")
        return release

    def _check_haulier(self, read: PickUpPass, release: Release, haulier: str) -> None:
        key = self.keys.get(release.haulier)
        if key is None or read.statement.haulier != release.haulier:
            raise Refused("PASS_UNKNOWN", "The release names another haulier than the pass.")
        try:
            read.verify(key)
        except NotProven as fault:
            raise Refused(fault.reason, f"{fault.message}.") from fault
        if haulier and haulier != read.haulier:
            raise Refused("PASS_OF_ANOTHER_HAULIER", f"This pass is {read.haulier}'s.")

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read the book of a gate. Raises Refused `BOOK_UNREADABLE`."""
        try:
            document = json.loads(file.read_text())
            return cls(
                terminal=document["terminal"],
                as_of=_time(document["asOf"]),
                latest=_time(document["latest"]),
                releases={
                    reference: Release(
                        reference,
                        said["state"],
                        said["passHash"],
                        said["haulier"],
                        tuple(said["holds"]),
                        said["sequence"],
                    )
                    for reference, said in document["releases"].items()
                },
                keys={party: PublicKey.from_jwk(jwk) for party, jwk in document["keys"].items()},
                used=dict(document["used"]),
            )
        except (OSError, ValueError, KeyError, TypeError, NotProven) as fault:
            raise Refused(
                "BOOK_UNREADABLE", f"{file} is no gate's book.", "Make one: onebill gate sync"
            ) from fault

    def write(self, file: Path) -> None:
        """Replace the book of a gate as a whole, durably."""
        document = {
            "terminal": self.terminal,
            "asOf": spell(self.as_of),
            "latest": spell(self.latest),
            "releases": {
                reference: {
                    "state": release.state,
                    "passHash": release.pass_hash,
                    "haulier": release.haulier,
                    "holds": list(release.holds),
                    "sequence": release.sequence,
                }
                for reference, release in sorted(self.releases.items())
            },
            "keys": {party: key.jwk() for party, key in sorted(self.keys.items())},
            "used": dict(sorted(self.used.items())),
        }
        beside = file.with_suffix(".new")
        with beside.open("w") as written:
            json.dump(document, written, indent=2)
            written.flush()
            os.fsync(written.fileno())
        beside.replace(file)


def refresh(book: Book, yard: Yard) -> None:
    """Take releases, holds and hauliers' keys over from the ledger.

    Raises Refused `CLOCK_WRONG` where the ledger tells another time.
    """
    at = now()
    for record in yard.records():
        found = Release.read(record)
        book.releases[found.reference] = found
        if found.haulier and found.haulier not in book.keys:
            registered = yard.registered(found.haulier)
            book.keys[found.haulier] = PublicKey.from_jwk(json.loads(registered.public_key))
    told = yard.ledger_time()
    if told is not None and abs(told - at) > CLOCK_TOLERANCE + (now() - at):
        raise Refused(
            "CLOCK_WRONG", f"This gate's clock says {spell(at)}, the ledger {spell(told)}."
        )
    book.as_of, book.latest = at, max(book.latest, at)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Let one gate lane at a time read and change a book."""
    with file.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def spell(moment: datetime) -> str:
    """Write a time as everywhere else: UTC, whole seconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _check_truck(read: PickUpPass, plate: str, container: str) -> None:
    if read.plate is None:
        raise Refused(
            "PASS_WITHOUT_PLATE",
            "Nobody has named the truck on this pass.",
            "Its haulier names it with: onebill gate hand-on",
        )
    if read.plate != plate:
        raise Refused("PASS_FOR_ANOTHER_TRUCK", f"This pass is for {read.plate}, not {plate}.")
    if container not in read.statement.containers:
        raise Refused(
            "PASS_FOR_ANOTHER_CONTAINER",
            f"This pass is for {', '.join(read.statement.containers)}, not {container}.",
        )


def _check_window(read: PickUpPass, at: datetime) -> None:
    statement = read.statement
    if at < statement.not_before - CLOCK_TOLERANCE:
        raise Refused(
            "PASS_NOT_YET_VALID", f"This pass is valid from {spell(statement.not_before)}."
        )
    if at > statement.valid_until:
        raise Refused("PASS_EXPIRED", f"This pass was valid until {spell(statement.valid_until)}.")


def _time(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
