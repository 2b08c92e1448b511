package bill

import (
	"slices"
	"testing"
	"time"
)

// statesOf says in which states each act is possible: the law once more, by
// hand, so that a slip in law.json is seen.
var statesOf = map[ActionCode][]State{
	NoteOnBoard:             {Issued, PendingSurrender, PendingAmendment, Surrendered, SurrenderedForAmendment},
	Transfer:                {Issued},
	RejectTransfer:          {Issued},
	Endorse:                 {Issued},
	EndorseToOrder:          {Issued},
	BlankEndorse:            {Issued},
	Sign:                    {Issued},
	Present:                 {Issued},
	TakeUp:                  {Issued},
	RefusePresentation:      {Issued},
	MakePledge:              {Issued},
	ReleasePledge:           {Issued, PendingSurrender, Surrendered},
	ReleaseOnTrust:          {Issued},
	Enforce:                 {Issued},
	SurrenderForDelivery:    {Issued},
	SurrenderForAmendment:   {Issued},
	WithdrawSurrender:       {PendingSurrender, PendingAmendment},
	AcceptSurrender:         {PendingSurrender, PendingAmendment},
	RejectSurrender:         {PendingSurrender, PendingAmendment},
	Void:                    {SurrenderedForAmendment},
	SwitchToPaper:           {SurrenderedForAmendment},
	ConfirmPayment:          {Issued, PendingSurrender, PendingAmendment, Surrendered, SurrenderedForAmendment},
	ReleaseMaster:           {Issued, PendingSurrender, PendingAmendment, Surrendered, SurrenderedForAmendment},
	ReleaseCustoms:          {Issued, PendingSurrender, PendingAmendment, Surrendered, SurrenderedForAmendment},
	PlaceHold:               {Issued, PendingSurrender, PendingAmendment, Surrendered, SurrenderedForAmendment},
	LiftHold:                {Issued, PendingSurrender, PendingAmendment, Surrendered, SurrenderedForAmendment},
	MakeOrder:               {Issued, PendingSurrender, PendingAmendment, Surrendered, SurrenderedForAmendment},
	ReleaseTerminal:         {Issued, PendingSurrender, Surrendered},
	DeliverAgainstIndemnity: {Issued, PendingSurrender, PendingAmendment, Surrendered},
	Accomplish:              {Surrendered}, // a sea waybill's too while ISSUED
}

// rightAct is each act as it would be right in a state in which it is
// possible.
func rightAct(d *desk, code ActionCode) Act {
	b := d.bill
	switch code {
	case Issue:
		return d.issue()
	case NoteOnBoard:
		receipt := d.receipt(LoadedOnBoard, line, 3, box, d.facts.Now)
		return d.act(code, operator, "", NoteOnBoardTerms{LegSequence: 3, Receipts: []Receipt{receipt}})
	case Transfer, Endorse, EndorseToOrder:
		return d.act(code, b.Possessor, stranger, nil)
	case RejectTransfer, RefusePresentation:
		return d.act(code, b.Possessor, "", RejectTransferTerms{})
	case Present:
		return d.presentAct(b.Possessor, otherBank)
	case MakePledge:
		return d.act(code, b.Possessor, otherBank, nil)
	case ReleasePledge:
		return d.act(code, otherBank, "", nil)
	case ReleaseOnTrust:
		return d.act(code, otherBank, stranger, TrustTerms{Until: d.facts.Now.Add(time.Hour)})
	case Enforce:
		return d.act(code, otherBank, "", EnforceTerms{DefaultRecordHash: "default", DefaultDateTime: d.facts.Now})
	case SurrenderForAmendment:
		return d.amendAct(b.Possessor, AmendParties)
	case WithdrawSurrender:
		return d.act(code, b.Possessor, "", AnswerTerms{request})
	case Void:
		return d.act(code, operator, "", nil)
	case SwitchToPaper:
		return d.act(code, operator, "", PaperTerms{"print"})
	case MakeOrder:
		return d.act(code, court, "", OrderTerms{OrderReference: "ORDER-1", Order: OrderHoldAll, OrderHash: "order"})
	case DeliverAgainstIndemnity:
		return d.act(code, agent, stranger, IndemnityTerms{"indemnity"})
	case SurrenderForDelivery:
		return d.surrenderAct(b.Possessor, agent)
	case AcceptSurrender, RejectSurrender:
		by := agent
		if b.State == PendingAmendment {
			by = operator
		}
		return d.act(code, by, "", AnswerTerms{request})
	case ConfirmPayment:
		return d.act(code, operator, "", PaymentTerms{ReceiverCharges})
	case ReleaseMaster:
		return d.act(code, lineAgent, "", nil)
	case ReleaseCustoms:
		return d.act(code, customs, "", nil)
	case PlaceHold:
		return d.act(code, harbour, "", HoldTerms{holdOne})
	case LiftHold:
		return d.act(code, harbour, "", HoldTerms{"HOLD-2"})
	case ReleaseTerminal:
		return d.releaseAct()
	case Accomplish:
		return d.accomplishAct(buyer)
	}
	return d.act(code, b.Possessor, "", nil) // SIGN
}

