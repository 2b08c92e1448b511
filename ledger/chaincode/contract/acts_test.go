package contract

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
	"onebill/ledger/chaincode/pen"
)

func TestTheWholeLifeOfABill(t *testing.T) {
	c := issuedTable(t).released()
	loaded := c.receipt(reference, "LOADED_ON_BOARD", "line", 3, box)
	c.do("NOTE_ON_BOARD", "operator", "", object{"legSequence": int64(3), "receipts": []any{loaded}})
	tx, _ := c.do("ACCOMPLISH", "delivery-agent", "buyer", object{"proofOfDeliveryHash": aHash, "passHash": passHash})

	record := c.bill(reference)
	if record.State != bill.Accomplished || record.Sequence != 13 || string(record.DeliveredTo) != c.party("buyer") {
		t.Fatalf("the bill ended as %+v", record)
	}
	mustHaveKeys(t, "ACCOMPLISH freed", keysOf(tx.deletes), "BOX_"+box)
	c.refuse(bill.Closed, Operator, "SubmitAct", c.act("SIGN", "operator", "", nil))
}

func TestWhatAnActReadsAndWrites(t *testing.T) {
	c := newTable(t)
	tx, answer := c.submit(Operator, "SubmitAct", c.issueAct(reference))
	mustHaveKeys(t, "ISSUE read", tx.reads, "BILL_"+reference, "BOX_"+box, "PARTY_"+c.party("operator"),
		"PARTY_"+c.party("seller"), "PARTY_"+c.party("issuing-bank"), "PARTY_"+c.party("delivery-agent"),
		"PARTY_"+c.party("carriers-agent"), "PARTY_"+c.party("terminal"), "PARTY_"+c.party("customs"), "PARTY_"+c.party("haulier"))
	mustHaveKeys(t, "ISSUE wrote", keysOf(tx.writes), "BILL_"+reference, "BOX_"+box, "ACT_"+reference+"_0000000001")
	if answer != c.bill(reference).HeadActHash || tx.trips != 1 || tx.batch != 0 {
		t.Errorf("ISSUE answered %s after %d round trips, batch open %d", answer, tx.trips, tx.batch)
	}

	signed := c.act("TRANSFER", "seller", "issuing-bank", nil)
	tx, _ = c.submit(Port, "SubmitAct", signed)
	mustHaveKeys(t, "TRANSFER read", tx.reads, "BILL_"+reference, "PARTY_"+c.party("seller"), "PARTY_"+c.party("issuing-bank"))
	mustHaveKeys(t, "TRANSFER wrote", keysOf(tx.writes), "BILL_"+reference, "ACT_"+reference+"_0000000002")
	if string(tx.writes["ACT_"+reference+"_0000000002"]) != signed || tx.trips != 1 {
		t.Error("the act is not recorded as it was signed, or read in several trips")
	}
	record := tx.writes["BILL_"+reference]
	if _, err := jcs.ParseCanonical(record); err != nil {
		t.Errorf("the record is not canonical: %v", err)
	}

	want := `{"actHash":"` + c.bill(reference).HeadActHash + `","actionCode":"TRANSFER","sequence":2,"state":"ISSUED","transportDocumentReference":"` + reference + `"}`
	if tx.events["act"] != want || len(tx.events) != 1 {
		t.Errorf("events %v, wanted act %s", tx.events, want)
	}
}

func TestInvariant1TheSubmittingCertificateIsOnlyTheCourier(t *testing.T) {
	c := issuedTable(t)
	forged := c.payload(reference, "TRANSFER", "seller", "first-bank", nil)
	for _, thief := range []string{"operator", "first-bank"} {
		c.refuse(bill.KeyUnknown, Operator, "SubmitAct", c.pens[thief].Sign("onebill-act+jws", forged))
	}
	header := `{"alg":"ES256","kid":"` + c.pens["seller"].KeyID + `","typ":"onebill-act+jws"}`
	c.refuse(bill.SignatureInvalid, Operator, "SubmitAct", c.pens["operator"].SignText(header, string(pen.JSON(forged))))
	c.submit(PartnerPort, "SubmitAct", c.pens["seller"].Sign("onebill-act+jws", forged)) // any courier will do
}

