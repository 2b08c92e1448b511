package contract

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

// recovery is the word of a new key that wants the place of the seller's.
func recovery(c *table, next *pen.Pen) string {
	return next.Sign("onebill-recovery+jws", newKey(c, next, next))
}

func cancellation(c *table, by *pen.Pen, keyID string) string {
	return by.Sign("onebill-recovery-cancellation+jws", object{
		"actionDateTime": c.at(0), "channel": "onebill", "kid": keyID, "party": by.Party,
	})
}

func (c *table) recoveries(name string) []bill.Recovery {
	c.t.Helper()
	var record bill.Recoveries
	if err := json.Unmarshal(c.state["RECOVERY_"+c.party(name)], &record); err != nil {
		c.t.Fatal(err)
	}
	return record.Recoveries
}

func (c *table) attestedPending() bool {
	c.t.Helper()
	_, response := c.simulate(Port, "Attest", reference, "n")
	return strings.Contains(string(response.Payload), `"recoveryPending":true`)
}

func TestALostKeyIsRecoveredByThreeOrganisationsAfterTheDelay(t *testing.T) {
	c := issuedTable(t)
	lost, next := *c.pens["seller"], *c.pens["seller"]
	next.NewKey()
	asked := recovery(c, &next)
	tx, _ := c.submit(PartnerPort, "RecoverKey", asked)
	mustHaveKeys(t, "RecoverKey wrote", keysOf(tx.writes), "RECOVERY_"+lost.Party)
	mustHaveKeys(t, "RecoverKey read", tx.reads, "PARTY_"+lost.Party, "RECOVERY_"+lost.Party, "RULES")
	if len(tx.policies) != 0 {
		t.Error("RecoverKey writes a policy")
	}
	c.refuse(bill.RecoveryAsked, PartnerPort, "RecoverKey", asked)
	c.refuse(bill.NotFounder, "SecondPortMSP", "RecoverKey", asked)
	c.submit(Carrier, "RecoverKey", asked)
	if c.attestedPending() || c.recoveries("seller")[0].State != bill.RecoveryIsAsked {
		t.Error("two organisations began a recovery")
	}
	c.refuse(bill.RecoveryUnknown, Port, "CompleteRecovery", lost.Party, next.KeyID)
	c.submit(Port, "RecoverKey", asked)
	began := c.now.Add(-time.Second)
	pending := c.recoveries("seller")[0]
	if pending.State != bill.RecoveryIsPending || pending.EffectiveDateTime != bill.FormatTime(began.Add(recoveryDelay)) ||
		!slices.Equal(pending.AskedBy, []string{Carrier, PartnerPort, Port}) || !c.attestedPending() {
		t.Errorf("recovery %+v", pending)
	}
	c.refuse(bill.RecoveryNotDue, Port, "CompleteRecovery", lost.Party, next.KeyID)
	c.do("TRANSFER", "seller", "first-bank", nil) // until then the old key is the party's
	c.do("TRANSFER", "first-bank", "seller", nil)
	c.now = began.Add(recoveryDelay)
	tx, _ = c.submit(Carrier, "CompleteRecovery", lost.Party, next.KeyID)
	mustHaveKeys(t, "CompleteRecovery wrote", keysOf(tx.writes), "PARTY_"+lost.Party, "RECOVERY_"+lost.Party)
	c.refuse(bill.RecoveryUnknown, Carrier, "CompleteRecovery", lost.Party, next.KeyID)
	if c.attestedPending() || c.recoveries("seller")[0].State != bill.RecoveryIsCompleted {
		t.Error("the recovery does not end")
	}
	c.refuse(bill.KeyUnknown, Operator, "SubmitAct", c.act("TRANSFER", "seller", "issuing-bank", nil))
	c.pens["seller"] = &next
	c.do("TRANSFER", "seller", "issuing-bank", nil)
	record := c.partyRecord(lost.Party)
	if len(record.Keys) != 2 || record.Keys[1].How != bill.ByRecovery || record.KeyID != next.KeyID {
		t.Errorf("keys %+v", record.Keys)
	}
	c.refuse(bill.KeyReused, Carrier, "RecoverKey", recovery(c, &lost))
}

func TestARecoveryOfTheTitleHoldersKeyIsAttestedToo(t *testing.T) {
	c := issuedTable(t) // the seller has the bill, the issuing bank the title
	next := *c.pens["issuing-bank"]
	next.NewKey()
	asked := recovery(c, &next)
	for _, organisation := range []string{Operator, Carrier, Port} {
		if c.attestedPending() {
			t.Error("a recovery is pending before three have asked")
		}
		c.submit(organisation, "RecoverKey", asked)
	}
	if !c.attestedPending() {
		t.Error("the recovery of the title holder's key is not attested")
	}
	tx, _ := c.simulate(Port, "Attest", reference, "n")
	mustHaveKeys(t, "Attest read", tx.reads, "BILL_"+reference, "RECOVERY_"+c.party("seller"), "RECOVERY_"+c.party("issuing-bank"))
}

