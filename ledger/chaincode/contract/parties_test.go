package contract

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

func TestARegistrationIsVouchedForByTheSubmittersOrganisation(t *testing.T) {
	c := newTable(t)
	newcomer := pen.New("newcomer")
	registration := string(pen.JSON(newcomer.Registration(Port, "CUSTOMS")))
	for _, other := range []string{Operator, Carrier, PartnerPort, "StrangerMSP", ""} {
		c.refuse(bill.NotVouchingOrganisation, other, "RegisterParty", registration)
	}
	stranger := string(pen.JSON(newcomer.Registration("StrangerMSP", "CUSTOMS")))
	c.refuse(bill.NotVouchingOrganisation, "StrangerMSP", "RegisterParty", stranger)

	tx, answer := c.submit(Port, "RegisterParty", registration)
	mustHaveKeys(t, "RegisterParty wrote", keysOf(tx.writes), "PARTY_"+newcomer.Party)
	mustHaveKeys(t, "RegisterParty read", tx.reads, "PARTY_"+newcomer.Party)
	var record map[string]any
	if err := json.Unmarshal(tx.writes["PARTY_"+newcomer.Party], &record); err != nil {
		t.Fatal(err)
	}
	mustHaveKeys(t, "the record of a party has", keysOf(record),
		"kid", "party", "publicKey", "registeredDateTime", "roles", "status", "vouchingOrganisation")
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
		registration := string(pen.JSON(usurper.Registration(organisation, "CARRIER", "OPERATOR")))
		c.refuse(bill.NotVouchingOrganisation, organisation, "RegisterParty", registration)
	}
	c.submit(Operator, "RegisterParty", string(pen.JSON(usurper.Registration(Operator, "OPERATOR"))))
}

// A bill rests on the first carrier's receipt. A carrier of the operator's own
// making would let the operator issue before anybody has the goods.
func TestInvariant8TheOperatorsOrganisationVouchesForNoCarrier(t *testing.T) {
	c := newTable(t)
	puppet := pen.New("puppet")
	for _, roles := range [][]string{{"CARRIER"}, {"CARRIER", "SHIPPER"}, {"CARRIER", "OPERATOR"}} {
		c.refuse(bill.NotVouchingOrganisation, Operator, "RegisterParty", string(pen.JSON(puppet.Registration(Operator, roles...))))
	}
	for _, organisation := range []string{Carrier, Port, PartnerPort} {
		c.submit(organisation, "RegisterParty", string(pen.JSON(pen.New("carrier of "+organisation).Registration(organisation, "CARRIER"))))
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
			registration := string(pen.JSON(newcomer.Registration(organisation, string(role))))
			if slices.Contains(wanted, organisation) {
				c.submit(organisation, "RegisterParty", registration)
			} else {
				c.refuse(bill.NotVouchingOrganisation, organisation, "RegisterParty", registration)
			}
		}
	}
}

func rotation(c *table, old, next *pen.Pen) object {
	return object{
		"actionDateTime": c.at(0), "channel": "onebill", "kid": next.KeyID, "party": old.Party, "publicKey": next.PublicKey(),
	}
}

func TestARotationIsSignedByTheOldKeyAndEndsIt(t *testing.T) {
	c := issuedTable(t)
	old := *c.pens["seller"]
	next := *c.pens["seller"]
	next.NewKey()
	payload := rotation(c, &old, &next)

	c.refuse(bill.KeyUnknown, Operator, "RotateKey", next.Sign("onebill-rotation+jws", payload))
	header := `{"alg":"ES256","kid":"` + old.KeyID + `","typ":"onebill-rotation+jws"}`
	c.refuse(bill.SignatureInvalid, Operator, "RotateKey", next.SignText(header, string(pen.JSON(payload))))
	c.refuse(bill.RotationMalformed, Operator, "RotateKey", old.Sign("onebill-act+jws", payload))
	payload["channel"] = "other"
	c.refuse(bill.WrongChannel, Operator, "RotateKey", old.Sign("onebill-rotation+jws", payload))
	payload["channel"], payload["actionDateTime"] = "onebill", c.at(1e12)
	c.refuse(bill.ActFromTheFuture, Operator, "RotateKey", old.Sign("onebill-rotation+jws", payload))
	payload["actionDateTime"] = c.at(0)
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

func TestARotationOfAStrangerIsRefused(t *testing.T) {
	c := newTable(t)
	stranger := pen.New("stranger")
	next := *stranger
	next.NewKey()
	c.refuse(bill.PartyUnknown, Operator, "RotateKey", stranger.Sign("onebill-rotation+jws", rotation(c, stranger, &next)))
}
