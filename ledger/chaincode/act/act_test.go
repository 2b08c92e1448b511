package act_test

import (
	"encoding/base64"
	"errors"
	"maps"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"crypto/elliptic"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

const (
	channel   = "onebill"
	reference = "OBABCDEFGHIJKLMNOP"
)

var (
	seller   = pen.New("seller")
	bank     = pen.New("bank")
	haulier  = pen.New("haulier")
	oneHash  = strings.Repeat("ab", 32)
	twoHash  = strings.Repeat("cd", 32)
	somebody = pen.New("somebody").Party
)

type object = map[string]any

func transfer() object {
	return object{
		"channel": channel, "transportDocumentReference": reference, "sequence": int64(2), "previousActHash": oneHash,
		"actionCode": "TRANSFER", "actor": seller.Party, "recipient": bank.Party,
		"actionDateTime": "2026-11-23T08:00:00Z", "expiryDateTime": "2026-11-23T09:00:00Z",
		"detailsHash": twoHash, "terms": object{},
	}
}

func receipt() object {
	return object{
		"channel": channel, "transportDocumentReference": reference, "receiptType": "TAKEN_IN_CHARGE",
		"carrier": haulier.Party, "legSequence": int64(1), "containerKey": oneHash, "equipmentHash": twoHash,
		"sealHash": twoHash, "placeHash": twoHash, "eventDateTime": "2026-11-23T07:00:00Z",
	}
}

func approval() object {
	return object{
		"channel": channel, "transportDocumentReference": reference, "shipper": seller.Party,
		"issueTo": seller.Party, "endorsee": bank.Party, "documentHash": oneHash, "approvedDateTime": "2026-11-23T07:30:00Z",
	}
}

func issueTerms() object {
	return object{
		"transportDocumentTypeCode": "BOL", "isToOrder": true, "shipper": seller.Party, "endorsee": bank.Party,
		"deliveryAgent": somebody, "carriersAgent": somebody, "terminal": somebody, "customs": []any{somebody},
		"firstCarrier": haulier.Party, "documentHash": oneHash, "certificateHash": twoHash,
		"takingInChargeDate": "2026-11-23", "isClean": true,
		"containers": []any{object{"containerKey": oneHash, "receipt": haulier.Sign(act.TypeReceipt, receipt())}},
		"approval":   seller.Sign(act.TypeApproval, approval()),
		"conditions": object{
			"receiverCharges": true, "masterDocuments": true, "customs": true, "terminalCharges": true,
			"generalAverage": false, "gateOne": "SURRENDER_ACCEPTED",
		},
	}
}

func issue() object {
	a := transfer()
	a["actionCode"], a["sequence"], a["terms"] = "ISSUE", int64(1), issueTerms()
	delete(a, "previousActHash")
	return a
}

func withTerms(code string, terms object, names bool) object {
	a := transfer()
	a["actionCode"], a["terms"] = code, terms
	if !names {
		delete(a, "recipient")
	}
	return a
}

// everyAct is one well-formed act of each code.
func everyAct() map[string]object {
	loaded := receipt()
	loaded["receiptType"] = "LOADED_ON_BOARD"
	return map[string]object{
		"ISSUE":                     issue(),
		"NOTE_ON_BOARD":             withTerms("NOTE_ON_BOARD", object{"legSequence": int64(3), "receipts": []any{haulier.Sign(act.TypeReceipt, loaded)}}, false),
		"TRANSFER":                  transfer(),
		"REJECT_TRANSFER":           withTerms("REJECT_TRANSFER", object{"endorseTo": bank.Party}, false),
		"ENDORSE_TO_ORDER":          withTerms("ENDORSE_TO_ORDER", object{}, true),
		"ENDORSE":                   withTerms("ENDORSE", object{}, true),
		"BLANK_ENDORSE":             withTerms("BLANK_ENDORSE", object{}, false),
		"PRESENT":                   withTerms("PRESENT", object{"creditReferenceHash": oneHash, "documentHashes": []any{oneHash, twoHash}}, true),
		"TAKE_UP":                   withTerms("TAKE_UP", object{}, false),
		"REFUSE_PRESENTATION":       withTerms("REFUSE_PRESENTATION", object{"endorseTo": bank.Party}, false),
		"PLEDGE":                    withTerms("PLEDGE", object{}, true),
		"RELEASE_PLEDGE":            withTerms("RELEASE_PLEDGE", object{}, false),
		"RELEASE_ON_TRUST":          withTerms("RELEASE_ON_TRUST", object{"until": "2026-11-24T08:00:00Z"}, true),
		"ENFORCE":                   withTerms("ENFORCE", object{"defaultRecordHash": oneHash, "defaultDateTime": "2026-11-22T08:00:00Z"}, false),
		"SURRENDER_FOR_AMENDMENT":   withTerms("SURRENDER_FOR_AMENDMENT", object{"surrenderRequestReference": "S-1", "reasonCode": "SWI"}, true),
		"WITHDRAW_SURRENDER":        withTerms("WITHDRAW_SURRENDER", object{"surrenderRequestReference": "S-1"}, false),
		"VOID":                      withTerms("VOID", object{}, false),
		"SWITCH_TO_PAPER":           withTerms("SWITCH_TO_PAPER", object{"printCertificateHash": oneHash}, false),
		"ORDER":                     withTerms("ORDER", object{"orderReference": "O-1", "order": "TRANSFER_POSSESSION", "orderHash": oneHash, "to": bank.Party}, false),
		"DELIVER_AGAINST_INDEMNITY": withTerms("DELIVER_AGAINST_INDEMNITY", object{"indemnityHash": oneHash}, true),
		"SIGN":                      withTerms("SIGN", object{}, false),
		"SURRENDER_FOR_DELIVERY": withTerms("SURRENDER_FOR_DELIVERY",
			object{"surrenderRequestReference": "S-1", "deliverTo": bank.Party, "pickUpParty": haulier.Party}, true),
		"ACCEPT_SURRENDER": withTerms("ACCEPT_SURRENDER", object{"surrenderRequestReference": "S-1"}, false),
		"REJECT_SURRENDER": withTerms("REJECT_SURRENDER", object{"surrenderRequestReference": "S-1"}, false),
		"CONFIRM_PAYMENT":  withTerms("CONFIRM_PAYMENT", object{"of": "TERMINAL"}, false),
		"RELEASE_MASTER":   withTerms("RELEASE_MASTER", object{}, false),
		"RELEASE_CUSTOMS":  withTerms("RELEASE_CUSTOMS", object{}, false),
		"HOLD":             withTerms("HOLD", object{"holdReference": "H-1"}, false),
		"LIFT_HOLD":        withTerms("LIFT_HOLD", object{"holdReference": "H-1"}, false),
		"RELEASE_TERMINAL": withTerms("RELEASE_TERMINAL",
			object{"passHash": oneHash, "containerKeys": []any{oneHash}, "validUntil": "2026-11-24T08:00:00Z"}, true),
		"ACCOMPLISH": withTerms("ACCOMPLISH", object{"proofOfDeliveryHash": oneHash, "passHash": twoHash}, true),
	}
}

func mustRefuse(t *testing.T, what, jws string) {
	t.Helper()
	if a, err := act.Parse(jws); !errors.Is(err, bill.ActMalformed) {
		t.Errorf("%s was read as %+v (%v)", what, a, err)
	}
}

func sign(payload object) string { return seller.Sign(act.TypeAct, payload) }

func TestEveryActCodeIsRead(t *testing.T) {
	acts := everyAct()
	for _, code := range bill.ActionCodes() {
		payload, known := acts[string(code)]
		if !known {
			t.Fatalf("no case for %s", code)
		}
		a, err := act.Parse(sign(payload))
		if err != nil {
			t.Errorf("%s: %v", code, err)
			continue
		}
		if a.ActionCode != code || string(a.Actor) != seller.Party || a.Reference != reference {
			t.Errorf("%s was read as %+v", code, a.Act)
		}
		if !a.Statement.SignedWith(seller.Key) || a.Statement.SignedWith(bank.Key) {
			t.Errorf("%s: the signature is not told from another's", code)
		}
	}
	a, err := act.Parse(sign(issue()))
	if err != nil {
		t.Fatal(err)
	}
	terms, _ := a.Terms.(bill.IssueTerms)
	if terms.Containers[0].Receipt.Defect != "" || terms.Approval.Defect != "" {
		t.Fatalf("defects %q, %q", terms.Containers[0].Receipt.Defect, terms.Approval.Defect)
	}
	if !terms.Containers[0].Receipt.EventDateTime.Equal(time.Date(2026, 11, 23, 7, 0, 0, 0, time.UTC)) {
		t.Fatalf("the receipt is of %s", terms.Containers[0].Receipt.EventDateTime)
	}
}

// TestEveryMemberIsWantedInItsTypeAndNoOther takes each member of each act,
// leaves it out, and puts something else in its place.
func TestEveryMemberIsWantedInItsTypeAndNoOther(t *testing.T) {
	optional := map[string]bool{"REJECT_TRANSFER/endorseTo": true, "REFUSE_PRESENTATION/endorseTo": true, "SURRENDER_FOR_DELIVERY/pickUpParty": true, "ISSUE/endorsee": true}
	wrong := []any{nil, true, int64(0), int64(7), "", "x", "é", []any{}, []any{nil}, object{}, object{"a": "b"}}
	for code, payload := range everyAct() {
		terms, _ := payload["terms"].(object)
		try := func(what string, target object, name string) {
			kept := target[name]
			delete(target, name)
			if !optional[code+"/"+name] {
				mustRefuse(t, code+" without "+what, sign(payload))
			}
			for _, value := range wrong {
				if sameKind(kept, value, name) {
					continue
				}
				target[name] = value
				mustRefuse(t, code+" with a wrong "+what, sign(payload))
			}
			target[name] = kept
		}
		for _, name := range slices.Collect(maps.Keys(payload)) {
			try(name, payload, name)
		}
		for _, name := range slices.Collect(maps.Keys(terms)) {
			try("terms."+name, terms, name)
		}
		payload["more"] = "x"
		mustRefuse(t, code+" with a member more", sign(payload))
		delete(payload, "more")
		terms["more"] = "x"
		mustRefuse(t, code+" with a term more", sign(payload))
		delete(terms, "more")
		if _, err := act.Parse(sign(payload)); err != nil {
			t.Errorf("%s was not left as it was: %v", code, err)
		}
	}
}

// sameKind says whether the wrong value happens to be right for the member.
func sameKind(kept, value any, name string) bool {
	switch name {
	case "sequence":
		return value == int64(7)
	case "legSequence":
		return value == int64(7)
	case "isClean":
		return value == true
	case "isToOrder":
		return value == true
	case "surrenderRequestReference", "holdReference", "orderReference":
		return value == "x"
	case "channel":
		return value == "x"
	case "terms":
		inner, _ := kept.(object)
		_, empty := value.(object)
		return empty && len(inner) <= 1 && len(value.(object)) == 0
	case "approval":
		text, _ := value.(string)
		return text != "" // a text that is no approval is the law's to refuse
	}
	return false
}

func TestInvariant4FormOfTheFaceOfABill(t *testing.T) {
	change := func(change func(terms object)) string {
		payload := issue()
		change(payload["terms"].(object))
		return sign(payload)
	}
	straight := func(terms object) {
		terms["isToOrder"], terms["consignee"] = false, bank.Party
		delete(terms, "endorsee")
	}
	if _, err := act.Parse(change(straight)); err != nil {
		t.Errorf("a straight bill: %v", err)
	}
	if _, err := act.Parse(change(func(terms object) { delete(terms, "endorsee") })); err != nil {
		t.Errorf("a blank bill: %v", err)
	}
	if _, err := act.Parse(change(func(terms object) { straight(terms); terms["transportDocumentTypeCode"] = "SWB" })); err != nil {
		t.Errorf("a sea waybill: %v", err)
	}
	mustRefuse(t, "a sea waybill to order", change(func(terms object) { terms["transportDocumentTypeCode"] = "SWB" }))
	mustRefuse(t, "a bill to order with a consignee", change(func(terms object) { terms["consignee"] = bank.Party }))
	mustRefuse(t, "a straight bill without consignee", change(func(terms object) { straight(terms); delete(terms, "consignee") }))
	mustRefuse(t, "a straight bill with an endorsee", change(func(terms object) { straight(terms); terms["endorsee"] = bank.Party }))
	mustRefuse(t, "customs named twice", change(func(terms object) { terms["customs"] = []any{somebody, somebody} }))
	mustRefuse(t, "five customs", change(func(terms object) {
		terms["customs"] = []any{somebody, seller.Party, bank.Party, haulier.Party, pen.New("5").Party}
	}))
	mustRefuse(t, "a container twice", change(func(terms object) {
		container := terms["containers"].([]any)[0]
		terms["containers"] = []any{container, container}
	}))
	mustRefuse(t, "no container", change(func(terms object) { terms["containers"] = []any{} }))
	mustRefuse(t, "a date that is none", change(func(terms object) { terms["takingInChargeDate"] = "2026-02-30" }))
	mustRefuse(t, "a gate that is none", change(func(terms object) { terms["conditions"].(object)["gateOne"] = "OPEN" }))
	mustRefuse(t, "a condition more", change(func(terms object) { terms["conditions"].(object)["freight"] = true }))
}

func TestTimesAndExpiryHaveTheirForm(t *testing.T) {
	set := func(name, value string) string {
		payload := transfer()
		payload[name] = value
		return sign(payload)
	}
	for _, value := range []string{
		"2026-11-23T08:00:00+00:00", "2026-11-23T08:00:00.0Z", "2026-11-23 08:00:00Z", "2026-11-23T24:00:00Z",
		"2026-02-30T08:00:00Z", "1999-12-31T23:59:59Z", "3000-01-01T00:00:00Z", "2026-11-23T08:00:00z", "2026-11-23T8:00:00Z",
	} {
		mustRefuse(t, value, set("actionDateTime", value))
	}
	mustRefuse(t, "an expiry at once", set("expiryDateTime", "2026-11-23T08:00:00Z"))
	mustRefuse(t, "an expiry before", set("expiryDateTime", "2026-11-23T07:59:59Z"))
	mustRefuse(t, "an expiry after 30 days", set("expiryDateTime", "2026-12-23T08:00:01Z"))
	if _, err := act.Parse(set("expiryDateTime", "2026-12-23T08:00:00Z")); err != nil {
		t.Error(err)
	}
}

func TestTheFirstActHasNoPreviousHashAndEveryOtherHas(t *testing.T) {
	first := issue()
	first["previousActHash"] = oneHash
	mustRefuse(t, "act 1 with a previous hash", sign(first))
	first["sequence"] = int64(2)
	mustRefuse(t, "ISSUE as act 2", sign(first))
	early := transfer()
	early["sequence"] = int64(1)
	delete(early, "previousActHash")
	mustRefuse(t, "TRANSFER as act 1", sign(early))
	second := transfer()
	delete(second, "previousActHash")
	mustRefuse(t, "act 2 without a previous hash", sign(second))
	second["previousActHash"] = strings.ToUpper(oneHash)
	mustRefuse(t, "a previous hash in capitals", sign(second))
}

func TestTheHeaderIsExactlyThis(t *testing.T) {
	payload := string(pen.JSON(transfer()))
	kid := seller.KeyID
	for _, header := range []string{
		`{"alg":"none","kid":"` + kid + `","typ":"onebill-act+jws"}`,
		`{"alg":"ES384","kid":"` + kid + `","typ":"onebill-act+jws"}`,
		`{"alg":"ES256","kid":"` + kid + `","typ":"onebill-receipt+jws"}`,
		`{"alg":"ES256","kid":"` + kid + `","typ":"JWT"}`,
		`{"alg":"ES256","kid":"` + kid + `"}`,
		`{"alg":"ES256","typ":"onebill-act+jws"}`,
		`{"alg":"ES256","kid":"short","typ":"onebill-act+jws"}`,
		`{"alg":"ES256","crit":[],"kid":"` + kid + `","typ":"onebill-act+jws"}`,
		`{"alg":"ES256","jwk":{},"kid":"` + kid + `","typ":"onebill-act+jws"}`,
		`{"alg":"ES256","kid":"` + kid + `","typ":"onebill-act+jws","x5c":[]}`,
		`{"typ":"onebill-act+jws","alg":"ES256","kid":"` + kid + `"}`,
		`{"alg":"ES256","alg":"ES256","kid":"` + kid + `","typ":"onebill-act+jws"}`,
		`{"alg": "ES256","kid":"` + kid + `","typ":"onebill-act+jws"}`,
		`["ES256"]`, ``,
	} {
		mustRefuse(t, header, seller.SignText(header, payload))
	}
}

func TestThePayloadIsItsOwnCanonicalText(t *testing.T) {
	header := `{"alg":"ES256","kid":"` + seller.KeyID + `","typ":"onebill-act+jws"}`
	right := string(pen.JSON(transfer()))
	if _, err := act.Parse(seller.SignText(header, right)); err != nil {
		t.Fatal(err)
	}
	for what, payload := range map[string]string{
		"a space":          strings.Replace(right, ":", ": ", 1),
		"a long escape":    strings.Replace(right, "TRANSFER", `\u0054RANSFER`, 1),
		"a fraction":       strings.Replace(right, `"sequence":2`, `"sequence":2.0`, 1),
		"an exponent":      strings.Replace(right, `"sequence":2`, `"sequence":2e0`, 1),
		"a number as text": strings.Replace(right, `"sequence":2`, `"sequence":"2"`, 1),
		"a member twice":   strings.Replace(right, `"sequence":2`, `"sequence":2,"sequence":2`, 1),
		"a byte order":     "\ufeff" + right,
		"an array":         "[" + right + "]",
		"nothing":          "",
	} {
		if payload == right {
			t.Fatalf("%s changes nothing", what)
		}
		mustRefuse(t, what, seller.SignText(header, payload))
	}
}

func TestTheSignatureHasOneSpelling(t *testing.T) {
	good := sign(transfer())
	parts := strings.Split(good, ".")
	input := parts[0] + "." + parts[1]
	order := elliptic.P256().Params().N
	r, s := seller.Scalars(input)
	spell := func(r, s *big.Int) string {
		return input + "." + pen.Base64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
	}
	if a, err := act.Parse(spell(r, s)); err != nil || !a.Statement.SignedWith(seller.Key) {
		t.Fatalf("a good signature: %v", err)
	}
	zero := new(big.Int)
	for what, jws := range map[string]string{
		"high s":         spell(r, new(big.Int).Sub(order, s)),
		"r zero":         spell(zero, s),
		"s zero":         spell(r, zero),
		"r of the order": spell(order, s),
		"r and s turned": spell(s, r),
	} {
		if a, err := act.Parse(jws); err != nil || a.Statement.SignedWith(seller.Key) {
			t.Errorf("%s passed for a signature (%v)", what, err)
		}
	}
	raw, _ := base64.RawURLEncoding.DecodeString(parts[2])
	mustRefuse(t, "a byte less", input+"."+pen.Base64(raw[:63]))
	mustRefuse(t, "a byte more", input+"."+pen.Base64(append(raw, 0)))
	mustRefuse(t, "no signature", input+".")
	mustRefuse(t, "padding", good+"==")
	mustRefuse(t, "a line break", parts[0]+"."+parts[1]+"\n."+parts[2])
	mustRefuse(t, "two parts", input)
	mustRefuse(t, "four parts", good+".")
	mustRefuse(t, "nothing", "")
	mustRefuse(t, "spare bits", good[:len(good)-1]+spare(good[len(good)-1]))
	mustRefuse(t, "too long", good+strings.Repeat("A", act.MaxLength))
}

// spare sets a spare bit of the last character of 64 bytes in base64url.
func spare(last byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, last)|1])
}

