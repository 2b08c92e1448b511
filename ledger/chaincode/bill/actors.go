package bill

import "slices"

// actorRule is the law's word for who may do an act.
type actorRule string

// actorRules say who may act, each for the bill as it was before the act.
// Terms are nil when a party asks what it could do next.
var actorRules = map[actorRule]func(b *Bill, actor Party, terms Terms) error{
	"ROLE_OPERATOR":            actorIsOperator,
	"ISSUER":                   actorIsIssuer,
	"POSSESSOR":                actorIsPossessor,
	"POSSESSOR_WHO_MAY_REJECT": actorMayReject,
	"ENDORSER":                 actorMayEndorse,
	"ENTITLED_POSSESSOR":       actorMaySurrender,
	"ISSUER_OR_DELIVERY_AGENT": actorAnswersSurrender,
	"ISSUER_OR_TERMINAL":       actorConfirmsPayment,
	"CARRIERS_AGENT":           actorIsCarriersAgent,
	"CUSTOMS":                  actorIsCustoms,
	"ROLE_CUSTOMS_OR_PORT":     actorMayHold,
	"WHO_PLACED_THE_HOLD":      actorPlacedTheHold,
	"DELIVERY_AGENT":           actorIsDeliveryAgent,
	"PRESENTEE":                actorIsPresentee,
	"PLEDGEE":                  actorIsPledgee,
	"PLEDGEE_IN_POSSESSION":    actorIsPledgeeInPossession,
	"ENTITLED_TO_AMEND":        actorMayAmend,
	"WHO_ANSWERS_SURRENDER":    actorAnswersPending,
	"ROLE_AUTHORITY_OR_COURT":  actorMayOrder,
}

func actorIsOperator(_ *Bill, actor Party, _ Terms) error {
	if !actor.Has(RoleOperator) {
		return Refuse(RoleMissing, "only a registered operator issues a bill; party %s is none", actor.Party)
	}
	return nil
}

func actorIsIssuer(b *Bill, actor Party, _ Terms) error {
	if actor.Party != b.Issuer {
		return Refuse(NotIssuer, "party %s did not issue bill %s", actor.Party, b.TransportDocumentReference)
	}
	return nil
}

func actorIsPossessor(b *Bill, actor Party, _ Terms) error {
	if actor.Party != b.Possessor {
		return Refuse(NotPossessor, "party %s does not possess bill %s", actor.Party, b.TransportDocumentReference)
	}
	return nil
}

func actorMayReject(b *Bill, actor Party, _ Terms) error {
	if err := actorIsPossessor(b, actor, nil); err != nil {
		return err
	}
	if b.Previous == nil {
		return Refuse(NothingToReject, "party %s has accepted bill %s; only the first act after receiving it can reject it", actor.Party, b.TransportDocumentReference)
	}
	return nil
}

func actorMayEndorse(b *Bill, actor Party, _ Terms) error {
	if !b.IsToOrder {
		return Refuse(NotNegotiable, "bill %s is not to order and cannot be endorsed", b.TransportDocumentReference)
	}
	if err := actorIsPossessor(b, actor, nil); err != nil {
		return err
	}
	if b.TitleHolder != "" && b.TitleHolder != actor.Party {
		return Refuse(NotTitleHolder, "party %s has no title to bill %s", actor.Party, b.TransportDocumentReference)
	}
	if b.Unendorsable {
		return Refuse(NotEndorsable, "bill %s was endorsed to party %s by name, who cannot endorse it on", b.TransportDocumentReference, b.TitleHolder)
	}
	return nil
}

func actorMaySurrender(b *Bill, actor Party, _ Terms) error {
	if err := actorIsPossessor(b, actor, nil); err != nil {
		return err
	}
	switch {
	case b.TransportDocumentTypeCode == SeaWaybill:
		return Refuse(NotEntitledToSurrender, "document %s is a sea waybill; it is not surrendered", b.TransportDocumentReference)
	case !b.IsToOrder && actor.Party != b.Shipper && actor.Party != b.Consignee:
		return Refuse(NotEntitledToSurrender, "bill %s is straight; only its shipper or consignee surrenders it", b.TransportDocumentReference)
	case b.Pledge != nil && b.Pledge.Trustee == actor.Party:
		return nil // the pledgee trusts it with the surrender
	case b.IsToOrder && b.TitleHolder != "" && b.TitleHolder != actor.Party:
		return Refuse(NotEntitledToSurrender, "bill %s is to the order of another; party %s cannot surrender it", b.TransportDocumentReference, actor.Party)
	}
	return nil
}