func TestTheTransactionsOfARecoveredPartyBeginWithTheThirdWord(t *testing.T) {
	c := newTable(t)
	next := *c.pens["seller"]
	next.NewKey()
	asked := recovery(c, &next)
	var third string
	for _, organisation := range []string{Carrier, Port, Operator} {
		tx, _ := c.submit(organisation, "RecoverKey", asked)
		third = tx.id
	}
	c.submit(Operator, "SetPartyStatus", next.Party, "SUSPENDED", aHash)
	c.now = c.now.Add(recoveryDelay)
	completed, _ := c.submit(Port, "CompleteRecovery", next.Party, next.KeyID)
	_, response := c.simulate(Port, "GetPartyTransactions", next.Party)
	var answer struct{ Transactions []string }
	if err := json.Unmarshal(response.Payload, &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Transactions) != 4 || answer.Transactions[2] != third || answer.Transactions[3] != completed.id {
		t.Errorf("transactions %v; began with %s", answer.Transactions, third)
	}
	if _, response = c.simulate(Port, "GetRecoveries", next.Party); !strings.Contains(string(response.Payload), `"state":"COMPLETED"`) {
		t.Errorf("recoveries %s", response.Payload)
	}
	c.refuse(bill.PartyUnknown, Port, "GetRecoveries", pen.New("nobody").Party)
}

func TestTheOldKeyCancelsARecovery(t *testing.T) {
	c := newTable(t)
	owner, thief := *c.pens["seller"], *c.pens["seller"]
	thief.NewKey()
	asked := recovery(c, &thief)
	for _, organisation := range []string{Carrier, Port, Operator} {
		c.submit(organisation, "RecoverKey", asked)
	}
	c.refuse(bill.KeyUnknown, Operator, "CancelRecovery", cancellation(c, &thief, thief.KeyID))
	c.refuse(bill.RecoveryUnknown, Operator, "CancelRecovery", cancellation(c, &owner, owner.KeyID))
	tx, _ := c.submit(PartnerPort, "CancelRecovery", cancellation(c, &owner, thief.KeyID))
	mustHaveKeys(t, "CancelRecovery wrote", keysOf(tx.writes), "RECOVERY_"+owner.Party)
	c.refuse(bill.RecoveryUnknown, Operator, "CancelRecovery", cancellation(c, &owner, thief.KeyID))
	c.refuse(bill.RecoveryAsked, PartnerPort, "RecoverKey", asked) // a cancelled one never comes back
	c.now = c.now.Add(recoveryDelay)
	c.refuse(bill.RecoveryUnknown, Port, "CompleteRecovery", owner.Party, thief.KeyID)
	if got := c.recoveries("seller")[0]; got.State != bill.RecoveryIsCancelled || got.EndedDateTime == "" {
		t.Errorf("recovery %+v", got) // visible for ever
	}
}

func TestARecoveryIsSignedByTheNewKeyForThisChannel(t *testing.T) {
	c := newTable(t)
	next, other := *c.pens["seller"], *c.pens["seller"]
	next.NewKey()
	other.NewKey()
	payload := newKey(c, &next, &next)
	c.refuse(bill.SignatureInvalid, Port, "RecoverKey", other.Sign("onebill-recovery+jws", payload))
	c.refuse(bill.RecoveryMalformed, Port, "RecoverKey", next.Sign("onebill-rotation+jws", payload))
	c.refuse(bill.RotationMalformed, Port, "RotateKey", next.Sign("onebill-recovery+jws", payload))
	payload["channel"] = "other"
	c.refuse(bill.WrongChannel, Port, "RecoverKey", next.Sign("onebill-recovery+jws", payload))
	stranger := pen.New("stranger")
	c.refuse(bill.PartyUnknown, Port, "RecoverKey", recovery(c, stranger))
	c.refuse(bill.RecoveryUnknown, Port, "CompleteRecovery", "x", next.KeyID)
	c.refuse(bill.RecoveryMalformed, Port, "CancelRecovery", next.Sign("onebill-recovery+jws", payload))
}

// An organisation asks for one key at a time, so that none fills the record.
func TestAnOrganisationsNewWordWithdrawsItsFormer(t *testing.T) {
	c := newTable(t)
	one, two := *c.pens["seller"], *c.pens["seller"]
	one.NewKey()
	two.NewKey()
	c.submit(Carrier, "RecoverKey", recovery(c, &one))
	c.submit(Port, "RecoverKey", recovery(c, &one))
	c.submit(Carrier, "RecoverKey", recovery(c, &two))
	got := c.recoveries("seller")
	if len(got) != 2 || !slices.Equal(got[0].AskedBy, []string{Port}) || !slices.Equal(got[1].AskedBy, []string{Carrier}) {
		t.Errorf("recoveries %+v", got)
	}
	c.submit(Port, "RecoverKey", recovery(c, &two))
	if got = c.recoveries("seller"); len(got) != 1 || got[0].KeyID != two.KeyID {
		t.Errorf("recoveries %+v", got)
	}
}
