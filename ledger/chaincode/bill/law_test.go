package bill

import (
	"slices"
	"testing"
)

// statesOf says in which states each act is possible: the law once more, by
// hand, so that a slip in law.json is seen.
var statesOf = map[ActionCode][]State{
	NoteOnBoard:          {Issued, PendingSurrender, Surrendered},
	Transfer:             {Issued},
	RejectTransfer:       {Issued},
	EndorseToOrder:       {Issued},
	Sign:                 {Issued},
	SurrenderForDelivery: {Issued},
	AcceptSurrender:      {PendingSurrender},
	RejectSurrender:      {PendingSurrender},
	ConfirmPayment:       {Issued, PendingSurrender, Surrendered},
	ReleaseMaster:        {Issued, PendingSurrender, Surrendered},
	ReleaseCustoms:       {Issued, PendingSurrender, Surrendered},
	PlaceHold:            {Issued, PendingSurrender, Surrendered},
	LiftHold:             {Issued, PendingSurrender, Surrendered},
	ReleaseTerminal:      {Issued, PendingSurrender, Surrendered},
	Accomplish:           {Surrendered},
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
	case Transfer, EndorseToOrder:
		return d.act(code, b.Possessor, stranger, nil)
	case RejectTransfer:
		return d.act(code, b.Possessor, "", RejectTransferTerms{})
	case SurrenderForDelivery:
		return d.surrenderAct(b.Possessor, agent)
	case AcceptSurrender, RejectSurrender:
		return d.act(code, agent, "", AnswerTerms{request})
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

// inState brings a bill whose gates wait for nothing into a state.
func inState(t *testing.T, state State) *desk {
	t.Helper()
	d := issued(t, func(terms *IssueTerms) {
		terms.Conditions = Conditions{GateOne: GateOneAgentsCustody}
	}).withBuyer()
	if state == Issued {
		d.do(d.act(PlaceHold, harbour, "", HoldTerms{"HOLD-2"}))
		return d
	}
	d.do(d.surrenderAct(buyer, agent))
	if state == PendingSurrender {
		return d.do(d.act(PlaceHold, harbour, "", HoldTerms{"HOLD-2"}))
	}
	d.do(d.act(AcceptSurrender, agent, "", AnswerTerms{request})).do(d.releaseAct())
	if state == Surrendered {
		return d
	}
	return d.do(d.accomplishAct(buyer))
}

func TestEveryActFromEveryState(t *testing.T) {
	for _, state := range States() {
		for _, code := range ActionCodes() {
			t.Run(string(state)+"/"+string(code), func(t *testing.T) {
				d := inState(t, state)
				if code == LiftHold && state == Surrendered {
					d.do(d.act(PlaceHold, harbour, "", HoldTerms{"HOLD-2"}))
				}
				if code == ReleaseTerminal && len(d.bill.Holds) > 0 {
					d.do(d.act(LiftHold, harbour, "", HoldTerms{"HOLD-2"}))
				}
				a := rightAct(d, code)
				switch {
				case code == Issue:
					d.refuse(Exists, a)
				case state == Accomplished:
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
		d := inState(t, statesOf[code][0])
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
		d := inState(t, state)
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
