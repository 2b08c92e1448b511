package contract

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

func TestInvariant56AnAttestationSaysAsOfWhenAndReadsTheBillAndRecoveriesAlone(t *testing.T) {
	c := issuedTable(t)
	c.do("TRANSFER", "seller", "issuing-bank", nil)
	c.do("HOLD", "home-customs", "", object{"holdReference": "H-1"})
	tx, response := c.simulate(PartnerPort, "Attest", reference, "nonce-1")
	if response.Status != shim.OK {
		t.Fatal(response.Message)
	}
	mustHaveKeys(t, "Attest read", tx.reads, "BILL_"+reference, "RECOVERY_"+c.party("issuing-bank"))
	if len(tx.writes)+len(tx.deletes)+len(tx.policies)+len(tx.events) != 0 {
		t.Error("Attest writes")
	}
	record := c.bill(reference)
	want := `{"asOf":"` + c.at(0) + `","chaincode":"bill","channel":"onebill","headActHash":"` + record.HeadActHash +
		`","hold":true,"nonce":"nonce-1","pledge":false,"possessor":"` + c.party("issuing-bank") +
		`","recoveryPending":false,"sequence":3,"state":"ISSUED","titleHolder":"` + c.party("issuing-bank") +
		`","transportDocumentReference":"` + reference + `"}`
	if string(response.Payload) != want {
		t.Errorf("attested\n%s, wanted\n%s", response.Payload, want)
	}
}

func TestAnAttestationIsOfAKnownBillWithAPlainNonce(t *testing.T) {
	c := issuedTable(t)
	c.refuse(bill.Unknown, Port, "Attest", otherBill, "n")
	c.refuse(bill.Unknown, Port, "Attest", "", "n")
	for _, nonce := range []string{"", strings.Repeat("n", 65), "a b", "a\n", `a"`, "é"} {
		c.refuse(bill.NonceMalformed, Port, "Attest", reference, nonce)
	}
}

func TestGetBillShowsTheRecordAndWhatAPartyMayDo(t *testing.T) {
	c := issuedTable(t)
	_, response := c.simulate(Port, "GetBill", reference, c.party("seller"))
	var answer struct {
		Acts []bill.Possibility
		Bill bill.Bill
	}
	if err := json.Unmarshal(response.Payload, &answer); err != nil {
		t.Fatalf("%s: %v", response.Message, err)
	}
	if answer.Bill.State != bill.Issued || string(answer.Bill.Possessor) != c.party("seller") {
		t.Errorf("bill %+v", answer.Bill)
	}
	reasons := map[bill.ActionCode]bill.Reason{}
	for _, possibility := range answer.Acts {
		reasons[possibility.ActionCode] = possibility.Reason
	}
	for code, want := range map[bill.ActionCode]bill.Reason{
		bill.Transfer: "", bill.Sign: "", bill.EndorseToOrder: bill.NotTitleHolder, bill.RejectTransfer: bill.NothingToReject,
		bill.SurrenderForDelivery: bill.NotEntitledToSurrender, bill.Accomplish: bill.WrongState,
	} {
		if got, told := reasons[code]; !told || got != want {
			t.Errorf("%s: %q, wanted %q", code, got, want)
		}
	}
	_, alone := c.simulate(Port, "GetBill", reference)
	if alone.Status != shim.OK || !strings.HasPrefix(string(alone.Payload), `{"acts":[],"bill":{`) {
		t.Errorf("without a party: %s", alone.Payload)
	}
	c.refuse(bill.Unknown, Port, "GetBill", otherBill)
	c.refuse(bill.PartyUnknown, Port, "GetBill", reference, pen.New("nobody").Party)
}

func TestInvariant10GetActsAnswersTheWholeChainInOrder(t *testing.T) {
	c := issuedTable(t)
	signed := []string{string(c.state["ACT_"+reference+"_0000000001"])}
	for range pageSize + 3 {
		jws := c.act("SIGN", "seller", "", nil)
		c.submit(Operator, "SubmitAct", jws)
		signed = append(signed, jws)
	}
	var got []recordedAct
	more := true
	for more {
		_, response := c.simulate(Port, "GetActs", reference, string(pen.JSON(int64(len(got)+1))))
		var answer struct {
			Acts []recordedAct
			More bool
		}
		if err := json.Unmarshal(response.Payload, &answer); err != nil {
			t.Fatalf("%s: %v", response.Message, err)
		}
		if len(answer.Acts) == 0 || len(answer.Acts) > pageSize {
			t.Fatalf("a page of %d acts", len(answer.Acts))
		}
		got, more = append(got, answer.Acts...), answer.More
	}
	if len(got) != len(signed) {
		t.Fatalf("%d acts, wanted %d", len(got), len(signed))
	}
	for i, recorded := range got {
		if recorded.KeyCustody != bill.OwnKey || recorded.Act != signed[i] || recorded.Sequence != int64(i+1) || recorded.TransactionID == "" {
			t.Errorf("act %d came as %d in %q", i+1, recorded.Sequence, recorded.TransactionID)
		}
	}
	c.refuse(bill.Unknown, Port, "GetActs", otherBill, "1")
	c.refuse(bill.RequestMalformed, Port, "GetActs", reference, "0")
	_, beyond := c.simulate(Port, "GetActs", reference, "1000")
	if string(beyond.Payload) != `{"acts":[],"more":false}` {
		t.Errorf("beyond the end: %s", beyond.Payload)
	}
}

func TestGetPartyShowsTheRecordAndItsTransactions(t *testing.T) {
	c := newTable(t)
	_, response := c.simulate(Port, "GetParty", c.party("seller"))
	if string(response.Payload) != string(c.state["PARTY_"+c.party("seller")]) {
		t.Errorf("got %s", response.Payload)
	}
	c.refuse(bill.PartyUnknown, Port, "GetParty", pen.New("nobody").Party)
	c.refuse(bill.PartyUnknown, Port, "GetParty", "x")

	old, next := *c.pens["seller"], *c.pens["seller"]
	next.NewKey()
	tx, _ := c.submit(Port, "RotateKey", old.Sign("onebill-rotation+jws", rotation(c, &old, &next)))
	_, response = c.simulate(Port, "GetPartyTransactions", c.party("seller"))
	var answer struct{ Transactions []string }
	if err := json.Unmarshal(response.Payload, &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Transactions) != 2 || answer.Transactions[1] != tx.id {
		t.Errorf("transactions %v, the last should be %s", answer.Transactions, tx.id)
	}
}

func TestAFaultIsNoRefusal(t *testing.T) {
	c := issuedTable(t)
	c.state["BILL_"+reference] = []byte("rot")
	_, response := c.simulate(Port, "Attest", reference, "n")
	if response.Status != shim.ERROR {
		t.Errorf("answered %d %s", response.Status, response.Message)
	}
	tx := &transaction{channel: c.fakeChannel, arguments: []string{"GetBill", reference}}
	tx.channel = nil // reading panics
	if response := (Chaincode{}).Invoke(tx); response.Status != shim.ERROR {
		t.Errorf("a panic was answered %d", response.Status)
	}
}