func TestARefusedActLeavesNoTraceAndSaysWhy(t *testing.T) {
	c := issuedTable(t)
	changed := func(change func(object)) string {
		payload := c.payload(reference, "TRANSFER", "seller", "issuing-bank", nil)
		change(payload)
		return c.pens["seller"].Sign("onebill-act+jws", payload)
	}
	cases := map[bill.Reason]string{
		bill.ActMalformed:      changed(func(p object) { p["more"] = "x" }),
		bill.WrongChannel:      changed(func(p object) { p["channel"] = "other" }),
		bill.PartyUnknown:      changed(func(p object) { p["recipient"] = pen.New("nobody").Party }),
		bill.ActExpired:        changed(func(p object) { p["actionDateTime"], p["expiryDateTime"] = c.at(-2*time.Hour), c.at(-time.Hour) }),
		bill.ActFromTheFuture:  changed(func(p object) { p["actionDateTime"], p["expiryDateTime"] = c.at(time.Hour), c.at(2*time.Hour) }),
		bill.WrongSequence:     changed(func(p object) { p["sequence"] = int64(3) }),
		bill.WrongPreviousHash: changed(func(p object) { p["previousActHash"] = aHash }),
		bill.Unknown:           changed(func(p object) { p["transportDocumentReference"] = otherBill }),
		bill.RecipientIsActor:  changed(func(p object) { p["recipient"] = p["actor"] }),
		bill.Exists:            c.pens["operator"].Sign("onebill-act+jws", c.payload(reference, "ISSUE", "operator", "seller", c.issueTerms(reference))),
		bill.NotPossessor:      c.act("TRANSFER", "buyer", "issuing-bank", nil),
		bill.WrongState:        c.act("ACCEPT_SURRENDER", "delivery-agent", "", object{"surrenderRequestReference": "S-1"}),
		bill.GateClosed:        c.act("RELEASE_TERMINAL", "delivery-agent", "haulier", c.releaseTerms()),
	}
	for reason, jws := range cases {
		if reason == bill.Exists {
			continue
		}
		c.refuse(reason, Operator, "SubmitAct", jws)
	}
	again := c.payload(otherBill, "ISSUE", "operator", "seller", c.issueTerms(reference))
	again["transportDocumentReference"] = reference
	c.refuse(bill.Exists, Operator, "SubmitAct", c.pens["operator"].Sign("onebill-act+jws", again))

	stranger := pen.New("nobody")
	payload := c.payload(reference, "TRANSFER", "seller", "issuing-bank", nil)
	payload["actor"] = stranger.Party
	c.refuse(bill.PartyUnknown, Operator, "SubmitAct", stranger.Sign("onebill-act+jws", payload))
}

func TestInvariant2And33ASurrenderReferenceIsUsedOnceAcrossBills(t *testing.T) {
	c := issuedTable(t)
	c.do("TRANSFER", "seller", "issuing-bank", nil)
	terms := object{"surrenderRequestReference": "S-1", "deliverTo": c.party("buyer")}
	tx, _ := c.do("SURRENDER_FOR_DELIVERY", "issuing-bank", "delivery-agent", terms)
	mustHaveKeys(t, "SURRENDER wrote", keysOf(tx.writes), "BILL_"+reference, "SURR_S-1", "ACT_"+reference+"_0000000003")
	c.do("REJECT_SURRENDER", "delivery-agent", "", object{"surrenderRequestReference": "S-1"})
	c.refuse(bill.SurrenderReferenceUsed, Port, "SubmitAct", c.act("SURRENDER_FOR_DELIVERY", "issuing-bank", "delivery-agent", terms))
	terms["surrenderRequestReference"] = "S-2"
	c.do("SURRENDER_FOR_DELIVERY", "issuing-bank", "delivery-agent", terms)
}

func TestInvariant43AContainerIsFreeAgainWhenItsBillIsAccomplished(t *testing.T) {
	c := issuedTable(t)
	c.refuse(bill.ContainerUnderAnother, Operator, "SubmitAct", c.issueAct(otherBill))
	c.released()
	c.refuse(bill.ContainerUnderAnother, Operator, "SubmitAct", c.issueAct(otherBill))
	c.do("ACCOMPLISH", "delivery-agent", "buyer", object{"proofOfDeliveryHash": aHash, "passHash": passHash})
	c.submit(Operator, "SubmitAct", c.issueAct(otherBill))
}

func TestInvariant66APassIsUsedOnceAcrossBills(t *testing.T) {
	c := issuedTable(t).released()
	c.do("ACCOMPLISH", "delivery-agent", "buyer", object{"proofOfDeliveryHash": aHash, "passHash": passHash})
	if string(c.state["PASS_"+passHash]) != reference {
		t.Fatal("the pass is not kept")
	}
	second := issuedTable(t).released()
	second.refuse(bill.PassUsed, PartnerPort, "SubmitAct",
		second.act("RELEASE_TERMINAL", "delivery-agent", "haulier", second.releaseTerms()))
}

