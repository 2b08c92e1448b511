"""Keys, signatures and the envelope of everything signed."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from onebill_verify import NotProven, PrivateKey, PublicKey, b64u, new_salt, salted_hash, unb64u
from onebill_verify.jws import Jws, JwsType
from onebill_verify.keys import ORDER

KEY = PrivateKey.from_secret(1_234_567)


def test_every_vector_of_jws_is_judged_as_written(vectors) -> None:
    for case in vectors("jws.json")["cases"]:
        key = PublicKey.from_jwk(case["key"])
        if "reason" not in case:
            jws = Jws.parse(case["token"], JwsType(case["typ"]))
            jws.verify(key)
            assert (jws.payload, jws.hash) == (case["payload"], case["hash"])
            continue
        with pytest.raises(NotProven) as refused:
            Jws.parse(case["token"], JwsType(case["typ"])).verify(key)
        assert refused.value.reason == case["reason"], case["name"]


def test_every_vector_of_public_keys_is_judged_as_written(vectors) -> None:
    for case in vectors("jws.json")["publicKeys"]:
        if "reason" not in case:
            assert PublicKey.from_jwk(case["key"]).kid == case["kid"]
            continue
        with pytest.raises(NotProven) as refused:
            PublicKey.from_jwk(case["key"])
        assert refused.value.reason == case["reason"], case["name"]


@given(st.binary(max_size=200))
def test_a_signature_has_low_s_and_verifies(data) -> None:
    signature = KEY.sign(data)

    assert int.from_bytes(signature[32:]) <= ORDER // 2
    assert KEY.public.verifies(signature, data)
    assert not KEY.public.verifies(signature, data + b"x")


def test_the_high_s_twin_of_a_signature_is_refused() -> None:
    signature = KEY.sign(b"act")
    twin = signature[:32] + (ORDER - int.from_bytes(signature[32:])).to_bytes(32)

    assert not KEY.public.verifies(twin, b"act")


@given(st.binary(max_size=70))
def test_no_bytes_that_are_not_a_signature_raise(noise) -> None:
    assert not KEY.public.verifies(noise, b"act")
    assert not KEY.public.verifies_der(noise, b"act")


def test_a_key_survives_its_pem() -> None:
    again = PrivateKey.from_pem(KEY.pem(b"secret"), b"secret")

    assert again.kid == KEY.kid
    assert PublicKey.from_jwk(KEY.public.jwk()) == KEY.public


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----"])
def test_what_is_no_key_is_refused(pem) -> None:
    for read in (PrivateKey.from_pem, PublicKey.from_pem):
        with pytest.raises(NotProven) as refused:
            read(pem)
        assert refused.value.reason == "KEY_MALFORMED"


def test_a_key_does_not_show_itself() -> None:
    assert "1234567" not in repr(KEY)
    assert "12d687" not in repr(KEY)


@given(st.binary(max_size=100))
def test_base64url_has_one_spelling(data) -> None:
    assert unb64u(b64u(data)) == data
    for spelling in (b64u(data) + "=", b64u(data) + "\n", " " + b64u(data)):
        with pytest.raises(NotProven):
            unb64u(spelling)


def test_invariant_60_a_hash_tells_nothing_to_who_guesses_the_document_but_not_the_salt() -> None:
    document = {"equipmentReference": "NARU3472484"}
    one, two = new_salt(bytes(32)), new_salt(bytes(31) + b"\x01")

    assert salted_hash(one, document) != salted_hash(two, document)
    assert salted_hash(one, document) == salted_hash(one, dict(document))
    for short in ("", "AAAA", new_salt(bytes(32))[:-1], new_salt(bytes(32)) + "A"):
        with pytest.raises(NotProven) as refused:
            salted_hash(short, document)
        assert refused.value.reason == "SALT_MALFORMED"


def test_a_salted_hash_is_that_of_salt_and_canonical_bytes() -> None:
    salt = bytes(range(32))

    expected = hashlib.sha256(salt + b'{"a":1,"b":2}').hexdigest()

    assert salted_hash(new_salt(salt), {"b": 2, "a": 1}) == expected


@pytest.mark.parametrize("salt", ["", "AAAA", b64u(bytes(31)), b64u(bytes(33)), "ä"])
def test_a_salt_of_another_size_is_refused(salt) -> None:
    with pytest.raises(NotProven) as refused:
        salted_hash(salt, {})
    assert refused.value.reason == "SALT_MALFORMED"
