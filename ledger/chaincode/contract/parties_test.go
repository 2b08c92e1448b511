package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

func TestARegistrationIsVouchedForByTheSubmittersOrganisation(t *testing.T) {
	c := newTable(t)
	newcomer := pen.New("newcomer")
	registration := c.registrationOf(newcomer, Port, "CUSTOMS")
	for _, other := range []string{Operator, Carrier, PartnerPort, "StrangerMSP", ""} {
		c.refuse(bill.NotVouchingOrganisation, other, "RegisterParty", registration)
	}
	stranger := c.registrationOf(newcomer, "StrangerMSP", "CUSTOMS")
	c.refuse(bill.NotVouchingOrganisation, "StrangerMSP", "RegisterParty", stranger)

	tx, answer := c.submit(Port, "RegisterParty", registration)
	mustHaveKeys(t, "RegisterParty wrote", keysOf(tx.writes), "PARTY_"+newcomer.Party, "RECOVERY_"+newcomer.Party)
	mustHaveKeys(t, "RegisterParty wrote policies of", keysOf(tx.policies), "PARTY_"+newcomer.Party, "RECOVERY_"+newcomer.Party)
	mustHaveKeys(t, "RegisterParty read", tx.reads, "PARTY_"+newcomer.Party, "RULES")
	var record map[string]any
	if err := json.Unmarshal(tx.writes["PARTY_"+newcomer.Party], &record); err != nil {
		t.Fatal(err)
	}
	mustHaveKeys(t, "the record of a party has", keysOf(record),
		"identityHash", "keys", "kid", "party", "publicKey", "registeredDateTime", "roles", "rulebookHash", "rulebookVersion",
		"screeningHash", "status", "vouchingOrganisation")
	if record["status"] != "ACTIVE" || record["registeredDateTime"] != c.at(-1e9) || answer != newcomer.Party {
		t.Errorf("answered %s with record %v", answer, record)
	}
	if !strings.Contains(tx.events["party"], newcomer.Party) {
		t.Errorf("events %v", tx.events)
	}
	c.refuse(bill.PartyExists, Port, "RegisterParty", registration)
}

func TestInvariant1OnlyTheOperatorsOrganisationVouchesForAnOperator(t *testing.T) {
	c := newTable(t)
	usurper := pen.New("usurper")
	for _, organisation := range []string{Carrier, Port, PartnerPort} {
		registration := c.registrationOf(usurper, organisation, "CARRIER", "OPERATOR")
		c.refuse(bill.NotVouchingOrganisation, organisation, "RegisterParty", registration)
	}
	c.submit(Operator, "RegisterParty", c.registrationOf(usurper, Operator, "OPERATOR"))
}

// A bill rests on the first carrier's receipt. A carrier of the operator's own
// making would let the operator issue before anybody has the goods.
func TestInvariant8TheOperatorsOrganisationVouchesForNoCarrier(t *testing.T) {
	c := newTable(t)
	puppet := pen.New("puppet")
	for _, roles := range [][]string{{"CARRIER"}, {"CARRIER", "SHIPPER"}, {"CARRIER", "OPERATOR"}} {
		c.refuse(bill.NotVouchingOrganisation, Operator, "RegisterParty", c.registrationOf(puppet, Operator, roles...))
	}
	for _, organisation := range []string{Carrier, Port, PartnerPort} {
		c.submit(organisation, "RegisterParty", c.registrationOf(pen.New("carrier of "+organisation), organisation, "CARRIER"))
	}
}

