"""What one part states is believed of that part alone, and only as it was stated."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from foundation.kernel.errors import NotAllowed
from foundation.runtime.statements import Hearer, Stater
from tests.support.pki import Pki

STATEMENT = {"actionCode": "ISSUE", "recipient": "P"}


def now() -> datetime:
    return datetime.now(UTC)


def hearer(pki: Pki, part: str = "documents") -> Hearer:
    return Hearer.of(part, pki.tls("operator", "custody"))


def test_a_statement_is_heard_as_it_was_made(pki: Pki) -> None:
    said = Stater.of(pki.tls("operator", "documents")).state(STATEMENT)

    assert hearer(pki).hear(said, now()) == STATEMENT


def test_another_part_is_not_heard(pki: Pki) -> None:
    said = Stater.of(pki.tls("operator", "worker")).state(STATEMENT)

    with pytest.raises(NotAllowed) as refused:
        hearer(pki).hear(said, now())

    assert refused.value.reason == "STATEMENT_NOT_BELIEVED"


def test_a_part_of_another_authority_is_not_heard(pki: Pki, tmp_path) -> None:
    said = Stater.of(Pki(tmp_path).tls("operator", "documents")).state(STATEMENT)

    with pytest.raises(NotAllowed):
        hearer(pki).hear(said, now())


def test_an_expired_certificate_is_not_heard(pki: Pki) -> None:
    said = Stater.of(pki.tls("operator", "documents")).state(STATEMENT)

    with pytest.raises(NotAllowed):
        hearer(pki).hear(said, now() + timedelta(days=400))


def test_a_key_beside_its_owners_certificate_is_not_enough(pki: Pki) -> None:
    """The worker signs, and shows the certificate of documents."""
    of_documents = Stater.of(pki.tls("operator", "documents")).state(STATEMENT)
    of_worker = Stater.of(pki.tls("operator", "worker")).state(STATEMENT)
    forged = ".".join([of_documents.split(".")[0], *of_worker.split(".")[1:]])

    with pytest.raises(NotAllowed):
        hearer(pki).hear(forged, now())


def test_a_changed_statement_is_not_heard(pki: Pki) -> None:
    header, _, signature = Stater.of(pki.tls("operator", "documents")).state(STATEMENT).split(".")
    payload = base64.urlsafe_b64encode(json.dumps({**STATEMENT, "recipient": "Q"}).encode())
    changed = f"{header}.{payload.decode().rstrip('=')}.{signature}"

    for said in (changed, "", "a.b.c", "....", header, "x" * 70_000):
        with pytest.raises(NotAllowed):
            hearer(pki).hear(said, now())
