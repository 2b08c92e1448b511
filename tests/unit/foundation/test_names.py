"""Our packages are ours, whatever else is installed."""

from pathlib import Path

import foundation
import services

ROOT = Path(__file__).parents[3]


def test_services_and_foundation_are_this_checkout():
    assert Path(services.__file__).parent == ROOT / "services"
    assert Path(foundation.__file__).parent == ROOT / "foundation"
