package act

import (
	"time"

	"onebill/ledger/chaincode/bill"
)

const (
	longestLife   = 30 * 24 * time.Hour
	maxContainers = 100
	maxCustoms    = 4
	maxDocuments  = 100
	maxReplaced   = 100
)

// Signed is an act with the signature that it came with.
type Signed struct {
	bill.Act
	Statement *Statement
}

// Parse reads an act's JWS. It checks form alone: not who signed it, nor
// whether the law allows it.
func Parse(text string) (*Signed, error) {
	statement, err := ParseStatement(text, TypeAct)
	if err != nil {
		return nil, bill.Refuse(bill.ActMalformed, "this is not a signed act: %v", err)
	}
	signed := &Signed{Statement: statement}
	if signed.Act, err = readAct(membersOf(statement.payload)); err != nil {
		return nil, bill.Refuse(bill.ActMalformed, "the act is not well formed: %v", err)
	}
	signed.Hash = statement.Hash()
	return signed, nil
}

func readAct(m *members) (bill.Act, error) {
	a := bill.Act{
		Channel:        m.text("channel", channelForm),
		Reference:      m.text("transportDocumentReference", billForm),
		Sequence:       m.positive("sequence"),
		ActionCode:     bill.ActionCode(m.text("actionCode", anyText)),
		Actor:          m.party("actor"),
		ActionDateTime: m.time("actionDateTime"),
		ExpiryDateTime: m.time("expiryDateTime"),
		DetailsHash:    m.text("detailsHash", hexForm),
	}
	if (a.Sequence == 1) != (a.ActionCode == bill.Issue) {
		m.fail("ISSUE, and ISSUE alone, is act 1 of a bill")
	}
	if a.Sequence > 1 {
		a.PreviousActHash = m.text("previousActHash", hexForm)
	}
	if a.ActionCode.NamesRecipient() {
		a.Recipient = m.party("recipient")
	}
	read, known := termsReaders[a.ActionCode]
	if !known {
		m.fail("%q is not an action code", a.ActionCode)
		return a, m.err
	}
	terms := m.object("terms")
	a.Terms = read(terms)
	if err := m.done(); err != nil {
		return a, err
	}
	if err := terms.done(); err != nil {
		return a, err
	}
	if life := a.ExpiryDateTime.Sub(a.ActionDateTime); life <= 0 || life > longestLife {
		m.fail("expiryDateTime is not within 30 days after actionDateTime")
	}
	return a, m.err
}

var termsReaders = map[bill.ActionCode]func(m *members) bill.Terms{
	bill.Issue:              readIssueTerms,
	bill.NoteOnBoard:        readNoteOnBoardTerms,
	bill.Transfer:           readNoTerms,
	bill.Endorse:            readNoTerms,
	bill.EndorseToOrder:     readNoTerms,
	bill.BlankEndorse:       readNoTerms,
	bill.Sign:               readNoTerms,
	bill.TakeUp:             readNoTerms,
	bill.MakePledge:         readNoTerms,
	bill.ReleasePledge:      readNoTerms,
	bill.Void:               readNoTerms,
	bill.ReleaseMaster:      readNoTerms,
	bill.ReleaseCustoms:     readNoTerms,
	bill.RejectTransfer:     readRejectTerms,
	bill.RefusePresentation: readRejectTerms,
	bill.Present: func(m *members) bill.Terms {
		return bill.PresentTerms{
			CreditReferenceHash: m.text("creditReferenceHash", hexForm),
			DocumentHashes:      m.texts("documentHashes", 1, maxDocuments, hexForm),
		}
	},
	bill.ReleaseOnTrust: func(m *members) bill.Terms {
		return bill.TrustTerms{Until: m.time("until")}
	},
	bill.Enforce: func(m *members) bill.Terms {
		return bill.EnforceTerms{
			DefaultRecordHash: m.text("defaultRecordHash", hexForm),
			DefaultDateTime:   m.time("defaultDateTime"),
		}
	},
	bill.SurrenderForAmendment: func(m *members) bill.Terms {
		return bill.AmendmentTerms{
			SurrenderRequestReference: m.text("surrenderRequestReference", referenceForm),
			ReasonCode: m.oneOf("reasonCode",
				bill.AmendToPaper, bill.AmendDestination, bill.AmendParties, bill.AmendSomethingElse),
		}
	},
	bill.SwitchToPaper: func(m *members) bill.Terms {
		return bill.PaperTerms{PrintCertificateHash: m.text("printCertificateHash", hexForm)}
	},
	bill.DeliverAgainstIndemnity: func(m *members) bill.Terms {
		return bill.IndemnityTerms{IndemnityHash: m.text("indemnityHash", hexForm)}
	},
	bill.MakeOrder: readOrderTerms,
	bill.SurrenderForDelivery: func(m *members) bill.Terms {
		return bill.SurrenderTerms{
			SurrenderRequestReference: m.text("surrenderRequestReference", referenceForm),
			DeliverTo:                 m.party("deliverTo"),
			PickUpParty:               m.optionalParty("pickUpParty"),
		}
	},
	bill.AcceptSurrender:   readAnswerTerms,
	bill.WithdrawSurrender: readAnswerTerms,
	bill.RejectSurrender:   readAnswerTerms,
	bill.ConfirmPayment: func(m *members) bill.Terms {
		return bill.PaymentTerms{Of: bill.PaymentOf(m.oneOf("of",
			string(bill.ReceiverCharges), string(bill.GeneralAverage), string(bill.TerminalCharges)))}
	},
	bill.PlaceHold: readHoldTerms,
	bill.LiftHold:  readHoldTerms,
	bill.ReleaseTerminal: func(m *members) bill.Terms {
		return bill.ReleaseTerms{
			PassHash:      m.text("passHash", hexForm),
			ContainerKeys: m.texts("containerKeys", 1, maxContainers, hexForm),
			ValidUntil:    m.time("validUntil"),
		}
	},
	bill.Accomplish: func(m *members) bill.Terms {
		return bill.AccomplishTerms{
			ProofOfDeliveryHash: m.text("proofOfDeliveryHash", hexForm),
			PassHash:            m.text("passHash", hexForm),
		}
	},
}

