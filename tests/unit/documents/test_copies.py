"""The bill on paper: marked on every page, with the way to the proof, whatever is printed."""

import base64
import json
import re
import zlib
from datetime import UTC, datetime

import pytest
from reportlab.pdfbase import pdfmetrics

from services.documents.adapters.copies import MARK, MARK_ZH, Copied, print_copy

LINK = "https://bills.example/v1/bills/OBO3YLRLRUXPQ2CGFT/bundle"
DOCUMENT = {
    "transportDocumentReference": "OBO3YLRLRUXPQ2CGFT",
    "transportDocumentTypeCode": "BOL",
    "isToOrder": True,
    "freightPaymentTermCode": "PRE",
    "carrierClauses": ["SHIPPER'S LOAD, STOW, COUNT AND SEAL"],
    "documentParties": {
        "shipper": {"partyName": "重庆云顶机械有限公司", "addressLines": ["18 Tongxing Road"]},
        "endorsee": {"partyName": "Straits Merchant Bank Ltd."},
    },
    "consignmentItems": [
        {
            "descriptionOfGoods": ["Hydraulic pumps <b>& parts</b>"],
            "HSCodes": ["841350"],
            "cargoItems": [{"cargoGrossWeight": {"value": 18400, "unit": "KGM"}}],
        }
    ],
}


def copied(document=DOCUMENT, **changes) -> bytes:
    facts = {
        "reference": "OBO3YLRLRUXPQ2CGFT",
        "version": 2,
        "document_hash": "ab" * 32,
        "document": document,
        "proof_link": LINK,
        "printed_at": datetime(2026, 5, 4, 10, 0, tzinfo=UTC),
    }
    return print_copy(Copied(**{**facts, **changes}))


def pages_of(pdf: bytes) -> list[bytes]:
    """What each page draws."""
    drawn = []
    for found in re.finditer(rb"\d+ 0 obj\s(.*?)endobj", pdf, re.DOTALL):
        head, _, rest = found[1].partition(b"stream")
        if not rest or b"/Image" in head:
            continue
        data = rest.partition(b"endstream")[0].strip()
        if b"ASCII85Decode" in head:
            data = base64.a85decode(data.removesuffix(b"~>"))
        drawn.append(zlib.decompress(data) if b"FlateDecode" in head else data)
    return [page for page in drawn if b" Tj" in page]


def chinese(text: str) -> bytes:
    return pdfmetrics.getFont("STSong-Light").formatForPdf(text).encode("latin-1")


@pytest.mark.parametrize("clauses", [1, 400])
def test_every_page_is_marked_as_a_copy_in_both_languages_with_the_link(clauses) -> None:
    pdf = copied({**DOCUMENT, "carrierClauses": ["Two cartons of the lower tier wet."] * clauses})
    pages = pages_of(pdf)

    assert len(pages) == len(re.findall(rb"/Type /Page\b", pdf))
    assert (len(pages) > 1) == (clauses > 1)
    for page in pages:
        assert f"({MARK}) Tj".encode() in page
        assert chinese(MARK_ZH) in page
        assert LINK.encode() in page
        assert b"ab" * 32 in page
        # The QR code.
        assert b" Do" in page


def test_the_same_document_prints_the_same_bytes() -> None:
    assert copied() == copied()


def test_text_of_a_document_is_never_markup() -> None:
    (page,) = pages_of(copied())

    assert b"<b>& parts</b>" in page.replace(b") Tj (", b"")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"documentParties": None, "transports": "?", "isToOrder": False},
        {**DOCUMENT, "carrierClauses": ["x" * 5000, "\x00\x1b\u202e提单\ud83d\udea2"]},
    ],
)
def test_whatever_a_document_lacks_or_holds_it_is_printed(document) -> None:
    json.dumps(document)
    assert pages_of(copied(document))
