"""Histories kept as files: one per way that the workflow can go."""

import json
import os
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowHandle, WorkflowHistory

_LEFT_OUT = frozenset({"stackTrace"})
_WHO = frozenset({"identity", "workerIdentity"})
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
    document = _without_machine(json.loads(history.to_json()))
    (FOLDER / f"{name}.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


def _without_machine(value: Any) -> Any:
    # Where and by which process it was played is nobody's business and changes every time.
    if isinstance(value, list):
        return [_without_machine(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("kind") == "TASK_QUEUE_KIND_STICKY":
        value = {**value, "name": "sticky"}
    return {
        name: "worker" if name in _WHO else _without_machine(item)
        for name, item in value.items()
        if name not in _LEFT_OUT
    }


def saved_histories() -> list[WorkflowHistory]:
    """Every history that is kept."""
    return [
        WorkflowHistory.from_json(path.stem, path.read_text())
        for path in sorted(FOLDER.glob("*.json"))
    ]
