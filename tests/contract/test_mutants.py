"""The catalogue of planted bugs fits the tree as it is, so that it cannot rot unseen."""

import pytest

from tests.mutants.catalogue import LEVELS, mutants

MUTANTS = mutants()


def test_there_are_thirty_planted_bugs_twenty_five_of_them_at_unit_level() -> None:
    assert len(MUTANTS) >= 30
    assert sum(mutant.level == "unit" for mutant in MUTANTS) >= 25
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_every_part_that_can_be_wrong_has_planted_bugs() -> None:
    parts = {mutant.part for mutant in MUTANTS}

    assert {"law", "contract", "bytes", "client", "service", "verifier", "web"} <= parts


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_bug_changes_one_place_and_names_a_test_that_is_there(mutant) -> None:
    assert mutant.fault() == ""
    assert mutant.level in LEVELS
    assert mutant.bug.endswith(".")
