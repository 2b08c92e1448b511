package bill

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// The cast. Ids are readable here; the law never looks inside them.
const (
	operator      PartyID = "operator"
	otherOperator PartyID = "other-operator"
	seller        PartyID = "seller"
	issuingBank   PartyID = "issuing-bank"
	buyer         PartyID = "buyer"
	agent         PartyID = "delivery-agent"
	lineAgent     PartyID = "carriers-agent"
	terminal      PartyID = "terminal"
	customs       PartyID = "customs"
	homeCustoms   PartyID = "home-customs"
	harbour       PartyID = "port"
	haulier       PartyID = "haulier"
	line          PartyID = "line"
	otherBank     PartyID = "other-bank"
	authority     PartyID = "authority"
	court         PartyID = "court"
	stranger      PartyID = "stranger"
	sleeper       PartyID = "not-active"
	nobody        PartyID = "nobody" // never registered
)

const (
	channel   = "onebill"
	reference = "OBAAAAAAAAAAAAAAAA"
	box       = "box-1"
	secondBox = "box-2"
	document  = "document-hash"
	pass      = "pass-hash"
	request   = "SURRENDER-1"
	holdOne   = "HOLD-1"
)

var start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func theCast() Parties {
	parties := Parties{}
	add := func(id PartyID, vouchedBy string, roles ...Role) {
		parties[id] = Party{
			Party: id, Roles: roles, Status: PartyActive, VouchingOrganisation: vouchedBy, KeyID: "key of " + string(id),
		}
	}
	add(operator, "OperatorMSP", RoleOperator)
	add(otherOperator, "OperatorMSP", RoleOperator)
	add(seller, "OperatorMSP", RoleShipper)
	add(issuingBank, "PartnerPortMSP", RoleBank)
	add(buyer, "PartnerPortMSP", RoleConsignee)
	add(agent, "PartnerPortMSP", RoleDeliveryAgent)
	add(lineAgent, "CarrierMSP", RoleCarriersAgent)
	add(terminal, "PartnerPortMSP", RoleTerminal)
	add(customs, "PartnerPortMSP", RoleCustoms)
	add(homeCustoms, "PortMSP", RoleCustoms)
	add(harbour, "PortMSP", RolePort)
	add(haulier, "CarrierMSP", RoleCarrier)
	add(line, "CarrierMSP", RoleCarrier)
	add(otherBank, "OperatorMSP", RoleBank)
	add(authority, "PortMSP", RoleAuthority)
	add(court, "PartnerPortMSP", RoleCourt)
	add(stranger, "PortMSP", RoleConsignee)
	add(sleeper, "PortMSP", RoleConsignee)
	asleep := parties[sleeper]
	asleep.Status = "REVOKED"
	parties[sleeper] = asleep
	return parties
}

// desk applies acts to one bill, a minute after one another.
type desk struct {
	t     *testing.T
	bill  *Bill
	facts Facts
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	return &desk{t: t, facts: Facts{Now: start, Parties: theCast(), BillOfContainer: map[string]string{}}}
}

// issued is a bill to order of the issuing bank, possessed by the seller.
func issued(t *testing.T, changes ...func(*IssueTerms)) *desk {
	t.Helper()
	d := newDesk(t)
	d.do(d.issue(changes...))
	return d
}

func signed(by PartyID) SignatureCheck {
	return func(signer Party) bool { return signer.Party == by }
}

func (d *desk) receipt(kind ReceiptType, by PartyID, leg int64, container string, at time.Time) Receipt {
	return Receipt{
		Channel: channel, Reference: reference, ReceiptType: kind, Carrier: by, LegSequence: leg,
		ContainerKey: container, EventDateTime: at, SignedBy: signed(by),
	}
}

