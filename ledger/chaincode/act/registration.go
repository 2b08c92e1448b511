package act

import (
	"slices"
	"time"

	"onebill/ledger/chaincode/bill"
)

// ParseRegistration reads the canonical registration of a party. Status and
// time of registration are the ledger's to fill in.
func ParseRegistration(text string) (bill.Party, error) {
	object, err := parseObject([]byte(text))
	if err != nil {
		return bill.Party{}, bill.Refuse(bill.RegistrationMalformed, "this is not a registration: %v", err)
	}
	m := membersOf(object)
	party := bill.Party{
		KeyID:                m.text("kid", keyIDForm),
		Party:                m.party("party"),
		VouchingOrganisation: m.text("vouchingOrganisation", mspForm),
	}
	party.PublicKey = readPublicKey(m, party.KeyID)
	roles := m.texts("roles", 1, len(bill.Roles), anyText)
	if !slices.IsSorted(roles) {
		m.fail("roles are not sorted")
	}
	for _, role := range roles {
		if !slices.Contains(bill.Roles, bill.Role(role)) {
			m.fail("%q is not a role", role)
		}
		party.Roles = append(party.Roles, bill.Role(role))
	}
	if err := m.done(); err != nil {
		return bill.Party{}, bill.Refuse(bill.RegistrationMalformed, "the registration is not well formed: %v", err)
	}
	return party, nil
}

// Rotation is a party's word, by its old key, that a new key takes over.
type Rotation struct {
	Channel        string
	Party          bill.PartyID
	NewKeyID       string
	NewPublicKey   bill.PublicKey
	ActionDateTime time.Time
	Statement      *Statement
}

// ParseRotation reads a rotation's JWS; who signed it is still to be asked.
func ParseRotation(text string) (*Rotation, error) {
	statement, err := ParseStatement(text, TypeRotation)
	if err != nil {
		return nil, bill.Refuse(bill.RotationMalformed, "this is not a signed rotation: %v", err)
	}
	m := membersOf(statement.payload)
	rotation := &Rotation{
		Channel:        m.text("channel", channelForm),
		Party:          m.party("party"),
		NewKeyID:       m.text("kid", keyIDForm),
		ActionDateTime: m.time("actionDateTime"),
		Statement:      statement,
	}
	rotation.NewPublicKey = readPublicKey(m, rotation.NewKeyID)
	if err := m.done(); err != nil {
		return nil, bill.Refuse(bill.RotationMalformed, "the rotation is not well formed: %v", err)
	}
	return rotation, nil
}
