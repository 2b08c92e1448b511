package bill

import (
	"slices"
	"time"
)

// State is where a bill stands in its life.
type State string

// The states of a bill.
const (
	Issued                  State = "ISSUED"
	PendingSurrender        State = "PENDING_SURRENDER_FOR_DELIVERY"
	Surrendered             State = "SURRENDERED_FOR_DELIVERY"
	PendingAmendment        State = "PENDING_SURRENDER_FOR_AMENDMENT"
	SurrenderedForAmendment State = "SURRENDERED_FOR_AMENDMENT"
	Voided                  State = "VOIDED"
	Paper                   State = "PAPER"
	Accomplished            State = "ACCOMPLISHED"
)

// The types of transport document.
const (
	BillOfLading = "BOL"
	SeaWaybill   = "SWB"
)

// The two policies of gate one.
const (
	GateOneSurrenderAccepted = "SURRENDER_ACCEPTED"
	GateOneAgentsCustody     = "AGENTS_CUSTODY"
)

// Conditions are what the two gates wait for, and nothing else.
type Conditions struct {
	Customs         bool   `json:"customs"`
	GateOne         string `json:"gateOne"`
	GeneralAverage  bool   `json:"generalAverage"`
	MasterDocuments bool   `json:"masterDocuments"`
	ReceiverCharges bool   `json:"receiverCharges"`
	TerminalCharges bool   `json:"terminalCharges"`
}

// Hold is an authority's word that the goods stay where they are.
type Hold struct {
	HoldReference string  `json:"holdReference"`
	PlacedBy      PartyID `json:"placedBy"`
}

// Surrender is the request for delivery, pending or accepted.
type Surrender struct {
	DeliverTo                 PartyID `json:"deliverTo"`
	PickUpParty               PartyID `json:"pickUpParty,omitempty"`
	SurrenderRequestReference string  `json:"surrenderRequestReference"`
}

// Amendment is the request for amendment, pending or accepted: the bill ends
// by it, and what takes its place goes to who asked.
type Amendment struct {
	ReasonCode                string  `json:"reasonCode"`
	RequestedBy               PartyID `json:"requestedBy"`
	SurrenderRequestReference string  `json:"surrenderRequestReference"`
}

// Pledge is the live pledge of the bill. The trustee is who has the bill on
// trust, empty while the pledgee keeps it.
type Pledge struct {
	Pledgee          PartyID `json:"pledgee"`
	Pledgor          PartyID `json:"pledgor"`
	PledgorVouchedBy string  `json:"pledgorVouchedBy"`
	Since            string  `json:"since"`
	Trustee          PartyID `json:"trustee,omitempty"`
	Until            string  `json:"until,omitempty"`
}

// Presentation is a presentation to a bank that the bank has not answered,
// and what its refusal restores.
type Presentation struct {
	CreditReferenceHash string   `json:"creditReferenceHash"`
	DocumentHashes      []string `json:"documentHashes"`
	Previous            Previous `json:"previous"`
}

// Order is a court's or authority's order that keeps the bill as it is.
type Order struct {
	OrderReference string  `json:"orderReference"`
	PlacedBy       PartyID `json:"placedBy"`
}

// Indemnity says to whom the goods were delivered without the bill.
type Indemnity struct {
	DeliveredTo   PartyID `json:"deliveredTo"`
	IndemnityHash string  `json:"indemnityHash"`
}

// Release is the opened gate one: who may pick up what, with which pass.
type Release struct {
	ContainerKeys []string `json:"containerKeys"`
	Haulier       PartyID  `json:"haulier"`
	PassHash      string   `json:"passHash"`
	ValidUntil    string   `json:"validUntil"`
}

// Previous is what a new possessor restores by rejecting the transfer.
type Previous struct {
	Possessor          PartyID `json:"possessor"`
	PossessorVouchedBy string  `json:"possessorVouchedBy"`
	TitleHolder        PartyID `json:"titleHolder"`
	Unendorsable       bool    `json:"unendorsable,omitempty"`
}

