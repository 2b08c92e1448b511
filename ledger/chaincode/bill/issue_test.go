package bill

import (
	"testing"
	"time"
)

func TestInvariant1OnlyARegisteredOperatorIssues(t *testing.T) {
	d := newDesk(t)
	a := d.issue()
	for _, id := range everyone() {
		if id == operator || id == otherOperator || id == sleeper {
			continue
		}
		a.Actor = id
		d.refuse(RoleMissing, a)
	}
	a.Actor = nobody
	d.refuse(PartyUnknown, a)
	a.Actor = sleeper
	d.refuse(PartyNotActive, a)
}

func TestInvariant2AReferenceIsNeverUsedAgain(t *testing.T) {
	live := issued(t)
	live.refuse(Exists, live.issue())
	closed := issued(t).accomplished()
	again := closed.issue()
	closed.refuse(Exists, again)
	again.Sequence, again.PreviousActHash = 1, ""
	closed.refuse(Exists, again)
}

func TestInvariant7AStraightBillIsNeverNegotiable(t *testing.T) {
	for _, kind := range []func(*IssueTerms){straight, seaWaybill} {
		d := issued(t, kind).transfer(seller, buyer)
		for _, code := range []ActionCode{Endorse, EndorseToOrder, MakePledge} {
			d.refuse(NotNegotiable, d.act(code, buyer, issuingBank, nil))
		}
		d.refuse(NotNegotiable, d.act(BlankEndorse, buyer, "", nil))
		if d.bill.IsToOrder || d.bill.TitleHolder != buyer {
			t.Errorf("the bill is to order %v, its title with %q", d.bill.IsToOrder, d.bill.TitleHolder)
		}
	}
}

func TestInvariant4TheConsigneeOfAStraightBillHasTheTitle(t *testing.T) {
	issued(t, straight).check(Issued, seller, buyer)
	issued(t, seaWaybill).check(Issued, seller, buyer)
	issued(t).check(Issued, seller, issuingBank)
	issued(t, blank).check(Issued, seller, "")
}

func TestInvariant6IssueIsActOneAndMakesOnePossessor(t *testing.T) {
	d := issued(t).check(Issued, seller, issuingBank)
	if d.bill.Sequence != 1 || d.bill.PossessorVouchedBy != "OperatorMSP" {
		t.Fatalf("ISSUE left sequence %d, vouched for by %s", d.bill.Sequence, d.bill.PossessorVouchedBy)
	}
	second := newDesk(t)
	a := second.issue()
	a.Sequence = 2
	second.refuse(WrongSequence, a)
	second.refuse(Unknown, second.act(Transfer, seller, buyer, nil))
}

func TestInvariant8ABillNeedsTheFirstCarriersReceiptForEveryContainer(t *testing.T) {
	change := func(change func(*Receipt)) func(*IssueTerms) {
		return func(terms *IssueTerms) { change(&terms.Containers[0].Receipt) }
	}
	cases := map[string]struct {
		change func(*IssueTerms)
		reason Reason
	}{
		"not a receipt":         {change(func(r *Receipt) { r.Defect = "cut" }), ReceiptInvalid},
		"of another bill":       {change(func(r *Receipt) { r.Reference = "OBBBBBBBBBBBBBBBBB" }), ReceiptInvalid},
		"of another channel":    {change(func(r *Receipt) { r.Channel = "other" }), ReceiptInvalid},
		"loaded, not taken":     {change(func(r *Receipt) { r.ReceiptType = LoadedOnBoard }), ReceiptInvalid},
		"of another container":  {change(func(r *Receipt) { r.ContainerKey = secondBox }), ReceiptInvalid},
		"signed by the issuer":  {change(func(r *Receipt) { r.SignedBy = signed(operator) }), ReceiptInvalid},
		"by another carrier":    {change(func(r *Receipt) { r.Carrier, r.SignedBy = line, signed(line) }), ReceiptInvalid},
		"by no carrier":         {change(func(r *Receipt) { r.Carrier, r.SignedBy = seller, signed(seller) }), ReceiptInvalid},
		"before custody":        {change(func(r *Receipt) { r.EventDateTime = start.Add(time.Second) }), ReceiptInvalid},
		"of leg 2":              {change(func(r *Receipt) { r.LegSequence = 2 }), ReceiptInvalid},
		"first carrier unknown": {func(terms *IssueTerms) { terms.FirstCarrier = nobody }, PartyUnknown},
		"first carrier a bank":  {func(terms *IssueTerms) { terms.FirstCarrier = issuingBank }, ReceiptInvalid},
		"dated the day before": {func(terms *IssueTerms) {
			terms.TakingInChargeDate = start.AddDate(0, 0, -1).Format(time.DateOnly)
		}, WrongDate},
		"dated the day after": {func(terms *IssueTerms) {
			terms.TakingInChargeDate = start.AddDate(0, 0, 1).Format(time.DateOnly)
		}, WrongDate},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.refuse(c.reason, d.issue(c.change))
		})
	}
}

