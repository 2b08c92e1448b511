package bill

import (
	"slices"
	"time"
)

// RecoveryState is where the recovery of a lost key stands.
type RecoveryState string

// A recovery is asked for until three organisations have asked; pending until
// its time has come; then it is completed, unless the old key cancelled it.
const (
	RecoveryIsAsked     RecoveryState = "ASKED"
	RecoveryIsPending   RecoveryState = "PENDING"
	RecoveryIsCancelled RecoveryState = "CANCELLED"
	RecoveryIsCompleted RecoveryState = "COMPLETED"
)

// OrganisationsForRecovery is how many organisations must ask.
const OrganisationsForRecovery = 3

// Recovery is one key that asks for the place of a lost one. It stays in the
// record for ever.
type Recovery struct {
	AskedBy           []string      `json:"askedBy"` // MSP ids, in their order
	AskedDateTime     string        `json:"askedDateTime"`
	EffectiveDateTime string        `json:"effectiveDateTime,omitempty"` // from then on it may be completed
	EndedDateTime     string        `json:"endedDateTime,omitempty"`
	KeyCustody        KeyCustody    `json:"keyCustody"`
	KeyID             string        `json:"kid"`
	KeyUse            KeyUse        `json:"keyUse,omitempty"`
	PublicKey         PublicKey     `json:"publicKey"`
	State             RecoveryState `json:"state"`
}

// Recoveries is the record of all recoveries of a party's key.
type Recoveries struct {
	Party      PartyID    `json:"party"`
	Recoveries []Recovery `json:"recoveries"` // oldest first
}

// IsPending says whether some recovery waits for its time.
func (rs Recoveries) IsPending() bool {
	return slices.ContainsFunc(rs.Recoveries, func(r Recovery) bool { return r.State == RecoveryIsPending })
}

// UseOf says for which use a key asks; the party's own where nobody asked.
func (rs *Recoveries) UseOf(keyID string) KeyUse {
	if asked := rs.find(keyID); asked != nil {
		return asked.KeyUse
	}
	return SigningKey
}

// find returns the recovery with that key, or nil.
func (rs *Recoveries) find(keyID string) *Recovery {
	for i := range rs.Recoveries {
		if rs.Recoveries[i].KeyID == keyID {
			return &rs.Recoveries[i]
		}
	}
	return nil
}

// Ask lets an organisation ask that a new key take the place of the party's
// lost one. With the third organisation the delay begins. An organisation asks
// for one key of a use at a time: what it asked for before, and no three have,
// is withdrawn, so that nobody can fill the record.
func (rs *Recoveries) Ask(party Party, lost Recovery, by string, now time.Time, delay time.Duration) error {
	keyID := lost.KeyID
	if party.Status == PartyRevoked {
		return Refuse(PartyNotActive, "party %s is revoked; its key is not recovered", party.Party)
	}
	if _, err := party.Live(lost.KeyUse); err != nil {
		return err
	}
	if party.HasHad(keyID) {
		return Refuse(KeyReused, "party %s has had this key before", party.Party)
	}
	asked := rs.find(keyID)
	if asked != nil && asked.State != RecoveryIsAsked {
		return Refuse(RecoveryAsked, "the recovery to key %s is %s", keyID, asked.State)
	}
	if asked != nil && slices.Contains(asked.AskedBy, by) {
		return Refuse(RecoveryAsked, "%s has asked for this recovery before", by)
	}
	for i := range rs.Recoveries {
		if other := &rs.Recoveries[i]; other.State == RecoveryIsAsked && other.KeyUse == lost.KeyUse {
			other.AskedBy = slices.DeleteFunc(other.AskedBy, func(name string) bool { return name == by })
		}
	}
	rs.Recoveries = slices.DeleteFunc(rs.Recoveries, func(r Recovery) bool { return len(r.AskedBy) == 0 })
	if asked = rs.find(keyID); asked == nil {
		lost.AskedBy, lost.AskedDateTime, lost.State = nil, FormatTime(now), RecoveryIsAsked
		rs.Recoveries = append(rs.Recoveries, lost)
		asked = &rs.Recoveries[len(rs.Recoveries)-1]
	}
	if asked.KeyCustody != lost.KeyCustody || asked.KeyUse != lost.KeyUse {
		return Refuse(RecoveryAsked, "another custody or use was asked for with this key")
	}
	asked.AskedBy = append(asked.AskedBy, by)
	slices.Sort(asked.AskedBy)
	if len(asked.AskedBy) >= OrganisationsForRecovery {
		asked.State = RecoveryIsPending
		asked.EffectiveDateTime = FormatTime(now.Add(delay))
	}
	return nil
}

// Cancel ends a recovery that has not come into effect.
func (rs *Recoveries) Cancel(keyID string, now time.Time) error {
	asked := rs.find(keyID)
	if asked == nil || asked.State != RecoveryIsAsked && asked.State != RecoveryIsPending {
		return Refuse(RecoveryUnknown, "no recovery to key %s is under way", keyID)
	}
	asked.State, asked.EndedDateTime = RecoveryIsCancelled, FormatTime(now)
	return nil
}

// Complete gives the party the key of a recovery whose time has come.
func (rs *Recoveries) Complete(party *Party, keyID string, now time.Time) error {
	asked := rs.find(keyID)
	if asked == nil || asked.State != RecoveryIsPending {
		return Refuse(RecoveryUnknown, "no recovery to key %s is pending", keyID)
	}
	effective, err := ParseTime(asked.EffectiveDateTime)
	if err != nil {
		return err
	}
	switch {
	case now.Before(effective):
		return Refuse(RecoveryNotDue, "the recovery takes effect at %s, and it is %s", asked.EffectiveDateTime, FormatTime(now))
	case party.Status == PartyRevoked:
		return Refuse(PartyNotActive, "party %s is revoked; its key is not recovered", party.Party)
	case party.HasHad(keyID):
		return Refuse(KeyReused, "party %s has had this key before", party.Party)
	}
	asked.State, asked.EndedDateTime = RecoveryIsCompleted, FormatTime(now)
	party.TakeKey(asked.KeyUse, asked.PublicKey, PartyKey{How: ByRecovery, KeyCustody: asked.KeyCustody, KeyID: keyID, Since: FormatTime(now)})
	return nil
}