func readNoTerms(*members) bill.Terms { return bill.NoTerms{} }

func readRejectTerms(m *members) bill.Terms {
	return bill.RejectTransferTerms{EndorseTo: m.optionalParty("endorseTo")}
}

func readOrderTerms(m *members) bill.Terms {
	terms := bill.OrderTerms{
		OrderReference: m.text("orderReference", referenceForm),
		Order:          m.oneOf("order", bill.OrderHoldAll, bill.OrderTransferPossession, bill.OrderLift),
		OrderHash:      m.text("orderHash", hexForm),
	}
	if terms.Order == bill.OrderTransferPossession {
		terms.To = m.party("to")
	}
	return terms
}

func readAnswerTerms(m *members) bill.Terms {
	return bill.AnswerTerms{SurrenderRequestReference: m.text("surrenderRequestReference", referenceForm)}
}

func readHoldTerms(m *members) bill.Terms {
	return bill.HoldTerms{HoldReference: m.text("holdReference", referenceForm)}
}

func readNoteOnBoardTerms(m *members) bill.Terms {
	terms := bill.NoteOnBoardTerms{LegSequence: m.positive("legSequence")}
	for _, receipt := range m.texts("receipts", 1, maxContainers, someText) {
		terms.Receipts = append(terms.Receipts, ReadReceipt(receipt))
	}
	return terms
}

func readIssueTerms(m *members) bill.Terms {
	terms := bill.IssueTerms{
		TransportDocumentTypeCode: m.oneOf("transportDocumentTypeCode", bill.BillOfLading, bill.SeaWaybill),
		IsToOrder:                 m.boolean("isToOrder"),
		Shipper:                   m.party("shipper"),
		DeliveryAgent:             m.party("deliveryAgent"),
		CarriersAgent:             m.party("carriersAgent"),
		Terminal:                  m.party("terminal"),
		FirstCarrier:              m.party("firstCarrier"),
		DocumentHash:              m.text("documentHash", hexForm),
		CertificateHash:           m.text("certificateHash", hexForm),
		TakingInChargeDate:        m.date("takingInChargeDate"),
		IsClean:                   m.boolean("isClean"),
		Approval:                  ReadApproval(m.text("approval", someText)),
		Conditions:                readConditions(m),
	}
	if terms.IsToOrder {
		terms.Endorsee = m.optionalParty("endorsee")
	} else {
		terms.Consignee = m.party("consignee")
	}
	if terms.IsToOrder && terms.TransportDocumentTypeCode == bill.SeaWaybill {
		m.fail("a sea waybill is never to order")
	}
	for _, customs := range m.texts("customs", 1, maxCustoms, partyForm) {
		terms.Customs = append(terms.Customs, bill.PartyID(customs))
	}
	terms.Containers = readContainers(m)
	if m.has("replaces") {
		terms.Replaces = readReplaced(m)
	}
	return terms
}

func readReplaced(m *members) []bill.Replaced {
	var bills []bill.Replaced
	seen := map[string]bool{}
	for _, item := range m.list("replaces", 1, maxReplaced) {
		object, ok := item.(map[string]any)
		if !ok {
			m.fail("replaces has an item that is not an object")
			return nil
		}
		inner := membersOf(object)
		replaced := bill.Replaced{
			TransportDocumentReference: inner.text("transportDocumentReference", billForm),
			VoidActHash:                inner.text("voidActHash", hexForm),
		}
		if err := inner.done(); err != nil {
			m.fail("replaces: %v", err)
			return nil
		}
		if seen[replaced.TransportDocumentReference] {
			m.fail("replaces names one bill twice")
		}
		seen[replaced.TransportDocumentReference] = true
		bills = append(bills, replaced)
	}
	return bills
}

func readContainers(m *members) []bill.ContainerReceipt {
	var containers []bill.ContainerReceipt
	seen := map[string]bool{}
	for _, item := range m.list("containers", 1, maxContainers) {
		object, ok := item.(map[string]any)
		if !ok {
			m.fail("containers has an item that is not an object")
			return nil
		}
		inner := membersOf(object)
		container := bill.ContainerReceipt{
			ContainerKey: inner.text("containerKey", hexForm),
			Receipt:      ReadReceipt(inner.text("receipt", someText)),
		}
		if inner.has("isPartContainer") {
			container.IsPartContainer = inner.boolean("isPartContainer")
		}
		if err := inner.done(); err != nil {
			m.fail("containers: %v", err)
			return nil
		}
		if seen[container.ContainerKey] {
			m.fail("containers names one container twice")
		}
		seen[container.ContainerKey] = true
		containers = append(containers, container)
	}
	return containers
}

func readConditions(m *members) bill.Conditions {
	inner := m.object("conditions")
	conditions := bill.Conditions{
		ReceiverCharges: inner.boolean("receiverCharges"),
		MasterDocuments: inner.boolean("masterDocuments"),
		Customs:         inner.boolean("customs"),
		TerminalCharges: inner.boolean("terminalCharges"),
		GeneralAverage:  inner.boolean("generalAverage"),
		GateOne:         inner.oneOf("gateOne", bill.GateOneSurrenderAccepted, bill.GateOneAgentsCustody),
	}
	if err := inner.done(); err != nil {
		m.fail("conditions: %v", err)
	}
	return conditions
}
