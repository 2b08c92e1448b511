"""Entry of the `onebill` command: wires the words, turns failures into exit codes."""

import sys

import typer

from onebill_cli.commands import (
    agent,
    authority,
    bill,
    book,
    carrier,
    demo,
    desk,
    faults,
    find,
    gate,
    introduce,
    journey,
    keys,
    kill_one,
    outlive,
    port,
    verify,
)
from onebill_cli.errors import CommandFailed
from onebill_cli.output import note

app = typer.Typer(
    name="onebill",
    help="One booking, one settlement, one insurance, one container, one bill.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
for single in (demo, outlive, introduce, book, find, journey, verify, kill_one, faults):
    single.add_to(app)
for name, words in (
    ("bill", bill.app),
    ("carrier", carrier.app),
    ("agent", agent.app),
    ("authority", authority.app),
    ("gate", gate.app),
    ("port", port.app),
    ("desk", desk.app),
    ("keys", keys.app),
):
    app.add_typer(words, name=name)


def main() -> None:
    """Run the command; say one sentence and leave with a code that scripts can use."""
    try:
        app()
    except CommandFailed as failure:
        note(f"onebill: {failure.message} [{failure.reason}]")
        if failure.what_now:
            note(f"  {failure.what_now}")
        sys.exit(int(failure.exit_code))


if __name__ == "__main__":
    main()
