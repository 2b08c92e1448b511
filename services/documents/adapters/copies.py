"""The bill on paper: a copy for people, which moves nothing and says so on every page.

It shows what the transport document says and leads to the proof, by link and QR code. The whole
document, and who possesses the bill, stand in the bundle alone. Chinese is set in a font that
every reader of PDF has of its own; what that font lacks is left blank.
"""

import io
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from xml.sax.saxutils import escape

import segno
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

MARK: Final = "COPY - NOT THE BILL"
MARK_ZH: Final = "副本，非正本"

# Longer ones make a QR code too fine for a telephone.
LINK_MAX: Final = 300

_CHINESE: Final = "STSong-Light"
_LATIN: Final = "Helvetica"
_BOLD: Final = "Helvetica-Bold"
_INK: Final = colors.HexColor("#16202b")
_SOFT: Final = colors.HexColor("#55606c")
_RED: Final = colors.HexColor("#a3161b")
_RULE: Final = colors.HexColor("#9aa5b1")
_WATER: Final = colors.HexColor("#f1e3e3")
_MARGIN: Final = 15 * mm
_TOP: Final = 40 * mm
_BOTTOM: Final = 24 * mm
_QR: Final = 28 * mm
# A word longer than this is broken anywhere, or it would run over its cell.
_LONG_WORD: Final = 30

_TEXT: Final = ParagraphStyle("text", fontName=_LATIN, fontSize=8.5, leading=11, textColor=_INK)
_LABEL: Final = ParagraphStyle("label", parent=_TEXT, fontSize=6.8, leading=8.6, textColor=_SOFT)
_SMALL: Final = ParagraphStyle("small", parent=_TEXT, fontSize=7, leading=9)

_SERVICES: Final = {"SD": "door 门", "CY": "terminal 场站"}
_PAYMENT: Final = {"PRE": "prepaid 预付", "COL": "collect 到付"}
_MODES: Final = {
    "TRUCK": "road 公路",
    "RAIL": "rail 铁路",
    "VESSEL": "sea 海运",
    "BARGE": "barge 驳船",
}

