package bill

import (
	"crypto/sha256"
	"encoding/json"
	"flag"
	"maps"
	"slices"
	"testing"
	"time"
)

// exploreFor is how long the law is explored: seconds in an ordinary run of
// the tests, minutes for `make explore`.
var exploreFor = flag.Duration("explore", 2*time.Second, "how long to explore the law")

// The four parties that between them play every part.
const (
	carrierSide    PartyID = "operator" // issuer, delivery agent, carrier's agent, terminal
	trader         PartyID = "seller"   // shipper, then whatever the bill makes of it
	banker         PartyID = "bank"     // bank
	office         PartyID = "office"   // customs, port, authority
	replacement            = "OBBBBBBBBBBBBBBBBB"
	otherReference         = "OBCCCCCCCCCCCCCCCC"
)

var four = []PartyID{carrierSide, trader, banker, office}

func theFour() Parties {
	roles := map[PartyID][]Role{
		carrierSide: {RoleOperator, RoleDeliveryAgent, RoleCarriersAgent, RoleTerminal, RoleCarrier},
		trader:      {RoleShipper, RoleConsignee},
		banker:      {RoleBank, RoleConsignee},
		office:      {RoleCustoms, RolePort, RoleAuthority, RoleBank},
	}
	parties := Parties{}
	for id, held := range roles {
		parties[id] = Party{Party: id, Roles: held, Status: PartyActive, VouchingOrganisation: "MSP of " + string(id)}
	}
	return parties
}

// world is the ledger as far as the law sees it: two bills, of which the
// second may take the place of the first, and the names that are taken.
type world struct {
	bills  map[string]*Bill
	claims map[string]string // space and name
}

func (w world) with(b *Bill, claims []Claim) world {
	next := world{maps.Clone(w.bills), maps.Clone(w.claims)}
	next.bills[b.TransportDocumentReference] = b
	for _, reference := range b.Replaces {
		if b.Sequence == 1 && next.bills[reference] != nil {
			next.bills[reference] = next.bills[reference].SucceededBy(b)
		}
	}
	for _, claim := range claims {
		key := string(claim.Space) + "_" + claim.Name
		if claim.Value == "" {
			delete(next.claims, key)
		} else {
			next.claims[key] = claim.Value
		}
	}
	return next
}

// key tells worlds apart by all that the law may look at: not by how many
// acts led there, nor by when.
func (w world) key(t *testing.T) [32]byte {
	t.Helper()
	bare := map[string]*Bill{}
	for reference, b := range w.bills {
		c := b.Clone()
		c.Sequence, c.HeadActHash, c.EventDateTime, c.EventNanoseconds = 0, "", "", 0
		slices.SortFunc(c.Holds, func(a, b Hold) int { return compareText(a.HoldReference, b.HoldReference) })
		slices.Sort(c.ConfirmedPayments)
		bare[reference] = c
	}
	text, err := json.Marshal([]any{bare, w.claims})
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(text)
}

func compareText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

func (w world) facts(act Act) Facts {
	facts := Facts{
		Now: start, Parties: theFour(), BillOfContainer: map[string]string{}, PledgeOfContainer: map[string]string{},
		Replaced: map[string]*Bill{}, BillsBeside: map[string]State{},
	}
	for _, key := range []string{box, secondBox} {
		facts.BillOfContainer[key] = w.claims["BOX_"+key]
		facts.PledgeOfContainer[key] = w.claims["PLEDGE_"+key]
	}
	switch terms := act.Terms.(type) {
	case IssueTerms:
		for _, replaced := range terms.Replaces {
			if old := w.bills[replaced.TransportDocumentReference]; old != nil {
				facts.Replaced[replaced.TransportDocumentReference] = old
			}
		}
	case SurrenderTerms:
		facts.SurrenderReferenceUsed = w.claims["SURR_"+terms.SurrenderRequestReference] != ""
	case AmendmentTerms:
		facts.SurrenderReferenceUsed = w.claims["SURR_"+terms.SurrenderRequestReference] != ""
	case ReleaseTerms:
		facts.PassUsed = w.claims["PASS_"+terms.PassHash] != ""
	}
	return facts
}

