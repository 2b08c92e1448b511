"""The courier's signature: one spelling, which is the only one that Fabric takes."""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from onebill_verify.keys import HALF_ORDER

from tests.support.fake_gateway import identity


def test_a_courier_signs_in_the_one_spelling_that_fabric_takes():
    courier = identity()
    # Of any thirty signatures a library makes, half have a high S.
    for number in range(30):
        message = hashlib.sha256(bytes([number])).digest()
        signature = courier.sign(message)

        _, s = decode_dss_signature(signature)
        assert s <= HALF_ORDER
        courier._key.public_key().verify(signature, message, ec.ECDSA(hashes.SHA256()))
