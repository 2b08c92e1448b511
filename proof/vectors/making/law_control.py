"""Cases of the law: handing over, rejecting, endorsing."""

from onebill_verify import (
    RejectTransferTerms,
)

from making.cast import (
    BANK,
    BUYER,
    OPERATOR,
    SELLER,
    STRANGER,
    UNREGISTERED,
)
from making.law_chains import CONTRACT, Cases


def transfer(add: Cases) -> None:
    """Possession."""
    add.good(
        "invariant 15: TRANSFER leaves the title where it is", "issued", "TRANSFER", SELLER, BANK
    )
    add.good("a straight bill is handed over", "straight", "TRANSFER", SELLER, BUYER)
    add.good("on from the bank, which accepts by it", "at the bank", "TRANSFER", BANK, BUYER)
    add.bad(
        "NOT_POSSESSOR",
        "invariant 14: the stranger's transfer",
        "issued",
        "TRANSFER",
        STRANGER,
        BANK,
    )
    add.bad("NOT_POSSESSOR", "invariant 14: sold twice", "at the bank", "TRANSFER", SELLER, BUYER)
    add.bad(
        "NOT_POSSESSOR",
        "invariant 14: by the title holder without the bill",
        "issued",
        "TRANSFER",
        BANK,
        BUYER,
    )
    add.bad("NOT_POSSESSOR", "invariant 14: by the issuer", "issued", "TRANSFER", OPERATOR, BUYER)
    add.bad("RECIPIENT_IS_ACTOR", "invariant 14: to itself", "issued", "TRANSFER", SELLER, SELLER)
    add.bad(
        "PARTY_UNKNOWN",
        "invariant 14: to who was never registered",
        "issued",
        "TRANSFER",
        SELLER,
        UNREGISTERED,
        judged_by=CONTRACT,
    )
    add.good("invariant 24: SIGN moves nothing", "issued", "SIGN", SELLER)
    add.bad("NOT_POSSESSOR", "invariant 24: SIGN by another", "issued", "SIGN", BANK)


def reject(add: Cases) -> None:
    """The way back."""
    nothing = RejectTransferTerms()
    add.good(
        "invariant 21: REJECT_TRANSFER restores the possessor",
        "at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        nothing,
    )
    add.good(
        "invariant 20: acts of others do not use up the right",
        "at the bank, noted since",
        "REJECT_TRANSFER",
        BANK,
        None,
        nothing,
    )
    add.good(
        "invariant 20: title endorsed before the transfer goes back too",
        "at the buyer",
        "REJECT_TRANSFER",
        BUYER,
        None,
        nothing,
    )
    add.good(
        "invariant 20: who had the title may endorse on in the same act",
        "at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        RejectTransferTerms(STRANGER.party),
    )
    add.good(
        "invariant 20: or back to whom it comes from",
        "at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.good(
        "a straight bill comes back",
        "straight, at the buyer",
        "REJECT_TRANSFER",
        BUYER,
        None,
        nothing,
    )
    add.good(
        "a blank bill comes back", "blank, at the bank", "REJECT_TRANSFER", BANK, None, nothing
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 20: after an act of its own",
        "at the bank, signed by it",
        "REJECT_TRANSFER",
        BANK,
        None,
        nothing,
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 20: after it endorsed",
        "endorsed to the buyer",
        "REJECT_TRANSFER",
        BANK,
        None,
        nothing,
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 21: the first possessor",
        "issued",
        "REJECT_TRANSFER",
        SELLER,
        None,
        nothing,
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 21: a rejection is not rejected",
        "returned by the bank",
        "REJECT_TRANSFER",
        SELLER,
        None,
        nothing,
    )
    add.bad(
        "NOTHING_TO_REJECT",
        "invariant 20: after its surrender came back",
        "refused surrender",
        "REJECT_TRANSFER",
        BUYER,
        None,
        nothing,
    )
    add.bad(
        "NOT_POSSESSOR",
        "rejected by the one before",
        "at the bank",
        "REJECT_TRANSFER",
        SELLER,
        None,
        nothing,
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 20: endorses on a title it got with the bill",
        "at the buyer",
        "REJECT_TRANSFER",
        BUYER,
        None,
        RejectTransferTerms(STRANGER.party),
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 20: endorses on a title it does not have",
        "title without the bill",
        "REJECT_TRANSFER",
        STRANGER,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 20: endorses a blank bill on",
        "blank, at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.bad(
        "NOT_NEGOTIABLE",
        "invariant 18: endorses a straight bill on",
        "straight, at the buyer",
        "REJECT_TRANSFER",
        BUYER,
        None,
        RejectTransferTerms(SELLER.party),
    )
    add.bad(
        "RECIPIENT_IS_ACTOR",
        "endorses on to itself",
        "at the bank",
        "REJECT_TRANSFER",
        BANK,
        None,
        RejectTransferTerms(BANK.party),
    )


def endorse(add: Cases) -> None:
    """Title."""
    add.good(
        "invariant 15: ENDORSE_TO_ORDER leaves possession where it is",
        "at the bank",
        "ENDORSE_TO_ORDER",
        BANK,
        BUYER,
    )
    add.good(
        "invariant 17: endorsed again by the new title holder",
        "at the buyer",
        "ENDORSE_TO_ORDER",
        BUYER,
        STRANGER,
    )
    add.good(
        "invariant 19: a blank bill by its possessor", "blank", "ENDORSE_TO_ORDER", SELLER, BANK
    )
    add.bad(
        "NOT_POSSESSOR",
        "invariant 16: by the title holder without the bill",
        "issued",
        "ENDORSE_TO_ORDER",
        BANK,
        BUYER,
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 16: by the possessor without the title",
        "issued",
        "ENDORSE_TO_ORDER",
        SELLER,
        BUYER,
    )
    add.bad(
        "NOT_TITLE_HOLDER",
        "invariant 16: twice by the same",
        "endorsed to the buyer",
        "ENDORSE_TO_ORDER",
        BANK,
        STRANGER,
    )
    add.bad(
        "NOT_POSSESSOR",
        "invariant 19: a blank bill by another",
        "blank",
        "ENDORSE_TO_ORDER",
        BANK,
        BUYER,
    )
    add.bad(
        "NOT_NEGOTIABLE",
        "invariant 18: a straight bill",
        "straight",
        "ENDORSE_TO_ORDER",
        SELLER,
        BUYER,
    )
    add.bad(
        "NOT_NEGOTIABLE",
        "invariant 18: a sea waybill",
        "sea waybill",
        "ENDORSE_TO_ORDER",
        SELLER,
        BUYER,
    )
    add.bad("RECIPIENT_IS_ACTOR", "to itself", "at the bank", "ENDORSE_TO_ORDER", BANK, BANK)