// offered lists every act that any of the four could try on a bill.
func (w world) offered(d *desk, reference string) []Act {
	d.bill = w.bills[reference]
	var acts []Act
	add := func(code ActionCode, recipients []PartyID, terms ...Terms) {
		for _, actor := range four {
			for _, recipient := range recipients {
				for _, t := range terms {
					a := d.act(code, actor, recipient, t)
					a.Reference = reference
					acts = append(acts, a)
				}
			}
		}
	}
	none := []PartyID{""}
	if d.bill == nil {
		for _, to := range []PartyID{trader, banker} {
			add(Issue, []PartyID{to}, w.issues(d, reference, to)...)
		}
		return acts
	}
	reject := []Terms{RejectTransferTerms{}}
	for _, id := range four {
		reject = append(reject, RejectTransferTerms{EndorseTo: id})
	}
	orders := []Terms{
		OrderTerms{OrderReference: "O", Order: OrderHoldAll}, OrderTerms{OrderReference: "O", Order: OrderLift},
		OrderTerms{OrderReference: "O", Order: OrderTransferPossession, To: trader},
	}
	for _, code := range []ActionCode{Transfer, Endorse, EndorseToOrder, MakePledge} {
		add(code, four, NoTerms{})
	}
	for _, code := range []ActionCode{BlankEndorse, Sign, TakeUp, ReleasePledge, Void, ReleaseMaster, ReleaseCustoms} {
		add(code, none, NoTerms{})
	}
	add(RejectTransfer, none, reject...)
	add(RefusePresentation, none, reject...)
	add(Present, four, PresentTerms{CreditReferenceHash: "credit", DocumentHashes: []string{"invoice"}})
	add(ReleaseOnTrust, four, TrustTerms{Until: start.Add(time.Hour)})
	add(Enforce, none, EnforceTerms{DefaultDateTime: start})
	own := "S of " + reference
	add(SurrenderForDelivery, []PartyID{carrierSide}, SurrenderTerms{SurrenderRequestReference: own, DeliverTo: trader})
	add(SurrenderForAmendment, []PartyID{carrierSide},
		AmendmentTerms{SurrenderRequestReference: own + " 2", ReasonCode: AmendParties},
		AmendmentTerms{SurrenderRequestReference: own + " 3", ReasonCode: AmendToPaper})
	for _, code := range []ActionCode{AcceptSurrender, RejectSurrender, WithdrawSurrender} {
		add(code, none, AnswerTerms{own}, AnswerTerms{own + " 2"}, AnswerTerms{own + " 3"})
	}
	add(SwitchToPaper, none, PaperTerms{"print"})
	add(PlaceHold, none, HoldTerms{holdOne})
	add(LiftHold, none, HoldTerms{holdOne})
	add(MakeOrder, none, orders...)
	add(ConfirmPayment, none, PaymentTerms{TerminalCharges})
	add(DeliverAgainstIndemnity, []PartyID{trader}, IndemnityTerms{"indemnity"})
	add(ReleaseTerminal, []PartyID{carrierSide}, ReleaseTerms{
		PassHash: "pass of " + reference, ContainerKeys: d.bill.ContainerKeys, ValidUntil: start.Add(time.Hour),
	})
	add(Accomplish, []PartyID{trader, banker}, AccomplishTerms{ProofOfDeliveryHash: "proof", PassHash: "pass of " + reference})
	return acts
}

