package contract

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

// watched is a table at which operator and delivery agent asked for four eyes;
// the pens of their approvers stand beside theirs.
func watched(t *testing.T) *table {
	t.Helper()
	c := newTable(t)
	for _, name := range []string{"operator", "delivery-agent"} {
		c.pens[name] = pen.New("careful " + name)
		c.pens["approver of "+name] = pen.New("approver of " + name)
		c.submit(cast[name].vouchedBy, "RegisterParty", c.watchedRegistration(name))
	}
	return c
}

func (c *table) watchedRegistration(name string) string {
	pen, approver := c.pens[name], c.pens["approver of "+name]
	registration := pen.Registration(c.at(0), "onebill", rulebook, cast[name].vouchedBy, cast[name].role)
	return pen.Sign("onebill-registration+jws", pen.Watched(registration, approver))
}

// four does an act with the countersignature of the actor's approver.
func (c *table) four(code, actor, recipient string, terms object) {
	c.t.Helper()
	signed := c.act(code, actor, recipient, terms)
	c.submit(Carrier, "SubmitAct", signed, c.pens["approver of "+actor].Countersign(signed))
}

func TestAnActOfWhoAskedForFourEyesIsCountersigned(t *testing.T) {
	c := watched(t)
	approver, own := c.pens["approver of operator"], c.pens["operator"]
	issue, again := c.issueAct(reference), c.issueAct(reference)
	countersigned := approver.Countersign(issue)
	header := `{"alg":"ES256","kid":"` + approver.KeyID + `","typ":"onebill-countersignature+jws"}`
	hash := object{"actHash": strings.Repeat("0", 64)}

	c.refuse(bill.CountersignatureRequired, Operator, "SubmitAct", issue)
	for what, wrong := range map[string]string{
		"nothing":                     "",
		"text":                        "approved",
		"the act itself":              issue,
		"by the key that signed":      own.Countersign(issue),
		"by another's approver":       c.pens["approver of delivery-agent"].Countersign(issue),
		"of the same act said anew":   approver.Countersign(again[:len(again)/2] + "A" + again[len(again)/2:]),
		"of another act":              approver.Sign("onebill-countersignature+jws", hash),
		"of another kind":             approver.Sign("onebill-possession+jws", hash),
		"forged under its kid":        own.SignText(header, payloadOf(t, countersigned)),
		"with a signature of another": countersigned[:strings.LastIndex(countersigned, ".")] + issue[strings.LastIndex(issue, "."):],
	} {
		t.Run(what, func(*testing.T) {
			c.refuse(bill.CountersignatureInvalid, Operator, "SubmitAct", issue, wrong)
		})
	}
	c.refuse(bill.RequestMalformed, Operator, "SubmitAct", issue, countersigned, countersigned)

	tx, answer := c.submit(Operator, "SubmitAct", issue, countersigned)
	if answer != c.bill(reference).HeadActHash {
		t.Errorf("answered %s", answer)
	}
	if tx.trips != 1 {
		t.Errorf("a countersigned act costs %d round trips", tx.trips)
	}
	if got := string(tx.writes["ACT_"+reference+"_0000000001"]); got != issue {
		t.Errorf("written %s", got)
	}
	c.refuse(bill.Exists, Operator, "SubmitAct", issue, countersigned)
}

// payloadOf is the payload of a JWS, as text.
func payloadOf(t *testing.T, token string) string {
	t.Helper()
	statement := strings.Split(token, ".")
	payload, err := act.DecodeBase64(statement[1])
	if err != nil {
		t.Fatal(err)
	}
	return string(payload)
}

func TestWhatIsNotListedNeedsOneKeyAndTakesNoOther(t *testing.T) {
	c := watched(t)
	c.four("ISSUE", "operator", "seller", c.issueTerms(reference))
	note := object{"legSequence": int64(3), "receipts": []any{c.receipt(reference, "LOADED_ON_BOARD", "line", 3, box)}}
	signed := c.act("NOTE_ON_BOARD", "operator", "", note)
	c.refuse(bill.CountersignatureInvalid, Operator, "SubmitAct", signed, c.pens["approver of operator"].Countersign(signed))
	c.submit(Operator, "SubmitAct", signed)
	transfer := c.act("TRANSFER", "seller", "issuing-bank", nil)
	c.refuse(bill.CountersignatureInvalid, Operator, "SubmitAct", transfer, c.pens["seller"].Countersign(transfer))
	c.submit(Operator, "SubmitAct", transfer)

	plain := newTable(t)
	issue := plain.issueAct(reference)
	plain.refuse(bill.CountersignatureInvalid, Operator, "SubmitAct", issue, plain.pens["operator"].Countersign(issue))
}