// inState brings a bill whose gates wait for nothing into a state, ready for
// the act.
func inState(t *testing.T, state State, code ActionCode) *desk {
	t.Helper()
	d := issued(t, func(terms *IssueTerms) {
		terms.Conditions = Conditions{GateOne: GateOneAgentsCustody}
	}).withBuyer()
	if code == LiftHold {
		d.do(d.act(PlaceHold, harbour, "", HoldTerms{"HOLD-2"}))
	}
	switch state {
	case Issued:
		switch code {
		case RejectTransfer: // it has just received the bill
			d = issued(t).withBuyer()
		case TakeUp, RefusePresentation:
			d.do(d.presentAct(buyer, otherBank))
		case ReleasePledge, ReleaseOnTrust, Enforce:
			d.do(d.act(MakePledge, buyer, otherBank, nil))
		}
		return d
	case PendingAmendment, SurrenderedForAmendment, Voided, Paper:
		return d.amended(state, state == SurrenderedForAmendment && code == SwitchToPaper)
	}
	if code == ReleasePledge {
		d.do(d.act(MakePledge, buyer, otherBank, nil))
		d.do(d.act(ReleaseOnTrust, otherBank, buyer, TrustTerms{Until: d.facts.Now.Add(time.Hour)}))
	}
	d.do(d.surrenderAct(buyer, agent))
	if state == PendingSurrender {
		return d
	}
	d.do(d.act(AcceptSurrender, agent, "", AnswerTerms{request}))
	if state == Surrendered && code != Accomplish {
		return d
	}
	d.do(d.releaseAct())
	if state == Surrendered {
		return d
	}
	return d.do(d.accomplishAct(buyer))
}

// amended goes on from the buyer's possession to a state of amendment.
func (d *desk) amended(state State, toPaper bool) *desk {
	d.t.Helper()
	reason := AmendParties
	if toPaper || state == Paper {
		reason = AmendToPaper
	}
	d.do(d.amendAct(d.bill.Possessor, reason))
	if state == PendingAmendment {
		return d
	}
	d.do(d.act(AcceptSurrender, operator, "", AnswerTerms{request}))
	switch state {
	case Voided:
		return d.do(d.act(Void, operator, "", nil))
	case Paper:
		return d.do(d.act(SwitchToPaper, operator, "", PaperTerms{"print"}))
	}
	return d
}

func TestEveryActFromEveryState(t *testing.T) {
	closed := []State{Accomplished, Voided, Paper}
	for _, state := range States() {
		for _, code := range ActionCodes() {
			if slices.Contains(closed, state) && code == LiftHold {
				continue // nothing ends while it is held, so there is no hold to lift
			}
			t.Run(string(state)+"/"+string(code), func(t *testing.T) {
				d := inState(t, state, code)
				a := rightAct(d, code)
				switch {
				case code == Issue:
					d.refuse(Exists, a)
				case slices.Contains(closed, state):
					d.refuse(Closed, a)
				case !slices.Contains(statesOf[code], state):
					d.refuse(WrongState, a)
				default:
					d.do(a)
				}
			})
		}
	}
}

func TestInvariant38AnAccomplishedBillRefusesEveryActOfEveryone(t *testing.T) {
	d := issued(t).accomplished().check(Accomplished, operator, buyer)
	for _, code := range ActionCodes() {
		for _, id := range everyone() {
			if code != Issue && id != sleeper {
				a := rightAct(d, code)
				a.Actor = id
				d.refuse(Closed, a)
			}
		}
	}
}

func TestAnUnknownOrSleepingPartyDoesNothing(t *testing.T) {
	for _, code := range ActionCodes() {
		if code == Issue {
			continue
		}
		d := inState(t, statesOf[code][0], code)
		a := rightAct(d, code)
		a.Actor = nobody
		d.refuse(PartyUnknown, a)
		a.Actor = sleeper
		d.refuse(PartyNotActive, a)
	}
}

func TestALawThatNamesWhatNoCodeKeepsStopsTheProgram(t *testing.T) {
	for _, text := range []string{
		`{`,
		`{"states":["ISSUED"],"acts":{"X":{"actor":"ANYONE","recipient":"ABSENT","to":"SAME","possession":"SAME","title":"SAME","effect":"OWN_ACT"}}}`,
		`{"states":["ISSUED"],"acts":{"X":{"actor":"ISSUER","recipient":"ABSENT","to":"LOST","possession":"SAME","title":"SAME","effect":"OWN_ACT"}}}`,
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("the law %s was read", text)
				}
			}()
			mustReadLaw([]byte(text))
		}()
	}
}

func TestPossibleSaysWhatApplyWouldSay(t *testing.T) {
	for _, state := range States() {
		d := inState(t, state, Sign)
		for _, id := range everyone() {
			for _, answer := range d.bill.Possible(d.facts.Parties[id], d.facts.Now) {
				a := rightAct(d, answer.ActionCode)
				a.Actor = id
				_, err := Apply(d.bill, a, d.facts)
				if err == nil && !answer.Allowed {
					t.Errorf("%s: %s may %s, yet the answer is %s", state, id, answer.ActionCode, answer.Reason)
				}
				if (answer.Reason == "") != answer.Allowed {
					t.Errorf("%s: %s of %s is allowed %v for reason %q", state, answer.ActionCode, id, answer.Allowed, answer.Reason)
				}
			}
		}
	}
}
