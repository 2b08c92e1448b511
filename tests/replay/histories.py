"""Histories kept as files: one per way that the workflow can go."""

import json
import os
from pathlib import Path

from temporalio.client import WorkflowHandle, WorkflowHistory

FOLDER = Path(__file__).parent / "histories"


async def save_history(handle: WorkflowHandle, name: str) -> None:
    """Keep the history of a run as a file, when ONEBILL_SAVE_HISTORIES is set."""
    if "ONEBILL_SAVE_HISTORIES" not in os.environ:
        return
    try:
        history = await handle.fetch_history()
    except Exception:  # noqa: BLE001 - a test that started nothing has nothing to keep
        return
    FOLDER.mkdir(exist_ok=True)
    document = json.loads(history.to_json())
    (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def saved_histories() -> list[WorkflowHistory]:
    """Every history that is kept."""
    return [
        WorkflowHistory.from_json(path.stem, path.read_text())
        for path in sorted(FOLDER.glob("*.json"))
    ]