// issues are the ways in which a bill can come to be: for itself, on the same
// goods, or in the place of the first.
func (w world) issues(d *desk, reference string, to PartyID) []Terms {
	var ways []Terms
	for _, kind := range []func(*IssueTerms){blank, func(t *IssueTerms) { t.Endorsee = banker }, seaWaybill} {
		for _, replaces := range []bool{false, true} {
			old := w.bills[otherReference]
			if replaces && (old == nil || reference == otherReference) {
				continue
			}
			terms := d.issueTerms(kind)
			terms.Shipper, terms.DeliveryAgent, terms.CarriersAgent = trader, carrierSide, carrierSide
			terms.Terminal, terms.Customs, terms.FirstCarrier = carrierSide, []PartyID{office}, carrierSide
			if !terms.IsToOrder {
				terms.Consignee = banker
			}
			terms.Conditions = Conditions{GateOne: GateOneAgentsCustody}
			terms.Approval.Reference, terms.Approval.Shipper, terms.Approval.SignedBy = reference, trader, signed(trader)
			terms.Approval.IssueTo, terms.Approval.Consignee = to, terms.Consignee
			receipt := d.receipt(TakenInCharge, carrierSide, 1, box, start.Add(-time.Hour))
			receipt.Reference = reference
			terms.Containers = []ContainerReceipt{{ContainerKey: box, Receipt: receipt}}
			if replaces {
				terms.Replaces = []Replaced{{TransportDocumentReference: otherReference, VoidActHash: old.HeadActHash}}
			}
			ways = append(ways, terms)
		}
	}
	return ways
}

// TestExploreEveryWayThroughTheLaw visits state after state, nearest first,
// tries every act of everyone in each, and asserts the invariants of every
// move that the law lets through.
func TestExploreEveryWayThroughTheLaw(t *testing.T) {
	began := time.Now()
	d := &desk{t: t, facts: Facts{Now: start}}
	first := world{map[string]*Bill{}, map[string]string{}}
	seen := map[[32]byte]bool{first.key(t): true}
	layer := []world{first}
	depth, moves, tried := 0, 0, 0
	codes, states := map[ActionCode]int{}, map[State]int{}
	for len(layer) > 0 && time.Since(began) < *exploreFor {
		var next []world
		for _, w := range layer {
			if time.Since(began) >= *exploreFor {
				break
			}
			for _, reference := range []string{otherReference, replacement} {
				if reference == replacement && w.bills[otherReference] == nil {
					continue // the first bill comes first
				}
				before := w.bills[reference]
				for _, a := range w.offered(d, reference) {
					tried++
					facts := w.facts(a)
					after, err := Apply(before, a, facts)
					if err != nil {
						continue
					}
					moves++
					codes[a.ActionCode]++
					then := w.with(after, Claims(after, a, facts.BillOfContainer))
					states[after.State]++
					if broken := brokenBy(before, after, a); broken != "" {
						t.Fatalf("depth %d: %s by %s to %q breaks %s\nbefore %s\nafter  %s", depth, a.ActionCode, a.Actor, a.Recipient, broken, written(t, before), written(t, after))
					}
					if broken := then.broken(); broken != "" {
						t.Fatalf("depth %d: %s by %s to %q breaks %s", depth, a.ActionCode, a.Actor, a.Recipient, broken)
					}
					if key := then.key(t); !seen[key] {
						seen[key] = true
						next = append(next, then)
					}
				}
			}
		}
		layer = next
		depth++
	}
	t.Logf("explored: %d states, %d moves of %d tried acts, to depth %d, in %s", len(seen), moves, tried, depth, time.Since(began).Round(time.Second))
	t.Logf("acts carried out: %v", codes)
	t.Logf("states entered: %v", states)
	if len(seen) < 100 {
		t.Fatalf("only %d states: the explorer explores nothing", len(seen))
	}
}

