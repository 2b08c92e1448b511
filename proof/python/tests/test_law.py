"""The law replayed: every vector, every act in every state, and walks that nobody planned."""

import copy
import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import onebill_verify
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from making.cast import AGENT, BANK, BUYER, CAST, CHANNEL, LAST_HAULIER, OPERATOR, SELLER
from making.chain import BEGIN, HOUR, Chain
from making.law_chains import (
    ACCOMPLISH,
    ANSWER,
    SURRENDER,
    after,
    chains,
    every_code,
    release,
    signers,
)
from onebill_verify import (
    ConfirmPaymentTerms,
    HoldTerms,
    NotProven,
    PublicKey,
    RejectTransferTerms,
    SignedAct,
)
from onebill_verify.forms import time
from onebill_verify.law import LAW, TERMINAL, apply
from onebill_verify.parties import FixedSigners, Signer
from onebill_verify.terms import TERMS_OF

SPEC = Path(__file__).parents[2] / "spec"
SIGNERS = FixedSigners(signers())
MEMBERS = {member.party: member for member in CAST}


def replay(chain: Chain):
    bill = None
    for recorded in chain.acts:
        bill = apply(bill, recorded.signed, recorded.at, CHANNEL, SIGNERS)
    return bill


def test_the_packaged_law_is_the_one_of_the_specification() -> None:
    packaged = Path(onebill_verify.__file__).with_name("law.json").read_bytes()

    assert packaged == (SPEC / "law.json").read_bytes()


def test_the_law_has_a_row_for_every_action_code_and_no_other() -> None:
    assert set(LAW) == set(TERMS_OF) == set(every_code())


def test_every_word_of_the_law_is_explained() -> None:
    table = json.loads((SPEC / "law.json").read_text("utf-8"))
    prose = (SPEC / "law.md").read_text("utf-8")
    words = {
        row[column]
        for row in table["acts"].values()
        for column in ("actor", "recipient", "possession", "title", "effect")
    }

    assert [word for word in sorted(words) if f"`{word}`" not in prose] == []


def test_every_vector_of_the_law_is_judged_as_written(vectors, refusal) -> None:
    law = vectors("law.json")
    known = FixedSigners(
        {
            party: Signer(
                PublicKey.from_jwk(member["publicKey"]),
                tuple(member["roles"]),
                approvers=tuple(
                    PublicKey.from_jwk(member[key]["publicKey"])
                    for key in ("approverKey",)
                    if key in member
                ),
            )
            for party, member in law["parties"].items()
        }
    )

    def judge(bill, step):
        signed = SignedAct.parse(step["act"])
        at, beside = time(step["transactionDateTime"]), step.get("countersignature")
        return apply(bill, signed, at, law["channel"], known, beside)

    for case in law["cases"]:
        bill = None
        for step in law["chains"][case["given"]]:
            bill = judge(bill, step)
        if case["judgedBy"] == "contract":
            continue
        before = copy.deepcopy(bill)
        if "after" in case:
            assert after(judge(bill, case)) == case["after"], case["name"]
            continue
        reason = refusal(partial(judge, bill, case))
        assert reason == case["reason"], case["name"]
        assert bill == before, f"{case['name']}: a refused act left a trace"


@pytest.mark.parametrize("name", chains())
def test_invariant_22_32_38_an_act_is_refused_in_every_state_the_law_does_not_name(name) -> None:
    chain = chains()[name]
    bill = replay(chain)
    for code, (actor, recorded) in every_code().items():
        if code == "ISSUE" or bill.state in LAW[code].states:
            continue
        if name.startswith("sea waybill") and bill.state in LAW[code].states_of_sea_waybill:
            continue
        act = recorded.signed.act
        recipient = MEMBERS.get(act.recipient or "")
        again = chain.next(code, actor, recipient, act.terms)
        expected = "BILL_CLOSED" if bill.state in TERMINAL else "WRONG_STATE"
        with pytest.raises(NotProven) as refused:
            apply(bill, again.signed, again.at, CHANNEL, SIGNERS)
        assert refused.value.reason == expected, (name, code)


def test_invariant_06_issue_sets_one_possessor_as_the_first_entry() -> None:
    bill = replay(chains()["issued"])

    assert (bill.possessor, bill.title_holder, bill.sequence) == (SELLER.party, BANK.party, 1)


def test_invariant_20_who_got_title_with_the_bill_gives_both_back() -> None:
    chain = chains()["at the buyer"].add("REJECT_TRANSFER", BUYER, None, RejectTransferTerms())

    bill = replay(chain)

    assert (bill.possessor, bill.title_holder) == (BANK.party, BANK.party)


def test_invariant_20_who_had_title_before_may_endorse_on_as_it_rejects() -> None:
    terms = RejectTransferTerms(endorse_to=BUYER.party)
    chain = chains()["at the bank"].add("REJECT_TRANSFER", BANK, None, terms)

    bill = replay(chain)

    assert (bill.possessor, bill.title_holder) == (SELLER.party, BUYER.party)