Json = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What a copy is made of.

    Attributes:
        reference: the bill's.
        version: of the document.
        document_hash: 64 hexadecimal digits, as ISSUE has it.
        document: DCSA's TransportDocument, as `transport_document.py` writes it.
        proof_link: where the bundle is fetched.
        printed_at: UTC.
    """

    reference: str
    version: int
    document_hash: str
    document: Mapping[str, Json]
    proof_link: str
    printed_at: datetime


def print_copy(copied: Copied) -> bytes:
    """Print the copy as PDF; the same input gives the same bytes."""
    _learn_chinese()
    out = io.BytesIO()
    paper = BaseDocTemplate(
        out,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_TOP,
        bottomMargin=_BOTTOM,
        title=f"{MARK}: {copied.reference}",
        author="OneBill",
        subject=f"{MARK} / {MARK_ZH}",
        invariant=1,
    )
    frame = Frame(
        paper.leftMargin, paper.bottomMargin, paper.width, paper.height, 0, 0, 0, 0, id="body"
    )
    qr = _qr_code(copied.proof_link)
    paper.addPageTemplates(
        PageTemplate("page", [frame], onPage=lambda canvas, _: _mark_page(canvas, copied, qr))
    )
    paper.build(_body(copied, paper.width))
    return out.getvalue()


def _learn_chinese() -> None:
    if _CHINESE not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(_CHINESE))


def _qr_code(link: str) -> ImageReader:
    picture = io.BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="png", scale=8, border=2)
    picture.seek(0)
    return ImageReader(picture)


# --- every page ---------------------------------------------------------------------------------


def _mark_page(canvas: Canvas, copied: Copied, qr: ImageReader) -> None:
    width, height = A4
    canvas.saveState()
    canvas.translate(width / 2, height / 2)
    canvas.rotate(52)
    canvas.setFillColor(_WATER)
    canvas.setFont(_BOLD, 62)
    canvas.drawCentredString(0, 14, "COPY")
    canvas.setFont(_CHINESE, 48)
    canvas.drawCentredString(0, -44, MARK_ZH)
    canvas.restoreState()

    top = height - 12 * mm
    canvas.setFillColor(_RED)
    canvas.setFont(_BOLD, 17)
    canvas.drawString(_MARGIN, top - 14, MARK)
    canvas.setFont(_CHINESE, 15)
    canvas.drawString(_MARGIN, top - 34, MARK_ZH)
    canvas.setFillColor(_SOFT)
    _draw(canvas, _MARGIN, top - 50, "Multimodal transport document / 多式联运单证", 9)
    canvas.setFillColor(_INK)
    _draw(canvas, _MARGIN, top - 63, f"{copied.reference}, version / 版本 {copied.version}", 10)
    canvas.drawImage(qr, width - _MARGIN - _QR, height - 10 * mm - _QR, _QR, _QR)

    canvas.setStrokeColor(_RULE)
    canvas.line(_MARGIN, _BOTTOM - 3 * mm, width - _MARGIN, _BOTTOM - 3 * mm)
    canvas.setFillColor(_INK)
    _draw(canvas, _MARGIN, _BOTTOM - 7 * mm, f"Proof / 证明: {copied.proof_link}", 7.5)
    _draw(canvas, _MARGIN, _BOTTOM - 11 * mm, f"Document hash / 摘要: {copied.document_hash}", 7.5)
    canvas.setFillColor(_SOFT)
    printed = copied.printed_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    page = f"{MARK} / {MARK_ZH} · printed / 打印于 {printed} · page / 页 {canvas.getPageNumber()}"
    _draw(canvas, _MARGIN, _BOTTOM - 15 * mm, page, 7.5)


def _draw(canvas: Canvas, x: float, y: float, text: str, size: float) -> None:
    for font, run in _runs(text):
        canvas.setFont(font, size)
        canvas.drawString(x, y, run)
        x += pdfmetrics.stringWidth(run, font, size)


# --- the body -----------------------------------------------------------------------------------


def _body(copied: Copied, width: float) -> list[Flowable]:
    document = copied.document
    parties = _inside(document, "documentParties")
    places = _inside(document, "transports")
    return [
        _grid(
            width,
            [
                [
                    _cell("Shipper 托运人", _party(parties.get("shipper"))),
                    _cell("Issued by 签发人", _party(parties.get("issuingParty"))),
                ],
                [
                    _cell(*_addressee(document, parties)),
                    _cell(
                        "Delivery agent 目的地交货代理",
                        _party(parties.get("carriersAgentAtDestination")),
                    ),
                ],
                [
                    _cell(
                        "Notify 通知方",
                        [line for one in parties.get("notifyParties", []) for line in _party(one)],
                    ),
                    _cell("Terms 条件", _terms(document)),
                ],
            ],
        ),
        _grid(
            width,
            [
                [
                    _cell("Place of receipt 收货地", _place(places.get("placeOfReceipt"))),
                    _cell("Port of loading 装货港", _place(places.get("portOfLoading"))),
                    _cell("Port of discharge 卸货港", _place(places.get("portOfDischarge"))),
                    _cell("Place of delivery 交货地", _place(places.get("placeOfDelivery"))),
                ],
            ],
        ),
        _grid(width, [[_cell("Journey 全程", _journey(document))]]),
        _grid(
            width,
            [
                [
                    _cell("Containers and seals 集装箱与铅封", _containers(document)),
                    _cell(
                        "Goods, as declared by the shipper 货物（托运人申报）", _goods(document)
                    ),
                ]
            ],
            shares=(0.36, 0.64),
        ),
        _grid(
            width,
            [
                [
                    _cell(
                        "Clauses 批注", [str(one) for one in document.get("carrierClauses", [])]
                    ),
                    _cell("Insurance and attachments 保险与附件", _beside(document)),
                ]
            ],
        ),
        _grid(width, [[_cell("Conditions 条款", [str(document.get("termsAndConditions", ""))])]]),
        Spacer(1, 4 * mm),
        _paragraph(
            "This paper moves nothing and gives nobody a right to the goods. Who possesses the "
            "bill, and who holds the title, is proven only by its bundle: fetch it by the link "
            "or the QR code above and check it offline with the page onebill-verify.html or "
            "with: onebill verify BUNDLE --roots ROOTS. The document hash below must be the "
            "one in the bundle.",
            _SMALL,
        ),
        _paragraph(
            "本纸不转移任何权利，持有本纸者无权提货。提单由谁控制、权利归谁，只能由证明文件证明："
            "请按上方链接或二维码获取，用 onebill-verify.html 页面或 onebill verify 命令离线查验。"
            "下方的摘要须与证明文件中的一致。",
            _SMALL,
        ),
    ]


def _addressee(document: Mapping[str, Json], parties: Mapping[str, Json]) -> tuple[str, list[str]]:
    if not document.get("isToOrder"):
        return "Consignee 收货人", _party(parties.get("consignee"))
    endorsee = _party(parties.get("endorsee"))
    return "To the order of 凭指示", endorsee or ["bearer, endorsed in blank 空白"]


def _party(party: Json) -> list[str]:
    if not isinstance(party, Mapping):
        return []
    lines = [str(party.get("partyName", "")), *map(str, party.get("addressLines", []))]
    address = _inside(party, "address")
    named = [address.get(name) for name in ("street", "city", "countryCode")]
    lines.append(", ".join(str(one) for one in named if one))
    lines.extend(str(code.get("partyCode", "")) for code in party.get("identifyingCodes", []))
    return [line for line in lines if line]


def _place(place: Json) -> list[str]:
    if not isinstance(place, Mapping):
        return []
    named = (place.get(name) for name in ("locationName", "UNLocationCode", "facilityName"))
    return [str(one) for one in named if one]


def _terms(document: Mapping[str, Json]) -> list[str]:
    kind = {"BOL": "bill of lading 提单", "SWB": "sea waybill 海运单"}
    payment = str(document.get("freightPaymentTermCode", ""))
    both = [
        _SERVICES.get(str(document.get(name)), str(document.get(name)))
        for name in ("receiptTypeAtOrigin", "deliveryTypeAtDestination")
    ]
    return [
        kind.get(str(document.get("transportDocumentTypeCode")), ""),
        "negotiable 可转让" if document.get("isToOrder") else "not negotiable 不可转让",
        f"freight 运费: {_PAYMENT.get(payment, payment)}",
        " - ".join(both),
        str(document.get("displayedShippedOnBoardReceivedForShipment", "")),
    ]


def _journey(document: Mapping[str, Json]) -> list[str]:
    legs = _inside(document, "multimodalTransport").get("legs", [])
    return [
        f"{leg.get('legSequence')}. {_MODES.get(str(leg.get('modeOfTransport')), '')}: "
        f"{' '.join(_place(leg.get('departureLocation')))} - "
        f"{' '.join(_place(leg.get('arrivalLocation')))}"
        for leg in legs
    ]


def _containers(document: Mapping[str, Json]) -> list[str]:
    lines = []
    for used in document.get("utilizedTransportEquipments", []):
        equipment = _inside(used, "equipment")
        seals = ", ".join(str(seal.get("number", "")) for seal in used.get("seals", []))
        kind = equipment.get("ISOEquipmentCode", "")
        lines.append(f"{equipment.get('equipmentReference', '')} {kind} · {seals}")
    return lines


def _goods(document: Mapping[str, Json]) -> list[str]:
    lines = []
    for item in document.get("consignmentItems", []):
        lines.append(" ".join(map(str, item.get("descriptionOfGoods", []))))
        lines.append("HS " + ", ".join(map(str, item.get("HSCodes", []))))
        for cargo in item.get("cargoItems", []):
            packaging = _inside(cargo, "outerPackaging")
            weight = _inside(cargo, "cargoGrossWeight")
            lines.append(
                f"{packaging.get('numberOfPackages', '')} {packaging.get('description', '')}, "
                f"{weight.get('value', '')} {weight.get('unit', '')} "
                f"({cargo.get('equipmentReference', '')})"
            )
    return lines


def _beside(document: Mapping[str, Json]) -> list[str]:
    certificate = _inside(_inside(document, "multimodalTransport"), "certificateOfInsurance")
    lines = [str(certificate.get("certificateNumber", ""))]
    lines.extend(
        f"{one.get('name')} SHA-256 {one.get('documentChecksum')}"
        for one in document.get("attachments", [])
    )
    return lines


def _inside(value: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    inner = value.get(name)
    return inner if isinstance(inner, Mapping) else {}


# --- setting ------------------------------------------------------------------------------------


def _grid(
    width: float, rows: Sequence[Sequence[list[Flowable]]], *, shares: Sequence[float] = ()
) -> Table:
    columns = len(rows[0])
    widths = [share * width for share in shares] or [width / columns] * columns
    # A cell may be longer than a page: any number of clauses is printed.
    table = Table([list(row) for row in rows], colWidths=widths, splitInRow=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, _RULE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


def _cell(label: str, lines: Sequence[str]) -> list[Flowable]:
    return [
        _paragraph(label, _LABEL),
        *(_paragraph(line, _TEXT) for line in lines if line.strip()),
    ]


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    long = max(map(len, text.split()), default=0) > _LONG_WORD
    chinese = any(font == _CHINESE for font, _ in _runs(text))
    marked = "".join(f'<font name="{font}">{escape(run)}</font>' for font, run in _runs(text))
    if long or (chinese and style is _SMALL):
        style = ParagraphStyle(f"{style.name} broken anywhere", parent=style, wordWrap="CJK")
    return Paragraph(marked, style)


def _runs(text: str) -> list[tuple[str, str]]:
    """Split a text by the font that has its characters."""
    printable = (character if character.isprintable() else " " for character in text)
    return [(font, "".join(run)) for font, run in itertools.groupby(printable, key=_font_of)]


def _font_of(character: str) -> str:
    return _LATIN if ord(character) < 0x100 else _CHINESE  # noqa: PLR2004 - the end of Latin-1
