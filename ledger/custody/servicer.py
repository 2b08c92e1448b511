"""onebill.ledger.v1.CustodyService on the wire."""

import os
from datetime import timedelta
from typing import Final

from onebill.ledger.v1 import custody_service_pb2 as pb
from onebill.ledger.v1 import custody_service_pb2_grpc
from onebill_verify.canonical import encode
from onebill_verify.encoding import SALT_SIZE
from onebill_verify.keys import PrivateKey
from onebill_verify.registrations import PARTY_BYTES

from foundation.kernel.clock import Clock
from foundation.kernel.errors import NotAllowed, NotFound, WrongState
from foundation.runtime.database import Database, Transaction
from foundation.runtime.identity import (
    OPERATOR,
    Access,
    AccessTable,
    check_organisation,
    current_caller,
)
from foundation.runtime.requests import reads, writes
from foundation.runtime.statements import Hearer
from ledger.custody.directory import Directory
from ledger.custody.judgement import check_judged
from ledger.custody.sealing import Seal
from ledger.custody.signing import ToSign, sign, sign_registration
from ledger.custody.store import CustodyStore, KeyRow

_SERVICE: Final = "/onebill.ledger.v1.CustodyService/"
ACCESS: Final[AccessTable] = {
    _SERVICE + "SignAct": Access(parts=frozenset({"worker"})),
    _SERVICE + "CreateKey": Access(parts=frozenset({"worker", "ledger-operator"})),
    _SERVICE + "SignRegistration": Access(parts=frozenset({"ledger-operator"})),
    _SERVICE + "GetKey": Access(parts=frozenset({"worker"})),
}


class CustodyServicer(custody_service_pb2_grpc.CustodyServiceServicer):
    """Signs for those whose keys it keeps."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        seal: Seal,
        documents: Hearer,
        clock: Clock,
        channel: str,
        validity: timedelta,
    ) -> None:
        self.database = database
        self._directory = directory
        self._seal = seal
        self._documents = documents
        self._clock = clock
        self._channel = channel
        self._validity = validity

    @writes(pb.SignActResponse)
    async def SignAct(  # noqa: N802 - the name is the protocol's
        self, request: pb.SignActRequest, transaction: Transaction
    ) -> pb.SignActResponse:
        """Sign an act. What was signed is stored before it is answered."""
        organisation = _whose(request.organisation)
        store = CustodyStore(transaction)
        key = await store.key_of(organisation)
        if key is None:
            raise _no_key(organisation)
        actor = await self._directory.party_of(organisation)
        if actor is None:
            raise WrongState(
                "PARTY_NOT_REGISTERED",
                f"{organisation} is not registered as a party on the ledger yet.",
                organisation=organisation,
            )
        now = self._clock()
        asked = ToSign(
            reference=request.transport_document_reference,
            action_code=request.action_code,
            recipient=request.recipient,
            terms=request.terms,
            details=request.details,
            sequence=request.sequence,
            previous_act_hash=request.previous_act_hash,
        )
        check_judged(asked, request.judgement, lambda said: self._documents.hear(said, now))
        signed = sign(
            asked,
            self._seal.open(key.sealed_key, key.kid),
            actor,
            self._channel,
            now=now,
            validity=self._validity,
            randomness=os.urandom(SALT_SIZE),
        )
        await store.note_signature(organisation, signed, request.judgement_reference, now)
        return pb.SignActResponse(
            signed_act=signed.act.token,
            act_hash=signed.act.hash,
            details=signed.details,
            details_salt=signed.details_salt,
        )

    @writes(pb.CreateKeyResponse)
    async def CreateKey(  # noqa: N802 - the name is the protocol's
        self, request: pb.CreateKeyRequest, transaction: Transaction
    ) -> pb.CreateKeyResponse:
        """Make a key, or answer the one that the organisation has."""
        organisation = _whose(request.organisation)
        made = PrivateKey.generate()
        kept = await CustodyStore(transaction).add_key(
            KeyRow(
                kid=made.kid,
                organisation=organisation,
                public_key=encode(made.public.jwk()).decode(),
                sealed_key=self._seal.close(made),
            ),
            self._clock(),
        )
        return pb.CreateKeyResponse(kid=kept.kid, public_key=kept.public_key)

    @writes(pb.SignRegistrationResponse)
    async def SignRegistration(  # noqa: N802 - the name is the protocol's
        self, request: pb.SignRegistrationRequest, transaction: Transaction
    ) -> pb.SignRegistrationResponse:
        """Sign the registration of a key kept here, with that key."""
        organisation = _whose(request.organisation)
        key = await CustodyStore(transaction).key_of(organisation)
        if key is None:
            raise _no_key(organisation)
        registration = sign_registration(
            self._seal.open(key.sealed_key, key.kid),
            self._channel,
            vouching_organisation=request.vouching_organisation,
            roles=tuple(request.roles),
            rulebook=(request.rulebook_version, request.rulebook_hash),
            evidence=(request.identity_hash, request.screening_hash),
            now=self._clock(),
            randomness=os.urandom(PARTY_BYTES),
        )
        return pb.SignRegistrationResponse(registration=registration)

    @reads
    async def GetKey(  # noqa: N802 - the name is the protocol's
        self, request: pb.GetKeyRequest, transaction: Transaction
    ) -> pb.GetKeyResponse:
        """Answer the public half of a key."""
        organisation = _whose(request.organisation)
        key = await CustodyStore(transaction).key_of(organisation)
        if key is None:
            raise _no_key(organisation)
        party = await self._directory.party_of(organisation)
        return pb.GetKeyResponse(kid=key.kid, public_key=key.public_key, party=party or "")


def _whose(asked: str) -> str:
    """Answer whose key is meant: the operator's key for the operator, one's own for others."""
    caller = current_caller()
    organisation = check_organisation(asked or OPERATOR)
    if caller.organisation != organisation:
        raise NotAllowed(
            "KEY_OF_ANOTHER",
            f"{caller.organisation} may not use the key of {organisation}.",
            organisation=organisation,
        )
    return organisation


def _no_key(organisation: str) -> NotFound:
    return NotFound(
        "KEY_NOT_IN_CUSTODY",
        f"No key of {organisation} is in custody.",
        organisation=organisation,
    )
