"""Screening of parties and goods against a list, before anything is sent to a carrier.

A hit is no verdict: it holds the booking until a person looks (invariant 68). So matching
errs on the side of a hit: case, accents, width, punctuation and word order are ignored.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.booking.domain.request import BookingRequest, Party


@dataclass(frozen=True, slots=True)
class ScreenedName:
    """A party on the list."""

    entry: str
    name: str


@dataclass(frozen=True, slots=True)
class ScreenedWord:
    """A word that in a description suggests undeclared dangerous goods."""

    entry: str
    word: str


@dataclass(frozen=True, slots=True)
class ScreeningHit:
    """What met the list, and who lifted it; nobody has while `lifted_by` is empty."""

    list_entry: str
    pointer: str
    lifted_by: str = ""
    lift_reason: str = ""


class ScreeningList:
    """Names and words to hold for."""

    def __init__(self, names: Iterable[ScreenedName], words: Iterable[ScreenedWord]) -> None:
        self._names = [(name.entry, _Phrase(name.name)) for name in names]
        self._goods = [(word.entry, _Phrase(word.word)) for word in words]

    def screen(self, request: BookingRequest) -> list[ScreeningHit]:
        """Answer every hit in the request; one per list entry, at the first place it was met."""
        hits: dict[str, ScreeningHit] = {}
        for hit in self._meetings(request):
            hits.setdefault(hit.list_entry, hit)
        return list(hits.values())

    def screen_names(self, parties: Iterable[Party]) -> list[ScreeningHit]:
        """Answer every hit among names that a bill is to bear anew; one per list entry."""
        hits: dict[str, ScreeningHit] = {}
        for hit in self._names_met(parties):
            hits.setdefault(hit.list_entry, hit)
        return list(hits.values())

    def _names_met(self, parties: Iterable[Party]) -> Iterator[ScreeningHit]:
        for number, party in enumerate(parties):
            said = _Phrase(party.name)
            for entry, name in self._names:
                if name.is_within(said):
                    yield ScreeningHit(entry, f"documentParties/{number}/partyName")

    def _meetings(self, request: BookingRequest) -> Iterator[ScreeningHit]:
        yield from self._names_met(request.parties)
        for number, commodity in enumerate(request.commodities):
            if commodity.dangerous_goods is not None:
                continue
            said = _Phrase(commodity.description)
            for entry, word in self._goods:
                if word.is_within(said):
                    yield ScreeningHit(entry, f"commodities/{number}/descriptionOfGoods")


class _Phrase:
    """Text as screening reads it: folded words, and for scripts without spaces the whole."""

    def __init__(self, text: str) -> None:
        folded = unicodedata.normalize("NFKD", text).casefold()
        plain = "".join(
            character if character.isalnum() else " "
            for character in folded
            if not unicodedata.combining(character)
        )
        self.words = frozenset(plain.split())
        self.whole = "".join(plain.split())

    def is_within(self, other: "_Phrase") -> bool:
        if not self.words:
            return False
        if self.words <= other.words:
            return True
        # Chinese writes no spaces between words, so a name is looked for anywhere.
        return not self.whole.isascii() and self.whole in other.whole
