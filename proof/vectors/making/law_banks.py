"""Cases of the law in which banks have a part: last endorsement, presentation, pledge."""

from onebill_verify import HoldTerms, IndemnityTerms, RejectTransferTerms

from making.cast import (
    AGENT,
    BANK,
    BUYER,
    CUSTOMS,
    OPERATOR,
    OTHER_BANK,
    SELLER,
    STRANGER,
)
from making.law_chains import (
    ACCOMPLISH,
    CONTRACT,
    PRESENT,
    SURRENDER,
    Cases,
    amend,
    default_at,
    trust,
)

BACK = RejectTransferTerms()


def endorsements(add: Cases) -> None:
    """Add endorsements by name and in blank."""
    add.good("invariant 17: ENDORSE to a named endorsee", "at the bank", "ENDORSE", BANK, BUYER)
    for code, to in (
        ("ENDORSE", STRANGER),
        ("ENDORSE_TO_ORDER", STRANGER),
        ("BLANK_ENDORSE", None),
    ):
        add.bad(
            "NOT_ENDORSABLE",
            f"invariant 17: {code} by who was endorsed by name",
            "endorsed by name, handed over",
            code,
            BUYER,
            to,
        )
    add.bad(
        "NOT_ENDORSABLE",
        "invariant 25: pledged by who cannot endorse",
        "endorsed by name, handed over",
        "PLEDGE",
        BUYER,
        OTHER_BANK,
    )
    add.good(
        "invariant 17: who was endorsed by name surrenders",
        "endorsed by name, handed over",
        "SURRENDER_FOR_DELIVERY",
        BUYER,
        AGENT,
        SURRENDER,
    )
    add.good(
        "invariant 20: an endorsement by name goes back with the bill",
        "endorsed by name, handed over",
        "REJECT_TRANSFER",
        BUYER,
        None,
        BACK,
    )
    add.good(
        "invariant 21: and can be made to another then",
        "endorsed by name, given back",
        "ENDORSE_TO_ORDER",
        BANK,
        STRANGER,
    )
    add.good("invariant 19: BLANK_ENDORSE", "at the bank", "BLANK_ENDORSE", BANK)
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 16: BLANK_ENDORSE without title",
        "issued",
        "BLANK_ENDORSE",
        SELLER,
    )
    add.bad(
        "NOT_NEGOTIABLE", "invariant 18: ENDORSE, straight", "straight", "ENDORSE", SELLER, BANK
    )
    add.bad("RECIPIENT_IS_ACTOR", "ENDORSE to itself", "at the bank", "ENDORSE", BANK, BANK)