func TestInvariant8TheDateIsThatOfTheLatestReceipt(t *testing.T) {
	twoBoxes := func(terms *IssueTerms) {
		d := newDesk(t)
		early := d.receipt(TakenInCharge, haulier, 1, secondBox, start.AddDate(0, 0, -1))
		terms.Containers = append(terms.Containers, ContainerReceipt{ContainerKey: secondBox, Receipt: early})
	}
	d := issued(t, twoBoxes)
	if want := FormatTime(start.Add(-time.Hour)); d.bill.TakenInChargeDateTime != want {
		t.Fatalf("taken in charge at %s, wanted %s", d.bill.TakenInChargeDateTime, want)
	}
}

func TestInvariant3TheShipperApprovedExactlyThisDocument(t *testing.T) {
	cases := map[string]func(*Approval){
		"not an approval":    func(a *Approval) { a.Defect = "cut" },
		"another document":   func(a *Approval) { a.DocumentHash = "other" },
		"another bill":       func(a *Approval) { a.Reference = "OBBBBBBBBBBBBBBBBB" },
		"another channel":    func(a *Approval) { a.Channel = "other" },
		"another shipper":    func(a *Approval) { a.Shipper = buyer },
		"signed by operator": func(a *Approval) { a.SignedBy = signed(operator) },
		"after the issue":    func(a *Approval) { a.ApprovedDateTime = start.Add(time.Second) },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.refuse(ApprovalInvalid, d.issue(func(terms *IssueTerms) { change(&terms.Approval) }))
		})
	}
}

func TestInvariant3TheShipperApprovedToWhomTheBillGoes(t *testing.T) {
	cases := map[string]func(*Act, *IssueTerms){
		"another recipient of the bill": func(a *Act, _ *IssueTerms) { a.Recipient = stranger },
		"another who is approved":       func(_ *Act, terms *IssueTerms) { terms.Approval.IssueTo = buyer },
		"another endorsee":              func(_ *Act, terms *IssueTerms) { terms.Endorsee = buyer },
		"blank instead of an endorsee":  func(_ *Act, terms *IssueTerms) { terms.Endorsee = "" },
		"an endorsee instead of blank":  func(_ *Act, terms *IssueTerms) { terms.Approval.Endorsee = "" },
		"straight instead of to order":  func(_ *Act, terms *IssueTerms) { straight(terms) },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			terms := d.issueTerms()
			a := d.act(Issue, operator, seller, nil)
			change(&a, &terms)
			a.Terms = terms
			d.refuse(ApprovalInvalid, a)
		})
	}
	another := newDesk(t)
	terms := another.issueTerms(straight)
	terms.Approval.Consignee = stranger
	another.refuse(ApprovalInvalid, another.act(Issue, operator, seller, terms))
	terms.Approval.IssueTo, terms.Approval.Consignee = buyer, buyer
	another.do(another.act(Issue, operator, buyer, terms)).check(Issued, buyer, buyer)
}

