package bill

// Organisation is a member organisation of the channel.
type Organisation struct {
	Kind  OrganisationKind `json:"kind"`
	MSPID string           `json:"mspId"`
}

// Rules are what the members agreed on for the channel: who may vouch for
// parties, the rulebook in force, and how long a recovery waits.
type Rules struct {
	Organisations        []Organisation `json:"organisations"` // by MSP id
	RecoveryDelaySeconds int64          `json:"recoveryDelaySeconds"`
	RulebookHash         string         `json:"rulebookHash"`
	RulebookVersion      int64          `json:"rulebookVersion"`
	SetDateTime          string         `json:"setDateTime,omitempty"`
}

// KindOf says what an organisation is; false where it is no member.
func (r Rules) KindOf(mspID string) (OrganisationKind, bool) {
	for _, organisation := range r.Organisations {
		if organisation.MSPID == mspID {
			return organisation.Kind, true
		}
	}
	return "", false
}
