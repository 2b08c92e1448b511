"""The answer: what is proven, by whom, as of when, on whose honesty, and what is not.

bundle.md, section 6. Every sentence exists in English and in Chinese.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from onebill_verify.canonical import JsonValue
from onebill_verify.forms import spell_time
from onebill_verify.registrations import LEDGER_CUSTODY

SHOWN = "shown"
NOT_SHOWN = "not shown"


class Language(StrEnum):
    """The languages in which the verifier speaks."""

    ENGLISH = "en"
    CHINESE = "zh"


_STATES_ZH = {
    "ISSUED": "已签发",
    "PENDING_SURRENDER_FOR_DELIVERY": "已申请交单提货、待答复",
    "SURRENDERED_FOR_DELIVERY": "已交单提货",
    "PENDING_SURRENDER_FOR_AMENDMENT": "已申请交单更改、待答复",
    "SURRENDERED_FOR_AMENDMENT": "已交单更改",
    "VOIDED": "已作废",
    "PAPER": "已转为纸质",
    "ACCOMPLISHED": "已完成交付",
}


class SignedBy(NamedTuple):
    """Who signed one act, and who keeps the key: OWN or LEDGER_CUSTODY.

    `countersigned`: the actor's approver signed it too.
    """

    action_code: str
    actor: str
    key_custody: str
    countersigned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a verifier says of a bundle.

    Where `proven` is false, `reason` and `message` say why, and everything else is empty but
    the reference, if the bundle could be read that far. `title_holder` is empty for a blank
    bill.
    """

    proven: bool
    reason: str = ""
    message: str = ""
    transport_document_reference: str = ""
    state: str = ""
    possessor: str = ""
    title_holder: str = ""
    sequence: int = 0
    head_act_hash: str = ""
    as_of: datetime | None = None
    nonce: str = ""
    hold: bool = False
    pledge: bool = False
    delivered_against_indemnity: bool = False
    recovery_pending: bool = False
    is_to_order: bool = False
    attested_by: Sequence[str] = ()
    endorsed_by: Sequence[Sequence[str]] = ()
    signed_by: Sequence[SignedBy] = ()
    document: str = NOT_SHOWN
    certificate: str = NOT_SHOWN

    def to_json(self, language: Language = Language.ENGLISH) -> dict[str, JsonValue]:
        """Return the answer as bundle.md section 6 spells it."""
        return {
            "proven": self.proven,
            "reason": self.reason,
            "message": self.message,
            "transportDocumentReference": self.transport_document_reference,
            "state": self.state,
            "possessor": self.possessor,
            "titleHolder": self.title_holder,
            "sequence": self.sequence,
            "headActHash": self.head_act_hash,
            "asOf": "" if self.as_of is None else spell_time(self.as_of),
            "nonce": self.nonce,
            "hold": self.hold,
            "pledge": self.pledge,
            "deliveredAgainstIndemnity": self.delivered_against_indemnity,
            "recoveryPending": self.recovery_pending,
            "attestedBy": list(self.attested_by),
            "endorsedBy": [list(organisations) for organisations in self.endorsed_by],
            "signedBy": [
                {
                    "actionCode": one.action_code,
                    "actor": one.actor,
                    "countersigned": one.countersigned,
                    "keyCustody": one.key_custody,
                }
                for one in self.signed_by
            ],
            "document": self.document,
            "certificate": self.certificate,
            "restsOn": self.rests_on(language),
            "notProven": self.not_proven(language),
        }

    def headline(self, language: Language = Language.ENGLISH) -> str:
        """Return the one sentence that a person in a hurry reads."""
        reference = self.transport_document_reference
        if language is Language.CHINESE:
            if not self.proven:
                return f"未能证明：{self.reason}。{self.message}"
            return (
                f"已证明：提单 {reference} 截至 {self._as_of()}、第 {self.sequence} 号行为，"
                f"状态为{_STATES_ZH[self.state]}，由 {self.possessor} 控制。"
            )
        if not self.proven:
            return f"NOT PROVEN: {self.reason}. {self.message[:1].upper()}{self.message[1:]}."
        return (
            f"PROVEN: bill {reference} is {self.state} and in the possession of "
            f"{self.possessor}, as of {self._as_of()}, act {self.sequence}."
        )

    def rests_on(self, language: Language = Language.ENGLISH) -> list[str]:
        """Return on whose honesty the answer rests."""
        if not self.proven:
            return []
        attested = ", ".join(self.attested_by)
        fewest = min(map(len, self.endorsed_by))
        kept = sum(one.key_custody == LEDGER_CUSTODY for one in self.signed_by)
        if language is Language.CHINESE:
            return [
                f"{self.sequence} 个行为均由当事人自己的密钥签名，首尾相连，并按规则逐一重演。",
                f"当前状态由以下组织的节点共同签名证实：{attested}。",
                f"其中 {kept} 个行为由账本托管的密钥代签，其余由当事人自己保管的密钥签名。",
                f"每个行为都由至少 {fewest} 个组织的节点背书，其中至少一个不是经营人的。",
                "交付条件、同一集装箱上没有其他有效提单、未签名各方的登记：由背书组织担保，未重演。",
                "当事人的密钥属于谁，由登记它的组织担保。",
            ]
        return [
            f"{self.sequence} acts, each signed by its party's own key, chained and replayed.",
            f"The present state was signed by the peers of {attested}.",
            f"Of these acts, {kept} were signed with a key that a ledger keeps for its party.",
            (
                f"Every act was endorsed by peers of {fewest} organisations or more, never the "
                "operator's alone."
            ),
            (
                "The conditions of the gates, that no other live bill lies on a container, and "
                "the registration of parties that signed nothing are vouched for by the "
                "endorsing organisations, not replayed."
            ),
            "Whose key a key is, is vouched for by the organisation that registered it.",
        ]

    def not_proven(self, language: Language = Language.ENGLISH) -> list[str]:
        """Return what even a proven bundle does not show."""
        if not self.proven:
            return []
        chinese = language is Language.CHINESE
        sentences = [
            "货物是否与单据所载相符。"
            if chinese
            else "That the goods are as the document describes them.",
            f"{self._as_of()} 之后没有发生任何事：放货之前须另行查询。"
            if chinese
            else f"That nothing happened after {self._as_of()}: ask again before releasing goods.",
            "上述组织没有合谋作假。"
            if chinese
            else "That the organisations named did not all lie together.",
            "背书节点的证书此后未被吊销。"
            if chinese
            else "That no endorser's certificate has been revoked since.",
        ]
        for shown, word, characters in (
            (self.document, "document", "单据"),
            (self.certificate, "certificate of insurance", "保险凭证"),
        ):
            if shown == NOT_SHOWN:
                sentences.append(
                    f"{characters}内容未出示：只证明了其摘要。"
                    if chinese
                    else f"What the {word} says: it is not shown, only its hash is proven."
                )
        if self.recovery_pending:
            sentences.append(
                "控制方或权利人的密钥正在恢复程序中，密钥可能即将变更。"
                if chinese
                else "That possessor and title holder still have their keys: one is recovered."
            )
        return sentences

    def evidence(self, language: Language = Language.ENGLISH) -> list[str]:
        """Return the lines of evidence under the headline."""
        if not self.proven:
            return []
        title = self.title_holder
        hold = {False: ("none", "无"), True: ("yes", "有")}[self.hold]
        pledge = {False: ("none", "无"), True: ("yes", "有")}[self.pledge]
        gone = self.delivered_against_indemnity
        if language is Language.CHINESE:
            return [
                f"提单权利人：{title or ('空白背书,随控制权' if self.is_to_order else '无')}",
                f"监管扣留：{hold[1]}",
                f"质押：{pledge[1]}",
                *(["货物已凭保函交付，未凭提单"] if gone else []),
                f"链首摘要：{self.head_act_hash}",
                f"证实组织：{', '.join(self.attested_by)}（随机数 {self.nonce}）",
                f"单据：{'已出示' if self.document == SHOWN else '未出示'}",
                f"保险凭证：{'已出示' if self.certificate == SHOWN else '未出示'}",
            ]
        return [
            f"title holder: {title or 'blank, the title follows possession'}",
            f"hold by an authority: {hold[0]}",
            f"pledge: {pledge[0]}",
            *(["the goods were delivered against an indemnity, without the bill"] if gone else []),
            f"head of the chain: {self.head_act_hash}",
            f"attested by: {', '.join(self.attested_by)} (nonce {self.nonce})",
            f"document: {self.document}; certificate of insurance: {self.certificate}",
        ]

    def _as_of(self) -> str:
        return "" if self.as_of is None else spell_time(self.as_of)
