"""Files that look like bundles to somebody: roots of their own, two meanings, no end."""

import json

import pytest
from making import fabric
from making.bundles import sample
from making.made import NOW, trust_files
from onebill_verify import Trust, encode, verify

pytestmark = pytest.mark.attack

GOOD = sample().bundle().encode()
FOREIGN = fabric.root("PortMSP", "another").certificate.decode()


def ask(data):
    answer = verify(data, Trust.parse(encode(trust_files()["roots"])), NOW)
    assert answer.proven == (answer.reason == "")
    return answer.reason


def with_member(name, value):
    return encode({**json.loads(GOOD), name: value})


def swapped(old, new):
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


@pytest.mark.parametrize("name", ["roots", "organisations", "rootCertificates", "trust"])
def test_a_bundle_that_brings_roots_of_its_own_is_none(name):
    brought = [{"kind": "PORT", "mspId": "PortMSP", "rootCertificates": [FOREIGN]}]

    assert ask(GOOD) == ""
    assert ask(with_member(name, brought)) == "BUNDLE_MALFORMED"


def test_a_bundle_endorsed_under_roots_of_its_own_proves_nothing():
    """A whole network of somebody's own, under the true names."""
    foreign = Trust.parse(encode(trust_files()["other authorities of the same names"]))

    assert verify(GOOD, foreign, NOW).reason == "ENDORSER_UNKNOWN"


SPELLINGS = {
    "a member twice": swapped(b'"bundleVersion":1', b'"bundleVersion":1,"bundleVersion":1'),
    "a member twice, the second another": swapped(
        b'"channel":"onebill"', b'"channel":"onebill","channel":"elsewhere"'
    ),
    "a name in another case": swapped(b'"bundleVersion":1', b'"BundleVersion":1'),
    "a name in both cases": swapped(b'"bundleVersion":1', b'"BundleVersion":1,"bundleVersion":1'),
    "an escaped name": swapped(b'"bundleVersion"', b'"\\u0062undleVersion"'),
    "a byte order mark": b"\xef\xbb\xbf" + GOOD,
    "UTF-16": GOOD.decode().encode("utf-16"),
    "a space": swapped(b'"bundleVersion":1', b'"bundleVersion": 1'),
    "a line feed at the end": GOOD + b"\n",
    "two bundles": GOOD + GOOD,
    "a fraction": swapped(b'"bundleVersion":1', b'"bundleVersion":1.0'),
    "an exponent": swapped(b'"bundleVersion":1', b'"bundleVersion":1e0'),
    "not a number": swapped(b'"bundleVersion":1', b'"bundleVersion":NaN'),
    "a number without end": swapped(b'"bundleVersion":1', b'"bundleVersion":' + b"1" * 5000),
    "a comment": swapped(b'{"acts"', b'/**/{"acts"'),
    "nesting without end": b"[" * 100_000,
    "nesting in a detail": swapped(
        b'"bundleVersion":1', b'"bundleVersion":' + b"[" * 500 + b"]" * 500
    ),
    "a lone surrogate": swapped(b'"channel":"onebill"', b'"channel":"\\ud800"'),
    "bytes that are not UTF-8": swapped(b'"channel":"onebill"', b'"channel":"\xff"'),
    "nothing": b"",
    "null": b"null",
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_bundle_in_another_spelling_is_none(name):
    assert ask(SPELLINGS[name]) == "BUNDLE_MALFORMED"


def test_a_bundle_without_end_is_not_read():
    assert ask(b'{"acts":["' + b"x" * (16 * 1024 * 1024)) == "BUNDLE_TOO_LARGE"
