"""An endorsed Fabric transaction: what was proposed, what came of it, which peers signed it.

bundle.md, section 2. Field numbers are those of Fabric's protos (fabric-protos 0.3.7).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from onebill_verify.errors import NotProven
from onebill_verify.protobuf import BYTES, MESSAGE, NUMBER, REPEATED, Message, read, schema, utf8
from onebill_verify.trust import Trust, msp_of

_PAYLOAD: Final = schema({1: MESSAGE, 2: BYTES})
_HEADER: Final = schema({1: BYTES, 2: BYTES})
_CHANNEL_HEADER: Final = schema(
    {
        1: NUMBER,  # type
        2: NUMBER,  # version
        3: MESSAGE,  # timestamp
        4: BYTES,  # channel
        5: BYTES,  # transaction id
        6: NUMBER,  # epoch
        7: BYTES,  # extension
        8: BYTES,  # hash of the client's TLS certificate
    }
)
_TIMESTAMP: Final = schema({1: NUMBER, 2: NUMBER})
_SIGNATURE_HEADER: Final = schema({1: BYTES, 2: BYTES})
_HEADER_EXTENSION: Final = schema({2: MESSAGE})
_CHAINCODE_ID: Final = schema({1: BYTES, 2: BYTES, 3: BYTES})
_TRANSACTION: Final = schema({1: REPEATED})
_ACTION: Final = schema({1: BYTES, 2: BYTES})
_ACTION_PAYLOAD: Final = schema({1: BYTES, 2: MESSAGE})
_ENDORSED_ACTION: Final = schema({1: BYTES, 2: REPEATED})
_ENDORSEMENT: Final = schema({1: BYTES, 2: BYTES})
_PROPOSAL_PAYLOAD: Final = schema({1: BYTES})  # a transient map is never part of it
_INVOCATION: Final = schema({1: MESSAGE})
_CHAINCODE_SPEC: Final = schema({1: NUMBER, 2: MESSAGE, 3: MESSAGE})
_CHAINCODE_INPUT: Final = schema({1: REPEATED})
_RESPONSE_PAYLOAD: Final = schema({1: BYTES, 2: BYTES})
_CHAINCODE_ACTION: Final = schema({1: BYTES, 2: BYTES, 3: MESSAGE, 4: MESSAGE})
_RESPONSE: Final = schema({1: NUMBER, 2: BYTES, 3: BYTES})
_RESULTS: Final = schema({1: NUMBER, 2: REPEATED})
_NAMESPACE: Final = schema({1: BYTES, 2: BYTES})  # no private collections
_READ_WRITE_SET: Final = schema({1: REPEATED, 2: REPEATED, 3: REPEATED, 4: REPEATED})
_READ: Final = schema({1: BYTES, 2: MESSAGE})
_WRITE: Final = schema({1: BYTES, 2: NUMBER, 3: BYTES})

_ENDORSER_TRANSACTION: Final = 3
_OK: Final = 200
_SHORT: Final = 128
_MALFORMED: Final = "TRANSACTION_MALFORMED"
_SECONDS_MIN: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp())
_SECONDS_MAX: Final = int(datetime(3000, 1, 1, tzinfo=UTC).timestamp()) - 1
_NANOS_MAX: Final = 999_999_999


@dataclass(frozen=True, slots=True)
class Moment:
    """The time of a transaction, as the client proposed it and every endorser held it true."""

    seconds: int
    nanos: int

    def whole(self) -> datetime:
        """Return it in whole seconds, as every record spells it."""
        return datetime.fromtimestamp(self.seconds, UTC)

    def exact(self) -> datetime:
        """Return it to the microsecond, for comparing."""
        return self.whole().replace(microsecond=self.nanos // 1000)


@dataclass(frozen=True, slots=True)
class Namespace:
    """What a simulation read and wrote under one chaincode's name."""

    name: str
    reads: tuple[str, ...]
    writes: Mapping[str, bytes]
    others: bool  # range queries or policies of keys


