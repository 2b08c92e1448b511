package bill

import "testing"

func TestInvariant27WhoMaySurrender(t *testing.T) {
	named := issued(t)
	named.refuse(NotEntitledToSurrender, named.surrenderAct(seller, agent)) // possession, not the title
	named.refuse(NotPossessor, named.surrenderAct(issuingBank, agent))      // title, not possession
	named.transfer(seller, issuingBank)
	named.do(named.surrenderAct(issuingBank, agent)).check(PendingSurrender, issuingBank, issuingBank)

	unnamed := issued(t, blank).transfer(seller, stranger)
	unnamed.do(unnamed.surrenderAct(stranger, operator)).check(PendingSurrender, stranger, "")

	byShipper := issued(t, straight)
	byShipper.do(byShipper.surrenderAct(seller, agent)).check(PendingSurrender, seller, buyer)
	byConsignee := issued(t, straight).transfer(seller, buyer)
	byConsignee.do(byConsignee.surrenderAct(buyer, agent)).check(PendingSurrender, buyer, buyer)
	byOther := issued(t, straight).transfer(seller, stranger)
	byOther.refuse(NotEntitledToSurrender, byOther.surrenderAct(stranger, agent))

	waybill := issued(t, seaWaybill)
	waybill.refuse(NotEntitledToSurrender, waybill.surrenderAct(seller, agent))
}

func TestInvariant28ASurrenderIsAddressedToIssuerOrDeliveryAgent(t *testing.T) {
	d := issued(t).withBuyer()
	for _, id := range everyone() {
		if id != operator && id != agent {
			d.refuse(RecipientWrong, d.surrenderAct(buyer, id))
		}
	}
	d.do(d.surrenderAct(buyer, operator))
}

func TestASurrenderNamesRegisteredReceivers(t *testing.T) {
	d := issued(t).withBuyer()
	a := d.surrenderAct(buyer, agent)
	a.Terms = SurrenderTerms{SurrenderRequestReference: request, DeliverTo: nobody}
	d.refuse(PartyUnknown, a)
	a.Terms = SurrenderTerms{SurrenderRequestReference: request, DeliverTo: buyer, PickUpParty: sleeper}
	d.refuse(PartyNotActive, a)
}

func TestInvariant29WhilePendingOnlyTheAnswerMovesTheBill(t *testing.T) {
	d := issued(t).pending().check(PendingSurrender, buyer, buyer)
	for _, id := range everyone() {
		if id == sleeper {
			continue
		}
		d.refuse(WrongState, d.act(Transfer, id, stranger, nil))
		d.refuse(WrongState, d.act(EndorseToOrder, id, stranger, nil))
	}
}

func TestInvariant30OnlyIssuerOrDeliveryAgentAnswers(t *testing.T) {
	for _, code := range []ActionCode{AcceptSurrender, RejectSurrender} {
		d := issued(t).pending()
		for _, id := range everyone() {
			if id != operator && id != agent && id != sleeper {
				d.refuse(NotDeliveryAgent, d.act(code, id, "", AnswerTerms{request}))
			}
		}
	}
	byAgent := issued(t).pending()
	byAgent.do(byAgent.act(AcceptSurrender, agent, "", AnswerTerms{request})).check(Surrendered, operator, buyer)
	byIssuer := issued(t).pending()
	byIssuer.do(byIssuer.act(AcceptSurrender, operator, "", AnswerTerms{request})).check(Surrendered, operator, buyer)
}

func TestInvariant31ARejectedSurrenderGivesTheBillBackAsItWas(t *testing.T) {
	d := issued(t).pending()
	d.do(d.act(RejectSurrender, agent, "", AnswerTerms{request})).check(Issued, buyer, buyer)
	if d.bill.Surrender != nil {
		t.Fatalf("the rejected surrender %+v stands on the bill", d.bill.Surrender)
	}
	d.refuse(NothingToReject, d.act(RejectTransfer, buyer, "", RejectTransferTerms{})) // its surrender accepted the bill
	d.transfer(buyer, stranger)
}

func TestInvariant32AfterAcceptanceOnlyGateFactsAndDeliveryFollow(t *testing.T) {
	d := issued(t).surrendered()
	allowed := map[ActionCode]bool{
		NoteOnBoard: true, ConfirmPayment: true, ReleaseMaster: true, ReleaseCustoms: true,
		PlaceHold: true, LiftHold: true, ReleaseTerminal: true, Accomplish: true,
		MakeOrder: true, DeliverAgainstIndemnity: true,
		ReleasePledge: true, // of a bill surrendered on trust; it moves nothing
	}
	for _, code := range ActionCodes() {
		if code != Issue && !allowed[code] {
			d.refuse(WrongState, d.act(code, operator, buyer, nil))
		}
	}
}

func TestInvariant33AnAnswerNamesThePendingRequestAndComesOnce(t *testing.T) {
	used := issued(t).withBuyer()
	used.facts.SurrenderReferenceUsed = true
	used.refuse(SurrenderReferenceUsed, used.surrenderAct(buyer, agent))

	d := issued(t).pending()
	d.refuse(SurrenderReferenceWrong, d.act(AcceptSurrender, agent, "", AnswerTerms{"SURRENDER-2"}))
	d.refuse(SurrenderReferenceWrong, d.act(RejectSurrender, agent, "", AnswerTerms{"SURRENDER-2"}))
	d.do(d.act(AcceptSurrender, agent, "", AnswerTerms{request}))
	d.refuse(WrongState, d.act(AcceptSurrender, agent, "", AnswerTerms{request}))
	d.refuse(WrongState, d.act(RejectSurrender, agent, "", AnswerTerms{request}))
}
