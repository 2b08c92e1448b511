package bill

import "time"

// ActionCode is what an act does. The spelling is DCSA's where DCSA has the act.
type ActionCode string

// The acts that a bill knows.
const (
	Issue                   ActionCode = "ISSUE"
	NoteOnBoard             ActionCode = "NOTE_ON_BOARD"
	Transfer                ActionCode = "TRANSFER"
	RejectTransfer          ActionCode = "REJECT_TRANSFER"
	Endorse                 ActionCode = "ENDORSE"
	EndorseToOrder          ActionCode = "ENDORSE_TO_ORDER"
	BlankEndorse            ActionCode = "BLANK_ENDORSE"
	Sign                    ActionCode = "SIGN"
	Present                 ActionCode = "PRESENT"
	TakeUp                  ActionCode = "TAKE_UP"
	RefusePresentation      ActionCode = "REFUSE_PRESENTATION"
	MakePledge              ActionCode = "PLEDGE"
	ReleasePledge           ActionCode = "RELEASE_PLEDGE"
	ReleaseOnTrust          ActionCode = "RELEASE_ON_TRUST"
	Enforce                 ActionCode = "ENFORCE"
	SurrenderForDelivery    ActionCode = "SURRENDER_FOR_DELIVERY"
	SurrenderForAmendment   ActionCode = "SURRENDER_FOR_AMENDMENT"
	WithdrawSurrender       ActionCode = "WITHDRAW_SURRENDER"
	AcceptSurrender         ActionCode = "ACCEPT_SURRENDER"
	RejectSurrender         ActionCode = "REJECT_SURRENDER"
	Void                    ActionCode = "VOID"
	SwitchToPaper           ActionCode = "SWITCH_TO_PAPER"
	ConfirmPayment          ActionCode = "CONFIRM_PAYMENT"
	ReleaseMaster           ActionCode = "RELEASE_MASTER"
	ReleaseCustoms          ActionCode = "RELEASE_CUSTOMS"
	PlaceHold               ActionCode = "HOLD"
	LiftHold                ActionCode = "LIFT_HOLD"
	MakeOrder               ActionCode = "ORDER"
	ReleaseTerminal         ActionCode = "RELEASE_TERMINAL"
	DeliverAgainstIndemnity ActionCode = "DELIVER_AGAINST_INDEMNITY"
	Accomplish              ActionCode = "ACCOMPLISH"
)

// Act is one signed statement about one bill, its form and signature already
// checked.
type Act struct {
	Hash            string // act hash, hex
	Channel         string
	Reference       string
	Sequence        int64
	PreviousActHash string // empty where Sequence is 1
	ActionCode      ActionCode
	Actor           PartyID
	Recipient       PartyID // empty where the act names none
	ActionDateTime  time.Time
	ExpiryDateTime  time.Time
	DetailsHash     string
	Terms           Terms
}

// Terms are what an act says beyond who, what and to whom: one type for each
// action code.
type Terms interface {
	// Parties are the parties named in the terms.
	Parties() []PartyID
}

// NoTerms belong to the acts that say all by themselves, as TRANSFER does.
type NoTerms struct{}

// IssueTerms are what the bill says of itself when it is born.
type IssueTerms struct {
	TransportDocumentTypeCode string
	IsToOrder                 bool
	Shipper                   PartyID
	Consignee                 PartyID // straight bill or sea waybill only
	Endorsee                  PartyID // to order only; empty: blank
	DeliveryAgent             PartyID
	CarriersAgent             PartyID
	Terminal                  PartyID
	Customs                   []PartyID
	FirstCarrier              PartyID
	DocumentHash              string
	CertificateHash           string
	TakingInChargeDate        string // YYYY-MM-DD
	IsClean                   bool
	Containers                []ContainerReceipt
	Approval                  Approval
	Conditions                Conditions
	Replaces                  []Replaced // none: the first bill of these goods
}

// ContainerReceipt is a container of the bill with the first carrier's
// receipt. Of a part container other bills have the rest.
type ContainerReceipt struct {
	ContainerKey    string
	IsPartContainer bool
	Receipt         Receipt
}

// Replaced names a bill that ended, and the act that ended it.
type Replaced struct {
	TransportDocumentReference string
	VoidActHash                string
}

// NoteOnBoardTerms say that the containers were loaded on a vessel.
type NoteOnBoardTerms struct {
	LegSequence int64
	Receipts    []Receipt
}

// RejectTransferTerms may name a new title holder. REFUSE_PRESENTATION has
// them too.
type RejectTransferTerms struct {
	EndorseTo PartyID // empty: the previous title is restored
}

// SurrenderTerms ask for delivery against the bill.
type SurrenderTerms struct {
	SurrenderRequestReference string
	DeliverTo                 PartyID
	PickUpParty               PartyID // empty: none
}

// The reasons for which an amendment is asked, as DCSA spells them.
const (
	AmendToPaper       = "SWTP"
	AmendDestination   = "COD"
	AmendParties       = "SWI"
	AmendSomethingElse = "OTHER"
)

