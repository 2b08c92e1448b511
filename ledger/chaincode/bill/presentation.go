package bill

import "slices"

// present hands the bill with its set of documents to a bank under a credit.
func (t *transition) present() error {
	if _, err := t.facts.Parties.inRole(t.act.Recipient, RoleBank); err != nil {
		return err
	}
	terms, _ := t.act.Terms.(PresentTerms)
	t.bill.Presentation = &Presentation{
		CreditReferenceHash: terms.CreditReferenceHash,
		DocumentHashes:      slices.Clone(terms.DocumentHashes),
		Previous:            t.previous(),
	}
	return nil
}

// takeUp accepts the presentation.
func (t *transition) takeUp() error {
	t.bill.Presentation = nil
	return nil
}

// refusePresentation sends the whole set back, title as it was.
func (t *transition) refusePresentation() error {
	t.received = copied(&t.bill.Presentation.Previous)
	t.bill.Presentation = nil
	return t.checkEndorseTo()
}
