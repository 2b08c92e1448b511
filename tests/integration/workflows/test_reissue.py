"""A bill taken in for amendment, on a real Temporal server: replaced once, whatever dies."""

import uuid
from dataclasses import replace

import pytest

from foundation.kernel.errors import WrongState
from tests.integration.workflows.test_consignment import Played, play
from tests.support.consignments import World, refuse
from tests.support.waiting import until
from workflows import messages as m
from workflows.messages import Do

__all__ = ["play"]

OLD = "OBAAAAAAAAAAAAAAAA"


async def prepare(game: Played) -> None:
    await game.consignments.prepare_amendment(
        m.PrepareAmendment(game.reference, OLD, "lin", str(uuid.uuid4()))
    )


async def accept(game: Played) -> m.ActOutcome:
    return await game.consignments.desk_act(
        m.DeskAct(
            game.reference, OLD, "ACCEPT_SURRENDER", "", "{}", "{}", "lin", str(uuid.uuid4())
        )
    )


async def approve(game: Played) -> None:
    game.world.amendment = replace(game.world.amendment, approvals_missing=[])
    await game.paper("approve_draft")


async def pay(game: Played) -> None:
    game.world.amendment = replace(game.world.amendment, is_settled=True)
    await game.pay()


async def taken_in(game: Played) -> Played:
    await game.until_issued()
    await prepare(game)
    await accept(game)
    return game


def amending(world: World) -> list[str]:
    return [name for name in world.names() if name.startswith("amendment.")]


async def test_nothing_ends_before_the_new_bill_is_approved_and_paid(play) -> None:
    game = await taken_in(await play(World()))
    await game.has_done(Do.INVOICE_CHANGE)
    assert (await game.waits_for("AMENDMENT_APPROVAL")).on_whom == "PSELLER"
    await approve(game)
    assert "INV-1-OBNEW" in (await game.waits_for("AMENDMENT_PAYMENT")).sentence
    assert game.world.ledger == []

    await pay(game)
    await game.has_done(Do.CHANGE_DESTINATION)

    assert amending(game.world) == [
        Do.PREPARE_AMENDMENT,
        Do.INVOICE_CHANGE,
        Do.VOID_BILL,
        Do.REISSUE_BILL,
        Do.RECORD_REISSUED,
        Do.CHANGE_DESTINATION,
    ]
    assert game.world.ledger == [("VOID", OLD), ("ISSUE", "OBNEW")]


@pytest.mark.parametrize(
    "torn",
    [
        Do.PREPARE_AMENDMENT,
        Do.INVOICE_CHANGE,
        Do.VOID_BILL,
        Do.REISSUE_BILL,
        Do.RECORD_REISSUED,
        Do.CHANGE_DESTINATION,
    ],
)
async def test_a_step_that_happened_and_was_not_answered_for_is_asked_again_by_the_same_name(
    play, torn: Do
) -> None:
    world = World()
    world.faults[torn] = 1
    game = await taken_in(await play(world))
    await approve(game)
    await pay(game)

    await game.has_done(Do.CHANGE_DESTINATION, times=2 if torn is Do.CHANGE_DESTINATION else 1)

    first, second = (command.request_id for command in world.commands(torn)[:2])
    assert first == second
    assert world.ledger == [("VOID", OLD), ("ISSUE", "OBNEW")]


async def test_a_lost_race_is_signed_again_under_another_name(play) -> None:
    world = World()
    world.races[Do.VOID_BILL] = 2
    game = await taken_in(await play(world))
    await approve(game)
    await pay(game)

    await game.has_done(Do.REISSUE_BILL)

    names = [command.request_id for command in world.commands(Do.VOID_BILL)]
    assert len(names) == len(set(names)) == 3
    assert world.ledger == [("VOID", OLD), ("ISSUE", "OBNEW")]


async def test_what_a_rule_refuses_is_tried_again_with_the_next_news(play) -> None:
    world = World()
    world.refusals[Do.VOID_BILL] = refuse("HOLD_IN_FORCE", "Customs holds the bill.")
    game = await taken_in(await play(world))
    await approve(game)
    await pay(game)

    async def is_told() -> bool:
        said = await game.consignments.waiting_for(game.reference)
        return said is not None and "Customs holds" in said.sentence

    await until(is_told, seconds=60)
    assert world.ledger == []

    del world.refusals[Do.VOID_BILL]
    await game.nudge("ledger-operator")
    await game.has_done(Do.CHANGE_DESTINATION)

    assert world.ledger == [("VOID", OLD), ("ISSUE", "OBNEW")]


async def test_invariant_63_what_was_on_board_is_noted_on_the_new_bill_too(play) -> None:
    world = World()
    game = await play(world)
    await game.until_issued()
    world.reach("LOADED_ON_BOARD", 3)
    await game.nudge("tracking")
    await game.has_done(Do.NOTE_ON_BOARD)
    await prepare(game)
    await accept(game)
    await approve(game)
    await pay(game)

    await game.has_done(Do.NOTE_ON_BOARD, times=2)

    assert [step.leg_sequence for step in world.commands(Do.NOTE_ON_BOARD)] == [3, 3]
    assert world.names().index(Do.REISSUE_BILL) < len(world.names()) - 1


async def test_a_refused_preparation_changes_nothing_and_may_be_made_again(play) -> None:
    world = World()
    game = await play(world)
    await game.until_issued()
    world.refusals[Do.PREPARE_AMENDMENT] = refuse("ENDORSEMENT_REFUSED", "Not there.")

    with pytest.raises(WrongState) as refused:
        await prepare(game)
    del world.refusals[Do.PREPARE_AMENDMENT]
    await prepare(game)

    assert refused.value.reason == "ENDORSEMENT_REFUSED"
    assert world.ledger == []


async def test_the_consignment_ends_under_the_new_bill(play) -> None:
    game = await taken_in(await play(World()))
    await approve(game)
    await pay(game)
    await game.has_done(Do.CHANGE_DESTINATION)
    world = game.world
    world.bill = replace(world.bill, state="ACCOMPLISHED")
    world.reach("DELIVERED", 4)
    world.reach("EMPTY_RETURNED", 0)
    await game.nudge("ledger-operator")
    await game.nudge("tracking")

    assert (await game.result()).state == "COMPLETED"