// A courier that does not know whether an act came through hands it in again.
func TestInvariant57AnActHandedInAgainChangesNothing(t *testing.T) {
	c := issuedTable(t)
	signed := c.act("TRANSFER", "seller", "issuing-bank", nil)
	c.submit(Operator, "SubmitAct", signed)
	before := c.bill(reference)
	c.refuse(bill.WrongSequence, Operator, "SubmitAct", signed)
	c.refuse(bill.WrongSequence, PartnerPort, "SubmitAct", signed)
	if after := c.bill(reference); after.Sequence != before.Sequence || after.HeadActHash != before.HeadActHash || after.Possessor != before.Possessor {
		t.Errorf("the bill is %+v, and was %+v", after, before)
	}
	c.do("SIGN", "issuing-bank", "", nil)
	c.refuse(bill.WrongSequence, Operator, "SubmitAct", signed) // nor after the next one
}

func TestInvariant8AReceiptSignedByTheOperatorIsNone(t *testing.T) {
	c := newTable(t)
	terms := c.issueTerms(reference)
	forged := object{
		"channel": "onebill", "transportDocumentReference": reference, "receiptType": "TAKEN_IN_CHARGE",
		"carrier": c.party("haulier"), "legSequence": int64(1), "containerKey": box, "equipmentHash": aHash,
		"sealHash": aHash, "placeHash": aHash, "eventDateTime": c.at(0),
	}
	set := func(receipt string) string {
		terms["containers"] = []any{object{"containerKey": box, "receipt": receipt}}
		return c.pens["operator"].Sign("onebill-act+jws", c.payload(reference, "ISSUE", "operator", "seller", terms))
	}
	c.refuse(bill.ReceiptInvalid, Operator, "SubmitAct", set(c.pens["operator"].Sign("onebill-receipt+jws", forged)))
	header := `{"alg":"ES256","kid":"` + c.pens["haulier"].KeyID + `","typ":"onebill-receipt+jws"}`
	c.refuse(bill.ReceiptInvalid, Operator, "SubmitAct", set(c.pens["operator"].SignText(header, string(pen.JSON(forged)))))
	c.refuse(bill.ReceiptInvalid, Operator, "SubmitAct", set("no.receipt.atall"))
	c.submit(Operator, "SubmitAct", set(c.pens["haulier"].Sign("onebill-receipt+jws", forged)))
}

// TestInvariant58OnTheChannelStandOnlyOpaqueValues looks at every value that a
// whole life leaves: keys, ids, codes, flags, times and hashes, and no text.
func TestInvariant58OnTheChannelStandOnlyOpaqueValues(t *testing.T) {
	c := issuedTable(t).released()
	opaque := regexp.MustCompile(`^([0-9a-f]{64}|P[A-Z2-7]{26}|OB[A-Z2-7]{16}|[A-Z_]+|[A-Za-z]+MSP|[A-Za-z0-9_-]{43}|S-1|P-256|\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\dZ)?|)$`)
	var look func(key string, value any)
	look = func(key string, value any) {
		switch v := value.(type) {
		case string:
			if !opaque.MatchString(v) {
				t.Errorf("%s holds %q", key, v)
			}
		case []any:
			for _, item := range v {
				look(key, item)
			}
		case map[string]any:
			for name, item := range v {
				look(key+"."+name, item)
			}
		}
	}
	for key, value := range c.state {
		switch {
		case strings.HasPrefix(key, "BILL_"), strings.HasPrefix(key, "PARTY_"), strings.HasPrefix(key, "RECOVERY_"), strings.HasPrefix(key, "RULES"):
			var record any
			if err := json.Unmarshal(value, &record); err != nil {
				t.Fatal(err)
			}
			look(key, record)
		case strings.HasPrefix(key, "ACT_"): // its form lets nothing else in
		default:
			look(key, string(value))
		}
	}
}

func TestNothingButTheFunctionsOfTheContractIsAnswered(t *testing.T) {
	c := newTable(t)
	c.refuse(bill.RequestMalformed, Operator, "DropEverything")
	c.refuse(bill.RequestMalformed, Operator, "SubmitAct")
	c.refuse(bill.RequestMalformed, Operator, "SubmitAct", "a", "b", "c")
	c.refuse(bill.RequestMalformed, Operator, "SubmitAct", strings.Repeat("A", maxArgumentLength+1))
	c.refuse(bill.ActMalformed, Operator, "SubmitAct", strings.Repeat("A", maxArgumentLength))
	c.refuse(bill.RegistrationMalformed, Operator, "RegisterParty", "{}")
	c.refuse(bill.RotationMalformed, Operator, "RotateKey", "{}")
}