func (d *desk) issueTerms(changes ...func(*IssueTerms)) IssueTerms {
	terms := IssueTerms{
		TransportDocumentTypeCode: BillOfLading, IsToOrder: true, Shipper: seller, Endorsee: issuingBank,
		DeliveryAgent: agent, CarriersAgent: lineAgent, Terminal: terminal, Customs: []PartyID{customs},
		FirstCarrier: haulier, DocumentHash: document, CertificateHash: "certificate-hash",
		TakingInChargeDate: start.Format(time.DateOnly), IsClean: true,
		Containers: []ContainerReceipt{{
			ContainerKey: box,
			Receipt:      d.receipt(TakenInCharge, haulier, 1, box, start.Add(-time.Hour)),
		}},
		Approval: Approval{
			Channel: channel, Reference: reference, Shipper: seller, IssueTo: seller, DocumentHash: document,
			ApprovedDateTime: start.Add(-time.Minute), SignedBy: signed(seller),
		},
		Conditions: Conditions{
			Customs: true, GateOne: GateOneSurrenderAccepted, GeneralAverage: true,
			MasterDocuments: true, ReceiverCharges: true, TerminalCharges: true,
		},
	}
	for _, change := range changes {
		change(&terms)
	}
	terms.Approval.Endorsee, terms.Approval.Consignee = terms.Endorsee, terms.Consignee
	return terms
}

func (d *desk) issue(changes ...func(*IssueTerms)) Act {
	return d.act(Issue, operator, seller, d.issueTerms(changes...))
}

// act is well formed and follows the head of the bill.
func (d *desk) act(code ActionCode, actor, recipient PartyID, terms Terms) Act {
	if terms == nil {
		terms = NoTerms{}
	}
	a := Act{
		Channel: channel, Reference: reference, Sequence: 1, ActionCode: code, Actor: actor, Recipient: recipient,
		ActionDateTime: d.facts.Now, ExpiryDateTime: d.facts.Now.Add(time.Hour), Terms: terms,
	}
	if d.bill != nil {
		a.Sequence = d.bill.Sequence + 1
		a.PreviousActHash = d.bill.HeadActHash
	}
	a.Hash = fmt.Sprintf("hash of %d %s by %s", a.Sequence, code, actor)
	return a
}

// do applies an act that the law must allow, and sees that the record before
// it stays as it was.
func (d *desk) do(a Act) *desk {
	d.t.Helper()
	before := written(d.t, d.bill)
	after, err := Apply(d.bill, a, d.facts)
	if err != nil {
		d.t.Fatalf("%s by %s was refused: %v", a.ActionCode, a.Actor, err)
	}
	if written(d.t, d.bill) != before {
		d.t.Fatalf("%s changed the record that was given", a.ActionCode)
	}
	d.bill = after
	d.facts.Now = d.facts.Now.Add(time.Minute)
	return d
}

