"""How much memory every process of this instance takes, shared pages counted once.

Proportional set size, from the kernel: a page that n processes share counts 1/n for each.
"""

import sys
from pathlib import Path

from local import processes


def proportional_bytes() -> dict[str, int]:
    """Answer the proportional set size by process, children included."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it ended meanwhile
        children.setdefault(parent, []).append(int(path.parent.name))
    own = {each.pid: each.name for each in processes.known()}
    return {name: _tree(pid, children, set(own) - {pid}) for pid, name in own.items()}


def _tree(pid: int, children: dict[int, list[int]], others: set[int]) -> int:
    total = _size(pid)
    for child in children.get(pid, []):
        if child not in others:
            total += _tree(child, children, others)
    return total


def _size(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(
        int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")
    )


def main() -> int:
    """Print a table and the sum."""
    sizes = proportional_bytes()
    for name, size in sorted(sizes.items(), key=lambda each: -each[1]):
        print(f"{name:24} {size / 2**20:8.1f} MiB")
    print(f"{'all':24} {sum(sizes.values()) / 2**20:8.1f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
