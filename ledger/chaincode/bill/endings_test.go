package bill

import "testing"

// ended is a bill at the buyer that was voided for an amendment.
func ended(t *testing.T, changes ...func(*IssueTerms)) *desk {
	t.Helper()
	return issued(t, changes...).withBuyer().amended(Voided, false)
}

func twoBoxes(d *desk) func(*IssueTerms) {
	return func(terms *IssueTerms) {
		terms.Containers = append(terms.Containers, ContainerReceipt{
			ContainerKey: secondBox,
			Receipt:      d.receipt(TakenInCharge, haulier, 1, secondBox, start.Add(-2)),
		})
	}
}

const (
	successor = "OBDDDDDDDDDDDDDDDD"
	second    = "OBEEEEEEEEEEEEEEEE"
)

// reissue issues a bill in the place of others, with receipts of those.
func (d *desk) reissue(reference string, to PartyID, boxes []string, olds ...*Bill) (Act, *desk) {
	d.t.Helper()
	next := &desk{t: d.t, facts: Facts{Now: d.facts.Now, Parties: theCast(), BillOfContainer: map[string]string{}, Replaced: map[string]*Bill{}}}
	terms := next.issueTerms()
	terms.Approval.Reference, terms.Approval.IssueTo, terms.Containers = reference, to, nil
	for _, old := range olds {
		terms.Replaces = append(terms.Replaces, Replaced{old.TransportDocumentReference, old.HeadActHash})
		next.facts.Replaced[old.TransportDocumentReference] = old
		for _, key := range old.ContainerKeys {
			next.facts.BillOfContainer[key] = old.TransportDocumentReference
		}
	}
	for _, key := range boxes {
		receipt := next.receipt(TakenInCharge, haulier, 1, key, start.Add(-2))
		for _, old := range olds {
			receipt.Reference = old.TransportDocumentReference
		}
		terms.Containers = append(terms.Containers, ContainerReceipt{ContainerKey: key, Receipt: receipt})
	}
	a := next.act(Issue, operator, to, terms)
	a.Reference = reference
	return a, next
}

func TestInvariant37And42AnAmendedBillEndsAndItsSuccessorGoesToWhoSurrendered(t *testing.T) {
	d := ended(t)
	a, next := d.reissue(successor, buyer, []string{box}, d.bill)
	next.do(a).check(Issued, buyer, issuingBank)
	mustEqual(t, next.bill.Replaces, []string{reference})

	stolen, other := d.reissue(successor, stranger, []string{box}, d.bill)
	other.refuse(RecipientWrong, stolen) // invariant 42
	live := issued(t).withBuyer()
	early, tooSoon := live.reissue(successor, buyer, []string{box}, live.bill)
	tooSoon.refuse(ReplacesWrong, early)
	forged, wrongHash := d.reissue(successor, buyer, []string{box}, d.bill)
	terms := forged.Terms.(IssueTerms)
	terms.Replaces = []Replaced{{reference, "another hash"}}
	forged.Terms = terms
	wrongHash.refuse(ReplacesWrong, forged)
	foreign, byOther := d.reissue(successor, buyer, []string{box}, d.bill)
	foreign.Actor = otherOperator
	byOther.refuse(NotIssuer, foreign)
}

func TestInvariant39PartsOfASplitBillSumToTheWhole(t *testing.T) {
	d := ended(t, twoBoxes(newDesk(t)))
	a, one := d.reissue(successor, buyer, []string{box}, d.bill)
	one.do(a)
	after := d.bill.SucceededBy(one.bill)
	mustEqual(t, after.ReplacedContainerKeys, []string{box})

	again, twice := d.reissue(second, buyer, []string{box}, after)
	twice.refuse(ContainersDiffer, again) // that part is taken
	more, tooMuch := d.reissue(second, buyer, []string{secondBox, "box-3"}, after)
	tooMuch.refuse(ContainersDiffer, more)
	b, two := d.reissue(second, buyer, []string{secondBox}, after)
	two.do(b)
	whole := after.SucceededBy(two.bill)
	mustEqual(t, whole.ReplacedBy, []string{successor, second})
	late, third := d.reissue("OBFFFFFFFFFFFFFFFF", buyer, []string{box}, whole)
	third.refuse(ReplacesWrong, late)
}

func TestInvariant39CombinedBillsAreCombinedWhole(t *testing.T) {
	one := ended(t)
	other := ended(t, twoBoxes(newDesk(t)))
	other.bill.TransportDocumentReference, other.bill.ContainerKeys = second, []string{secondBox, "box-3"}
	part, some := one.reissue(successor, buyer, []string{box, secondBox}, one.bill, other.bill)
	some.refuse(ContainersDiffer, part)
	all, next := one.reissue(successor, buyer, []string{box, secondBox, "box-3"}, one.bill, other.bill)
	next.do(all)
	mustEqual(t, next.bill.Replaces, []string{reference, second})
}

func TestInvariant43AVoidedBillsContainerIsFreeOnlyForItsSuccessor(t *testing.T) {
	d := ended(t)
	a, next := d.reissue(successor, buyer, []string{box}, d.bill)
	terms := a.Terms.(IssueTerms)
	terms.Replaces = nil
	terms.Containers[0].Receipt.Reference = successor
	a.Terms = terms
	next.facts.Replaced = nil
	next.refuse(ContainerUnderAnother, a)
}

