"""A bill's record as the contract writes it, for tests that need no ledger."""

from onebill_verify.canonical import encode, parse

from ledger.service.records import BillRecord


def party(letter):
    """A well-formed party id."""
    return "P" + letter * 26


SHIPPER, BANK, BUYER, AGENT = map(party, "SBYD")
CARRIERS_AGENT, TERMINAL, CUSTOMS, HAULIER, OPERATOR = map(party, "LTCHO")

RECORD = {
    "carriersAgent": CARRIERS_AGENT,
    "certificateHash": "c" * 64,
    "conditions": {
        "customs": True,
        "gateOne": "SURRENDER_ACCEPTED",
        "generalAverage": False,
        "masterDocuments": True,
        "receiverCharges": False,
        "terminalCharges": True,
    },
    "confirmedPayments": None,
    "containerKeys": ["a" * 64],
    "customs": [CUSTOMS],
    "customsReleasedBy": [],
    "deliveryAgent": AGENT,
    "documentHash": "d" * 64,
    "eventDateTime": "2026-11-23T12:00:00Z",
    "eventNanoseconds": 0,
    "firstCarrier": HAULIER,
    "headActHash": "0" * 64,
    "holds": [],
    "isClean": True,
    "isToOrder": True,
    "issuedDateTime": "2026-11-23T12:00:00Z",
    "issuer": OPERATOR,
    "issuerVouchedBy": "OperatorMSP",
    "masterReleased": False,
    "notedLegs": [],
    "possessor": SHIPPER,
    "possessorVouchedBy": "OperatorMSP",
    "sequence": 1,
    "shipper": SHIPPER,
    "state": "ISSUED",
    "takenInChargeDateTime": "2026-11-23T11:00:00Z",
    "takingInChargeDate": "2026-11-23",
    "terminal": TERMINAL,
    "titleHolder": BANK,
    "titleOnReceipt": BANK,
    "transportDocumentReference": "OBAAAAAAAAAAAAAAAA",
    "transportDocumentTypeCode": "BOL",
}


def record(**changed):
    """Read the record with some members changed."""
    return BillRecord.read(parse(encode({**RECORD, **changed})))
