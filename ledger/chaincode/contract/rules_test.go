package contract

import (
	"testing"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

func TestRulesComeIntoForceWhenThreeFoundersAskForTheSame(t *testing.T) {
	c := newChannel(t)
	c.refuse(bill.RulesMissing, Port, "GetRules")
	text := string(pen.JSON(rules()))
	c.refuse(bill.NotFounder, "SecondPortMSP", "SetRules", text)
	other := rules()
	other["recoveryDelaySeconds"] = int64(1)
	tx, answer := c.submit(Operator, "SetRules", text)
	mustHaveKeys(t, "SetRules wrote", keysOf(tx.writes), "RULES", "RULES_ASKED")
	mustHaveKeys(t, "the first SetRules wrote policies of", keysOf(tx.policies), "RULES", "RULES_ASKED")
	if answer != `{"inForce":false}` {
		t.Errorf("one organisation alone: %s", answer)
	}
	c.submit(Operator, "SetRules", text) // the same voice again counts once
	c.submit(Port, "SetRules", string(pen.JSON(other)))
	c.submit(Carrier, "SetRules", text)
	c.refuse(bill.RulesMissing, Port, "GetRules")
	if tx, answer = c.submit(Port, "SetRules", text); answer != `{"inForce":true}` || len(tx.policies) != 0 {
		t.Errorf("three organisations: %s, policies %v", answer, keysOf(tx.policies))
	}
	_, response := c.simulate(PartnerPort, "GetRules")
	want := text[:len(text)-1] + `,"setDateTime":"` + bill.FormatTime(c.now.Add(-1e9)) + `"}`
	if string(response.Payload) != want {
		t.Errorf("rules %s, wanted %s", response.Payload, want)
	}
	// What two had asked for before does not wait for one more.
	c.submit(Operator, "SetRules", string(pen.JSON(other)))
	if _, answer = c.submit(Port, "SetRules", string(pen.JSON(other))); answer != `{"inForce":false}` {
		t.Errorf("two organisations: %s", answer)
	}
}

func TestRulesKeepTheFoundersAndAdmitOthers(t *testing.T) {
	c := newChannel(t)
	organisations := func(more ...object) object {
		changed := rules()
		list := changed["organisations"].([]any)
		for _, one := range more {
			list = append(list, one)
		}
		changed["organisations"] = list
		return changed
	}
	changed := func(name string, value any) object {
		o := rules()
		o[name] = value
		return o
	}
	for what, o := range map[string]object{
		"a founder missing":         changed("organisations", rules()["organisations"].([]any)[1:]),
		"a founder of another kind": organisations(object{"kind": "PORT", "mspId": "CarrierMSP"}),
		"twice":                     organisations(object{"kind": "PORT", "mspId": Port}),
		"not in order":              organisations(object{"kind": "PORT", "mspId": "AportMSP"}),
		"a second operator":         organisations(object{"kind": "OPERATOR", "mspId": "SecondMSP"}),
		"of no kind":                organisations(object{"kind": "BANK", "mspId": "SecondMSP"}),
		"no delay":                  changed("recoveryDelaySeconds", int64(0)),
		"more than a year":          changed("recoveryDelaySeconds", int64(365*24*3600+1)),
		"no rulebook":               changed("rulebookHash", ""),
		"version zero":              changed("rulebookVersion", int64(0)),
		"something else":            changed("price", int64(1)),
	} {
		c.t.Log(what)
		c.refuse(bill.RulesMalformed, Operator, "SetRules", string(pen.JSON(o)))
	}
	full := newTable(t)
	second := pen.New("customs of the second port")
	registration := full.registrationOf(second, "SecondPortMSP", "CUSTOMS")
	full.refuse(bill.NotVouchingOrganisation, "SecondPortMSP", "RegisterParty", registration)
	full.agreeOnRules(organisations(object{"kind": "PORT", "mspId": "SecondPortMSP"}))
	full.submit("SecondPortMSP", "RegisterParty", registration)
	puppet := full.registrationOf(pen.New("puppet"), "SecondPortMSP", "OPERATOR")
	full.refuse(bill.NotVouchingOrganisation, "SecondPortMSP", "RegisterParty", puppet)
}