def presentations(add: Cases) -> None:
    """Add presentations under a credit, taken up and refused."""
    add.good("a set presented to the bank", "issued", "PRESENT", SELLER, BANK, PRESENT)
    add.bad("NOT_POSSESSOR", "presented by another", "issued", "PRESENT", BUYER, BANK, PRESENT)
    add.bad(
        "RECIPIENT_IS_ACTOR", "presented to itself", "issued", "PRESENT", SELLER, SELLER, PRESENT
    )
    add.bad(
        "ROLE_MISSING",
        "presented to who is no bank",
        "issued",
        "PRESENT",
        SELLER,
        BUYER,
        PRESENT,
        judged_by=CONTRACT,
    )
    add.good("taken up", "presented", "TAKE_UP", BANK)
    add.good("the whole set returns", "presented", "REFUSE_PRESENTATION", BANK, None, BACK)
    add.good(
        "the set returns with the title that the bank had",
        "presented",
        "REFUSE_PRESENTATION",
        BANK,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.good("a blank set returns", "blank, presented", "REFUSE_PRESENTATION", BANK, None, BACK)
    add.bad(
        "NOT_TITLE_HOLDER",
        "a blank set returns with a title that the bank never had",
        "blank, presented",
        "REFUSE_PRESENTATION",
        BANK,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.bad("NOT_POSSESSOR", "taken up by another", "presented", "TAKE_UP", SELLER)
    add.bad("NOTHING_PRESENTED", "nothing to take up", "at the bank", "TAKE_UP", BANK)
    add.bad("NOTHING_PRESENTED", "taken up twice", "taken up", "TAKE_UP", BANK)
    add.bad(
        "NOTHING_PRESENTED",
        "refused after it was taken up",
        "taken up",
        "REFUSE_PRESENTATION",
        BANK,
        None,
        BACK,
    )
    add.bad("PRESENTATION_OPEN", "handed on unanswered", "presented", "TRANSFER", BANK, BUYER)
    add.bad(
        "PRESENTATION_OPEN", "endorsed unanswered", "presented", "ENDORSE_TO_ORDER", BANK, BUYER
    )
    add.bad(
        "PRESENTATION_OPEN",
        "rejected instead of refused",
        "presented",
        "REJECT_TRANSFER",
        BANK,
        None,
        BACK,
    )
    add.good(
        "an authority holds a presented bill",
        "presented",
        "HOLD",
        CUSTOMS,
        None,
        HoldTerms("HOLD-1"),
    )
    add.good("taken up, then endorsed", "taken up", "ENDORSE_TO_ORDER", BANK, BUYER)


def pledges(add: Cases) -> None:
    """Add pledges, their release, trust and enforcement."""
    add.good("invariant 25: PLEDGE moves possession", "at the buyer", "PLEDGE", BUYER, OTHER_BANK)
    add.good("invariant 25: a blank bill", "blank", "PLEDGE", SELLER, OTHER_BANK)
    add.bad(
        "NOT_TITLE_HOLDER", "invariant 25: without title", "issued", "PLEDGE", SELLER, OTHER_BANK
    )
    add.bad(
        "NOT_POSSESSOR", "invariant 25: without the bill", "issued", "PLEDGE", BANK, OTHER_BANK
    )
    add.bad("NOT_NEGOTIABLE", "invariant 25: straight", "straight", "PLEDGE", SELLER, OTHER_BANK)
    add.bad("BILL_PLEDGED", "invariant 25: pledged on", "pledged", "PLEDGE", OTHER_BANK, BANK)
    add.bad(
        "ROLE_MISSING",
        "invariant 25: to who is no bank",
        "at the buyer",
        "PLEDGE",
        BUYER,
        SELLER,
        judged_by=CONTRACT,
    )
    for code, to, terms in (
        ("TRANSFER", BANK, None),
        ("ENDORSE_TO_ORDER", BANK, None),
        ("SIGN", None, None),
        ("SURRENDER_FOR_DELIVERY", AGENT, SURRENDER),
        ("SURRENDER_FOR_AMENDMENT", OPERATOR, amend("SWI")),
    ):
        add.bad(
            "BILL_PLEDGED",
            f"invariant 25: {code} by the pledgee",
            "pledged",
            code,
            OTHER_BANK,
            to,
            terms,
        )
    add.good("invariant 25: released, the bill returns", "pledged", "RELEASE_PLEDGE", OTHER_BANK)
    add.good("invariant 25: a blank one too", "blank, pledged", "RELEASE_PLEDGE", OTHER_BANK)
    add.bad(
        "NOT_PLEDGEE", "invariant 25: released by the pledgor", "pledged", "RELEASE_PLEDGE", BUYER
    )
    add.bad("NOT_PLEDGEE", "invariant 25: no pledge", "at the buyer", "RELEASE_PLEDGE", OTHER_BANK)
    add.good(
        "invariant 25: released on trust",
        "pledged",
        "RELEASE_ON_TRUST",
        OTHER_BANK,
        BUYER,
        trust(),
    )
    add.bad(
        "TRUST_ENDED",
        "invariant 25: a trust that is over",
        "pledged",
        "RELEASE_ON_TRUST",
        OTHER_BANK,
        BUYER,
        trust(0),
    )
    add.bad(
        "NOT_PLEDGEE",
        "trusted by the pledgor",
        "pledged",
        "RELEASE_ON_TRUST",
        BUYER,
        STRANGER,
        trust(),
    )
    add.bad(
        "BILL_PLEDGED", "invariant 25: transferred on trust", "on trust", "TRANSFER", BUYER, BANK
    )
    add.bad("BILL_PLEDGED", "invariant 25: pledged on trust", "on trust", "PLEDGE", BUYER, BANK)
    surrender = "SURRENDER_FOR_DELIVERY"
    add.good("invariant 25: surrendered on trust", "on trust", surrender, BUYER, AGENT, SURRENDER)
    add.good(
        "invariant 27: by a trustee who has no title",
        "on trust to another",
        surrender,
        STRANGER,
        AGENT,
        SURRENDER,
    )
    add.bad(
        "TRUST_ENDED",
        "invariant 25: surrendered after the trust",
        "on trust for an hour",
        surrender,
        BUYER,
        AGENT,
        SURRENDER,
    )
    add.good(
        "released on trust, the trustee keeps the bill", "on trust", "RELEASE_PLEDGE", OTHER_BANK
    )
    add.good(
        "released after surrender, the issuer keeps it",
        "surrendered on trust",
        "RELEASE_PLEDGE",
        OTHER_BANK,
    )
    add.good(
        "delivered against an indemnity while on trust",
        "on trust",
        "DELIVER_AGAINST_INDEMNITY",
        AGENT,
        BUYER,
        IndemnityTerms(PRESENT.credit_reference_hash),
    )
    add.good("invariant 25: enforced", "pledged", "ENFORCE", OTHER_BANK, None, default_at(5))
    add.good(
        "invariant 25: enforced on trust", "on trust", "ENFORCE", OTHER_BANK, None, default_at(5)
    )
    add.bad(
        "DEFAULT_NOT_RECORDED",
        "invariant 25: a default to come",
        "pledged",
        "ENFORCE",
        OTHER_BANK,
        None,
        default_at(50),
    )
    add.bad(
        "DEFAULT_NOT_RECORDED",
        "invariant 25: a default before the pledge",
        "pledged",
        "ENFORCE",
        OTHER_BANK,
        None,
        default_at(1),
    )
    add.bad("NOT_PLEDGEE", "enforced by another", "pledged", "ENFORCE", BANK, None, default_at(5))
    add.good("endorsed after enforcement", "enforced", "ENDORSE_TO_ORDER", OTHER_BANK, STRANGER)
    add.good("surrendered after enforcement", "enforced", surrender, OTHER_BANK, AGENT, SURRENDER)
    add.bad(
        "WRONG_STATE",
        "gate two while pledged",
        "pledged",
        "ACCOMPLISH",
        AGENT,
        BUYER,
        ACCOMPLISH,
    )