// An operator that made its own customs, terminal or court could open its own
// gates, or take the bill from whoever has it.
func TestEachOrganisationVouchesForTheRolesOfItsKind(t *testing.T) {
	c := newTable(t)
	everybody, carriersAndPorts, ports := organisations, organisations[1:], organisations[2:]
	for role, wanted := range map[bill.Role][]string{
		bill.RoleOperator: {Operator}, bill.RoleShipper: everybody, bill.RoleConsignee: everybody,
		bill.RoleBank: everybody, bill.RoleDeliveryAgent: everybody, bill.RoleCarrier: carriersAndPorts,
		bill.RoleCarriersAgent: carriersAndPorts, bill.RoleTerminal: ports, bill.RoleCustoms: ports,
		bill.RolePort: ports, bill.RoleAuthority: ports, bill.RoleCourt: ports,
	} {
		for _, organisation := range organisations {
			newcomer := pen.New(string(role) + " of " + organisation)
			registration := c.registrationOf(newcomer, organisation, string(role))
			if slices.Contains(wanted, organisation) {
				c.submit(organisation, "RegisterParty", registration)
			} else {
				c.refuse(bill.NotVouchingOrganisation, organisation, "RegisterParty", registration)
			}
		}
	}
}

// A registration is the party's own word: that it has the key, that it keeps
// the rulebook, and on which evidence it asks to be let in.
func TestARegistrationIsSignedByTheKeyThatItRegisters(t *testing.T) {
	c := newTable(t)
	newcomer, thief := pen.New("newcomer"), pen.New("thief")
	payload := newcomer.Registration(c.at(0), "onebill", rulebook, Port, "CUSTOMS")
	signed := func(change func(object)) string {
		changed := newcomer.Registration(c.at(0), "onebill", rulebook, Port, "CUSTOMS")
		change(changed)
		return newcomer.Sign("onebill-registration+jws", changed)
	}
	c.refuse(bill.SignatureInvalid, Port, "RegisterParty", thief.Sign("onebill-registration+jws", payload))
	header := `{"alg":"ES256","kid":"` + newcomer.KeyID + `","typ":"onebill-registration+jws"}`
	c.refuse(bill.SignatureInvalid, Port, "RegisterParty", thief.SignText(header, string(pen.JSON(payload))))
	c.refuse(bill.RegistrationMalformed, Port, "RegisterParty", newcomer.Sign("onebill-act+jws", payload))
	c.refuse(bill.RegistrationMalformed, Port, "RegisterParty", string(pen.JSON(payload)))
	c.refuse(bill.WrongChannel, Port, "RegisterParty", signed(func(o object) { o["channel"] = "other" }))
	c.refuse(bill.ActFromTheFuture, Port, "RegisterParty", signed(func(o object) { o["actionDateTime"] = c.at(3 * time.Minute) }))
	c.refuse(bill.ActExpired, Port, "RegisterParty", signed(func(o object) { o["actionDateTime"] = c.at(-31 * 24 * time.Hour) }))
	c.refuse(bill.RulebookNotInForce, Port, "RegisterParty", signed(func(o object) { o["rulebookVersion"] = int64(2) }))
	c.refuse(bill.RulebookNotInForce, Port, "RegisterParty", signed(func(o object) { o["rulebookHash"] = aHash }))
	for name := range payload {
		c.refuse(bill.RegistrationMalformed, Port, "RegisterParty", signed(func(o object) { delete(o, name) }))
	}
	c.submit(Port, "RegisterParty", signed(func(o object) { o["keyCustody"] = "LEDGER_CUSTODY" }))
	if got := c.partyRecord(newcomer.Party).Keys; len(got) != 1 || got[0].KeyCustody != bill.LedgerCustody || got[0].How != bill.ByRegistration {
		t.Errorf("keys %+v", got)
	}
}

func TestNobodyIsRegisteredBeforeTheRulesAreAgreedOn(t *testing.T) {
	c := &table{newChannel(t), map[string]*pen.Pen{}}
	early := pen.New("early")
	registration := c.registrationOf(early, Operator, "SHIPPER")
	c.refuse(bill.RulesMissing, Operator, "RegisterParty", registration)
	for _, organisation := range []string{Carrier, Port} {
		c.submit(organisation, "SetRules", string(pen.JSON(rules())))
	}
	c.refuse(bill.RulesMissing, Operator, "RegisterParty", registration)
	c.submit(Operator, "SetRules", string(pen.JSON(rules())))
	c.submit(Operator, "RegisterParty", registration)
}

func (c *table) partyRecord(id string) bill.Party {
	c.t.Helper()
	var record bill.Party
	if err := json.Unmarshal(c.state["PARTY_"+id], &record); err != nil {
		c.t.Fatal(err)
	}
	return record
}

