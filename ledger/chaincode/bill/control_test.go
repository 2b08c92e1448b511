package bill

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestInvariant14OnlyThePossessorTransfers(t *testing.T) {
	d := issued(t)
	for _, id := range everyone() {
		if id != seller && id != sleeper {
			d.refuse(NotPossessor, d.act(Transfer, id, buyer, nil))
		}
	}
	d.refuse(RecipientIsActor, d.act(Transfer, seller, seller, nil))
	d.refuse(PartyUnknown, d.act(Transfer, seller, nobody, nil))
	d.refuse(PartyNotActive, d.act(Transfer, seller, sleeper, nil))
	d.refuse(PartyUnknown, d.act(Transfer, seller, "", nil))
	d.transfer(seller, issuingBank)
	d.refuse(NotPossessor, d.act(Transfer, seller, buyer, nil)) // it sold the bill already
}

func TestInvariant15TransferKeepsTheTitleAndEndorseKeepsPossession(t *testing.T) {
	d := issued(t)
	d.transfer(seller, issuingBank).check(Issued, issuingBank, issuingBank)
	d.endorse(issuingBank, buyer).check(Issued, issuingBank, buyer)
	d.transfer(issuingBank, stranger).check(Issued, stranger, buyer)
}

func TestInvariant16OnlyTheTitleHolderInPossessionEndorses(t *testing.T) {
	d := issued(t)
	d.refuse(NotTitleHolder, d.act(EndorseToOrder, seller, buyer, nil))    // possession, no title
	d.refuse(NotPossessor, d.act(EndorseToOrder, issuingBank, buyer, nil)) // title, no possession
	d.refuse(NotPossessor, d.act(EndorseToOrder, stranger, buyer, nil))    // neither
	d.refuse(NotPossessor, d.act(EndorseToOrder, operator, operator, nil)) // nor its issuer
	d.transfer(seller, issuingBank)
	d.refuse(RecipientIsActor, d.act(EndorseToOrder, issuingBank, issuingBank, nil))
	d.refuse(PartyUnknown, d.act(EndorseToOrder, issuingBank, nobody, nil))
	d.endorse(issuingBank, buyer)
	d.refuse(NotTitleHolder, d.act(EndorseToOrder, issuingBank, stranger, nil)) // no longer its own
}

func TestInvariant18AStraightBillIsNeverEndorsed(t *testing.T) {
	for _, kind := range []func(*IssueTerms){straight, seaWaybill} {
		d := issued(t, kind)
		d.refuse(NotNegotiable, d.act(EndorseToOrder, seller, stranger, nil))
		d.transfer(seller, buyer)
		d.refuse(NotNegotiable, d.act(EndorseToOrder, buyer, stranger, nil))
		d.refuse(NotNegotiable, d.act(RejectTransfer, buyer, "", RejectTransferTerms{EndorseTo: stranger}))
	}
}

func TestInvariant19ABlankBillsRightsFollowPossession(t *testing.T) {
	d := issued(t, blank).transfer(seller, stranger)
	d.refuse(NotPossessor, d.act(EndorseToOrder, seller, buyer, nil))
	d.do(d.act(EndorseToOrder, stranger, buyer, nil)).check(Issued, stranger, buyer)

	other := issued(t, blank).transfer(seller, stranger)
	other.do(other.surrenderAct(stranger, agent)).check(PendingSurrender, stranger, "")
}

func TestInvariant20OnlyTheFirstActAfterReceivingRejects(t *testing.T) {
	d := issued(t)
	d.refuse(NothingToReject, d.act(RejectTransfer, seller, "", RejectTransferTerms{})) // it came by ISSUE
	d.transfer(seller, issuingBank)
	d.refuse(NotPossessor, d.act(RejectTransfer, seller, "", RejectTransferTerms{}))

	signs := issued(t).transfer(seller, issuingBank)
	signs.do(signs.act(Sign, issuingBank, "", nil))
	signs.refuse(NothingToReject, signs.act(RejectTransfer, issuingBank, "", RejectTransferTerms{}))

	endorses := issued(t).transfer(seller, issuingBank).endorse(issuingBank, buyer)
	endorses.refuse(NothingToReject, endorses.act(RejectTransfer, issuingBank, "", RejectTransferTerms{}))

	holds := issued(t).transfer(seller, customs) // any act by it, even one of office
	holds.do(holds.act(PlaceHold, customs, "", HoldTerms{holdOne}))
	holds.refuse(NothingToReject, holds.act(RejectTransfer, customs, "", RejectTransferTerms{}))
}

func TestInvariant20ActsOfOthersLeaveTheRightToReject(t *testing.T) {
	d := issued(t).transfer(seller, issuingBank)
	d.do(d.act(PlaceHold, customs, "", HoldTerms{holdOne}))
	d.do(d.act(ReleaseMaster, lineAgent, "", nil))
	d.do(d.act(RejectTransfer, issuingBank, "", RejectTransferTerms{})).check(Issued, seller, issuingBank)
}

