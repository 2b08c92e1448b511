package bill

import "slices"

// effect is the law's word for what an act changes beside state, possession
// and title.
type effect string

// effects judge an act's terms and record what they say. They run on the bill
// as it was before the act.
var effects = map[effect]func(t *transition) error{
	"ISSUE":             (*transition).issue,
	"NOTE_ON_BOARD":     (*transition).noteOnBoard,
	"REMEMBER_PREVIOUS": (*transition).rememberPrevious,
	"FORGET_PREVIOUS":   (*transition).checkEndorseTo,
	"OWN_ACT":           func(*transition) error { return nil },
	"SURRENDER":         (*transition).surrender,
	"ANSWER_SURRENDER":  (*transition).answerSurrender,
	"CONFIRM_PAYMENT":   (*transition).confirmPayment,
	"RELEASE_MASTER":    (*transition).releaseMaster,
	"RELEASE_CUSTOMS":   (*transition).releaseCustoms,
	"HOLD":              (*transition).placeHold,
	"LIFT_HOLD":         (*transition).liftHold,
	"GATE_ONE":          (*transition).openGateOne,
	"GATE_TWO":          (*transition).openGateTwo,
}

// rememberPrevious notes what the new possessor restores by rejecting. Where
// the giver also endorsed to the receiver, both go back.
func (t *transition) rememberPrevious() error {
	b := t.bill
	title := b.TitleHolder
	if title == t.act.Recipient {
		title = b.TitleOnReceipt
	}
	b.Previous = &Previous{Possessor: b.Possessor, PossessorVouchedBy: b.PossessorVouchedBy, TitleHolder: title}
	return nil
}

// checkEndorseTo lets only who had the title before it received the bill pass
// the title on while it rejects possession.
func (t *transition) checkEndorseTo() error {
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
	if terms.EndorseTo == t.act.Actor {
		return Refuse(RecipientIsActor, "party %s endorses to itself", t.act.Actor)
	}
	_, err := t.facts.Parties.Active(terms.EndorseTo)
	return err
}

func (t *transition) surrender() error {
	terms, _ := t.act.Terms.(SurrenderTerms)
	if t.facts.SurrenderReferenceUsed {
		return Refuse(SurrenderReferenceUsed, "surrender request %s was used before; a reference is never used again", terms.SurrenderRequestReference)
	}
	for _, party := range terms.Parties() {
		if _, err := t.facts.Parties.Active(party); err != nil {
			return err
		}
	}
	t.bill.Surrender = &Surrender{
		DeliverTo:                 terms.DeliverTo,
		PickUpParty:               terms.PickUpParty,
		SurrenderRequestReference: terms.SurrenderRequestReference,
	}
	return nil
}

func (t *transition) answerSurrender() error {
	terms, _ := t.act.Terms.(AnswerTerms)
	pending := t.bill.Surrender
	if pending == nil || pending.SurrenderRequestReference != terms.SurrenderRequestReference {
		return Refuse(SurrenderReferenceWrong, "surrender request %s is not the one that bill %s waits with", terms.SurrenderRequestReference, t.act.Reference)
	}
	if t.act.ActionCode == RejectSurrender {
		t.bill.Surrender = nil
	}
	return nil
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