func TestASecondSignatureIsTheSameAct(t *testing.T) {
	payload := transfer()
	one, err := act.Parse(sign(payload))
	if err != nil {
		t.Fatal(err)
	}
	two, err := act.Parse(sign(payload))
	if err != nil {
		t.Fatal(err)
	}
	payload["recipient"] = somebody
	three, err := act.Parse(sign(payload))
	if err != nil {
		t.Fatal(err)
	}
	if one.Hash != two.Hash || one.Hash == three.Hash || len(one.Hash) != 64 {
		t.Fatalf("hashes %s, %s, %s", one.Hash, two.Hash, three.Hash)
	}
}

func TestReceiptsAndApprovalsShowTheirDefects(t *testing.T) {
	for name := range receipt() {
		payload := receipt()
		payload[name] = object{}
		if act.ReadReceipt(haulier.Sign(act.TypeReceipt, payload)).Defect == "" {
			t.Errorf("a receipt with a wrong %s passed", name)
		}
	}
	for name := range approval() {
		payload := approval()
		delete(payload, name)
		if passed := act.ReadApproval(seller.Sign(act.TypeApproval, payload)).Defect == ""; passed != (name == "endorsee") {
			t.Errorf("an approval without %s: passed %v", name, passed)
		}
		payload[name] = object{}
		if act.ReadApproval(seller.Sign(act.TypeApproval, payload)).Defect == "" {
			t.Errorf("an approval with a wrong %s passed", name)
		}
	}
	if act.ReadReceipt(haulier.Sign(act.TypeAct, receipt())).Defect == "" {
		t.Error("a receipt under another type passed")
	}
	good := act.ReadReceipt(haulier.Sign(act.TypeReceipt, receipt()))
	if good.Defect != "" {
		t.Fatal(good.Defect)
	}
	theHaulier := bill.Party{KeyID: haulier.KeyID, PublicKey: haulier.Key}
	theSeller := bill.Party{KeyID: seller.KeyID, PublicKey: seller.Key}
	mixed := bill.Party{KeyID: seller.KeyID, PublicKey: haulier.Key}
	if !good.SignedBy(theHaulier) || good.SignedBy(theSeller) || good.SignedBy(mixed) {
		t.Error("a receipt is not told from one signed by another key")
	}
}

