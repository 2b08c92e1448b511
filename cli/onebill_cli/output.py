"""Data on stdout, progress and errors on stderr; one JSON document where --json is asked for."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.table import Table

stdout = Console(soft_wrap=True)
stderr = Console(stderr=True, soft_wrap=True)

Json = Mapping[str, object] | Sequence[object]


def show_json(document: Json) -> None:
    """Print one JSON document, keys as the door gave them."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def show_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table that still reads in a pipe."""
    table = Table(title=title, title_justify="left", show_edge=False)
    for column in columns:
        # A reference that is cut short is none: it goes on in the next line instead.
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(str(cell) for cell in row))
    stdout.print(table)


def say(sentence: str) -> None:
    """Say one sentence on stdout."""
    stdout.print(sentence, highlight=False)


def note(sentence: str) -> None:
    """Say one sentence of progress on stderr."""
    stderr.print(sentence, highlight=False)