func written(t *testing.T, b *Bill) string {
	t.Helper()
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// refuse applies an act that the law must refuse for that reason, and sees
// that the bill stays as it was.
func (d *desk) refuse(reason Reason, a Act) string {
	d.t.Helper()
	kept := written(d.t, d.bill)
	after, err := Apply(d.bill, a, d.facts)
	if !errors.Is(err, reason) {
		d.t.Fatalf("%s by %s: wanted %s, got %v", a.ActionCode, a.Actor, reason, err)
	}
	if after != nil || written(d.t, d.bill) != kept {
		d.t.Fatalf("%s by %s was refused and left a trace", a.ActionCode, a.Actor)
	}
	return err.Error()
}

// check fails unless the bill is possessed, titled and in state as said.
func (d *desk) check(state State, possessor, titleHolder PartyID) *desk {
	d.t.Helper()
	if d.bill.State != state || d.bill.Possessor != possessor || d.bill.TitleHolder != titleHolder {
		d.t.Fatalf("bill is %s with %s, title %q; wanted %s with %s, title %q",
			d.bill.State, d.bill.Possessor, d.bill.TitleHolder, state, possessor, titleHolder)
	}
	return d
}

func (d *desk) transfer(from, to PartyID) *desk {
	d.t.Helper()
	return d.do(d.act(Transfer, from, to, nil))
}

func (d *desk) endorse(from, to PartyID) *desk {
	d.t.Helper()
	return d.do(d.act(EndorseToOrder, from, to, nil))
}

func (d *desk) surrenderAct(by, to PartyID) Act {
	return d.act(SurrenderForDelivery, by, to, SurrenderTerms{
		SurrenderRequestReference: request, DeliverTo: buyer, PickUpParty: haulier,
	})
}

func (d *desk) amendAct(by PartyID, reason string) Act {
	return d.act(SurrenderForAmendment, by, operator, AmendmentTerms{SurrenderRequestReference: request, ReasonCode: reason})
}

func (d *desk) presentAct(by, to PartyID) Act {
	return d.act(Present, by, to, PresentTerms{CreditReferenceHash: "credit", DocumentHashes: []string{"invoice", "packing list"}})
}

// withBuyer brings the bill by bank to the buyer, possession and title.
func (d *desk) withBuyer() *desk {
	d.t.Helper()
	return d.transfer(seller, issuingBank).endorse(issuingBank, buyer).transfer(issuingBank, buyer)
}

func (d *desk) pending() *desk {
	d.t.Helper()
	d.withBuyer()
	return d.do(d.surrenderAct(buyer, agent))
}

func (d *desk) surrendered() *desk {
	d.t.Helper()
	d.pending()
	return d.do(d.act(AcceptSurrender, agent, "", AnswerTerms{request}))
}

// gateOneFacts makes true all that gate one waits for beside the surrender.
func (d *desk) gateOneFacts() *desk {
	d.t.Helper()
	d.do(d.act(ReleaseCustoms, customs, "", nil))
	d.do(d.act(ReleaseMaster, lineAgent, "", nil))
	return d.do(d.act(ConfirmPayment, terminal, "", PaymentTerms{TerminalCharges}))
}

// gateTwoFacts makes true what gate two waits for beside surrender and pass.
func (d *desk) gateTwoFacts() *desk {
	d.t.Helper()
	d.do(d.act(ConfirmPayment, operator, "", PaymentTerms{ReceiverCharges}))
	return d.do(d.act(ConfirmPayment, operator, "", PaymentTerms{GeneralAverage}))
}

func (d *desk) releaseAct() Act {
	return d.act(ReleaseTerminal, agent, haulier, ReleaseTerms{
		PassHash: pass, ContainerKeys: []string{box}, ValidUntil: d.facts.Now.Add(24 * time.Hour),
	})
}

func (d *desk) accomplishAct(to PartyID) Act {
	return d.act(Accomplish, agent, to, AccomplishTerms{ProofOfDeliveryHash: "proof", PassHash: pass})
}

// deliverable is a bill whose gates are both open.
func (d *desk) deliverable() *desk {
	d.t.Helper()
	d.surrendered().gateOneFacts().gateTwoFacts()
	return d.do(d.releaseAct())
}

func (d *desk) accomplished() *desk {
	d.t.Helper()
	d.deliverable()
	return d.do(d.accomplishAct(buyer))
}

func blank(terms *IssueTerms) { terms.Endorsee = "" }

func straight(terms *IssueTerms) {
	terms.IsToOrder, terms.Endorsee, terms.Consignee = false, "", buyer
}

func seaWaybill(terms *IssueTerms) {
	straight(terms)
	terms.TransportDocumentTypeCode = SeaWaybill
}

func mustSay(t *testing.T, message string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(message, word) {
			t.Errorf("%q does not say %q", message, word)
		}
	}
}

func mustNotSay(t *testing.T, message string, words ...string) {
	t.Helper()
	for _, word := range words {
		if strings.Contains(message, word) {
			t.Errorf("%q says %q", message, word)
		}
	}
}

func everyone() []PartyID {
	var ids []PartyID
	for id := range theCast() {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

func mustEqual(t *testing.T, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v\nwanted %+v", got, want)
	}
}
