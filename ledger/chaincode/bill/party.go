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

// PartyActive is the status of a party that may act.
const PartyActive = "ACTIVE"

// PublicKey is a P-256 public key as a JSON Web Key.
type PublicKey struct {
	Curve string `json:"crv"`
	Type  string `json:"kty"`
	X     string `json:"x"`
	Y     string `json:"y"`
}

// Party is the record of a party on the ledger.
type Party struct {
	KeyID                string    `json:"kid"`
	Party                PartyID   `json:"party"`
	PreviousKeyIDs       []string  `json:"previousKids,omitempty"`
	PublicKey            PublicKey `json:"publicKey"`
	RegisteredDateTime   string    `json:"registeredDateTime"`
	Roles                []Role    `json:"roles"`
	Status               string    `json:"status"`
	VouchingOrganisation string    `json:"vouchingOrganisation"`
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
		return Party{}, Refuse(PartyNotActive, "party %s is not active", id)
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