@dataclass(frozen=True, slots=True)
class Transaction:
    """A proposal and its result, read and found whole; believed only after `endorsers`."""

    channel: str
    transaction_id: str
    moment: Moment
    creator_msp_id: str
    function: str
    arguments: tuple[str, ...]
    response: bytes
    namespaces: tuple[Namespace, ...]
    _signed: bytes
    _endorsements: list[bytes]

    @classmethod
    def parse(cls, data: bytes, channel: str, chaincode: str) -> "Transaction":
        """Read an endorsed transaction of one channel and chaincode.

        Raises NotProven `TRANSACTION_MALFORMED`, `TRANSACTION_WRONG_CHANNEL`,
        `TRANSACTION_WRONG_CHAINCODE`, `TRANSACTION_ID_WRONG`, `PROPOSAL_HASH_WRONG` or
        `TRANSACTION_REFUSED` (status other than 200).
        """
        payload = read(data, _PAYLOAD, "a transaction")
        header = read(payload.part(1), _HEADER, "a transaction's header")
        moment, transaction_id = _channel_header(header.part(1), channel, chaincode)
        signature_header = read(header.part(2), _SIGNATURE_HEADER, "a signature header")
        creator, nonce = signature_header.part(1), signature_header.part(2)
        if hashlib.sha256(nonce + creator).hexdigest() != transaction_id:
            raise NotProven("TRANSACTION_ID_WRONG", "the transaction id is not its creator's")
        action = _only_action(payload.part(2), header.part(2))
        proposal = action.part(1)
        function, arguments = _call(proposal, chaincode)
        endorsed = read(action.part(2), _ENDORSED_ACTION, "an endorsed action")
        signed = read(endorsed.part(1), _RESPONSE_PAYLOAD, "a response")
        digest = hashlib.sha256(header.part(1))
        digest.update(header.part(2))
        digest.update(proposal)
        if digest.digest() != signed.part(1):
            raise NotProven("PROPOSAL_HASH_WRONG", "the peers endorsed another proposal")
        response, namespaces = _result(signed.part(2), chaincode)
        return cls(
            channel=channel,
            transaction_id=transaction_id,
            moment=moment,
            creator_msp_id=msp_of(creator),
            function=function,
            arguments=arguments,
            response=response,
            namespaces=namespaces,
            _signed=endorsed.part(1),
            _endorsements=endorsed.many(2),
        )

    def endorsers(self, trust: Trust, organisations: int) -> tuple[str, ...]:
        """Check every endorsement; return the organisations, in the transaction's order.

        Raises NotProven `ENDORSER_UNKNOWN`, `ENDORSER_NOT_PEER`, `ENDORSER_EXPIRED`,
        `ENDORSEMENT_INVALID`, `ENDORSED_TWICE` or `TOO_FEW_ORGANISATIONS`.
        """
        endorsed_by: list[str] = []
        signed = hashlib.sha256(self._signed)  # the long part, the same for every endorser
        for item in self._endorsements:
            endorsement = read(item, _ENDORSEMENT, "an endorsement")
            identity = endorsement.part(1)
            peer = trust.peer(identity)
            if not peer.not_before <= self.moment.seconds <= peer.not_after:
                raise NotProven(
                    "ENDORSER_EXPIRED",
                    f"the certificate of an endorser of {peer.msp_id} was not valid then",
                )
            if peer.msp_id in endorsed_by:
                raise NotProven("ENDORSED_TWICE", f"{peer.msp_id} endorsed twice")
            digest = signed.copy()
            digest.update(identity)
            if not peer.key.verifies_der(endorsement.part(2), digest.digest()):
                raise NotProven("ENDORSEMENT_INVALID", f"{peer.msp_id} did not sign this")
            endorsed_by.append(peer.msp_id)
        if len(endorsed_by) < organisations or not set(endorsed_by) - trust.operators:
            raise NotProven(
                "TOO_FEW_ORGANISATIONS",
                f"endorsed by {', '.join(endorsed_by) or 'nobody'}; wanted are {organisations} "
                f"organisations, one of them not the operator",
            )
        return tuple(endorsed_by)

    def wrote(self, chaincode: str, key: str) -> bytes | None:
        """Return what the chaincode wrote under a key."""
        for namespace in self.namespaces:
            if namespace.name == chaincode:
                return namespace.writes.get(key)
        return None


