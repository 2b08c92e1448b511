package bill

import (
	"testing"
	"time"
)

func TestInvariant35GateOneNamesEachFalseCondition(t *testing.T) {
	d := issued(t).withBuyer()
	d.do(d.act(PlaceHold, harbour, "", HoldTerms{holdOne}))
	all := []string{
		"customs has not released", "master document", "terminal charges", "hold HOLD-1", "surrender is not accepted",
	}
	mustSay(t, d.refuse(GateClosed, d.releaseAct()), all...)

	d.gateOneFacts()
	said := d.refuse(GateClosed, d.releaseAct())
	mustSay(t, said, "hold HOLD-1", "surrender is not accepted")
	mustNotSay(t, said, "customs", "master", "terminal charges")

	d.do(d.act(LiftHold, harbour, "", HoldTerms{holdOne})).do(d.surrenderAct(buyer, agent))
	mustSay(t, d.refuse(GateClosed, d.releaseAct()), "surrender is not accepted")
	d.do(d.act(AcceptSurrender, agent, "", AnswerTerms{request}))
	d.do(d.releaseAct())
}

func TestInvariant35GateOneWaitsForEveryCustomsNamed(t *testing.T) {
	d := issued(t, func(terms *IssueTerms) { terms.Customs = []PartyID{customs, homeCustoms} }).surrendered().gateOneFacts()
	mustSay(t, d.refuse(GateClosed, d.releaseAct()), "home-customs has not released")
	d.do(d.act(ReleaseCustoms, homeCustoms, "", nil)).do(d.releaseAct())
}

func TestInvariant35AGateWaitsOnlyForTheConditionsOfTheBill(t *testing.T) {
	d := issued(t, func(terms *IssueTerms) {
		terms.Conditions = Conditions{GateOne: GateOneAgentsCustody}
	}).withBuyer()
	d.do(d.releaseAct()) // into the agent's custody, before any surrender
	d.refuse(WrongState, d.accomplishAct(buyer))
	d.do(d.surrenderAct(buyer, agent)).do(d.act(AcceptSurrender, agent, "", AnswerTerms{request}))
	d.do(d.accomplishAct(buyer)).check(Accomplished, operator, buyer)
}

func TestInvariant35GateTwoNamesEachFalseCondition(t *testing.T) {
	d := issued(t).surrendered().gateOneFacts()
	d.refuse(PassWrong, d.accomplishAct(buyer)) // no pass is live
	mustSay(t, d.bill.possible(Accomplish, d.facts.Parties[agent], d.facts.Now).Error(),
		"receiver's charges", "general average", "no pick-up pass")
	d.do(d.releaseAct())
	mustSay(t, d.refuse(GateClosed, d.accomplishAct(buyer)), "receiver's charges", "general average")
	d.gateTwoFacts().do(d.accomplishAct(buyer))
}

func TestInvariant35AHoldAfterTheReleaseClosesGateTwo(t *testing.T) {
	d := issued(t).deliverable()
	d.do(d.act(PlaceHold, customs, "", HoldTerms{holdOne}))
	mustSay(t, d.refuse(GateClosed, d.accomplishAct(buyer)), "hold HOLD-1")
	d.do(d.act(LiftHold, customs, "", HoldTerms{holdOne})).do(d.accomplishAct(buyer))
}

func TestInvariant35TheGatesAreTheDeliveryAgents(t *testing.T) {
	gateOne, gateTwo := issued(t).surrendered().gateOneFacts(), issued(t).deliverable()
	for _, id := range everyone() {
		if id == agent || id == sleeper {
			continue
		}
		a := gateOne.releaseAct()
		a.Actor = id
		gateOne.refuse(NotDeliveryAgent, a)
		b := gateTwo.accomplishAct(buyer)
		b.Actor = id
		gateTwo.refuse(NotDeliveryAgent, b)
	}
}

func TestInvariant34DeliveryOnlyToTheReceiverOrItsPickUpParty(t *testing.T) {
	d := issued(t).deliverable()
	for _, id := range everyone() {
		if id != buyer && id != haulier {
			d.refuse(RecipientWrong, d.accomplishAct(id))
		}
	}
	issued(t).deliverable().do(d.accomplishAct(buyer))
	other := issued(t).deliverable()
	other.do(other.accomplishAct(haulier))
	if other.bill.DeliveredTo != haulier || other.bill.ProofOfDeliveryHash != "proof" {
		t.Fatalf("delivered to %s with proof %q", other.bill.DeliveredTo, other.bill.ProofOfDeliveryHash)
	}
}

func TestInvariant34ASecondDeliveryIsRefused(t *testing.T) {
	d := issued(t).accomplished()
	d.refuse(Closed, d.accomplishAct(buyer))
}