func TestInvariant20WhoReceivedBothRejectsBoth(t *testing.T) {
	d := issued(t).withBuyer().check(Issued, buyer, buyer)
	d.do(d.act(RejectTransfer, buyer, "", RejectTransferTerms{})).check(Issued, issuingBank, issuingBank)
	d.refuse(NothingToReject, d.act(RejectTransfer, issuingBank, "", RejectTransferTerms{}))
	d.endorse(issuingBank, stranger).transfer(issuingBank, stranger).check(Issued, stranger, stranger)
}

func TestInvariant20WhoReceivedBothOfABlankBillGivesItBackBlank(t *testing.T) {
	d := issued(t, blank).endorse(seller, buyer).transfer(seller, buyer)
	d.do(d.act(RejectTransfer, buyer, "", RejectTransferTerms{})).check(Issued, seller, "")
}

func TestInvariant20WhoHadTheTitleBeforeMayPassItOnWhileRejecting(t *testing.T) {
	d := issued(t).transfer(seller, issuingBank)
	reject := func(to PartyID) Act {
		return d.act(RejectTransfer, issuingBank, "", RejectTransferTerms{EndorseTo: to})
	}
	d.refuse(RecipientIsActor, reject(issuingBank))
	d.refuse(PartyUnknown, reject(nobody))
	d.refuse(PartyNotActive, reject(sleeper))
	d.do(reject(seller)).check(Issued, seller, seller)

	both := issued(t).withBuyer() // the buyer had no title before
	both.refuse(NotTitleHolder, both.act(RejectTransfer, buyer, "", RejectTransferTerms{EndorseTo: stranger}))
	none := issued(t).transfer(seller, stranger)
	none.refuse(NotTitleHolder, none.act(RejectTransfer, stranger, "", RejectTransferTerms{EndorseTo: seller}))
}

func TestInvariant21RejectionRestoresWhoHadItAndForgets(t *testing.T) {
	d := issued(t).transfer(seller, issuingBank)
	d.do(d.act(RejectTransfer, issuingBank, "", RejectTransferTerms{}))
	d.check(Issued, seller, issuingBank)
	if d.bill.Previous != nil || d.bill.PossessorVouchedBy != "OperatorMSP" {
		t.Fatalf("rejection left %+v, vouched for by %s", d.bill.Previous, d.bill.PossessorVouchedBy)
	}
	d.refuse(NothingToReject, d.act(RejectTransfer, seller, "", RejectTransferTerms{}))
	third := issued(t).withBuyer().transfer(buyer, stranger)
	third.do(third.act(RejectTransfer, stranger, "", RejectTransferTerms{})).check(Issued, buyer, buyer)
}

func TestInvariant22NothingMovesWhilePendingOrSurrendered(t *testing.T) {
	for _, d := range []*desk{issued(t).pending(), issued(t).surrendered()} {
		for _, actor := range []PartyID{buyer, operator, agent, issuingBank} {
			d.refuse(WrongState, d.act(Transfer, actor, stranger, nil))
			d.refuse(WrongState, d.act(EndorseToOrder, actor, stranger, nil))
			d.refuse(WrongState, d.act(RejectTransfer, actor, "", RejectTransferTerms{}))
			d.refuse(WrongState, d.act(Sign, actor, "", nil))
			d.refuse(WrongState, d.surrenderAct(actor, agent))
		}
	}
}

func TestInvariant24OnlyThePossessorSigns(t *testing.T) {
	d := issued(t)
	d.refuse(NotPossessor, d.act(Sign, issuingBank, "", nil))
	d.do(d.act(Sign, seller, "", nil)).check(Issued, seller, issuingBank)
	if Sign.NamesRecipient() {
		t.Fatal("SIGN names a recipient")
	}
}

