package act

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// possessionMember is where a statement carries the word of the further key
// that it names.
const possessionMember = "possession"

// CheckCountersigned asks for the approver's word on an act where it is needed,
// and for none where it is not. The text is empty where there is none.
func CheckCountersigned(a *Signed, actor bill.Party, countersignature string, isThere bool) error {
	if actor.Approver == nil || !a.ActionCode.NeedsFourEyes() {
		if isThere {
			return bill.Refuse(bill.CountersignatureInvalid, "%s of party %s needs no countersignature", a.ActionCode, a.Actor)
		}
		return nil
	}
	if !isThere {
		return bill.Refuse(bill.CountersignatureRequired, "party %s asked for four eyes: its approver countersigns %s", a.Actor, a.ActionCode)
	}
	statement, actHash, err := parseHashed(countersignature, TypeCountersign, "actHash")
	switch {
	case err != nil:
		return bill.Refuse(bill.CountersignatureInvalid, "the countersignature is not one: %v", err)
	case actHash != a.Hash:
		return bill.Refuse(bill.CountersignatureInvalid, "the countersignature is of another act")
	case statement.KeyID != actor.Approver.KeyID:
		return bill.Refuse(bill.CountersignatureInvalid, "key %s is not the live key of the approver of party %s", statement.KeyID, a.Actor)
	case !statement.SignedWith(actor.Approver.PublicKey):
		return bill.Refuse(bill.CountersignatureInvalid, "the countersignature is not signed by the approver of party %s", a.Actor)
	}
	return nil
}

// possession is the word of a further key, inside the statement that names it,
// that somebody has it.
type possession struct {
	statement *Statement
	of        string // the hash of the statement that it speaks of
	wanted    string // the hash of the statement in which it stands
}

// shownWith says whether this key speaks of this very statement.
func (p *possession) shownWith(keyID string, key bill.PublicKey) bool {
	return p.of == p.wanted && p.statement.KeyID == keyID && p.statement.SignedWith(key)
}

// possession reads the member of that name of a statement.
func (m *members) possession() *possession {
	text := m.text(possessionMember, someText)
	if m.err != nil {
		return nil
	}
	statement, of, err := parseHashed(text, TypePossession, "statementHash")
	if err != nil {
		m.fail("possession: %v", err)
		return nil
	}
	said := maps.Clone(m.values)
	delete(said, possessionMember)
	canonical, err := jcs.Encode(said)
	if err != nil {
		m.fail("possession: %v", err)
		return nil
	}
	digest := sha256.Sum256(canonical)
	return &possession{statement, of, hex.EncodeToString(digest[:])}
}

// parseHashed reads a statement that says one hash and nothing else.
func parseHashed(text, kind, member string) (*Statement, string, error) {
	statement, err := ParseStatement(text, kind)
	if err != nil {
		return nil, "", err
	}
	m := membersOf(statement.payload)
	hash := m.text(member, hexForm)
	return statement, hash, m.done()
}
