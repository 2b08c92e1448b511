package bill

import "slices"

// PartyID is the opaque id of a registered party.
type PartyID string

// Role is what a party may be trusted to do.
type Role string

// The roles a party can be registered with.
const (
	RoleOperator      Role = "OPERATOR"
	RoleShipper       Role = "SHIPPER"
	RoleConsignee     Role = "CONSIGNEE"
	RoleBank          Role = "BANK"
	RoleCarrier       Role = "CARRIER"
	RoleCarriersAgent Role = "CARRIERS_AGENT"
	RoleDeliveryAgent Role = "DELIVERY_AGENT"
	RoleTerminal      Role = "TERMINAL"
	RoleCustoms       Role = "CUSTOMS"
	RolePort          Role = "PORT"
	RoleAuthority     Role = "AUTHORITY"
	RoleCourt         Role = "COURT"
)

// Roles lists every role.
var Roles = []Role{
	RoleOperator, RoleShipper, RoleConsignee, RoleBank, RoleCarrier,
	RoleCarriersAgent, RoleDeliveryAgent, RoleTerminal, RoleCustoms, RolePort,
	RoleAuthority, RoleCourt,
}

// OrganisationKind is what a member organisation of the channel is: it decides
// which roles the parties may have that it vouches for.
type OrganisationKind string

// The kinds of organisation.
const (
	KindOperator OrganisationKind = "OPERATOR"
	KindCarrier  OrganisationKind = "CARRIER"
	KindPort     OrganisationKind = "PORT"
)

// VouchesFor says whether an organisation of this kind may register a party
// with the role.
func (kind OrganisationKind) VouchesFor(role Role) bool {
	return slices.Contains(law.Vouching[role], kind)
}

// Status is whether a party may act.
type Status string

// The statuses of a party. A revoked one never acts again.
const (
	PartyActive    Status = "ACTIVE"
	PartySuspended Status = "SUSPENDED"
	PartyRevoked   Status = "REVOKED"
)

// KeyCustody is who keeps a key.
type KeyCustody string

// Who keeps a key: the party itself, or a ledger's custody in its name.
const (
	OwnKey        KeyCustody = "OWN"
	LedgerCustody KeyCustody = "LEDGER_CUSTODY"
)

// The ways in which a party comes by a key.
const (
	ByRegistration = "REGISTRATION"
	ByRotation     = "ROTATION"
	ByRecovery     = "RECOVERY"
)

// PartyKey is a key that a party has or had: how it came by it, since when,
// and who keeps it.
type PartyKey struct {
	How        string     `json:"how"`
	KeyCustody KeyCustody `json:"keyCustody"`
	KeyID      string     `json:"kid"`
	Since      string     `json:"since"`
}

// KeyUse is what a key is for: the party's own, which signs, has no word.
type KeyUse string

// The uses of a party's keys.
const (
	SigningKey  KeyUse = ""
	ApproverKey KeyUse = "APPROVER" // countersigns, where the party asked for four eyes
)

// Approver is the second key of a party that asked for four eyes.
type Approver struct {
	KeyID     string     `json:"kid"`
	Keys      []PartyKey `json:"keys"` // oldest first; the last is the live one
	PublicKey PublicKey  `json:"publicKey"`
}

// StatusChange is a word of the organisation that vouches, with the hash of
// its reason.
type StatusChange struct {
	ReasonHash string `json:"reasonHash"`
	Since      string `json:"since"`
	Status     Status `json:"status"`
}

// PublicKey is a P-256 public key as a JSON Web Key.
type PublicKey struct {
	Curve string `json:"crv"`
	Type  string `json:"kty"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

// Party is the record of a party on the ledger.
type Party struct {
	Approver             *Approver      `json:"approverKey,omitempty"`
	IdentityHash         string         `json:"identityHash"`
	KeyID                string         `json:"kid"`
	Keys                 []PartyKey     `json:"keys"` // oldest first; the last is the live one
	Party                PartyID        `json:"party"`
	PublicKey            PublicKey      `json:"publicKey"`
	RegisteredDateTime   string         `json:"registeredDateTime"`
	Roles                []Role         `json:"roles"`
	RulebookHash         string         `json:"rulebookHash"`
	RulebookVersion      int64          `json:"rulebookVersion"`
	ScreeningHash        string         `json:"screeningHash"`
	Status               Status         `json:"status"`
	StatusChanges        []StatusChange `json:"statusChanges,omitempty"`
	VouchingOrganisation string         `json:"vouchingOrganisation"`
}

// HasHad says whether a key is or was the party's, in either use.
func (p Party) HasHad(keyID string) bool {
	return slices.ContainsFunc(p.AllKeys(), func(key PartyKey) bool { return key.KeyID == keyID })
}

// AllKeys are the keys that the party ever had, then those of its approver.
func (p Party) AllKeys() []PartyKey {
	if p.Approver == nil {
		return p.Keys
	}
	return slices.Concat(p.Keys, p.Approver.Keys)
}

// Live is the party as its live key of that use signs for it.
func (p Party) Live(use KeyUse) (Party, error) {
	if use == SigningKey {
		return p, nil
	}
	if p.Approver == nil {
		return Party{}, Refuse(ApproverMissing, "party %s registered no approver", p.Party)
	}
	p.KeyID, p.PublicKey = p.Approver.KeyID, p.Approver.PublicKey
	return p, nil
}

// TakeKey makes a key the party's live one in that use.
func (p *Party) TakeKey(use KeyUse, key PublicKey, entry PartyKey) {
	if use == ApproverKey {
		keys := append(slices.Clone(p.Approver.Keys), entry)
		p.Approver = &Approver{KeyID: entry.KeyID, Keys: keys, PublicKey: key}
		return
	}
	p.KeyID, p.PublicKey = entry.KeyID, key
	p.Keys = append(p.Keys, entry)
}

// CustodyOf says who keeps or kept a key of the party.
func (p Party) CustodyOf(keyID string) KeyCustody {
	for _, key := range p.Keys {
		if key.KeyID == keyID {
			return key.KeyCustody
		}
	}
	return ""
}

// Has says whether the party was registered with the role.
func (p Party) Has(role Role) bool {
	return slices.Contains(p.Roles, role)
}

// Parties are the records of all parties that an act names, by id.
type Parties map[PartyID]Party

// Active returns the record of a party that may take part in an act.
func (ps Parties) Active(id PartyID) (Party, error) {
	party, known := ps[id]
	if !known {
		return Party{}, Refuse(PartyUnknown, "no party %s is registered", id)
	}
	if party.Status != PartyActive {
		return Party{}, Refuse(PartyNotActive, "party %s is %s", id, party.Status)
	}
	return party, nil
}

// inRole returns the record of an active party that has the role.
func (ps Parties) inRole(id PartyID, role Role) (Party, error) {
	party, err := ps.Active(id)
	if err != nil {
		return Party{}, err
	}
	if !party.Has(role) {
		return Party{}, Refuse(RoleMissing, "party %s has no role %s", id, role)
	}
	return party, nil
}