// AmendmentTerms ask for an amendment.
type AmendmentTerms struct {
	SurrenderRequestReference string
	ReasonCode                string
}

// PaperTerms carry the hash of the certificate that the bill was printed.
type PaperTerms struct {
	PrintCertificateHash string
}

// PresentTerms are the set presented under a credit, each document hashed.
type PresentTerms struct {
	CreditReferenceHash string
	DocumentHashes      []string
}

// TrustTerms say until when the trustee may surrender.
type TrustTerms struct {
	Until time.Time
}

// EnforceTerms carry the record of the default.
type EnforceTerms struct {
	DefaultRecordHash string
	DefaultDateTime   time.Time
}

// IndemnityTerms carry the hash of the letter of indemnity.
type IndemnityTerms struct {
	IndemnityHash string
}

// What ORDER can order.
const (
	OrderHoldAll            = "HOLD_ALL"
	OrderTransferPossession = "TRANSFER_POSSESSION"
	OrderLift               = "LIFT"
)

// OrderTerms are what a court or an authority orders.
type OrderTerms struct {
	OrderReference string
	Order          string
	OrderHash      string
	To             PartyID // TRANSFER_POSSESSION only
}

// AnswerTerms name the surrender that is accepted, rejected or withdrawn.
type AnswerTerms struct {
	SurrenderRequestReference string
}

// PaymentOf is what was paid or secured.
type PaymentOf string

// What CONFIRM_PAYMENT can confirm.
const (
	ReceiverCharges PaymentOf = "RECEIVER_CHARGES"
	GeneralAverage  PaymentOf = "GENERAL_AVERAGE"
	TerminalCharges PaymentOf = "TERMINAL"
)

// PaymentTerms name what was paid or secured.
type PaymentTerms struct {
	Of PaymentOf
}

// HoldTerms name a hold.
type HoldTerms struct {
	HoldReference string
}

// ReleaseTerms let a haulier pick up containers with a pass.
type ReleaseTerms struct {
	PassHash      string
	ContainerKeys []string
	ValidUntil    time.Time
}

// AccomplishTerms carry the proof of delivery and the pass it was made with.
type AccomplishTerms struct {
	ProofOfDeliveryHash string
	PassHash            string
}

// Parties are the parties named in the terms.
func (NoTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (t IssueTerms) Parties() []PartyID {
	named := []PartyID{t.Shipper, t.DeliveryAgent, t.CarriersAgent, t.Terminal, t.FirstCarrier}
	if t.Consignee != "" {
		named = append(named, t.Consignee)
	}
	if t.Endorsee != "" {
		named = append(named, t.Endorsee)
	}
	return append(named, t.Customs...)
}

// Parties are the carriers whose receipts are noted.
func (t NoteOnBoardTerms) Parties() []PartyID {
	var named []PartyID
	for _, receipt := range t.Receipts {
		if receipt.Defect == "" {
			named = append(named, receipt.Carrier)
		}
	}
	return named
}

// Parties are the parties named in the terms.
func (t RejectTransferTerms) Parties() []PartyID {
	if t.EndorseTo == "" {
		return nil
	}
	return []PartyID{t.EndorseTo}
}

// Parties are the parties named in the terms.
func (t SurrenderTerms) Parties() []PartyID {
	if t.PickUpParty == "" {
		return []PartyID{t.DeliverTo}
	}
	return []PartyID{t.DeliverTo, t.PickUpParty}
}

// Parties are the parties named in the terms.
func (AmendmentTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (PaperTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (PresentTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (TrustTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (EnforceTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (IndemnityTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (t OrderTerms) Parties() []PartyID {
	if t.To == "" {
		return nil
	}
	return []PartyID{t.To}
}

// Parties are the parties named in the terms.
func (AnswerTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (PaymentTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (HoldTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (ReleaseTerms) Parties() []PartyID { return nil }

// Parties are the parties named in the terms.
func (AccomplishTerms) Parties() []PartyID { return nil }

// ReceiptType is what a receipt acknowledges.
type ReceiptType string

// The two receipts that a bill rests on.
const (
	TakenInCharge ReceiptType = "TAKEN_IN_CHARGE"
	LoadedOnBoard ReceiptType = "LOADED_ON_BOARD"
)

// SignatureCheck says whether a statement was signed by the party's live key.
type SignatureCheck func(signer Party) bool

// Receipt is a carrier's signed word that it has a container.
type Receipt struct {
	Defect        string // why the JWS is not a receipt; empty: it is one
	Channel       string
	Reference     string
	ReceiptType   ReceiptType
	Carrier       PartyID
	LegSequence   int64
	ContainerKey  string
	EventDateTime time.Time
	SignedBy      SignatureCheck
}

// Approval is the shipper's signed word that this is its document, and to whom
// the bill goes.
type Approval struct {
	Defect           string // why the JWS is not an approval; empty: it is one
	Channel          string
	Reference        string
	Shipper          PartyID
	IssueTo          PartyID
	Endorsee         PartyID // empty: the bill has none
	Consignee        PartyID // empty: the bill has none
	DocumentHash     string
	ApprovedDateTime time.Time
	SignedBy         SignatureCheck
}
