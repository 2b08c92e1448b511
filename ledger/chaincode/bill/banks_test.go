package bill

import (
	"testing"
	"time"
)

func (d *desk) pledged() *desk {
	d.t.Helper()
	return d.do(d.act(MakePledge, d.bill.Possessor, otherBank, nil))
}

func (d *desk) trust(to PartyID, hours int) Act {
	return d.act(ReleaseOnTrust, otherBank, to, TrustTerms{Until: d.facts.Now.Add(time.Duration(hours) * time.Hour)})
}

func TestInvariant17AnEndorseeByNameCannotEndorseOn(t *testing.T) {
	d := issued(t).transfer(seller, issuingBank)
	d.do(d.act(Endorse, issuingBank, buyer, nil)).transfer(issuingBank, buyer)
	for _, code := range []ActionCode{Endorse, EndorseToOrder, MakePledge} {
		d.refuse(NotEndorsable, d.act(code, buyer, otherBank, nil))
	}
	d.refuse(NotEndorsable, d.act(BlankEndorse, buyer, "", nil))
	d.do(d.act(RejectTransfer, buyer, "", RejectTransferTerms{})).check(Issued, issuingBank, issuingBank)
	d.endorse(issuingBank, stranger) // 21: what was rejected is as it was

	order := issued(t).withBuyer()
	order.endorse(buyer, stranger) // to order it can be endorsed again
}

func TestInvariant25APledgeIsMadeByGivingTheBill(t *testing.T) {
	d := issued(t).withBuyer()
	d.refuse(RoleMissing, d.act(MakePledge, buyer, stranger, nil))
	d.refuse(NotPossessor, d.act(MakePledge, issuingBank, otherBank, nil))
	d.pledged().check(Issued, otherBank, buyer)
	for _, a := range []Act{
		d.act(Transfer, otherBank, stranger, nil), d.act(EndorseToOrder, otherBank, stranger, nil),
		d.act(MakePledge, otherBank, issuingBank, nil), d.act(Sign, otherBank, "", nil),
		d.surrenderAct(otherBank, agent), d.amendAct(otherBank, AmendParties),
	} {
		d.refuse(Pledged, a)
	}
	d.refuse(NotPledgee, d.act(ReleasePledge, buyer, "", nil))
	d.do(d.act(ReleasePledge, otherBank, "", nil)).check(Issued, buyer, buyer)
	d.refuse(NotPledgee, d.act(ReleasePledge, otherBank, "", nil))
}

func TestInvariant25ATrusteeOnlySurrendersAndOnlyInTime(t *testing.T) {
	d := issued(t).withBuyer().pledged()
	d.refuse(TrustEnded, d.trust(buyer, 0))
	d.do(d.trust(stranger, 1)).check(Issued, stranger, buyer)
	d.refuse(Pledged, d.act(Transfer, stranger, seller, nil))
	d.refuse(Pledged, d.act(MakePledge, stranger, issuingBank, nil))
	d.do(d.surrenderAct(stranger, agent)).do(d.act(AcceptSurrender, agent, "", AnswerTerms{request}))
	d.do(d.act(ReleasePledge, otherBank, "", nil)).check(Surrendered, operator, buyer)

	late := issued(t).withBuyer().pledged()
	late.do(late.trust(buyer, 1))
	late.facts.Now = late.facts.Now.Add(2 * time.Hour)
	late.refuse(TrustEnded, late.surrenderAct(buyer, agent))
}

func TestInvariant25ARecordedDefaultGivesThePledgeeTheTitle(t *testing.T) {
	d := issued(t).withBuyer().pledged()
	enforce := func(at time.Time) Act {
		return d.act(Enforce, otherBank, "", EnforceTerms{DefaultRecordHash: "default", DefaultDateTime: at})
	}
	d.refuse(DefaultNotRecorded, enforce(d.facts.Now.Add(time.Minute)))
	d.refuse(DefaultNotRecorded, enforce(start.Add(-time.Hour)))
	d.do(enforce(d.facts.Now)).check(Issued, otherBank, otherBank)
	d.endorse(otherBank, stranger).transfer(otherBank, stranger)
	d.do(d.act(RejectTransfer, stranger, "", RejectTransferTerms{})).check(Issued, otherBank, otherBank)
}

func TestInvariant26TheSameGoodsArePledgedOnce(t *testing.T) {
	d := issued(t).withBuyer()
	d.facts.PledgeOfContainer = map[string]string{box: "OBBBBBBBBBBBBBBBBB"}
	d.refuse(GoodsPledged, d.act(MakePledge, buyer, otherBank, nil))
	d.facts.PledgeOfContainer = nil
	pledge := d.act(MakePledge, buyer, otherBank, nil)
	d.do(pledge)
	mustEqual(t, Claims(d.bill, pledge, nil), []Claim{{SpacePledge, box, reference}})
	release := d.act(ReleasePledge, otherBank, "", nil)
	d.do(release)
	mustEqual(t, Claims(d.bill, release, nil), []Claim{{SpacePledge, box, ""}})

	part := issued(t, func(terms *IssueTerms) { terms.Containers[0].IsPartContainer = true }).withBuyer()
	part.facts.PledgeOfContainer = map[string]string{box: "OBBBBBBBBBBBBBBBBB"}
	part.pledged() // part containers do not count
}

func TestAPresentationIsTakenUpOrTheWholeSetReturns(t *testing.T) {
	d := issued(t)
	d.refuse(RoleMissing, d.presentAct(seller, buyer))
	d.do(d.presentAct(seller, issuingBank)).check(Issued, issuingBank, issuingBank)
	d.refuse(PresentationOpen, d.act(Transfer, issuingBank, buyer, nil))
	d.refuse(NotPossessor, d.act(TakeUp, seller, "", nil))
	d.do(d.act(RefusePresentation, issuingBank, "", RejectTransferTerms{EndorseTo: seller})).check(Issued, seller, seller)
	d.refuse(NothingPresented, d.act(TakeUp, issuingBank, "", nil))
	d.do(d.presentAct(seller, otherBank)).do(d.act(TakeUp, otherBank, "", nil)).check(Issued, otherBank, seller)
	d.refuse(NothingToReject, d.act(RejectTransfer, otherBank, "", RejectTransferTerms{}))
}

func TestAnOrderKeepsTheBillAsItIsUntilWhoMadeItLiftsIt(t *testing.T) {
	d := issued(t)
	order := func(by PartyID, what string, to PartyID) Act {
		return d.act(MakeOrder, by, "", OrderTerms{OrderReference: "ORDER-1", Order: what, OrderHash: "order", To: to})
	}
	d.refuse(NotAuthority, order(customs, OrderHoldAll, ""))
	d.do(order(court, OrderHoldAll, ""))
	if !d.bill.Held() {
		t.Fatal("an ordered bill does not show a hold")
	}
	d.refuse(OrderExists, order(authority, OrderHoldAll, ""))
	d.refuse(OrderInForce, d.act(Transfer, seller, buyer, nil))
	d.refuse(OrderInForce, d.act(DeliverAgainstIndemnity, agent, stranger, IndemnityTerms{"letter"}))
	d.refuse(NotAuthority, order(authority, OrderLift, ""))
	d.do(order(court, OrderTransferPossession, stranger)).check(Issued, stranger, issuingBank)
	d.do(order(court, OrderLift, ""))
	d.refuse(OrderUnknown, order(court, OrderLift, ""))
	d.transfer(stranger, buyer)
}