func TestASuspendedPartyNeitherActsNorReceivesUntilItIsReinstated(t *testing.T) {
	c := issuedTable(t)
	bank := c.party("issuing-bank")
	c.refuse(bill.NotVouchingOrganisation, Operator, "SetPartyStatus", bank, "SUSPENDED", aHash)
	c.refuse(bill.StatusWrong, PartnerPort, "SetPartyStatus", bank, "ACTIVE", aHash)
	c.refuse(bill.StatusWrong, PartnerPort, "SetPartyStatus", bank, "ASLEEP", aHash)
	c.refuse(bill.StatusWrong, PartnerPort, "SetPartyStatus", bank, "SUSPENDED", "because")
	c.refuse(bill.PartyUnknown, PartnerPort, "SetPartyStatus", pen.New("nobody").Party, "SUSPENDED", aHash)
	c.submit(PartnerPort, "SetPartyStatus", bank, "SUSPENDED", aHash)
	c.refuse(bill.PartyNotActive, Operator, "SubmitAct", c.act("TRANSFER", "seller", "issuing-bank", nil))
	c.submit(PartnerPort, "SetPartyStatus", bank, "ACTIVE", aHash)
	c.do("TRANSFER", "seller", "issuing-bank", nil)
	c.submit(PartnerPort, "SetPartyStatus", bank, "SUSPENDED", aHash)
	c.refuse(bill.PartyNotActive, Operator, "SubmitAct", c.act("TRANSFER", "issuing-bank", "buyer", nil))
	c.submit(PartnerPort, "SetPartyStatus", bank, "REVOKED", aHash)
	c.refuse(bill.StatusWrong, PartnerPort, "SetPartyStatus", bank, "ACTIVE", aHash)
	if got := c.partyRecord(bank).StatusChanges; len(got) != 4 || got[3].Status != bill.PartyRevoked || got[3].ReasonHash != aHash {
		t.Errorf("status changes %+v", got)
	}
	old, next := *c.pens["issuing-bank"], *c.pens["issuing-bank"]
	next.NewKey()
	c.refuse(bill.PartyNotActive, PartnerPort, "RotateKey", old.Sign("onebill-rotation+jws", rotation(c, &old, &next)))
	for _, organisation := range []string{Operator, Carrier, Port} {
		c.refuse(bill.PartyNotActive, organisation, "RecoverKey", next.Sign("onebill-recovery+jws", newKey(c, &old, &next)))
	}
}

// rotation names the next key, which says itself that it is there.
func rotation(c *table, old, next *pen.Pen) object {
	return next.Show(newKey(c, old, next))
}

func newKey(c *table, old, next *pen.Pen) object {
	return object{
		"actionDateTime": c.at(0), "channel": "onebill", "keyCustody": "OWN", "kid": next.KeyID, "party": old.Party, "publicKey": next.PublicKey(),
	}
}

func TestARotationIsSignedByTheOldKeyAndEndsIt(t *testing.T) {
	c := issuedTable(t)
	old := *c.pens["seller"]
	next := *c.pens["seller"]
	next.NewKey()
	unshown := newKey(c, &old, &next)
	payload := next.Show(unshown)

	c.refuse(bill.KeyUnknown, Operator, "RotateKey", next.Sign("onebill-rotation+jws", payload))
	header := `{"alg":"ES256","kid":"` + old.KeyID + `","typ":"onebill-rotation+jws"}`
	c.refuse(bill.SignatureInvalid, Operator, "RotateKey", next.SignText(header, string(pen.JSON(payload))))
	c.refuse(bill.RotationMalformed, Operator, "RotateKey", old.Sign("onebill-act+jws", payload))
	unshown["channel"] = "other"
	c.refuse(bill.WrongChannel, Operator, "RotateKey", old.Sign("onebill-rotation+jws", next.Show(unshown)))
	unshown["channel"], unshown["actionDateTime"] = "onebill", c.at(1e12)
	c.refuse(bill.ActFromTheFuture, Operator, "RotateKey", old.Sign("onebill-rotation+jws", next.Show(unshown)))
	c.refuse(bill.KeyReused, Operator, "RotateKey", old.Sign("onebill-rotation+jws", rotation(c, &old, &old)))

	tx, _ := c.submit(Carrier, "RotateKey", old.Sign("onebill-rotation+jws", payload))
	mustHaveKeys(t, "RotateKey wrote", keysOf(tx.writes), "PARTY_"+old.Party)
	if len(tx.policies) != 0 {
		t.Error("a rotation writes a policy")
	}
	c.refuse(bill.KeyUnknown, Operator, "RotateKey", old.Sign("onebill-rotation+jws", payload)) // replayed
	c.refuse(bill.KeyUnknown, Operator, "SubmitAct", c.act("TRANSFER", "seller", "issuing-bank", nil))
	c.refuse(bill.KeyReused, Operator, "RotateKey", next.Sign("onebill-rotation+jws", rotation(c, &next, &old)))
	c.pens["seller"] = &next
	c.do("TRANSFER", "seller", "issuing-bank", nil)
}

