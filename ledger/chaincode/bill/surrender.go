package bill

// surrender asks for delivery, or for an amendment.
func (t *transition) surrender() error {
	if terms, amends := t.act.Terms.(AmendmentTerms); amends {
		t.bill.Amendment = &Amendment{
			ReasonCode:                terms.ReasonCode,
			RequestedBy:               t.act.Actor,
			SurrenderRequestReference: terms.SurrenderRequestReference,
		}
		return t.checkReferenceFree(terms.SurrenderRequestReference)
	}
	terms, _ := t.act.Terms.(SurrenderTerms)
	if err := t.checkReferenceFree(terms.SurrenderRequestReference); err != nil {
		return err
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
	return t.checkTrust()
}

func (t *transition) checkReferenceFree(reference string) error {
	if t.facts.SurrenderReferenceUsed {
		return Refuse(SurrenderReferenceUsed, "surrender request %s was used before; a reference is never used again", reference)
	}
	return nil
}

// answerSurrender ends the wait of the pending surrender that is named: the
// issuer or its agent accepts or rejects, who asked withdraws.
func (t *transition) answerSurrender() error {
	terms, _ := t.act.Terms.(AnswerTerms)
	pending := ""
	switch {
	case t.bill.State == PendingAmendment && t.bill.Amendment != nil:
		pending = t.bill.Amendment.SurrenderRequestReference
	case t.bill.State == PendingSurrender && t.bill.Surrender != nil:
		pending = t.bill.Surrender.SurrenderRequestReference
	}
	if pending == "" || pending != terms.SurrenderRequestReference {
		return Refuse(SurrenderReferenceWrong, "surrender request %s is not the one that bill %s waits with", terms.SurrenderRequestReference, t.act.Reference)
	}
	if t.act.ActionCode != AcceptSurrender {
		t.bill.Surrender, t.bill.Amendment = nil, nil
	}
	return nil
}

// void ends a bill whose amendment was accepted, for others to take its place.
func (t *transition) void() error {
	if t.bill.Amendment == nil || t.bill.Amendment.ReasonCode == AmendToPaper {
		return Refuse(AmendmentWrong, "bill %s was surrendered to be switched to paper", t.act.Reference)
	}
	return t.checkMayEnd()
}

// switchToPaper ends the electronic record at once; the paper takes its place.
func (t *transition) switchToPaper() error {
	terms, _ := t.act.Terms.(PaperTerms)
	if t.bill.Amendment == nil || t.bill.Amendment.ReasonCode != AmendToPaper {
		return Refuse(AmendmentWrong, "bill %s was not surrendered to be switched to paper", t.act.Reference)
	}
	t.bill.PrintCertificateHash = terms.PrintCertificateHash
	return t.checkMayEnd()
}

// checkMayEnd lets no bill end while that would hide a hold, or that the goods
// are gone.
func (t *transition) checkMayEnd() error {
	if len(t.bill.Holds) > 0 {
		return Refuse(HoldInForce, "hold %s on bill %s is not lifted", t.bill.Holds[0].HoldReference, t.act.Reference)
	}
	return t.checkNotDelivered()
}

func (t *transition) checkNotDelivered() error {
	if t.bill.DeliveredAgainstIndemnity != nil {
		return Refuse(DeliveredWithoutBill, "the goods of bill %s were delivered against an indemnity", t.act.Reference)
	}
	return nil
}