// Issue, the end of a bill and the release of goods: no one person alone.
func TestEveryListedActIsCountersigned(t *testing.T) {
	refusedAlone := func(c *table, code, actor, recipient string, terms object) {
		c.t.Helper()
		c.refuse(bill.CountersignatureRequired, Carrier, "SubmitAct", c.act(code, actor, recipient, terms))
		c.four(code, actor, recipient, terms)
	}
	amended := func(reason string) *table {
		c := watched(t)
		c.four("ISSUE", "operator", "seller", c.issueTerms(reference))
		c.do("TRANSFER", "seller", "issuing-bank", nil)
		c.do("SURRENDER_FOR_AMENDMENT", "issuing-bank", "operator", object{"surrenderRequestReference": "S-1", "reasonCode": reason})
		c.do("ACCEPT_SURRENDER", "operator", "", object{"surrenderRequestReference": "S-1"})
		return c
	}
	refusedAlone(amended("COD"), "VOID", "operator", "", nil)
	refusedAlone(amended("SWTP"), "SWITCH_TO_PAPER", "operator", "", object{"printCertificateHash": aHash})

	c := watched(t)
	refusedAlone(c, "ISSUE", "operator", "seller", c.issueTerms(reference))
	c.surrendered()
	c.do("RELEASE_CUSTOMS", "customs", "", nil)
	c.do("RELEASE_MASTER", "carriers-agent", "", nil)
	c.do("CONFIRM_PAYMENT", "terminal", "", object{"of": "TERMINAL"})
	c.do("CONFIRM_PAYMENT", "operator", "", object{"of": "RECEIVER_CHARGES"})
	refusedAlone(c, "RELEASE_TERMINAL", "delivery-agent", "haulier", c.releaseTerms())
	refusedAlone(c, "DELIVER_AGAINST_INDEMNITY", "delivery-agent", "buyer", object{"indemnityHash": aHash})
}

func TestAnApproverIsRegisteredByItsOwnWord(t *testing.T) {
	c := newTable(t)
	newcomer, approver, other := pen.New("newcomer"), pen.New("approver"), pen.New("other")
	plain := newcomer.Registration(c.at(0), "onebill", rulebook, Port, "DELIVERY_AGENT")
	good := newcomer.Watched(plain, approver)
	elsewhere := newcomer.Watched(newcomer.Registration(c.at(0), "onebill", rulebook, Port, "TERMINAL"), approver)
	without := func(member string) object {
		changed := with(good, member, nil)
		delete(changed, member)
		return changed
	}
	for what, refused := range map[string]struct {
		reason  bill.Reason
		payload object
	}{
		"possession missing":      {bill.RegistrationMalformed, without("possession")},
		"possession of no key":    {bill.RegistrationMalformed, without("approverKey")},
		"of another registration": {bill.SignatureInvalid, with(good, "possession", elsewhere["possession"])},
		"by another key":          {bill.RegistrationMalformed, with(good, "possession", other.Show(without("possession"))["possession"])},
		"the party's own key":     {bill.RegistrationMalformed, newcomer.Watched(plain, newcomer)},
		"a key without its name":  {bill.RegistrationMalformed, with(good, "approverKey", object{"publicKey": approver.PublicKey()})},
		"another's name":          {bill.RegistrationMalformed, with(good, "approverKey", object{"kid": other.KeyID, "publicKey": approver.PublicKey()})},
		"a member more":           {bill.RegistrationMalformed, with(good, "approverKey", object{"kid": approver.KeyID, "publicKey": approver.PublicKey(), "name": "x"})},
		"no object":               {bill.RegistrationMalformed, with(good, "approverKey", approver.KeyID)},
	} {
		t.Run(what, func(*testing.T) {
			c.refuse(refused.reason, Port, "RegisterParty", newcomer.Sign("onebill-registration+jws", refused.payload))
		})
	}
	c.submit(Port, "RegisterParty", newcomer.Sign("onebill-registration+jws", good))
	record := c.partyRecord(newcomer.Party).Approver
	if record == nil || record.KeyID != approver.KeyID || len(record.Keys) != 1 || record.Keys[0].How != bill.ByRegistration {
		t.Errorf("approver %+v", record)
	}
	if c.partyRecord(c.party("seller")).Approver != nil || strings.Contains(string(c.state["PARTY_"+c.party("seller")]), "approver") {
		t.Error("who asked for no four eyes has an approver")
	}
}