// brokenBy names the invariant that a move breaks, empty where it breaks none.
func brokenBy(before, after *Bill, a Act) string {
	if after.Possessor == "" {
		return "13: nobody possesses the bill"
	}
	if before == nil {
		if after.Sequence != 1 || after.Possessor != a.Recipient {
			return "6: ISSUE is the first entry and sets the possessor"
		}
		return ""
	}
	if after.Sequence != before.Sequence+1 || after.HeadActHash != a.Hash {
		return "10: the chain has a gap"
	}
	if slices.Contains(law.Terminal, before.State) {
		return "38: an ended bill was moved"
	}
	movedPossession := after.Possessor != before.Possessor
	movedTitle := after.TitleHolder != before.TitleHolder
	byOffice := a.ActionCode == MakeOrder
	switch {
	case a.ActionCode == Transfer && movedTitle:
		return "15: TRANSFER moved the title"
	case slices.Contains([]ActionCode{Endorse, EndorseToOrder, BlankEndorse}, a.ActionCode) && movedPossession:
		return "15: an endorsement moved possession"
	case movedTitle && !after.IsToOrder:
		return "18: a bill that is not to order was endorsed"
	case movedTitle && before.Unendorsable && !slices.Contains([]ActionCode{RejectTransfer, RefusePresentation}, a.ActionCode):
		return "17: endorsed on after an endorsement by name"
	case movedTitle && a.Actor != before.Possessor && a.ActionCode != Enforce:
		return "16: who does not possess endorsed"
	case movedPossession && !byOffice && a.Actor != before.Possessor && !slices.Contains([]ActionCode{AcceptSurrender, ReleasePledge, Enforce}, a.ActionCode):
		return "14: another than the possessor handed over"
	case before.State != Issued && (movedTitle || movedPossession) && a.ActionCode != AcceptSurrender:
		return "22: moved while surrendered or asked back"
	case a.ActionCode == Sign && (movedPossession || movedTitle):
		return "24: SIGN moved something"
	case len(before.Orders) > 0 && (movedTitle || movedPossession && !byOffice):
		return "an order kept nothing"
	case before.Presentation != nil && (movedTitle || movedPossession) && a.ActionCode != RefusePresentation && !byOffice:
		return "a presentation was passed over"
	case before.Pledge != nil && before.Pledge.Trustee == "" && (movedTitle || movedPossession) && !byOffice && a.Actor != before.Pledge.Pledgee:
		return "25: another than the pledgee moved a pledged bill"
	case before.Pledge != nil && after.Pledge != nil && after.Pledge.Pledgee != before.Pledge.Pledgee:
		return "25: pledged twice"
	case before.Pledge == nil && after.Pledge != nil && (before.Possessor != a.Actor || after.Possessor != after.Pledge.Pledgee):
		return "25: a pledge without giving the bill"
	case after.State == Accomplished && before.State != Surrendered && after.TransportDocumentTypeCode != SeaWaybill:
		return "34: delivered before the surrender was accepted"
	case after.State == Accomplished && after.DeliveredAgainstIndemnity != nil:
		return "67: an indemnity accomplished"
	case before.DeliveredAgainstIndemnity != nil && after.DeliveredAgainstIndemnity == nil:
		return "67: a later holder does not see it"
	case slices.Contains([]State{Voided, Paper}, after.State) && before.State != SurrenderedForAmendment:
		return "37: ended without surrender for amendment"
	case slices.Contains([]State{Voided, Paper, Accomplished}, after.State) && after.Held():
		return "35: ended under a hold"
	case a.ActionCode == WithdrawSurrender && a.Actor != before.Possessor:
		return "29: withdrawn by another"
	}
	return ""
}

// broken names the invariant among bills that does not hold.
func (w world) broken() string {
	pledged, live := map[string]string{}, map[string]string{}
	for reference, b := range w.bills {
		if b.Pledge != nil && b.State != Accomplished {
			for _, key := range b.wholeContainers() {
				if pledged[key] != "" {
					return "26: the same goods are pledged twice"
				}
				pledged[key] = reference
			}
		}
		if !slices.Contains(law.Terminal, b.State) && b.DeliveredAgainstIndemnity == nil {
			for _, key := range b.unshared() {
				if live[key] != "" {
					return "43: two live bills lie on one container"
				}
				live[key] = reference
			}
		}
		for _, old := range b.Replaces {
			ended := w.bills[old]
			if ended == nil || ended.State != Voided && ended.State != Paper {
				return "39: a live bill was replaced"
			}
			if !slices.Contains(ended.ReplacedBy, reference) {
				return "39: the replaced bill does not name its successor"
			}
		}
		if len(b.ReplacedBy) > 0 && slices.Contains(b.Replaces, reference) {
			return "39: the graph has a cycle"
		}
		replaced := slices.Clone(b.ReplacedContainerKeys)
		slices.Sort(replaced)
		if len(slices.Compact(replaced)) != len(b.ReplacedContainerKeys) {
			return "39: a container was replaced twice"
		}
	}
	return ""
}
