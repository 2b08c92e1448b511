"""Writes every vector file; with --check, says whether the committed ones are the same.

Run as `python proof/vectors/make.py`. Nothing is random: the same bytes come out every time.
"""

import json
import sys
from pathlib import Path

from making import (
    act_cases,
    bundle_cases,
    bundles,
    four_eyes,
    json_cases,
    jws_cases,
    law_cases,
    law_chains,
    made,
    reasons,
)
from making.cast import CAST, CHANNEL, Member
from making.chain import REFERENCE
from onebill_verify import JsonValue

HERE = Path(__file__).parent
ERRORS = HERE.parent.parent / "docs" / "errors.d" / "proof.md"
FULL = ("the sample", "the shortest story", "keys rotated twice", "a bill accomplished")
TEST_KEYS = "TEST keys, made from their names: whoever reads this can sign with them."


def main() -> int:
    """Write or check; return the exit code."""
    files = make()
    if "--check" not in sys.argv[1:]:
        for path, data in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return 0
    stale = [path for path, data in files.items() if not _is(path, data)]
    for path in stale:
        sys.stderr.write(f"{path.name} is not what make.py makes\n")
    return 1 if stale else 0


def make() -> dict[Path, bytes]:
    """Return every vector file's bytes."""
    sample = bundles.sample().bundle().encode()
    cases = bundle_cases.cases()
    trust = made.trust_files()
    return {
        HERE / "keys.json": _pretty({"warning": TEST_KEYS, "cast": [m.payload() for m in CAST]}),
        HERE / "canonical.json": _pretty({"cases": json_cases.cases()}),
        HERE / "jws.json": _pretty(
            {"cases": jws_cases.cases(), "publicKeys": jws_cases.key_cases()}
        ),
        HERE / "acts.json": _pretty(
            {"acts": act_cases.act_cases(), "statements": act_cases.statement_cases()}
        ),
        HERE / "law.json": _pretty(_law()),
        HERE / "bundles.json": _pretty(
            {
                "warning": "SYNTHETIC: endorsed by a TEST authority, never by a running ledger.",
                "roots": trust,
                "bases": {name: data.decode() for name, data in _bases(cases).items()},
                "cases": [_case(case, _bases(cases)) for case in cases],
            }
        ),
        HERE / "reasons.json": _pretty(_reasons()),
        HERE / "sample" / "bundle.json": sample,
        ERRORS: _errors(),
        HERE / "sample" / "roots.json": _pretty(trust["roots"]),
    }


def shortest(data: bytes, bases: dict[str, bytes]) -> dict[str, JsonValue]:
    """Return the change of a base that makes these bytes: of all bases the shortest."""
    changes = [
        {
            "base": name,
            "at": at,
            "remove": len(base) - at - after,
            "insert": data[at : len(data) - after].decode(),
        }
        for name, base in bases.items()
        for at, after in [_alike(base, data)]
    ]
    return dict(min(changes, key=lambda change: len(str(change["insert"]))))


def _alike(one: bytes, other: bytes) -> tuple[int, int]:
    """Return how many bytes are the same at the beginning, and how many at the end."""
    most = min(len(one), len(other))
    at = next((i for i in range(most) if one[i] != other[i]), most)
    most -= at
    after = next((i for i in range(most) if one[-1 - i] != other[-1 - i]), most)
    # Cut between characters, so that both sides stay text.
    while at and other[at : at + 1] and other[at] & 0xC0 == 0x80:
        at -= 1
    while after and other[len(other) - after] & 0xC0 == 0x80:
        after -= 1
    return at, after


def _law() -> JsonValue:
    return {
        "channel": CHANNEL,
        "transportDocumentReference": REFERENCE,
        "parties": {
            member.party: {
                "name": member.name,
                "roles": list(member.roles),
                "vouchingOrganisation": member.vouching_organisation,
                "kid": member.key.kid,
                "publicKey": member.key.public.jwk(),
                **_approver(member),
            }
            for member in CAST
        },
        "chains": {
            name: [recorded.payload() for recorded in chain.acts]
            for name, chain in {
                "nothing": law_chains.Chain(),
                **law_chains.chains(),
                **four_eyes.chains(),
            }.items()
        },
        "cases": law_cases.cases(),
    }


def _approver(member: Member) -> dict[str, JsonValue]:
    if member.approver is None:
        return {}
    return {
        "approverKey": {
            "kid": member.approver.kid,
            "publicKey": member.approver.public.jwk(),
        }
    }


def _bases(cases: list[made.Made]) -> dict[str, bytes]:
    """Return the bundles that are told in full; all others are told as changes of these."""
    return {case.name: case.data for case in cases if case.name in FULL}


def _case(case: made.Made, bases: dict[str, bytes]) -> JsonValue:
    """Return a case: how it is asked, and the shortest way to its bytes."""
    told: dict[str, JsonValue] = {
        "name": case.name,
        "roots": case.roots,
        "now": f"{case.now:%Y-%m-%dT%H:%M:%SZ}",
        "organisations": case.organisations,
        "proven": not case.reason,
        "reason": case.reason,
    }
    if case.nonce is not None:
        told["nonce"] = case.nonce
    return {**told, **shortest(case.data, bases)}


def _reasons() -> JsonValue:
    bundles_ = {reason: means for reason, (means, _) in reasons.OF_BUNDLES.items()}
    return {**reasons.OF_FORMS, **reasons.OF_ACTS, **bundles_}


def _errors() -> bytes:
    """Return the rows of docs/errors.md that are the verifier's own."""
    rows = [
        f"| {reason} | {means} | {now} |" for reason, (means, now) in reasons.OF_BUNDLES.items()
    ]
    rows += [
        f"| {reason} | {means} | Write it as `proof/spec/act.md` section 1 or 2 demands. |"
        for reason, means in reasons.OF_FORMS.items()
    ]
    return ("\n".join(sorted(rows)) + "\n").encode()


def _pretty(value: JsonValue) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=True) + "\n").encode()


def _is(path: Path, data: bytes) -> bool:
    return path.exists() and path.read_bytes() == data


if __name__ == "__main__":
    sys.exit(main())