func TestEveryPartyOnTheFaceIsRegisteredInItsRole(t *testing.T) {
	cases := map[string]func(*IssueTerms, PartyID){
		"shipper":        func(terms *IssueTerms, id PartyID) { terms.Shipper = id },
		"delivery agent": func(terms *IssueTerms, id PartyID) { terms.DeliveryAgent = id },
		"carrier's agent": func(terms *IssueTerms, id PartyID) {
			terms.CarriersAgent = id
		},
		"terminal":       func(terms *IssueTerms, id PartyID) { terms.Terminal = id },
		"customs":        func(terms *IssueTerms, id PartyID) { terms.Customs = []PartyID{customs, id} },
		"first carrier":  func(terms *IssueTerms, id PartyID) { terms.FirstCarrier = id },
		"endorsee":       func(terms *IssueTerms, id PartyID) { terms.Endorsee = id },
		"consignee of a": func(terms *IssueTerms, id PartyID) { straight(terms); terms.Consignee = id },
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.refuse(PartyUnknown, d.issue(func(terms *IssueTerms) { change(terms, nobody) }))
			d.refuse(PartyNotActive, d.issue(func(terms *IssueTerms) { change(terms, sleeper) }))
			switch name {
			case "endorsee", "consignee of a": // of any role
			case "first carrier":
				d.refuse(ReceiptInvalid, d.issue(func(terms *IssueTerms) {
					terms.FirstCarrier = stranger
					terms.Containers[0].Receipt.Carrier, terms.Containers[0].Receipt.SignedBy = stranger, signed(stranger)
				}))
			default:
				d.refuse(RoleMissing, d.issue(func(terms *IssueTerms) { change(terms, stranger) }))
			}
		})
	}
	d := newDesk(t)
	a := d.issue()
	a.Recipient = nobody
	d.refuse(PartyUnknown, a)
}

func TestInvariant43AContainerLiesUnderOneLiveBill(t *testing.T) {
	d := newDesk(t)
	d.facts.BillOfContainer[box] = "OBBBBBBBBBBBBBBBBB"
	d.refuse(ContainerUnderAnother, d.issue())
}

func TestInvariant63NoteOnBoardOncePerLegByTheIssuerWithAReceiptForEveryContainer(t *testing.T) {
	twoBoxes := func(terms *IssueTerms) {
		second := terms.Containers[0]
		second.ContainerKey, second.Receipt.ContainerKey = secondBox, secondBox
		terms.Containers = append(terms.Containers, second)
	}
	loaded := func(d *desk, container string) Receipt {
		return d.receipt(LoadedOnBoard, line, 3, container, d.facts.Now)
	}
	note := func(d *desk, receipts ...Receipt) Act {
		return d.act(NoteOnBoard, operator, "", NoteOnBoardTerms{LegSequence: 3, Receipts: receipts})
	}
	changed := func(receipt Receipt, change func(*Receipt)) Receipt {
		change(&receipt)
		return receipt
	}

	d := issued(t, twoBoxes).transfer(seller, issuingBank)
	one, two := loaded(d, box), loaded(d, secondBox)
	d.refuse(ReceiptMissing, note(d, one))
	d.refuse(ReceiptInvalid, note(d, one, two, two))
	d.refuse(ReceiptInvalid, note(d, one, two, loaded(d, "box-3")))
	d.refuse(ReceiptInvalid, note(d, one, changed(two, func(r *Receipt) { r.LegSequence = 2 })))
	d.refuse(ReceiptInvalid, note(d, one, changed(two, func(r *Receipt) { r.ReceiptType = TakenInCharge })))
	d.refuse(ReceiptInvalid, note(d, one, changed(two, func(r *Receipt) { r.SignedBy = signed(operator) })))
	d.refuse(ReceiptInvalid, note(d, one, changed(two, func(r *Receipt) { r.EventDateTime = d.facts.Now.Add(time.Hour) })))
	d.refuse(ReceiptInvalid, note(d, one, changed(two, func(r *Receipt) { r.Carrier, r.SignedBy = haulier, signed(haulier) })))
	d.refuse(ReceiptInvalid, note(d, one, changed(two, func(r *Receipt) { r.Carrier, r.SignedBy = nobody, signed(nobody) })))
	d.refuse(ReceiptInvalid, note(d, one, changed(two, func(r *Receipt) { r.EventDateTime = start.Add(-2 * time.Hour) })))
	notIssuer := note(d, one, two)
	notIssuer.Actor = otherOperator
	d.refuse(NotIssuer, notIssuer)

	d.do(note(d, one, two)).check(Issued, issuingBank, issuingBank)
	d.refuse(AlreadyNoted, note(d, one, two))
}
