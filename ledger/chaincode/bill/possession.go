package bill

// possessionRules move the bill.
var possessionRules = map[string]func(t *transition){
	stateSame: func(*transition) {},
	"RECIPIENT": func(t *transition) {
		recipient := t.facts.Parties[t.act.Recipient]
		t.possess(recipient.Party, recipient.VouchingOrganisation)
	},
	"PREVIOUS": func(t *transition) {
		t.possess(t.received.Possessor, t.received.PossessorVouchedBy)
	},
	"ISSUER": func(t *transition) {
		t.possess(t.bill.Issuer, t.bill.IssuerVouchedBy)
	},
	"ACTOR": func(t *transition) {
		t.possess(t.act.Actor, t.actor.VouchingOrganisation)
	},
	"PLEDGOR": func(t *transition) {
		if p := t.released; t.bill.State == Issued && t.bill.Possessor == p.Pledgee {
			t.possess(p.Pledgor, p.PledgorVouchedBy)
		}
	},
	"ORDERED": func(t *transition) {
		if terms, _ := t.act.Terms.(OrderTerms); terms.To != "" {
			to := t.facts.Parties[terms.To]
			t.possess(to.Party, to.VouchingOrganisation)
		}
	},
}

// titleRules move the title. They run before possession moves.
var titleRules = map[string]func(t *transition){
	stateSame:     func(*transition) {},
	"ISSUE_TERMS": func(t *transition) { t.bill.TitleHolder = firstTitleHolder(t.act) },
	"RECIPIENT":   func(t *transition) { t.bill.TitleHolder = t.act.Recipient },
	"ACTOR":       func(t *transition) { t.bill.TitleHolder = t.act.Actor },
	"BLANK":       func(t *transition) { t.bill.TitleHolder = "" },
	"PREVIOUS_OR_ENDORSE_TO": func(t *transition) {
		t.bill.TitleHolder = t.received.TitleHolder
		if terms, ok := t.act.Terms.(RejectTransferTerms); ok && terms.EndorseTo != "" {
			t.bill.TitleHolder = terms.EndorseTo
		}
	},
}

// possess gives the bill to its new possessor, which holds it together with
// the title as it stands then.
func (t *transition) possess(party PartyID, vouchedBy string) {
	t.bill.Possessor = party
	t.bill.PossessorVouchedBy = vouchedBy
	t.bill.TitleOnReceipt = t.bill.TitleHolder
	t.bill.UnendorsableOnReceipt = t.bill.Unendorsable
}

// firstTitleHolder is the endorsee of a bill to order, empty where it is
// blank, and the consignee of any other.
func firstTitleHolder(act Act) PartyID {
	terms, ok := act.Terms.(IssueTerms)
	switch {
	case !ok:
		return ""
	case terms.IsToOrder:
		return terms.Endorsee
	}
	return terms.Consignee
}