// Bill is the record of a bill: who possesses it, who holds the title, in what
// state it is, and the facts that its gates wait for. It is never removed, so
// that its reference is never used again.
type Bill struct {
	Amendment                  *Amendment    `json:"amendment,omitempty"`
	CarriersAgent              PartyID       `json:"carriersAgent"`
	CertificateHash            string        `json:"certificateHash"`
	Conditions                 Conditions    `json:"conditions"`
	ConfirmedPayments          []PaymentOf   `json:"confirmedPayments"`
	Consignee                  PartyID       `json:"consignee,omitempty"`
	ContainerKeys              []string      `json:"containerKeys"`
	Customs                    []PartyID     `json:"customs"`
	CustomsReleasedBy          []PartyID     `json:"customsReleasedBy"`
	DeliveredAgainstIndemnity  *Indemnity    `json:"deliveredAgainstIndemnity,omitempty"`
	DeliveredTo                PartyID       `json:"deliveredTo,omitempty"`
	DeliveryAgent              PartyID       `json:"deliveryAgent"`
	DocumentHash               string        `json:"documentHash"`
	EventDateTime              string        `json:"eventDateTime"`
	EventNanoseconds           int64         `json:"eventNanoseconds"`
	FirstCarrier               PartyID       `json:"firstCarrier"`
	HeadActHash                string        `json:"headActHash"`
	Holds                      []Hold        `json:"holds"`
	IsClean                    bool          `json:"isClean"`
	IsToOrder                  bool          `json:"isToOrder"`
	IssuedDateTime             string        `json:"issuedDateTime"`
	Issuer                     PartyID       `json:"issuer"`
	IssuerVouchedBy            string        `json:"issuerVouchedBy"`
	MasterReleased             bool          `json:"masterReleased"`
	NotedLegs                  []int64       `json:"notedLegs"`
	Orders                     []Order       `json:"orders,omitempty"`
	PartContainerKeys          []string      `json:"partContainerKeys,omitempty"`
	Pledge                     *Pledge       `json:"pledge,omitempty"`
	Possessor                  PartyID       `json:"possessor"`
	PossessorVouchedBy         string        `json:"possessorVouchedBy"`
	Presentation               *Presentation `json:"presentation,omitempty"`
	Previous                   *Previous     `json:"previous,omitempty"`
	PrintCertificateHash       string        `json:"printCertificateHash,omitempty"`
	ProofOfDeliveryHash        string        `json:"proofOfDeliveryHash,omitempty"`
	Release                    *Release      `json:"release,omitempty"`
	ReplacedBy                 []string      `json:"replacedBy,omitempty"`
	ReplacedContainerKeys      []string      `json:"replacedContainerKeys,omitempty"`
	Replaces                   []string      `json:"replaces,omitempty"`
	Sequence                   int64         `json:"sequence"`
	Shipper                    PartyID       `json:"shipper"`
	State                      State         `json:"state"`
	Surrender                  *Surrender    `json:"surrender,omitempty"`
	TakenInChargeDateTime      string        `json:"takenInChargeDateTime"`
	TakingInChargeDate         string        `json:"takingInChargeDate"`
	Terminal                   PartyID       `json:"terminal"`
	TitleHolder                PartyID       `json:"titleHolder"`    // empty: blank, the right follows possession
	TitleOnReceipt             PartyID       `json:"titleOnReceipt"` // the title when the possessor received the bill
	TransportDocumentReference string        `json:"transportDocumentReference"`
	TransportDocumentTypeCode  string        `json:"transportDocumentTypeCode"`
	Unendorsable               bool          `json:"unendorsable,omitempty"` // the title holder was endorsed by name
	UnendorsableOnReceipt      bool          `json:"unendorsableOnReceipt,omitempty"`
}

// Clone returns a copy that shares nothing with the original.
func (b *Bill) Clone() *Bill {
	c := *b
	c.ConfirmedPayments = slices.Clone(b.ConfirmedPayments)
	c.ContainerKeys = slices.Clone(b.ContainerKeys)
	c.Customs = slices.Clone(b.Customs)
	c.CustomsReleasedBy = slices.Clone(b.CustomsReleasedBy)
	c.Holds = slices.Clone(b.Holds)
	c.NotedLegs = slices.Clone(b.NotedLegs)
	c.Orders = slices.Clone(b.Orders)
	c.PartContainerKeys = slices.Clone(b.PartContainerKeys)
	c.ReplacedBy = slices.Clone(b.ReplacedBy)
	c.ReplacedContainerKeys = slices.Clone(b.ReplacedContainerKeys)
	c.Replaces = slices.Clone(b.Replaces)
	c.Amendment = copied(b.Amendment)
	c.DeliveredAgainstIndemnity = copied(b.DeliveredAgainstIndemnity)
	c.Pledge = copied(b.Pledge)
	c.Previous = copied(b.Previous)
	c.Surrender = copied(b.Surrender)
	if c.Presentation = copied(b.Presentation); c.Presentation != nil {
		c.Presentation.DocumentHashes = slices.Clone(b.Presentation.DocumentHashes)
	}
	if b.Release != nil {
		release := *b.Release
		release.ContainerKeys = slices.Clone(b.Release.ContainerKeys)
		c.Release = &release
	}
	return &c
}

func copied[T any](value *T) *T {
	if value == nil {
		return nil
	}
	c := *value
	return &c
}

// Held says whether an authority or a court holds the bill.
func (b *Bill) Held() bool { return len(b.Holds)+len(b.Orders) > 0 }

// lastEvent is the time of the last act, to the nanosecond.
func (b *Bill) lastEvent() (time.Time, error) {
	at, err := ParseTime(b.EventDateTime)
	if err != nil {
		return time.Time{}, err
	}
	return at.Add(time.Duration(b.EventNanoseconds)), nil
}

const timeLayout = "2006-01-02T15:04:05Z"

// FormatTime writes a time as acts and records do: UTC, whole seconds.
func FormatTime(at time.Time) string {
	return at.UTC().Format(timeLayout)
}

// ParseTime reads `YYYY-MM-DDThh:mm:ssZ` of the years 2000 to 2999.
func ParseTime(text string) (time.Time, error) {
	at, err := time.Parse(timeLayout, text)
	if err != nil || FormatTime(at) != text || at.Year() < 2000 || at.Year() > 2999 {
		return time.Time{}, Refuse(ActMalformed, "%q is not a time YYYY-MM-DDThh:mm:ssZ", text)
	}
	return at, nil
}