// actorMayAmend is who may surrender; of a sea waybill, the shipper that still
// has it: its contrary instruction.
func actorMayAmend(b *Bill, actor Party, terms Terms) error {
	if b.TransportDocumentTypeCode == SeaWaybill && actor.Party == b.Shipper {
		return actorIsPossessor(b, actor, terms)
	}
	return actorMaySurrender(b, actor, terms)
}

func actorAnswersPending(b *Bill, actor Party, terms Terms) error {
	if b.State == PendingAmendment {
		return actorIsIssuer(b, actor, terms)
	}
	return actorAnswersSurrender(b, actor, terms)
}

func actorIsPresentee(b *Bill, actor Party, terms Terms) error {
	if b.Presentation == nil {
		return Refuse(NothingPresented, "bill %s is not presented to anyone", b.TransportDocumentReference)
	}
	return actorIsPossessor(b, actor, terms)
}

func actorIsPledgee(b *Bill, actor Party, _ Terms) error {
	if b.Pledge == nil || b.Pledge.Pledgee != actor.Party {
		return Refuse(NotPledgee, "bill %s is not pledged to party %s", b.TransportDocumentReference, actor.Party)
	}
	return nil
}

func actorIsPledgeeInPossession(b *Bill, actor Party, terms Terms) error {
	if err := actorIsPledgee(b, actor, terms); err != nil {
		return err
	}
	return actorIsPossessor(b, actor, terms)
}

func actorMayOrder(_ *Bill, actor Party, _ Terms) error {
	if !actor.Has(RoleAuthority) && !actor.Has(RoleCourt) {
		return Refuse(NotAuthority, "party %s is neither authority nor court", actor.Party)
	}
	return nil
}

func actorAnswersSurrender(b *Bill, actor Party, _ Terms) error {
	if actor.Party != b.Issuer && actor.Party != b.DeliveryAgent {
		return Refuse(NotDeliveryAgent, "party %s is neither issuer nor delivery agent of bill %s", actor.Party, b.TransportDocumentReference)
	}
	return nil
}

func actorConfirmsPayment(b *Bill, actor Party, terms Terms) error {
	payment, stated := terms.(PaymentTerms)
	switch {
	case !stated && (actor.Party == b.Issuer || actor.Party == b.Terminal):
		return nil
	case stated && payment.Of == TerminalCharges:
		if actor.Party != b.Terminal {
			return Refuse(NotTerminal, "party %s is not the terminal of bill %s", actor.Party, b.TransportDocumentReference)
		}
		return nil
	}
	return actorIsIssuer(b, actor, terms)
}

func actorIsCarriersAgent(b *Bill, actor Party, _ Terms) error {
	if actor.Party != b.CarriersAgent {
		return Refuse(NotCarriersAgent, "party %s is not the sea carrier's agent of bill %s", actor.Party, b.TransportDocumentReference)
	}
	return nil
}

func actorIsCustoms(b *Bill, actor Party, _ Terms) error {
	if !slices.Contains(b.Customs, actor.Party) {
		return Refuse(NotCustoms, "party %s is not a customs authority named on bill %s", actor.Party, b.TransportDocumentReference)
	}
	return nil
}

func actorMayHold(_ *Bill, actor Party, _ Terms) error {
	if !actor.Has(RoleCustoms) && !actor.Has(RolePort) {
		return Refuse(NotHoldAuthority, "party %s is neither customs nor port", actor.Party)
	}
	return nil
}

func actorPlacedTheHold(b *Bill, actor Party, terms Terms) error {
	named, stated := terms.(HoldTerms)
	for _, hold := range b.Holds {
		switch {
		case stated && hold.HoldReference != named.HoldReference:
			continue
		case hold.PlacedBy == actor.Party:
			return nil
		case stated:
			return Refuse(NotHoldAuthority, "hold %s was placed by another; only who placed it lifts it", hold.HoldReference)
		}
	}
	if stated {
		return Refuse(HoldUnknown, "there is no hold %s on bill %s", named.HoldReference, b.TransportDocumentReference)
	}
	return Refuse(HoldUnknown, "party %s has placed no hold on bill %s", actor.Party, b.TransportDocumentReference)
}

func actorIsDeliveryAgent(b *Bill, actor Party, _ Terms) error {
	if actor.Party != b.DeliveryAgent {
		return Refuse(NotDeliveryAgent, "party %s is not the delivery agent of bill %s", actor.Party, b.TransportDocumentReference)
	}
	return nil
}
