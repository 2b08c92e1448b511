package bill

import "slices"

// checkReplaced lets a bill take the place only of bills that ended for it:
// each by the act that is named, issued by the same operator, surrendered by
// who gets the new bill, and each container replaced once.
func (t *transition) checkReplaced(terms IssueTerms) error {
	if len(terms.Replaces) == 0 {
		return nil
	}
	var open []string
	for _, replaced := range terms.Replaces {
		reference := replaced.TransportDocumentReference
		old := t.facts.Replaced[reference]
		switch {
		case old == nil || old.State != Voided && old.State != Paper || old.HeadActHash != replaced.VoidActHash:
			return Refuse(ReplacesWrong, "bill %s was not ended by the act that is named", reference)
		case old.Issuer != t.act.Actor:
			return Refuse(NotIssuer, "party %s did not issue bill %s", t.act.Actor, reference)
		case old.Amendment == nil || old.Amendment.RequestedBy != t.act.Recipient:
			return Refuse(RecipientWrong, "the bill that replaces %s goes to the party that surrendered it", reference)
		}
		left := old.unreplaced()
		taken := slices.DeleteFunc(slices.Clone(left), func(key string) bool { return !terms.covers(key) })
		switch {
		case len(left) == 0:
			return Refuse(ReplacesWrong, "bill %s is replaced whole already", reference)
		case len(taken) == 0 || len(terms.Replaces) > 1 && len(taken) < len(left):
			return Refuse(ContainersDiffer, "the new bill does not have the containers of bill %s", reference)
		}
		open = append(open, left...)
	}
	for _, container := range terms.Containers {
		if !slices.Contains(open, container.ContainerKey) {
			return Refuse(ContainersDiffer, "container %s is not of a bill that is replaced", container.ContainerKey)
		}
	}
	return nil
}

func (t IssueTerms) covers(key string) bool {
	return slices.ContainsFunc(t.Containers, func(c ContainerReceipt) bool { return c.ContainerKey == key })
}

// unreplaced are the containers that no bill has taken over yet.
func (b *Bill) unreplaced() []string {
	return slices.DeleteFunc(slices.Clone(b.ContainerKeys), func(key string) bool {
		return slices.Contains(b.ReplacedContainerKeys, key)
	})
}

// SucceededBy is the record of an ended bill once the given one has taken over
// its containers, or those of them that it has.
func (b *Bill) SucceededBy(next *Bill) *Bill {
	c := b.Clone()
	c.ReplacedBy = append(c.ReplacedBy, next.TransportDocumentReference)
	for _, key := range b.unreplaced() {
		if slices.Contains(next.ContainerKeys, key) {
			c.ReplacedContainerKeys = append(c.ReplacedContainerKeys, key)
		}
	}
	return c
}