// A courier that keeps a rotation back could lock its party out, long after the
// party gave the new key up.
func TestARotationThatWasKeptBackExpires(t *testing.T) {
	c := newTable(t)
	old, next := *c.pens["seller"], *c.pens["seller"]
	next.NewKey()
	signedAgo := func(ago time.Duration) string {
		unshown := newKey(c, &old, &next)
		unshown["actionDateTime"] = c.at(-ago)
		return old.Sign("onebill-rotation+jws", next.Show(unshown))
	}
	c.refuse(bill.ActExpired, Operator, "RotateKey", signedAgo(31*24*time.Hour))
	c.submit(Operator, "RotateKey", signedAgo(29*24*time.Hour))
}

// Who names a key shows that somebody has it: a rotation to a key that nobody
// has, or that is another's, would lock its party out.
func TestARotationIsSignedByTheNewKeyToo(t *testing.T) {
	c := newTable(t)
	old, next, thief := *c.pens["seller"], *c.pens["seller"], pen.New("thief")
	next.NewKey()
	unshown := newKey(c, &old, &next)
	later := newKey(c, &old, &next)
	later["actionDateTime"] = c.at(time.Second)
	shownFor := func(statement object, by *pen.Pen) object {
		payload := newKey(c, &old, &next)
		payload["possession"] = by.Show(statement)["possession"]
		return payload
	}
	forged := thief.SignText(`{"alg":"ES256","kid":"`+next.KeyID+`","typ":"onebill-possession+jws"}`,
		string(pen.JSON(object{"statementHash": pen.Hash(unshown)})))
	for what, refused := range map[string]struct {
		reason  bill.Reason
		payload object
	}{
		"not at all":            {bill.RotationMalformed, unshown},
		"by another key":        {bill.SignatureInvalid, shownFor(unshown, thief)},
		"by the old key":        {bill.SignatureInvalid, shownFor(unshown, &old)},
		"of another rotation":   {bill.SignatureInvalid, shownFor(later, &next)},
		"forged":                {bill.SignatureInvalid, with(unshown, "possession", forged)},
		"by a countersignature": {bill.RotationMalformed, with(unshown, "possession", next.Countersign(forged))},
		"in no text":            {bill.RotationMalformed, with(unshown, "possession", true)},
	} {
		t.Run(what, func(*testing.T) {
			c.refuse(refused.reason, Operator, "RotateKey", old.Sign("onebill-rotation+jws", refused.payload))
		})
	}
	c.submit(Operator, "RotateKey", old.Sign("onebill-rotation+jws", shownFor(unshown, &next)))
}

func with(payload object, member string, value any) object {
	changed := maps.Clone(payload)
	changed[member] = value
	return changed
}

func TestARotationOfAStrangerIsRefused(t *testing.T) {
	c := newTable(t)
	stranger := pen.New("stranger")
	next := *stranger
	next.NewKey()
	c.refuse(bill.PartyUnknown, Operator, "RotateKey", stranger.Sign("onebill-rotation+jws", rotation(c, stranger, &next)))
}