func TestARegistrationIsStrict(t *testing.T) {
	read := func(registration object) error {
		_, err := act.ParseRegistration(seller.Sign(act.TypeRegistration, registration))
		return err
	}
	good := func(roles ...string) object {
		return seller.Registration("2026-11-23T07:30:00Z", channel, pen.Rulebook{Version: 1, Hash: oneHash}, "OperatorMSP", roles...)
	}
	if err := read(good("BANK", "SHIPPER")); err != nil {
		t.Fatal(err)
	}
	cases := map[string]func(object){
		"no roles":          func(o object) { o["roles"] = []any{} },
		"roles not sorted":  func(o object) { o["roles"] = []any{"SHIPPER", "BANK"} },
		"a role twice":      func(o object) { o["roles"] = []any{"BANK", "BANK"} },
		"a role unknown":    func(o object) { o["roles"] = []any{"KING"} },
		"another key's id":  func(o object) { o["kid"] = bank.KeyID },
		"a private key":     func(o object) { o["publicKey"].(object)["d"] = o["publicKey"].(object)["x"] },
		"another curve":     func(o object) { o["publicKey"].(object)["crv"] = "P-384" },
		"not on the curve":  func(o object) { o["publicKey"].(object)["x"] = o["publicKey"].(object)["y"] },
		"a status":          func(o object) { o["status"] = "ACTIVE" },
		"a party too short": func(o object) { o["party"] = "PABC" },
		"no voucher":        func(o object) { delete(o, "vouchingOrganisation") },
		"another custody":   func(o object) { o["keyCustody"] = "SOMEBODY" },
		"version zero":      func(o object) { o["rulebookVersion"] = int64(0) },
	}
	for what, change := range cases {
		registration := good("SHIPPER")
		change(registration)
		if err := read(registration); !errors.Is(err, bill.RegistrationMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	header := `{"alg":"ES256","kid":"` + seller.KeyID + `","typ":"onebill-registration+jws"}`
	spaced := strings.Replace(string(pen.JSON(good("SHIPPER"))), ":", ": ", 1)
	if _, err := act.ParseRegistration(seller.SignText(header, spaced)); !errors.Is(err, bill.RegistrationMalformed) {
		t.Errorf("not canonical: %v", err)
	}
}

func FuzzParseNeverFailsOtherwiseThanByRefusal(f *testing.F) {
	for _, payload := range everyAct() {
		f.Add(sign(payload))
	}
	f.Add("..")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := act.Parse(text)
		if err != nil {
			if !errors.Is(err, bill.ActMalformed) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		parts := strings.Split(text, ".")
		if len(parts) != 3 || len(a.Hash) != 64 || a.Terms == nil {
			t.Fatalf("%q was read as %+v", text, a)
		}
	})
}

func FuzzAnActIsReadInItsFormOrNotAtAll(f *testing.F) {
	for _, payload := range everyAct() {
		f.Add(string(pen.JSON(payload)))
	}
	header := `{"alg":"ES256","kid":"` + strings.Repeat("A", 43) + `","typ":"onebill-act+jws"}`
	one := append(make([]byte, 31), 1)
	signature := pen.Base64(append(slices.Clone(one), one...)) // well formed; nobody's
	f.Fuzz(func(t *testing.T, payload string) {
		a, err := act.Parse(pen.Base64([]byte(header)) + "." + pen.Base64([]byte(payload)) + "." + signature)
		if err != nil {
			return
		}
		if a.Statement.SignedWith(seller.Key) {
			t.Fatalf("a signature by nobody passed for the seller's")
		}
		for _, id := range append([]bill.PartyID{a.Actor}, a.Terms.Parties()...) {
			if !act.IsParty(string(id)) {
				t.Fatalf("%q names party %q", payload, id)
			}
		}
		if a.Sequence < 1 || (a.Sequence == 1) != (a.PreviousActHash == "") || a.ActionCode.NamesRecipient() != (a.Recipient != "") {
			t.Fatalf("%q was read as %+v", payload, a.Act)
		}
	})
}
