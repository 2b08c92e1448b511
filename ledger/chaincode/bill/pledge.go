package bill

// pledge gives the bill to a bank as security: possession moves, title stays.
// The same goods are pledged once.
func (t *transition) pledge() error {
	if _, err := t.facts.Parties.inRole(t.act.Recipient, RoleBank); err != nil {
		return err
	}
	for _, key := range t.bill.wholeContainers() {
		if t.facts.PledgeOfContainer[key] != "" {
			return Refuse(GoodsPledged, "container %s is pledged under another bill", key)
		}
	}
	t.bill.Pledge = &Pledge{
		Pledgee:          t.act.Recipient,
		Pledgor:          t.act.Actor,
		PledgorVouchedBy: t.actor.VouchingOrganisation,
		Since:            FormatTime(t.act.ActionDateTime),
	}
	return nil
}

// releasePledge ends the pledge; a bill that the pledgee still has goes back.
func (t *transition) releasePledge() error {
	t.released, t.bill.Pledge = t.bill.Pledge, nil
	return nil
}

// releaseOnTrust gives possession for surrender alone; the pledge goes on.
func (t *transition) releaseOnTrust() error {
	terms, _ := t.act.Terms.(TrustTerms)
	if !terms.Until.After(t.act.ActionDateTime) {
		return Refuse(TrustEnded, "the trust would end at %s, before it begins", FormatTime(terms.Until))
	}
	t.bill.Pledge.Trustee = t.act.Recipient
	t.bill.Pledge.Until = FormatTime(terms.Until)
	return nil
}

// checkTrust lets a trustee surrender only as long as the pledgee said.
func (t *transition) checkTrust() error {
	if t.bill.Pledge == nil {
		return nil
	}
	until, err := ParseTime(t.bill.Pledge.Until)
	if err != nil || t.act.ActionDateTime.After(until) {
		return Refuse(TrustEnded, "the trust under which party %s has bill %s ended at %s", t.act.Actor, t.act.Reference, t.bill.Pledge.Until)
	}
	return nil
}

// enforce gives the pledgee the title after a default that is on record.
func (t *transition) enforce() error {
	terms, _ := t.act.Terms.(EnforceTerms)
	since, err := ParseTime(t.bill.Pledge.Since)
	if err != nil {
		return err
	}
	if terms.DefaultDateTime.Before(since) || terms.DefaultDateTime.After(t.act.ActionDateTime) {
		return Refuse(DefaultNotRecorded, "a default at %s is not one of this pledge", FormatTime(terms.DefaultDateTime))
	}
	t.bill.Pledge = nil
	return nil
}

// wholeContainers are the containers that count when goods are pledged: those
// that lie under this bill alone, where it is negotiable.
func (b *Bill) wholeContainers() []string {
	if !b.IsToOrder {
		return nil
	}
	return b.unshared()
}
