"""`onebill demo`: tells the story on the terminal while it happens, and leaves its proof."""

import json
import random
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from onebill_cli.environment import Environment
from onebill_cli.errors import CommandFailed
from onebill_cli.output import say
from onebill_cli.roles.cast import Cast
from onebill_cli.scripts.story import Story
from onebill_cli.scripts.summary import Summary, summarise
from onebill_cli.scripts.telling import Step
from onebill_cli.trust import trust_file

OPENING: Final = """\
A lathe travels from a factory in Chongqing to a warehouse in Jurong, Singapore: truck, rail,
vessel, truck. One booking, one invoice, one cargo insurance, one container, one bill.
Weeks are compressed into a minute: planned times lie weeks ahead, every event and document is
dated now. The bank is a sandbox. Everything else is real: PostgreSQL, Temporal, Hyperledger
Fabric with four organisations."""


@dataclass(slots=True)
class Telling:
    """How a story went: seconds per step."""

    seconds: dict[str, float] = field(default_factory=dict)

    def tell(self, story: Story, steps: list[Step]) -> None:
        """Play the steps and say what happens."""
        for number, step in enumerate(steps, start=1):
            say(f"\n[bold]{number:2}. {step.title}[/bold]")
            started = time.monotonic()
            step.play(lambda sentence: say(f"    {sentence}"))
            self.seconds[step.name] = round(time.monotonic() - started, 3)
            say(f"    [dim]{self.seconds[step.name]:.1f} s[/dim]")


def run_demo(environment: Environment, build: Path, seed: int | None) -> int:
    """Play the story against a running stack; write `summary.json` and `bundle.json`."""
    say(OPENING)
    started = time.monotonic()
    story = Story(Cast.of(environment), random.Random(seed))
    summary = tell_whole(environment, build, story)
    took = time.monotonic() - started
    say(f"\nTold in {took:.0f} s; {len(summary['refusals'])} attempts refused.")
    say("\nWhat you can do now:")
    say(f"  onebill journey {story.consignment.booking}")
    say(f"  onebill verify {build / 'bundle.json'} --roots {build / 'roots.json'}")
    say("  make down")
    return 0


def tell_whole(environment: Environment, build: Path, story: Story) -> Summary:
    """Tell a story from first to last, and leave its bundle, roots and summary in `build`."""
    telling = Telling()
    try:
        telling.tell(story, story.steps())
    except CommandFailed as failure:
        say(f"\n[bold red]The story stopped:[/bold red] {failure}")
        if story.consignment.booking:
            say(f"Look at it with: onebill journey {story.consignment.booking}")
        raise
    build.mkdir(parents=True, exist_ok=True)
    (build / "bundle.json").write_bytes(story.cast.seller.bundle(story.consignment.bill))
    (build / "roots.json").write_text(trust_file(environment))
    # Read back through the public doors, so that the summary says what is there.
    summary = summarise(environment, story.consignment, telling.seconds)
    (build / "summary.json").write_text(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
    return summary