func TestInvariant34DeliveryNeedsTheLivePass(t *testing.T) {
	d := issued(t).deliverable()
	a := d.accomplishAct(buyer)
	a.Terms = AccomplishTerms{ProofOfDeliveryHash: "proof", PassHash: "another pass"}
	d.refuse(PassWrong, a)

	second := d.releaseAct() // a later release takes the place of the first
	second.Terms = ReleaseTerms{PassHash: "second pass", ContainerKeys: []string{box}, ValidUntil: d.facts.Now.Add(time.Hour)}
	d.do(second)
	d.refuse(PassWrong, d.accomplishAct(buyer))
	a = d.accomplishAct(buyer)
	a.Terms = AccomplishTerms{ProofOfDeliveryHash: "proof", PassHash: "second pass"}
	late := *d
	late.facts.Now = d.facts.Now.Add(2 * time.Hour)
	a.ExpiryDateTime = late.facts.Now.Add(time.Hour)
	mustSay(t, late.refuse(GateClosed, a), "pass ended")
	d.do(a)
}

func TestAPassIsUsedOnceAndBoundToContainersAndHaulier(t *testing.T) {
	d := issued(t).surrendered().gateOneFacts()
	release := func(change func(*Act, *ReleaseTerms)) Act {
		a := d.releaseAct()
		terms, _ := a.Terms.(ReleaseTerms)
		change(&a, &terms)
		a.Terms = terms
		return a
	}
	d.refuse(PassWrong, release(func(_ *Act, r *ReleaseTerms) { r.ContainerKeys = []string{secondBox} }))
	d.refuse(PassWrong, release(func(_ *Act, r *ReleaseTerms) { r.ValidUntil = d.facts.Now }))
	d.refuse(RoleMissing, release(func(a *Act, _ *ReleaseTerms) { a.Recipient = buyer }))
	d.refuse(PartyUnknown, release(func(a *Act, _ *ReleaseTerms) { a.Recipient = nobody }))
	d.facts.PassUsed = true
	d.refuse(PassUsed, d.releaseAct())
}

func TestAPassForSomeContainersDeliversNothing(t *testing.T) {
	d := issued(t, func(terms *IssueTerms) {
		second := terms.Containers[0]
		second.ContainerKey, second.Receipt.ContainerKey = secondBox, secondBox
		terms.Containers = append(terms.Containers, second)
	}).deliverable()
	mustSay(t, d.refuse(GateClosed, d.accomplishAct(buyer)), "not for every container")
}

func TestOnlyWhoPlacedAHoldLiftsIt(t *testing.T) {
	d := issued(t)
	for _, id := range everyone() {
		if id != customs && id != homeCustoms && id != harbour && id != sleeper {
			d.refuse(NotHoldAuthority, d.act(PlaceHold, id, "", HoldTerms{holdOne}))
		}
	}
	d.do(d.act(PlaceHold, homeCustoms, "", HoldTerms{holdOne})) // customs that the bill does not name
	d.refuse(HoldExists, d.act(PlaceHold, harbour, "", HoldTerms{holdOne}))
	d.do(d.act(PlaceHold, harbour, "", HoldTerms{"HOLD-2"}))
	d.refuse(NotHoldAuthority, d.act(LiftHold, harbour, "", HoldTerms{holdOne}))
	d.refuse(HoldUnknown, d.act(LiftHold, harbour, "", HoldTerms{"HOLD-3"}))
	d.do(d.act(LiftHold, homeCustoms, "", HoldTerms{holdOne}))
	d.refuse(HoldUnknown, d.act(LiftHold, homeCustoms, "", HoldTerms{holdOne}))
	mustEqual(t, d.bill.Holds, []Hold{{HoldReference: "HOLD-2", PlacedBy: harbour}})
}

func TestGateFactsComeFromWhoAnswersForThemAndOnce(t *testing.T) {
	d := issued(t)
	d.refuse(NotCarriersAgent, d.act(ReleaseMaster, operator, "", nil))
	d.refuse(NotCustoms, d.act(ReleaseCustoms, homeCustoms, "", nil)) // customs, but not named
	d.refuse(NotTerminal, d.act(ConfirmPayment, operator, "", PaymentTerms{TerminalCharges}))
	d.refuse(NotIssuer, d.act(ConfirmPayment, terminal, "", PaymentTerms{ReceiverCharges}))
	d.refuse(NotIssuer, d.act(ConfirmPayment, otherOperator, "", PaymentTerms{GeneralAverage}))
	d.gateOneFacts().gateTwoFacts()
	d.refuse(AlreadyConfirmed, d.act(ReleaseMaster, lineAgent, "", nil))
	d.refuse(AlreadyConfirmed, d.act(ReleaseCustoms, customs, "", nil))
	d.refuse(AlreadyConfirmed, d.act(ConfirmPayment, terminal, "", PaymentTerms{TerminalCharges}))
	d.refuse(AlreadyConfirmed, d.act(ConfirmPayment, operator, "", PaymentTerms{ReceiverCharges}))
	d.check(Issued, seller, issuingBank) // facts move nothing
}
