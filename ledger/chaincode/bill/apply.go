package bill

import (
	"time"
)

// maxClockLead is how far an actor's clock may be ahead of the transaction's.
const maxClockLead = 2 * time.Minute

// Facts are what the ledger knows beside the bill when an act arrives.
type Facts struct {
	Now                    time.Time         // the transaction's time
	Parties                Parties           // the parties that the act names
	BillOfContainer        map[string]string // what the ledger holds for a container (see Under)
	PledgeOfContainer      map[string]string // for PLEDGE: the bill under which each container is pledged
	Replaced               map[string]*Bill  // for ISSUE: the bills that it says it replaces
	BillsBeside            map[string]State  // for the gates: other bills on a part container of this one
	SurrenderReferenceUsed bool              // the act's surrender reference was used before
	PassUsed               bool              // the act's pass was used before
}

// transition is an act on its way through the law.
type transition struct {
	act   Act
	facts Facts
	actor Party
	bill  *Bill // the record that will be, given that nothing refuses
	// received is what the possessor restores by rejecting the bill, or by
	// refusing the presentation; nil once it has accepted it.
	received *Previous
	released *Pledge // the pledge that this act ends
}

// Apply judges an act over a bill, nil where there is none yet, and returns
// the record that follows. The given record is never changed.
func Apply(before *Bill, act Act, facts Facts) (*Bill, error) {
	if err := checkTimes(before, act, facts.Now); err != nil {
		return nil, err
	}
	if err := checkChain(before, act); err != nil {
		return nil, err
	}
	actor, err := facts.Parties.Active(act.Actor)
	if err != nil {
		return nil, err
	}
	m := law.Acts[act.ActionCode]
	t := &transition{act: act, facts: facts, actor: actor, bill: &Bill{TransportDocumentReference: act.Reference}}
	if before != nil {
		if err := m.checkState(before, act.ActionCode); err != nil {
			return nil, err
		}
		t.bill = before.Clone()
	}
	if err := t.run(m); err != nil {
		return nil, err
	}
	t.append()
	return t.bill, nil
}

// run asks every rule of the move, then moves state, possession and title.
// The effect comes before possession and title, since it speaks of the bill
// as it was before the act.
func (t *transition) run(m move) error {
	if err := actorRules[m.Actor](t.bill, t.actor, t.act.Terms); err != nil {
		return err
	}
	if err := t.checkRecipient(m.Recipient); err != nil {
		return err
	}
	t.received = t.bill.Previous
	if t.act.Actor == t.bill.Possessor {
		t.bill.Previous = nil // whatever the possessor does now, it has accepted the bill
	}
	if err := effects[m.Effect](t); err != nil {
		return err
	}
	t.bill.State = m.after(t.bill)
	titleRules[m.Title](t)
	possessionRules[m.Possession](t)
	return nil
}

// append puts the act at the head of the bill's chain.
func (t *transition) append() {
	t.bill.Sequence = t.act.Sequence
	t.bill.HeadActHash = t.act.Hash
	t.bill.EventDateTime = FormatTime(t.facts.Now)
	t.bill.EventNanoseconds = int64(t.facts.Now.Nanosecond())
}

// checkTimes keeps the order of time: an act is neither of the future, nor
// expired, nor before the act that it follows.
func checkTimes(before *Bill, act Act, now time.Time) error {
	if act.ActionDateTime.Sub(now) > maxClockLead {
		return Refuse(ActFromTheFuture, "the act is signed for %s, but it is %s", FormatTime(act.ActionDateTime), FormatTime(now))
	}
	if act.ExpiryDateTime.Before(now) {
		return Refuse(ActExpired, "the act expired at %s, and it is %s", FormatTime(act.ExpiryDateTime), FormatTime(now))
	}
	if before == nil {
		return nil
	}
	last, err := before.lastEvent()
	if err != nil {
		return err
	}
	if now.Before(last) {
		return Refuse(TimeBeforePrevious, "the transaction's time %s is before that of the previous act, %s", FormatTime(now), FormatTime(last))
	}
	return nil
}

// checkChain lets an act only follow the head of the chain that it names.
func checkChain(before *Bill, act Act) error {
	switch {
	case before == nil && act.ActionCode != Issue:
		return Refuse(Unknown, "there is no bill %s", act.Reference)
	case before == nil && act.Sequence != 1:
		return Refuse(WrongSequence, "ISSUE is act 1 of a bill, not act %d", act.Sequence)
	case before == nil:
		return nil
	case act.ActionCode == Issue:
		return Refuse(Exists, "bill %s was issued before; a reference is never used again", act.Reference)
	case act.Sequence != before.Sequence+1:
		return Refuse(WrongSequence, "the next act of bill %s is %d, not %d", act.Reference, before.Sequence+1, act.Sequence)
	case act.PreviousActHash != before.HeadActHash:
		return Refuse(WrongPreviousHash, "act %d does not follow the act that is the head of bill %s", act.Sequence, act.Reference)
	}
	return nil
}
