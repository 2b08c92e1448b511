"""A partner port at its own ledger service: it looks, states custody, holds; no release."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from onebill.ledger.v1 import ledger_service_pb2
from onebill_cli.environment import Environment
from onebill_cli.errors import NotThere, Refused
from onebill_cli.gate_book import Arrival, Book, refresh
from onebill_cli.roles import cast as roles
from onebill_cli.roles.port import WITHOUT_OPERATOR, PortOffice
from onebill_cli.roles.yard import Yard
from onebill_cli.scripts.story import Story
from onebill_cli.signing import CHANNEL, now
from onebill_cli.trust import trust_file
from onebill_verify.__main__ import main as verify
from onebill_verify.custody import CustodyStatement, SignedCustodyStatement

pytestmark = pytest.mark.engines

PlayUntil = Callable[..., Story]
BEFORE = timedelta(hours=2)


@pytest.fixture(scope="module")
def port(environment: Environment) -> PortOffice:
    return PortOffice(environment, roles.PARTNER_PORT, "partnerport")


@pytest.fixture(scope="module")
def story(play_once: PlayUntil) -> Story:
    """Arrived, surrendered, not yet released."""
    return play_once("arrive")


def test_a_port_states_custody_and_the_parties_of_the_bill_read_it(
    story: Story, port: PortOffice
) -> None:
    bill, box = story.consignment.bill, story.consignment.equipment
    before = port.bill(bill).sequence

    stated = port.state_custody(bill, box, [story.consignment.seal], "SGSIN", now() - BEFORE)

    buyers = PortOffice(port.environment, roles.BUYER, "partnerport")
    assert [one.statement for one in buyers.custody_statements(bill)] == [stated.statement]
    assert SignedCustodyStatement.parse(stated.statement).statement.party == port.party
    assert port.bill(bill).sequence == before, "a statement is no act"


def test_a_custody_statement_is_for_the_parties_of_the_bill_alone(
    story: Story, port: PortOffice
) -> None:
    stranger = PortOffice(port.environment, roles.LINE_AGENT, "partnerport")

    with pytest.raises(NotThere) as refused:
        stranger.custody_statements(story.consignment.bill)

    assert refused.value.reason == "BILL_UNKNOWN"


def test_a_container_of_another_bill_is_not_stated_under_this_one(
    story: Story, port: PortOffice
) -> None:
    with pytest.raises(Refused) as refused:
        port.state_custody(story.consignment.bill, "OBLU0000010", [], "SGSIN", now() - BEFORE)

    assert refused.value.reason in {"CONTAINER_NOT_ON_BILL", "EQUIPMENT_REFERENCE_CHECK_DIGIT"}


def test_who_has_no_yard_states_no_custody(story: Story, port: PortOffice) -> None:
    buyer = PortOffice(port.environment, roles.BUYER, "partnerport")

    with pytest.raises(Refused) as refused:
        buyer.state_custody(
            story.consignment.bill, story.consignment.equipment, [], "SGSIN", now() - BEFORE
        )

    assert refused.value.reason == "NO_YARD"


def test_a_port_signs_for_itself_alone(story: Story, port: PortOffice) -> None:
    statement = CustodyStatement(
        channel=CHANNEL,
        transport_document_reference=story.consignment.bill,
        party=port.party_of(roles.TERMINAL),
        equipment_reference=story.consignment.equipment,
        seal_numbers=(),
        un_location_code="SGSIN",
        in_yard_since=now() - BEFORE,
        stated_at=now(),
    ).sign(port.environment.act_key(roles.PARTNER_PORT))
    request = ledger_service_pb2.StateCustodyRequest(
        statement=statement, request_id="5d1a7c1e-2f0b-4c55-9a55-0b1110000009"
    )

    with pytest.raises(Refused) as refused:
        port._ask(lambda door: door.StateCustody(request, timeout=20))

    assert refused.value.reason == "CUSTODY_STATEMENT_INVALID"


def test_a_port_releases_nothing(story: Story, port: PortOffice) -> None:
    allowed = {
        act.action_code for act in port.bill(story.consignment.bill).allowed_acts if act.is_allowed
    }

    assert allowed == {"HOLD"}


def test_a_hold_of_the_port_shuts_the_gate_and_only_the_port_lifts_it(
    story: Story, port: PortOffice
) -> None:
    bill = story.consignment.bill
    port.hold(bill, "SG-PORT-1")

    with pytest.raises(Refused) as refused:
        story.cast.customs.lift_hold(bill, "SG-PORT-1")

    assert refused.value.reason == "NOT_HOLD_AUTHORITY"
    lights = {light.name: light.is_met for light in port.bill(bill).gates.terminal_release}
    assert lights["NO_HOLD"] is False
    port.lift_hold(bill, "SG-PORT-1")


def test_a_bundle_of_the_ports_own_peer_is_proven_without_the_document(
    story: Story, port: PortOffice, environment: Environment, tmp_path: Path
) -> None:
    bundle, roots = tmp_path / "bundle.json", tmp_path / "roots.json"
    bundle.write_bytes(port.bundle(story.consignment.bill, WITHOUT_OPERATOR))
    roots.write_text(trust_file(environment))

    assert verify([str(bundle), "--roots", str(roots)]) == 0


def test_invariant_66_the_pass_opens_the_gate_without_a_line_and_once(
    story: Story, environment: Environment
) -> None:
    story.turn_lights()
    carried = story.release(story.consignment.parties[roles.HAULIER_DESTINATION], "XE4821K")
    yard = Yard(environment, roles.TERMINAL, "partnerport")
    book = Book(yard.party, now(), now())
    refresh(book, yard)
    truck = Arrival("XE 4821 K", story.consignment.equipment, now())

    with pytest.raises(Refused) as other:
        book.admit(carried.text, replace(truck, haulier=story.consignment.parties[roles.BUYER]))
    admitted = book.admit(carried.text, truck)
    with pytest.raises(Refused) as again:
        book.admit(carried.text, truck)

    assert other.value.reason == "PASS_OF_ANOTHER_HAULIER"
    assert admitted.haulier == story.consignment.parties[roles.HAULIER_DESTINATION]
    assert again.value.reason == "PASS_USED"


def test_invariant_35_a_hold_after_the_release_shuts_gate_and_door_again(
    story: Story, environment: Environment
) -> None:
    if story.consignment.pick_up_pass is None:
        pytest.fail("the pass of the test before is gone")
    bill, carried = story.consignment.bill, story.consignment.pick_up_pass
    story.cast.customs.hold(bill, "SG-AGAIN")
    yard = Yard(environment, roles.TERMINAL, "partnerport")
    book = Book(yard.party, now(), now())
    refresh(book, yard)

    with pytest.raises(Refused) as at_gate:
        book.admit(carried.text, Arrival("XE4821K", story.consignment.equipment, now()))
    with pytest.raises(Refused) as at_door:
        story.hand_over(story.consignment.parties[roles.BUYER])
    story.cast.customs.lift_hold(bill, "SG-AGAIN")

    assert (at_gate.value.reason, at_door.value.reason) == ("RELEASE_HELD", "GATE_CLOSED")


def test_a_gate_with_a_wrong_clock_does_not_fill_its_book(
    story: Story, environment: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = Yard(environment, roles.TERMINAL, "partnerport")
    monkeypatch.setattr("onebill_cli.gate_book.now", lambda: now() + timedelta(hours=1))
    book = Book(yard.party, now(), now())

    with pytest.raises(Refused) as refused:
        refresh(book, yard)

    assert refused.value.reason == "CLOCK_WRONG"