def test_invariant_20_the_bank_that_refuses_documents_sends_the_bill_back() -> None:
    chain = chains()["at the bank"].add("REJECT_TRANSFER", BANK, None, RejectTransferTerms())

    bill = replay(chain)

    assert (bill.possessor, bill.title_holder) == (SELLER.party, BANK.party)
    assert bill.memory is None


def test_invariant_29_while_pending_nobody_moves_the_bill() -> None:
    chain = chains()["pending"]
    bill = replay(chain)

    for code in ("TRANSFER", "ENDORSE_TO_ORDER"):
        for mover in (BUYER, AGENT, OPERATOR):
            tried = chain.next(code, mover, SELLER)
            with pytest.raises(NotProven) as refused:
                apply(bill, tried.signed, tried.at, CHANNEL, SIGNERS)
            assert refused.value.reason == "WRONG_STATE"


def test_invariant_31_a_rejected_surrender_restores_possessor_and_title() -> None:
    before = replay(chains()["at the buyer"])

    bill = replay(chains()["refused surrender"])

    assert (bill.state, bill.possessor, bill.title_holder) == (
        "ISSUED",
        before.possessor,
        before.title_holder,
    )


def test_invariant_34_the_goods_go_to_whom_the_surrender_named() -> None:
    bill = replay(chains()["accomplished"])

    assert bill.state == "ACCOMPLISHED"
    assert bill.surrender.deliver_to == BUYER.party


MOVES = st.sampled_from(
    [
        ("TRANSFER", None),
        ("REJECT_TRANSFER", RejectTransferTerms()),
        ("REJECT_TRANSFER", RejectTransferTerms(BUYER.party)),
        ("ENDORSE_TO_ORDER", None),
        ("SIGN", None),
        ("SURRENDER_FOR_DELIVERY", SURRENDER),
        ("SURRENDER_FOR_DELIVERY", replace(SURRENDER, surrender_request_reference="SURR-2")),
        ("ACCEPT_SURRENDER", ANSWER),
        ("REJECT_SURRENDER", ANSWER),
        ("CONFIRM_PAYMENT", ConfirmPaymentTerms("TERMINAL")),
        ("RELEASE_MASTER", None),
        ("RELEASE_CUSTOMS", None),
        ("HOLD", HoldTerms("HOLD-1")),
        ("LIFT_HOLD", HoldTerms("HOLD-1")),
        ("RELEASE_TERMINAL", release()),
        ("ACCOMPLISH", ACCOMPLISH),
    ]
)
ACTORS = st.sampled_from([SELLER, BANK, BUYER, OPERATOR, AGENT])
RECIPIENTS = st.sampled_from([SELLER, BANK, BUYER, AGENT, LAST_HAULIER])
WITH_RECIPIENT = {
    "TRANSFER",
    "ENDORSE_TO_ORDER",
    "SURRENDER_FOR_DELIVERY",
    "RELEASE_TERMINAL",
    "ACCOMPLISH",
}


@settings(max_examples=150)
@given(
    st.sampled_from(["issued", "blank", "straight"]),
    st.lists(st.tuples(MOVES, ACTORS, RECIPIENTS), max_size=14),
)
def test_invariant_10_13_14_15_16_hold_on_every_walk(start, walk) -> None:
    chain = chains()[start].copy()
    bill = replay(chain)
    for (code, terms), actor, recipient in walk:
        to = recipient if code in WITH_RECIPIENT else None
        step = chain.next(code, actor, to, terms)
        before = copy.deepcopy(bill)
        try:
            apply(bill, step.signed, step.at, CHANNEL, SIGNERS)
        except NotProven:
            assert bill == before, "a refused act left a trace"
            continue
        chain.acts.append(step)
        assert bill.possessor in MEMBERS, "exactly one possessor (13)"
        assert bill.sequence == before.sequence + 1, "no gaps (10)"
        assert bill.head_act_hash == step.signed.hash
        if bill.possessor != before.possessor and code != "ACCEPT_SURRENDER":
            assert actor.party == before.possessor, "only the possessor hands over (14)"
        if bill.title_holder != before.title_holder:
            assert code in {"ENDORSE_TO_ORDER", "REJECT_TRANSFER"}, "TRANSFER keeps title (15)"
            assert bill.terms.is_to_order, "only a bill to order is endorsed (18)"
            assert actor.party == before.possessor, "who endorses possesses (16)"
        if code == "ACCOMPLISH":
            assert before.state == "SURRENDERED_FOR_DELIVERY"
    assert replay(chain) == bill, "the acts alone give the state"


def test_invariant_12_two_minutes_are_the_bound_on_both_sides() -> None:
    chain = chains()["issued"]
    at = BEGIN + HOUR
    step = chain.next("TRANSFER", SELLER, BANK)

    apply(replay(chain), step.signed, at.replace(hour=at.hour - 1, minute=58), CHANNEL, SIGNERS)
    with pytest.raises(NotProven) as refused:
        apply(
            replay(chain), step.signed, at.replace(hour=at.hour - 1, minute=57), CHANNEL, SIGNERS
        )
    assert refused.value.reason == "ACT_FROM_THE_FUTURE"
