"""The acts that the story does not tell, on the running network, each bill proven at its end."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from onebill_verify import verify
from onebill_verify.terms import (
    AmendmentTerms,
    EnforceTerms,
    IndemnityTerms,
    OrderTerms,
    PaperTerms,
    PresentTerms,
    RejectTransferTerms,
    Replaced,
    SurrenderAnswerTerms,
    SurrenderTerms,
    TrustTerms,
)

from tests.integration.ledger.conftest import refused
from tests.integration.ledger.test_evidence_proves import bundle_of, evidence_at, trust
from tests.support.bill_cast import Paper, any_hash, now

pytestmark = [pytest.mark.engines, pytest.mark.asyncio(loop_scope="module")]

AGENT = "delivery-agent-singapore"


@pytest.fixture(scope="module")
def desk(world):
    return Desk(world)


class Desk:
    """Hands acts in, and checks at the end that a stranger believes the bill."""

    def __init__(self, world):
        self.world = world

    async def do(self, paper, code, actor, recipient=None, terms=None, **other):
        handed = paper.sign(code, actor, recipient, terms, **other)
        answer = await self.world.submit(handed)
        paper.took(handed)
        return answer.bill

    async def is_refused(self, paper, code, actor, recipient=None, terms=None):
        refusal = await refused(self.world.submit(paper.sign(code, actor, recipient, terms)))
        return refusal.reason

    async def issue(self, to="seller", **terms):
        paper = Paper(self.world.cast)
        await self.do(paper, "ISSUE", "operator", to, paper.issue_terms(issue_to=to, **terms))
        return paper

    async def proven(self, paper):
        evidence = await evidence_at(self.world, "partnerport", paper)
        bundle = bundle_of(evidence, paper.reference)
        answer = verify(bundle, trust(), datetime.now(UTC))
        assert answer.proven, (answer.reason, answer.message)
        assert answer.sequence == paper.sequence
        return answer

    def party(self, name):
        return self.world.cast.parties[name]


def presented():
    return PresentTerms(any_hash(), (any_hash(), any_hash()))


def amendment(reason):
    return AmendmentTerms(f"AM-{uuid.uuid4().hex[:12]}", reason)


async def test_a_bank_refuses_then_takes_up_and_endorses_to_one_who_cannot_endorse_on(desk):
    paper = await desk.issue()
    await desk.do(paper, "PRESENT", "seller", "first-bank", presented())
    assert await desk.is_refused(paper, "TRANSFER", "first-bank", "buyer") == "PRESENTATION_OPEN"
    back = await desk.do(
        paper,
        "REFUSE_PRESENTATION",
        "first-bank",
        terms=RejectTransferTerms(),
        details={"discrepancies": ["the invoice names another port"]},
    )
    assert back.possessor == desk.party("seller")
    await desk.do(paper, "PRESENT", "seller", "first-bank", presented())
    await desk.do(paper, "TAKE_UP", "first-bank")
    await desk.do(paper, "ENDORSE_TO_ORDER", "first-bank", "issuing-bank")
    await desk.do(paper, "TRANSFER", "first-bank", "issuing-bank")
    await desk.do(paper, "BLANK_ENDORSE", "issuing-bank")
    named = await desk.do(paper, "ENDORSE", "issuing-bank", "buyer")
    assert named.title_holder == desk.party("buyer")
    await desk.do(paper, "TRANSFER", "issuing-bank", "buyer")
    refusal = await desk.is_refused(paper, "ENDORSE_TO_ORDER", "buyer", "first-bank")
    assert refusal == "NOT_ENDORSABLE"

    assert (await desk.proven(paper)).possessor == desk.party("buyer")


async def test_a_court_keeps_a_bill_as_it_is_and_gives_it_to_another(desk):
    paper = await desk.issue()

    def order(what, to=None):
        return OrderTerms("CASE-1", what, any_hash(), desk.party(to) if to else None)

    assert (
        await desk.is_refused(paper, "ORDER", "buyer", terms=order("HOLD_ALL")) == "NOT_AUTHORITY"
    )
    await desk.do(paper, "ORDER", "court-singapore", terms=order("HOLD_ALL"))
    assert (await desk.proven(paper)).hold
    assert await desk.is_refused(paper, "TRANSFER", "seller", "first-bank") == "ORDER_IN_FORCE"
    await desk.do(paper, "ORDER", "court-singapore", terms=order("LIFT"))
    moved = await desk.do(
        paper, "ORDER", "court-singapore", terms=order("TRANSFER_POSSESSION", "issuing-bank")
    )
    assert moved.possessor == desk.party("issuing-bank")
    terms = IndemnityTerms(any_hash())
    await desk.do(paper, "DELIVER_AGAINST_INDEMNITY", AGENT, "buyer", terms)

    answer = await desk.proven(paper)
    assert (answer.state, answer.delivered_against_indemnity) == ("ISSUED", True)


async def test_a_pledge_is_released_trusted_and_enforced(desk):
    paper = await desk.issue()
    await desk.do(paper, "PLEDGE", "seller", "first-bank")
    assert await desk.is_refused(paper, "TRANSFER", "first-bank", "buyer") == "BILL_PLEDGED"
    released = await desk.do(paper, "RELEASE_PLEDGE", "first-bank")
    assert released.possessor == desk.party("seller")
    await desk.do(paper, "PLEDGE", "seller", "first-bank")
    until = TrustTerms(now() + timedelta(hours=2))
    trusted = await desk.do(paper, "RELEASE_ON_TRUST", "first-bank", "buyer", until)
    assert trusted.possessor == desk.party("buyer")
    asked = f"SR-{uuid.uuid4().hex[:12]}"
    surrender = SurrenderTerms(asked, desk.party("buyer"))
    await desk.do(paper, "SURRENDER_FOR_DELIVERY", "buyer", AGENT, surrender)
    await desk.do(
        paper,
        "REJECT_SURRENDER",
        AGENT,
        terms=SurrenderAnswerTerms(asked),
        details={"comment": "the bank asked for the bill back"},
    )
    default = EnforceTerms(any_hash(), now())
    enforced = await desk.do(paper, "ENFORCE", "first-bank", terms=default)
    assert (enforced.possessor, enforced.title_holder) == (desk.party("first-bank"),) * 2

    assert not (await desk.proven(paper)).pledge


async def test_invariant_26_the_same_goods_are_not_pledged_twice(desk):
    box = any_hash()
    first = await desk.issue(container_key=box)
    await desk.do(first, "PLEDGE", "seller", "first-bank")
    # The goods are gone without the bill; another bill on the box comes to be.
    terms = IndemnityTerms(any_hash())
    await desk.do(first, "DELIVER_AGAINST_INDEMNITY", AGENT, "buyer", terms)
    second = await desk.issue(container_key=box)

    assert await desk.is_refused(second, "PLEDGE", "seller", "issuing-bank") == "GOODS_PLEDGED"
    await desk.do(first, "RELEASE_PLEDGE", "first-bank")
    await desk.do(second, "PLEDGE", "seller", "issuing-bank")

    assert (await desk.proven(second)).pledge
    assert not (await desk.proven(first)).pledge


async def test_invariant_26_parts_of_one_container_are_pledged_each_by_itself(desk):
    box = any_hash()
    papers = [await desk.issue(container_key=box, is_part=True) for _ in range(2)]

    for paper, bank in zip(papers, ("first-bank", "issuing-bank"), strict=True):
        await desk.do(paper, "PLEDGE", "seller", bank)
        assert (await desk.proven(paper)).pledge


async def test_an_amended_bill_ends_is_reissued_and_goes_to_paper(desk):
    box = any_hash()
    paper = await desk.issue(container_key=box)
    asked = amendment("SWI")
    await desk.do(paper, "SURRENDER_FOR_AMENDMENT", "seller", "operator", asked)
    answered = SurrenderAnswerTerms(asked.surrender_request_reference)
    await desk.do(paper, "WITHDRAW_SURRENDER", "seller", terms=answered)
    asked = amendment("SWI")
    await desk.do(paper, "SURRENDER_FOR_AMENDMENT", "seller", "operator", asked)
    answered = SurrenderAnswerTerms(asked.surrender_request_reference)
    await desk.do(paper, "ACCEPT_SURRENDER", "operator", terms=answered)
    paper_terms = PaperTerms(any_hash())
    refusal = await desk.is_refused(paper, "SWITCH_TO_PAPER", "operator", terms=paper_terms)
    assert refusal == "AMENDMENT_WRONG"
    await desk.do(paper, "VOID", "operator")
    assert (await desk.proven(paper)).state == "VOIDED"

    replaced = (Replaced(paper.reference, paper.head),)
    again = await desk.issue(container_key=box, replaces=replaced)
    asked = amendment("SWTP")
    await desk.do(again, "SURRENDER_FOR_AMENDMENT", "seller", "operator", asked)
    answered = SurrenderAnswerTerms(asked.surrender_request_reference)
    await desk.do(again, "ACCEPT_SURRENDER", "operator", terms=answered)
    await desk.do(again, "SWITCH_TO_PAPER", "operator", terms=paper_terms)

    assert (await desk.proven(again)).state == "PAPER"
    assert await desk.is_refused(again, "SIGN", "seller") == "BILL_CLOSED"