// Neither of the two keys replaces the other: who has stolen one has one.
func TestAnApproverRotatesItsOwnKeyAndNoOther(t *testing.T) {
	c := watched(t)
	party, approver := c.pens["operator"], c.pens["approver of operator"]
	next := pen.New("next approver")
	of := func(to *pen.Pen) object {
		payload := newKey(c, party, to)
		payload["keyUse"] = "APPROVER"
		return payload
	}
	c.refuse(bill.KeyUnknown, Operator, "RotateKey", party.Sign("onebill-rotation+jws", next.Show(of(next))))
	c.refuse(bill.KeyUnknown, Operator, "RotateKey", approver.Sign("onebill-rotation+jws", next.Show(newKey(c, party, next))))
	c.refuse(bill.KeyReused, Operator, "RotateKey", approver.Sign("onebill-rotation+jws", party.Show(of(party))))
	c.refuse(bill.KeyReused, Operator, "RotateKey", party.Sign("onebill-rotation+jws", approver.Show(newKey(c, party, approver))))
	c.refuse(bill.RotationMalformed, Operator, "RotateKey", approver.Sign("onebill-rotation+jws", next.Show(with(of(next), "keyUse", "SIGNER"))))
	c.refuse(bill.RotationMalformed, Operator, "RotateKey", approver.Sign("onebill-rotation+jws", next.Show(with(of(next), "keyCustody", "LEDGER_CUSTODY"))))
	seller, another := c.pens["seller"], pen.New("another")
	nobodys := newKey(c, seller, another)
	nobodys["keyUse"] = "APPROVER"
	c.refuse(bill.ApproverMissing, Operator, "RotateKey", seller.Sign("onebill-rotation+jws", another.Show(nobodys)))

	issue := c.issueAct(reference)
	c.submit(Operator, "RotateKey", approver.Sign("onebill-rotation+jws", next.Show(of(next))))
	record := c.partyRecord(party.Party)
	if record.KeyID != party.KeyID || len(record.Keys) != 1 || record.Approver.KeyID != next.KeyID || len(record.Approver.Keys) != 2 {
		t.Errorf("after the rotation %+v", record)
	}
	c.refuse(bill.CountersignatureInvalid, Operator, "SubmitAct", issue, approver.Countersign(issue))
	c.submit(Operator, "SubmitAct", issue, next.Countersign(issue))
	c.refuse(bill.KeyReused, Operator, "RotateKey", next.Sign("onebill-rotation+jws", approver.Show(of(approver))))
}

func TestAnApproversLostKeyIsRecoveredAndCancelledByItself(t *testing.T) {
	c := watched(t)
	party, approver := c.pens["operator"], c.pens["approver of operator"]
	next := pen.New("next approver")
	payload := newKey(c, party, next)
	payload["keyUse"] = "APPROVER"
	ask := next.Sign("onebill-recovery+jws", payload)
	cancel := func(by *pen.Pen) string {
		return by.Sign("onebill-recovery-cancellation+jws", object{
			"actionDateTime": c.at(0), "channel": "onebill", "kid": next.KeyID, "party": party.Party,
		})
	}
	for _, organisation := range []string{Carrier, Port, PartnerPort} {
		c.submit(organisation, "RecoverKey", ask)
	}
	c.refuse(bill.KeyUnknown, Operator, "CancelRecovery", cancel(party))
	c.refuse(bill.RecoveryNotDue, Port, "CompleteRecovery", party.Party, next.KeyID)
	c.now = c.now.Add(recoveryDelay + time.Second)
	c.submit(Port, "CompleteRecovery", party.Party, next.KeyID)
	record := c.partyRecord(party.Party)
	if record.KeyID != party.KeyID || record.Approver.KeyID != next.KeyID || record.Approver.Keys[1].How != bill.ByRecovery {
		t.Errorf("after the recovery %+v", record)
	}
	if got := c.transactionsOf(party.Party); len(got) != 3 {
		t.Errorf("the party was made by %v", got)
	}
	issue := c.issueAct(reference)
	c.refuse(bill.CountersignatureInvalid, Operator, "SubmitAct", issue, approver.Countersign(issue))
	c.submit(Operator, "SubmitAct", issue, next.Countersign(issue))

	// Both keys may be lost at once: an organisation asks for one of each use.
	last, own := pen.New("last approver"), pen.New("key of the party")
	again := newKey(c, party, last)
	again["keyUse"] = "APPROVER"
	c.submit(Carrier, "RecoverKey", last.Sign("onebill-recovery+jws", again))
	c.submit(Carrier, "RecoverKey", own.Sign("onebill-recovery+jws", newKey(c, party, own)))
	recoveries := bill.Recoveries{}
	if err := json.Unmarshal(c.state["RECOVERY_"+party.Party], &recoveries); err != nil {
		t.Fatal(err)
	}
	if got := recoveries.Recoveries; len(got) != 3 || got[1].KeyUse != bill.ApproverKey || got[2].KeyUse != bill.SigningKey {
		t.Errorf("recoveries %+v", got)
	}
}

// transactionsOf are the transactions that made a party.
func (c *table) transactionsOf(party string) []string {
	c.t.Helper()
	_, response := c.simulate(Port, "GetPartyTransactions", party)
	var answer struct{ Transactions []string }
	if err := json.Unmarshal(response.Payload, &answer); err != nil {
		c.t.Fatal(err)
	}
	return answer.Transactions
}
