package bill

// recipientRule is the law's word for whom an act may name.
type recipientRule string

const recipientAbsent recipientRule = "ABSENT"

// recipientRules say which registered party an act may be addressed to.
var recipientRules = map[recipientRule]func(t *transition) error{
	recipientAbsent:            func(*transition) error { return nil },
	"REQUIRED":                 func(*transition) error { return nil },
	"REQUIRED_NOT_ACTOR":       recipientIsNotActor,
	"ISSUER_OR_DELIVERY_AGENT": recipientAnswersSurrender,
	"ISSUER":                   recipientIsIssuer,
	"DELIVER_TO":               recipientIsReceiver,
}

// NamesRecipient says whether acts of this code have a recipient.
func (code ActionCode) NamesRecipient() bool {
	m, known := law.Acts[code]
	return known && m.Recipient != recipientAbsent
}

func (t *transition) checkRecipient(rule recipientRule) error {
	if rule == recipientAbsent {
		return nil // the form of the act leaves no room for one
	}
	if err := recipientRules[rule](t); err != nil {
		return err
	}
	_, err := t.facts.Parties.Active(t.act.Recipient)
	return err
}

func recipientIsNotActor(t *transition) error {
	if t.act.Recipient == t.act.Actor {
		return Refuse(RecipientIsActor, "party %s names itself as recipient", t.act.Actor)
	}
	return nil
}

func recipientAnswersSurrender(t *transition) error {
	if t.act.Recipient != t.bill.Issuer && t.act.Recipient != t.bill.DeliveryAgent {
		return Refuse(RecipientWrong, "a surrender is addressed to the issuer or the delivery agent of bill %s", t.act.Reference)
	}
	return nil
}

func recipientIsIssuer(t *transition) error {
	if t.act.Recipient != t.bill.Issuer {
		return Refuse(RecipientWrong, "an amendment is asked of the issuer of bill %s", t.act.Reference)
	}
	return nil
}

func recipientIsReceiver(t *transition) error {
	if t.bill.TransportDocumentTypeCode == SeaWaybill {
		if t.act.Recipient != t.bill.Consignee {
			return Refuse(RecipientWrong, "goods under a sea waybill are delivered to its consignee")
		}
		return nil
	}
	surrender := t.bill.Surrender
	if surrender == nil || t.act.Recipient != surrender.DeliverTo && t.act.Recipient != surrender.PickUpParty {
		return Refuse(RecipientWrong, "the goods are delivered only to the receiver of the accepted surrender or its pick-up party")
	}
	return nil
}