def _channel_header(data: bytes, channel: str, chaincode: str) -> tuple[Moment, str]:
    header = read(data, _CHANNEL_HEADER, "a channel header")
    if header.number(1) != _ENDORSER_TRANSACTION:
        raise NotProven(_MALFORMED, "this is not the transaction of an endorser")
    if header.text(4) != channel:
        raise NotProven(
            "TRANSACTION_WRONG_CHANNEL", f"made for channel {header.text(4)!r}, not this one"
        )
    if _proposed_to(header.part(7)) != chaincode:
        raise NotProven("TRANSACTION_WRONG_CHAINCODE", "proposed to another chaincode")
    timestamp = read(header.part(3), _TIMESTAMP, "a time")
    moment = Moment(timestamp.number(1), timestamp.number(2))
    if not _SECONDS_MIN <= moment.seconds <= _SECONDS_MAX or moment.nanos > _NANOS_MAX:
        raise NotProven(_MALFORMED, "a transaction's time is none of the years 2000 to 2999")
    return moment, header.text(5)


@lru_cache(maxsize=256)
def _proposed_to(extension: bytes) -> str:
    return _chaincode_name(read(extension, _HEADER_EXTENSION, "a header's extension").part(2))


@lru_cache(maxsize=256)  # the same few bytes in every transaction
def _chaincode_name(data: bytes) -> str:
    return read(data, _CHAINCODE_ID, "a chaincode's name").text(2)


def _only_action(data: bytes, signature_header: bytes) -> Message:
    actions = read(data, _TRANSACTION, "a transaction's actions").many(1)
    if len(actions) != 1:
        raise NotProven(_MALFORMED, "a transaction has exactly one action")
    action = read(actions[0], _ACTION, "an action")
    if action.part(1) != signature_header:
        raise NotProven(_MALFORMED, "an action has another header than its transaction")
    return read(action.part(2), _ACTION_PAYLOAD, "an action's payload")


def _call(proposal: bytes, chaincode: str) -> tuple[str, tuple[str, ...]]:
    """Return function and arguments of a proposal."""
    invocation = read(
        read(proposal, _PROPOSAL_PAYLOAD, "a proposal").part(1), _INVOCATION, "an invocation"
    )
    spec = read(invocation.part(1), _CHAINCODE_SPEC, "an invocation")
    if _chaincode_name(spec.part(2)) != chaincode:
        raise NotProven("TRANSACTION_WRONG_CHAINCODE", "calls another chaincode")
    arguments = read(spec.part(3), _CHAINCODE_INPUT, "a call").many(1)
    if not arguments:
        raise NotProven(_MALFORMED, "a call names no function")
    function, *rest = map(utf8, arguments)
    return function, tuple(rest)


def _result(data: bytes, chaincode: str) -> tuple[bytes, tuple[Namespace, ...]]:
    """Return the response's payload, and what was read and written."""
    result = read(data, _CHAINCODE_ACTION, "a chaincode's result")
    if _chaincode_name(result.part(4)) != chaincode:
        raise NotProven("TRANSACTION_WRONG_CHAINCODE", "the result is that of another chaincode")
    response = read(result.part(3), _RESPONSE, "a chaincode's response")
    if response.number(1) != _OK:
        raise NotProven("TRANSACTION_REFUSED", f"the chaincode answered {response.number(1)}")
    return response.part(3), _namespaces(result.part(1))


def _namespaces(results: bytes) -> tuple[Namespace, ...]:
    message = read(results, _RESULTS, "a result's reads and writes")
    if message.number(1):
        raise NotProven(_MALFORMED, "reads and writes are not those of keys and values")
    namespaces = tuple(
        _usual_namespace(data) if len(data) < _SHORT else _namespace(data)
        for data in message.many(2)
    )
    if len({namespace.name for namespace in namespaces}) != len(namespaces):
        raise NotProven(_MALFORMED, "a result names a namespace twice")
    return namespaces


@lru_cache(maxsize=256)  # Fabric's own read of the chaincode's definition is always the same
def _usual_namespace(data: bytes) -> Namespace:
    return _namespace(data)


def _namespace(data: bytes) -> Namespace:
    namespace = read(data, _NAMESPACE, "a namespace")
    sets = read(namespace.part(2), _READ_WRITE_SET, "reads and writes")
    writes: dict[str, bytes] = {}
    for item in sets.many(3):
        write = read(item, _WRITE, "a write")
        key = write.text(1)
        if key in writes:
            raise NotProven(_MALFORMED, "a result writes a key twice")
        writes[key] = write.part(3)
    return Namespace(
        name=namespace.text(1),
        reads=tuple(read(item, _READ, "a read").text(1) for item in sets.many(1)),
        writes=writes,
        others=bool(sets.many(2) or sets.many(4)),
    )
