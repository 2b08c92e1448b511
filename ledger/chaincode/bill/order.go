package bill

import "slices"

// order lets a court or an authority keep the bill as it is, lift that, or
// give possession to another. The bill itself shows it to every later holder.
func (t *transition) order() error {
	terms, _ := t.act.Terms.(OrderTerms)
	named := func(o Order) bool { return o.OrderReference == terms.OrderReference }
	live := slices.IndexFunc(t.bill.Orders, named)
	switch terms.Order {
	case OrderHoldAll:
		if live >= 0 {
			return Refuse(OrderExists, "order %s already lies on bill %s", terms.OrderReference, t.act.Reference)
		}
		t.bill.Orders = append(t.bill.Orders, Order{OrderReference: terms.OrderReference, PlacedBy: t.act.Actor})
	case OrderLift:
		switch {
		case live < 0:
			return Refuse(OrderUnknown, "there is no order %s on bill %s", terms.OrderReference, t.act.Reference)
		case t.bill.Orders[live].PlacedBy != t.act.Actor:
			return Refuse(NotAuthority, "order %s was made by another; only who made it lifts it", terms.OrderReference)
		}
		t.bill.Orders = slices.DeleteFunc(t.bill.Orders, named)
	case OrderTransferPossession:
		return t.orderPossession(terms.To)
	}
	return nil
}

// orderPossession moves possession and nothing else. What waited for the
// former possessor's answer waits no more.
func (t *transition) orderPossession(to PartyID) error {
	switch {
	case t.bill.State != Issued:
		return Refuse(WrongState, "possession of bill %s is moved by order only while it is %s", t.act.Reference, Issued)
	case to == t.bill.Possessor:
		return Refuse(RecipientWrong, "party %s possesses bill %s already", to, t.act.Reference)
	}
	if _, err := t.facts.Parties.Active(to); err != nil {
		return err
	}
	t.bill.Previous, t.bill.Presentation = nil, nil
	return nil
}

// deliverAgainstIndemnity records that the goods were given out without the
// bill. It accomplishes nothing: the bill stays live, and shows it.
func (t *transition) deliverAgainstIndemnity() error {
	terms, _ := t.act.Terms.(IndemnityTerms)
	if err := t.checkMayEnd(); err != nil {
		return err
	}
	t.bill.DeliveredAgainstIndemnity = &Indemnity{DeliveredTo: t.act.Recipient, IndemnityHash: terms.IndemnityHash}
	return nil
}
