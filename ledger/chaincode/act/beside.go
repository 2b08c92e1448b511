package act

import (
	"onebill/ledger/chaincode/bill"
)

// ReadReceipt reads a carrier's receipt. One that is not well formed comes
// back with its defect, so that the law can refuse it in its turn.
func ReadReceipt(text string) bill.Receipt {
	statement, err := ParseStatement(text, TypeReceipt)
	if err != nil {
		return bill.Receipt{Defect: err.Error()}
	}
	m := membersOf(statement.payload)
	receipt := bill.Receipt{
		Channel:       m.text("channel", channelForm),
		Reference:     m.text("transportDocumentReference", billForm),
		ReceiptType:   bill.ReceiptType(m.oneOf("receiptType", string(bill.TakenInCharge), string(bill.LoadedOnBoard))),
		Carrier:       m.party("carrier"),
		LegSequence:   m.positive("legSequence"),
		ContainerKey:  m.text("containerKey", hexForm),
		EventDateTime: m.time("eventDateTime"),
		SignedBy:      statement.SignedBy,
	}
	m.text("equipmentHash", hexForm)
	m.text("sealHash", hexForm)
	m.text("placeHash", hexForm)
	if err := m.done(); err != nil {
		return bill.Receipt{Defect: err.Error()}
	}
	return receipt
}

// ReadApproval reads the shipper's approval of the document, or its defect.
func ReadApproval(text string) bill.Approval {
	statement, err := ParseStatement(text, TypeApproval)
	if err != nil {
		return bill.Approval{Defect: err.Error()}
	}
	m := membersOf(statement.payload)
	approval := bill.Approval{
		Channel:          m.text("channel", channelForm),
		Reference:        m.text("transportDocumentReference", billForm),
		Shipper:          m.party("shipper"),
		IssueTo:          m.party("issueTo"),
		Endorsee:         m.optionalParty("endorsee"),
		Consignee:        m.optionalParty("consignee"),
		DocumentHash:     m.text("documentHash", hexForm),
		ApprovedDateTime: m.time("approvedDateTime"),
		SignedBy:         statement.SignedBy,
	}
	if err := m.done(); err != nil {
		return bill.Approval{Defect: err.Error()}
	}
	return approval
}