// TestInvariant13ThereIsAlwaysOnePossessor walks at random: every party tries
// every act, and whatever the law lets through leaves one registered possessor
// and moves possession and title by the acts made for it alone.
func TestInvariant13ThereIsAlwaysOnePossessor(t *testing.T) {
	movesPossession := []ActionCode{
		Transfer, RejectTransfer, AcceptSurrender, Present, RefusePresentation,
		MakePledge, ReleasePledge, ReleaseOnTrust, Enforce, MakeOrder,
	}
	movesTitle := []ActionCode{EndorseToOrder, Endorse, BlankEndorse, RejectTransfer, RefusePresentation, Enforce}
	seen := map[State]int{}
	leftOut := [][]ActionCode{ // so that walks come to each end
		{MakeOrder, DeliverAgainstIndemnity, PlaceHold, SurrenderForAmendment},
		{MakeOrder, DeliverAgainstIndemnity, PlaceHold, SurrenderForDelivery},
		{},
	}
	for seed := uint64(0); seed < 120; seed++ {
		random := rand.New(rand.NewPCG(seed, 3))
		kind := []func(*IssueTerms){blank, straight, func(*IssueTerms) {}}[seed/3%3]
		d := issued(t, kind)
		d.do(d.act(ConfirmPayment, terminal, "", PaymentTerms{TerminalCharges}))
		for range 400 {
			a := randomAct(d, random)
			if slices.Contains(leftOut[seed%3], a.ActionCode) {
				continue
			}
			after, err := Apply(d.bill, a, d.facts)
			if err != nil {
				continue
			}
			if _, err := d.facts.Parties.Active(after.Possessor); err != nil {
				t.Fatalf("seed %d: %s left possessor %q", seed, a.ActionCode, after.Possessor)
			}
			if after.Possessor != d.bill.Possessor && !slices.Contains(movesPossession, a.ActionCode) {
				t.Fatalf("seed %d: %s moved possession", seed, a.ActionCode)
			}
			if after.TitleHolder != d.bill.TitleHolder && !slices.Contains(movesTitle, a.ActionCode) {
				t.Fatalf("seed %d: %s moved the title", seed, a.ActionCode)
			}
			if after.PossessorVouchedBy != d.facts.Parties[after.Possessor].VouchingOrganisation {
				t.Fatalf("seed %d: %s left %s vouched for by %s", seed, a.ActionCode, after.Possessor, after.PossessorVouchedBy)
			}
			seen[after.State]++
			d.bill = after
		}
	}
	for _, state := range States() {
		if seen[state] == 0 {
			t.Errorf("the walk never saw a bill %s", state)
		}
	}
}

func randomAct(d *desk, random *rand.Rand) Act {
	codes, cast := ActionCodes(), everyone()
	pick := func() PartyID { return cast[random.IntN(len(cast))] }
	code := codes[random.IntN(len(codes))]
	actor := []PartyID{pick(), d.bill.Possessor, inCharge(code)}[random.IntN(3)]
	recipient := pick()
	switch code {
	case SurrenderForDelivery:
		recipient = agent
	case SurrenderForAmendment:
		recipient = operator
	case Present, MakePledge:
		recipient = []PartyID{issuingBank, otherBank}[random.IntN(2)]
	case Accomplish:
		recipient = buyer
	case ReleaseTerminal:
		recipient = haulier
	}
	terms := map[ActionCode]Terms{
		Issue:                   d.issueTerms(),
		NoteOnBoard:             NoteOnBoardTerms{LegSequence: random.Int64N(3) + 1},
		RejectTransfer:          RejectTransferTerms{EndorseTo: []PartyID{"", pick()}[random.IntN(2)]},
		SurrenderForDelivery:    SurrenderTerms{SurrenderRequestReference: request, DeliverTo: buyer},
		SurrenderForAmendment:   AmendmentTerms{SurrenderRequestReference: request, ReasonCode: []string{AmendToPaper, AmendParties}[random.IntN(2)]},
		WithdrawSurrender:       AnswerTerms{request},
		SwitchToPaper:           PaperTerms{"print"},
		Present:                 PresentTerms{CreditReferenceHash: "credit", DocumentHashes: []string{"invoice"}},
		RefusePresentation:      RejectTransferTerms{EndorseTo: []PartyID{"", pick()}[random.IntN(2)]},
		ReleaseOnTrust:          TrustTerms{Until: d.facts.Now.Add(1e12)},
		Enforce:                 EnforceTerms{DefaultRecordHash: "default", DefaultDateTime: d.facts.Now},
		MakeOrder:               OrderTerms{OrderReference: "ORDER-1", Order: []string{OrderHoldAll, OrderLift, OrderLift}[random.IntN(3)], OrderHash: "order"},
		DeliverAgainstIndemnity: IndemnityTerms{"indemnity"},
		AcceptSurrender:         AnswerTerms{request},
		RejectSurrender:         AnswerTerms{request},
		ConfirmPayment:          PaymentTerms{[]PaymentOf{ReceiverCharges, GeneralAverage, TerminalCharges}[random.IntN(3)]},
		PlaceHold:               HoldTerms{holdOne},
		LiftHold:                HoldTerms{holdOne},
		ReleaseTerminal:         ReleaseTerms{PassHash: pass, ContainerKeys: []string{box}, ValidUntil: d.facts.Now.Add(1e12)},
		Accomplish:              AccomplishTerms{ProofOfDeliveryHash: "proof", PassHash: pass},
	}[code]
	return d.act(code, actor, recipient, terms)
}

// inCharge is who does an act that is not the possessor's.
func inCharge(code ActionCode) PartyID {
	switch code {
	case ReleaseMaster:
		return lineAgent
	case ReleaseCustoms, PlaceHold, LiftHold:
		return customs
	case ConfirmPayment, NoteOnBoard, Issue, Void, SwitchToPaper, AcceptSurrender:
		return operator
	case MakeOrder:
		return court
	case ReleasePledge, ReleaseOnTrust, Enforce:
		return otherBank
	}
	return agent
}
