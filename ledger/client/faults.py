"""What can go wrong on the way to the ledger, one type per stage.

All but a refusal by the chaincode say that a part was away or that an outcome is not known; the
caller may send the same request again and gets the same act's answer.
"""

from dataclasses import dataclass

from foundation.kernel.errors import LostRace, Unavailable, WrongState


@dataclass(frozen=True, slots=True)
class PeerFault:
    """What one peer or orderer answered instead of doing its part."""

    msp_id: str
    address: str
    message: str


class EndorseFailed(Unavailable):
    """Too few organisations endorsed. Nothing was submitted.

    Attributes:
        transaction_id: of the proposal.
        peers: what each peer said that did not endorse.
        away: MSP ids of organisations whose peer gave no usable answer.
        disagreed: whether peers answered differently: some lag behind by a block.
    """

    def __init__(
        self,
        transaction_id: str,
        detail: str,
        peers: tuple[PeerFault, ...] = (),
        away: frozenset[str] = frozenset(),
        *,
        disagreed: bool = False,
    ) -> None:
        who = ", ".join(sorted(away)) or "an organisation of the ledger"
        super().__init__(
            "ENDORSEMENT_UNAVAILABLE",
            f"The act was not recorded: {who} did not answer; send it again.",
            transaction_id=transaction_id,
            detail=detail,
        )
        self.transaction_id = transaction_id
        self.detail = detail
        self.peers = peers
        self.away = away
        self.disagreed = disagreed

    def after(self, earlier: "EndorseFailed | None") -> "EndorseFailed":
        """Answer this fault, naming also who was away at an earlier attempt."""
        if earlier is None:
            return self
        return EndorseFailed(
            self.transaction_id, self.detail, self.peers, self.away | earlier.away
        )


class SubmitFailed(Unavailable):
    """The ordering service gave no receipt. Whether it took the transaction is not known."""

    def __init__(self, transaction_id: str, detail: str) -> None:
        super().__init__(
            "ORDERING_UNAVAILABLE",
            "Too few orderers of the ledger answer; the act is kept and counts once: send the "
            "same request again.",
            transaction_id=transaction_id,
            detail=detail,
        )
        self.transaction_id = transaction_id


class CommitUnknown(Unavailable):
    """No final code in time. The stored envelope is carried on by the next request."""

    def __init__(self, transaction_id: str) -> None:
        super().__init__(
            "COMMIT_UNKNOWN",
            "Whether the act was recorded is not known yet; send the same request again.",
            transaction_id=transaction_id,
        )
        self.transaction_id = transaction_id


class CommitRefused(WrongState):
    """The transaction stands in a block as invalid, for a reason that repeating cannot cure."""

    def __init__(self, transaction_id: str, code: int, name: str) -> None:
        super().__init__(
            "TRANSACTION_INVALID",
            f"The ledger's peers found the transaction invalid ({name}); nothing was changed.",
            transaction_id=transaction_id,
            code=code,
        )
        self.transaction_id = transaction_id
        self.code = code


class HeadMoved(LostRace):
    """Another act was recorded first: the party reads the bill and signs again."""

    def __init__(self, transaction_id: str) -> None:
        super().__init__(
            "HEAD_MOVED",
            "Another act on this bill was recorded first; read the bill and sign again.",
            transaction_id=transaction_id,
        )
        self.transaction_id = transaction_id


class LedgerBusy(Unavailable):
    """The peer takes no more requests for now (back-pressure), and waiting did not help."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "LEDGER_BUSY", "The ledger has too much to do now; send it again.", detail=detail
        )


class PeerUnavailable(Unavailable):
    """This organisation's own peer does not answer a question."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            "PEER_UNAVAILABLE",
            "This organisation's peer does not answer at this moment; ask again.",
            detail=detail,
        )
