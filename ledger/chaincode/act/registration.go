package act

import (
	"slices"
	"time"

	"onebill/ledger/chaincode/bill"
)

// Registration is a party's word, by the very key that it registers, that the
// key is its own and that it keeps the rulebook. Status and time of
// registration are the ledger's to fill in, and since when it has its keys.
type Registration struct {
	bill.Party
	Channel        string
	KeyCustody     bill.KeyCustody
	ActionDateTime time.Time
	Statement      *Statement
	possession     *possession // of the approver's key
}

// SignedByAll says whether every key signed that the registration names.
func (r *Registration) SignedByAll() bool {
	if r.Approver != nil && !r.possession.shownWith(r.Approver.KeyID, r.Approver.PublicKey) {
		return false
	}
	return r.Statement.SignedBy(r.Party)
}

// ParseRegistration reads a registration's JWS; who signed it is still to be
// asked.
func ParseRegistration(text string) (*Registration, error) {
	statement, err := ParseStatement(text, TypeRegistration)
	if err != nil {
		return nil, bill.Refuse(bill.RegistrationMalformed, "this is not a signed registration: %v", err)
	}
	m := membersOf(statement.payload)
	registration := &Registration{
		Party: bill.Party{
			IdentityHash:         m.text("identityHash", hexForm),
			KeyID:                m.text("kid", keyIDForm),
			Party:                m.party("party"),
			RulebookHash:         m.text("rulebookHash", hexForm),
			RulebookVersion:      m.positive("rulebookVersion"),
			ScreeningHash:        m.text("screeningHash", hexForm),
			VouchingOrganisation: m.text("vouchingOrganisation", mspForm),
		},
		Channel:        m.text("channel", channelForm),
		KeyCustody:     m.keyCustody(),
		ActionDateTime: m.time("actionDateTime"),
		Statement:      statement,
	}
	registration.PublicKey = readPublicKey(m, registration.KeyID)
	registration.readApprover(m)
	roles := m.texts("roles", 1, len(bill.Roles), anyText)
	if !slices.IsSorted(roles) {
		m.fail("roles are not sorted")
	}
	for _, role := range roles {
		if !slices.Contains(bill.Roles, bill.Role(role)) {
			m.fail("%q is not a role", role)
		}
		registration.Roles = append(registration.Roles, bill.Role(role))
	}
	if err := m.done(); err != nil {
		return nil, bill.Refuse(bill.RegistrationMalformed, "the registration is not well formed: %v", err)
	}
	return registration, nil
}

// readApprover reads the key of who countersigns. It stands together with its
// own word that it is there.
func (r *Registration) readApprover(m *members) {
	if !m.has("approverKey") {
		return // possession alone is a member that nobody asks for
	}
	inner := m.object("approverKey")
	approver := bill.Approver{KeyID: inner.text("kid", keyIDForm)}
	approver.PublicKey = readPublicKey(inner, approver.KeyID)
	if err := inner.done(); err != nil {
		m.fail("approverKey: %v", err)
		return
	}
	if r.possession = m.possession(); r.possession == nil {
		return
	}
	if approver.KeyID == r.KeyID {
		m.fail("the approver's key is the party's own")
	}
	if r.possession.statement.KeyID != approver.KeyID {
		m.fail("possession is shown by another key than the approver's")
	}
	r.Approver = &approver
}

// KeyChange is a signed word about a party's key: the old key names the one
// that takes over, or the new key asks for the place of one that is lost.
type KeyChange struct {
	Channel        string
	Party          bill.PartyID
	NewKeyID       string
	NewPublicKey   bill.PublicKey
	KeyCustody     bill.KeyCustody
	KeyUse         bill.KeyUse
	ActionDateTime time.Time
	Statement      *Statement
	possession     *possession // a rotation's alone: a recovery is signed by the new key
}

// ShowsNewKey says whether the new key signed too.
func (c *KeyChange) ShowsNewKey() bool {
	return c.possession.shownWith(c.NewKeyID, c.NewPublicKey)
}

// ParseRotation reads a rotation's JWS; who signed it is still to be asked.
func ParseRotation(text string) (*KeyChange, error) {
	return parseKeyChange(text, TypeRotation, bill.RotationMalformed, "rotation")
}

// ParseRecovery reads the JWS that asks for a recovery; whether the new key
// signed it is still to be asked.
func ParseRecovery(text string) (*KeyChange, error) {
	return parseKeyChange(text, TypeRecovery, bill.RecoveryMalformed, "recovery")
}

func parseKeyChange(text, kind string, malformed bill.Reason, what string) (*KeyChange, error) {
	statement, err := ParseStatement(text, kind)
	if err != nil {
		return nil, bill.Refuse(malformed, "this is not a signed %s: %v", what, err)
	}
	m := membersOf(statement.payload)
	change := &KeyChange{
		Channel:        m.text("channel", channelForm),
		Party:          m.party("party"),
		NewKeyID:       m.text("kid", keyIDForm),
		KeyCustody:     m.keyCustody(),
		ActionDateTime: m.time("actionDateTime"),
		Statement:      statement,
	}
	change.NewPublicKey = readPublicKey(m, change.NewKeyID)
	if m.has("keyUse") {
		change.KeyUse = bill.KeyUse(m.oneOf("keyUse", string(bill.ApproverKey)))
		if change.KeyCustody != bill.OwnKey {
			m.fail("an approver keeps its key itself")
		}
	}
	if kind == TypeRotation {
		change.possession = m.possession()
	}
	if err := m.done(); err != nil {
		return nil, bill.Refuse(malformed, "the %s is not well formed: %v", what, err)
	}
	return change, nil
}

// Cancellation is a party's word, by its live key, that a recovery is not its
// wish.
type Cancellation struct {
	Channel        string
	Party          bill.PartyID
	KeyID          string // that of the recovery
	ActionDateTime time.Time
	Statement      *Statement
}

// ParseCancellation reads the JWS that ends a recovery; who signed it is still
// to be asked.
func ParseCancellation(text string) (*Cancellation, error) {
	statement, err := ParseStatement(text, TypeCancellation)
	if err != nil {
		return nil, bill.Refuse(bill.RecoveryMalformed, "this is not a signed cancellation: %v", err)
	}
	m := membersOf(statement.payload)
	cancellation := &Cancellation{
		Channel:        m.text("channel", channelForm),
		Party:          m.party("party"),
		KeyID:          m.text("kid", keyIDForm),
		ActionDateTime: m.time("actionDateTime"),
		Statement:      statement,
	}
	if err := m.done(); err != nil {
		return nil, bill.Refuse(bill.RecoveryMalformed, "the cancellation is not well formed: %v", err)
	}
	return cancellation, nil
}

// IsHash says whether text has the form of a hash.
func IsHash(text string) bool { return hexForm.MatchString(text) }

// IsKeyID says whether text has the form of a key id.
func IsKeyID(text string) bool { return keyIDForm.MatchString(text) }

func (m *members) keyCustody() bill.KeyCustody {
	return bill.KeyCustody(m.oneOf("keyCustody", string(bill.OwnKey), string(bill.LedgerCustody)))
}
