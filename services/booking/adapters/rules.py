"""Reads the rule files that lie beside the code: places, standard routes, screening list."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from foundation.kernel.unlocode import UnLocode
from services.booking.domain.places import Gazetteer, Location, Mode, Place
from services.booking.domain.receiving import BookingRules
from services.booking.domain.routes import RouteBook, StandardLeg, StandardRoute
from services.booking.domain.screening import ScreenedName, ScreenedWord, ScreeningList

RULES: Final = Path(__file__).parent.parent / "rules"

_MODES: Final = {"V": Mode.VESSEL, "R": Mode.RAIL, "T": Mode.TRUCK, "B": Mode.BARGE}


def load_rules(folder: Path = RULES) -> BookingRules:
    """Read every rule file of the folder; a fault in one is a fault of ours and stops us."""
    return BookingRules(
        gazetteer=_gazetteer(_read(folder / "places.toml")),
        routes=_routes(_read(folder / "routes.toml")),
        screening=_screening(_read(folder / "screening.toml")),
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _gazetteer(table: dict[str, Any]) -> Gazetteer:
    return Gazetteer(
        Place(UnLocode(code), name, name_zh, frozenset(_MODES[letter] for letter in letters))
        for code, name, name_zh, letters in table["places"]
    )


def _routes(table: dict[str, Any]) -> RouteBook:
    return RouteBook(
        StandardRoute(
            receipt=UnLocode(route["place_of_receipt"]),
            delivery=UnLocode(route["place_of_delivery"]),
            legs=tuple(
                StandardLeg(
                    mode=Mode(leg["mode_of_transport"]),
                    departure=_location(leg["departure_location"]),
                    arrival=_location(leg["arrival_location"]),
                    carrier=leg["carrier_organisation"],
                    wait=timedelta(hours=leg["wait_hours"]),
                    transit=timedelta(hours=leg["transit_hours"]),
                )
                for leg in route["legs"]
            ),
        )
        for route in table["routes"]
    )


def _screening(table: dict[str, Any]) -> ScreeningList:
    return ScreeningList(
        (ScreenedName(entry["entry"], entry["name"]) for entry in table["names"]),
        (ScreenedWord(entry["entry"], entry["word"]) for entry in table["words"]),
    )


def _location(text: str) -> Location:
    code, _, facility = text.partition("/")
    return Location(UnLocode(code), facility)