func TestInvariant36PartOfTheGoodsIsDeliveredOnlyUnderABillOfItsOwn(t *testing.T) {
	d := issued(t, twoBoxes(newDesk(t))).surrendered().gateOneFacts().gateTwoFacts()
	d.do(d.releaseAct()) // one box of two may leave the terminal
	mustSay(t, d.refuse(GateClosed, d.accomplishAct(buyer)), "every container")
}

func TestInvariant35APartContainerLeavesWhenAllItsBillsAreSurrendered(t *testing.T) {
	part := func(terms *IssueTerms) { terms.Containers[0].IsPartContainer = true }
	d := newDesk(t)
	d.facts.BillOfContainer[box] = "PART " + second
	d.do(d.issue(part))
	mustEqual(t, Claims(d.bill, d.issue(part), d.facts.BillOfContainer)[0],
		Claim{SpaceContainer, box, "PART " + second + " " + reference})
	d.surrendered().gateOneFacts().gateTwoFacts()
	d.facts.BillsBeside = map[string]State{second: Issued}
	mustSay(t, d.refuse(GateClosed, d.releaseAct()), second)
	d.facts.BillsBeside = map[string]State{second: Surrendered}
	d.do(d.releaseAct())
	whole := newDesk(t)
	whole.facts.BillOfContainer[box] = "PART " + second
	whole.refuse(ContainerUnderAnother, whole.issue())
}

func TestInvariant40And41PaperIsForPaperAndVoidForTheRest(t *testing.T) {
	d := issued(t).withBuyer().amended(SurrenderedForAmendment, true)
	d.refuse(AmendmentWrong, d.act(Void, operator, "", nil))
	d.do(d.act(SwitchToPaper, operator, "", PaperTerms{"print"})).check(Paper, operator, buyer)
	if d.bill.PrintCertificateHash != "print" {
		t.Fatal("no print certificate stands on the bill")
	}
	a, next := d.reissue(successor, buyer, []string{box}, d.bill) // back from paper under a new id
	next.do(a)

	parties := issued(t).withBuyer().amended(SurrenderedForAmendment, false)
	parties.refuse(AmendmentWrong, parties.act(SwitchToPaper, operator, "", PaperTerms{"print"}))
	parties.do(parties.act(PlaceHold, harbour, "", HoldTerms{holdOne}))
	parties.refuse(HoldInForce, parties.act(Void, operator, "", nil))
}

func TestInvariant38AnEndedBillRefusesEveryActOfEveryone(t *testing.T) {
	for _, state := range []State{Voided, Paper} {
		d := issued(t).withBuyer().amended(state, false)
		for _, code := range ActionCodes() {
			for _, id := range everyone() {
				if code != Issue && id != sleeper {
					a := rightAct(d, code)
					a.Actor = id
					d.refuse(Closed, a)
				}
			}
		}
		d.refuse(Exists, d.issue()) // invariant 2
	}
}

func TestInvariant67DeliveryAgainstAnIndemnityNeverAccomplishes(t *testing.T) {
	d := issued(t).deliverable()
	give := func() Act { return d.act(DeliverAgainstIndemnity, agent, stranger, IndemnityTerms{"letter"}) }
	d.do(give()).check(Surrendered, operator, buyer)
	d.refuse(DeliveredWithoutBill, d.accomplishAct(buyer))
	d.refuse(DeliveredWithoutBill, give()) // 34: no second delivery

	live := issued(t)
	live.do(live.act(DeliverAgainstIndemnity, operator, stranger, IndemnityTerms{"letter"}))
	live.transfer(seller, issuingBank).endorse(issuingBank, buyer).transfer(issuingBank, buyer)
	if live.bill.DeliveredAgainstIndemnity == nil {
		t.Fatal("a later holder does not see it")
	}
	live.do(live.amendAct(buyer, AmendParties)).do(live.act(AcceptSurrender, operator, "", AnswerTerms{request}))
	live.refuse(DeliveredWithoutBill, live.act(Void, operator, "", nil))
}

func TestInvariant35ASeaWaybillIsDeliveredToItsConsigneeUnlessRedirected(t *testing.T) {
	d := issued(t, seaWaybill).gateOneFacts().gateTwoFacts()
	d.do(d.releaseAct())
	d.refuse(RecipientWrong, d.accomplishAct(stranger))
	d.do(d.amendAct(seller, AmendDestination)) // the shipper's contrary instruction
	d.refuse(WrongState, d.accomplishAct(buyer))
	d.do(d.act(RejectSurrender, operator, "", AnswerTerms{request}))
	d.do(d.accomplishAct(buyer)).check(Accomplished, seller, buyer)

	straightBill := issued(t, straight)
	straightBill.refuse(WrongState, straightBill.accomplishAct(buyer))
}

func TestInvariant27TheShipperSurrendersAtOriginForATelexRelease(t *testing.T) {
	for _, kind := range []func(*IssueTerms){straight, blank} {
		d := issued(t, kind)
		d.do(d.surrenderAct(seller, operator)).do(d.act(AcceptSurrender, agent, "", AnswerTerms{request}))
		d.gateOneFacts().gateTwoFacts().do(d.releaseAct())
		d.do(d.accomplishAct(buyer))
	}
}
