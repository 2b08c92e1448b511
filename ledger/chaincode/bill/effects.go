package bill

import "slices"

// effect is the law's word for what an act changes beside state, possession
// and title.
type effect string

// effects judge an act's terms and record what they say. They run on the bill
// as it was before the act.
var effects = map[effect]func(t *transition) error{
	"ISSUE":               (*transition).issue,
	"NOTE_ON_BOARD":       (*transition).noteOnBoard,
	"REMEMBER_PREVIOUS":   (*transition).rememberPrevious,
	"FORGET_PREVIOUS":     (*transition).checkEndorseTo,
	"OWN_ACT":             func(*transition) error { return nil },
	"SURRENDER":           (*transition).surrender,
	"ANSWER_SURRENDER":    (*transition).answerSurrender,
	"CONFIRM_PAYMENT":     (*transition).confirmPayment,
	"RELEASE_MASTER":      (*transition).releaseMaster,
	"RELEASE_CUSTOMS":     (*transition).releaseCustoms,
	"HOLD":                (*transition).placeHold,
	"LIFT_HOLD":           (*transition).liftHold,
	"GATE_ONE":            (*transition).openGateOne,
	"GATE_TWO":            (*transition).openGateTwo,
	"LAST_ENDORSEMENT":    (*transition).endorseByName,
	"PRESENT":             (*transition).present,
	"TAKE_UP":             (*transition).takeUp,
	"REFUSE_PRESENTATION": (*transition).refusePresentation,
	"PLEDGE":              (*transition).pledge,
	"RELEASE_PLEDGE":      (*transition).releasePledge,
	"RELEASE_ON_TRUST":    (*transition).releaseOnTrust,
	"ENFORCE":             (*transition).enforce,
	"VOID":                (*transition).void,
	"SWITCH_TO_PAPER":     (*transition).switchToPaper,
	"ORDER":               (*transition).order,
	"INDEMNITY":           (*transition).deliverAgainstIndemnity,
}

// rememberPrevious notes what the new possessor restores by rejecting.
func (t *transition) rememberPrevious() error {
	previous := t.previous()
	t.bill.Previous = &previous
	return nil
}

// previous is who has the bill, and the title to restore with it. Where the
// giver also endorsed to the receiver, both go back.
func (t *transition) previous() Previous {
	b := t.bill
	title, unendorsable := b.TitleHolder, b.Unendorsable
	if title == t.act.Recipient {
		title, unendorsable = b.TitleOnReceipt, b.UnendorsableOnReceipt
	}
	return Previous{
		Possessor: b.Possessor, PossessorVouchedBy: b.PossessorVouchedBy, TitleHolder: title, Unendorsable: unendorsable,
	}
}

// endorseByName makes this the last endorsement: who is named cannot endorse.
func (t *transition) endorseByName() error {
	t.bill.Unendorsable = true
	return nil
}

// checkEndorseTo lets only who had the title before it received the bill pass
// the title on while it rejects possession.
func (t *transition) checkEndorseTo() error {
	t.bill.Unendorsable = t.received.Unendorsable
	terms, _ := t.act.Terms.(RejectTransferTerms)
	if terms.EndorseTo == "" {
		return nil
	}
	if !t.bill.IsToOrder {
		return Refuse(NotNegotiable, "bill %s is not to order and cannot be endorsed", t.act.Reference)
	}
	if t.bill.TitleHolder != t.act.Actor || t.received.TitleHolder != t.act.Actor {
		return Refuse(NotTitleHolder, "party %s had no title to bill %s before the transfer that it rejects", t.act.Actor, t.act.Reference)
	}
	if t.received.Unendorsable {
		return Refuse(NotEndorsable, "bill %s was endorsed to party %s by name, who cannot endorse it on", t.act.Reference, t.act.Actor)
	}
	if terms.EndorseTo == t.act.Actor {
		return Refuse(RecipientIsActor, "party %s endorses to itself", t.act.Actor)
	}
	_, err := t.facts.Parties.Active(terms.EndorseTo)
	return err
}

func (t *transition) confirmPayment() error {
	terms, _ := t.act.Terms.(PaymentTerms)
	if slices.Contains(t.bill.ConfirmedPayments, terms.Of) {
		return Refuse(AlreadyConfirmed, "%s of bill %s were confirmed before", terms.Of, t.act.Reference)
	}
	t.bill.ConfirmedPayments = append(t.bill.ConfirmedPayments, terms.Of)
	return nil
}

func (t *transition) releaseMaster() error {
	if t.bill.MasterReleased {
		return Refuse(AlreadyConfirmed, "the master document of bill %s was released before", t.act.Reference)
	}
	t.bill.MasterReleased = true
	return nil
}

func (t *transition) releaseCustoms() error {
	if slices.Contains(t.bill.CustomsReleasedBy, t.act.Actor) {
		return Refuse(AlreadyConfirmed, "party %s released bill %s before", t.act.Actor, t.act.Reference)
	}
	t.bill.CustomsReleasedBy = append(t.bill.CustomsReleasedBy, t.act.Actor)
	return nil
}

func (t *transition) placeHold() error {
	terms, _ := t.act.Terms.(HoldTerms)
	if slices.ContainsFunc(t.bill.Holds, func(h Hold) bool { return h.HoldReference == terms.HoldReference }) {
		return Refuse(HoldExists, "hold %s already lies on bill %s", terms.HoldReference, t.act.Reference)
	}
	t.bill.Holds = append(t.bill.Holds, Hold{HoldReference: terms.HoldReference, PlacedBy: t.act.Actor})
	return nil
}

func (t *transition) liftHold() error {
	terms, _ := t.act.Terms.(HoldTerms)
	t.bill.Holds = slices.DeleteFunc(t.bill.Holds, func(h Hold) bool { return h.HoldReference == terms.HoldReference })
	return nil
}
