package contract

import (
	"strings"
	"testing"

	"onebill/ledger/chaincode/bill"
)

// voided brings the issued bill to the buyer and to its end.
func (c *table) voided() *table {
	c.t.Helper()
	c.do("TRANSFER", "seller", "issuing-bank", nil)
	c.do("ENDORSE_TO_ORDER", "issuing-bank", "buyer", nil)
	c.do("TRANSFER", "issuing-bank", "buyer", nil)
	c.do("SURRENDER_FOR_AMENDMENT", "buyer", "operator", object{"surrenderRequestReference": "A-1", "reasonCode": "SWI"})
	c.do("ACCEPT_SURRENDER", "operator", "", object{"surrenderRequestReference": "A-1"})
	c.do("VOID", "operator", "", nil)
	return c
}

func TestInvariant39AReissuedBillAndTheOneItReplacesPointAtEachOther(t *testing.T) {
	c := issuedTable(t).voided()
	c.refuse(bill.ContainerUnderAnother, Operator, "SubmitAct", c.issueAct(otherBill)) // not without naming it
	terms := c.issueTerms(otherBill)
	terms["replaces"] = []any{object{"transportDocumentReference": reference, "voidActHash": c.bill(reference).HeadActHash}}
	issue := func(to string) string {
		terms["approval"] = c.approval(otherBill, to)
		return c.pens["operator"].Sign("onebill-act+jws", c.payload(otherBill, "ISSUE", "operator", to, terms))
	}
	c.refuse(bill.RecipientWrong, Operator, "SubmitAct", issue("seller"))
	tx, _ := c.submit(Operator, "SubmitAct", issue("buyer"))
	mustHaveKeys(t, "reissue wrote", keysOf(tx.writes), "BILL_"+otherBill, "BILL_"+reference, "BOX_"+box, "ACT_"+otherBill+"_0000000001")
	if got := c.bill(reference); got.State != bill.Voided || got.ReplacedBy[0] != otherBill || got.Sequence != 7 {
		t.Fatalf("the replaced bill is %+v", got)
	}
	if string(c.state["BOX_"+box]) != otherBill {
		t.Fatal("the container does not lie under the new bill")
	}
}

func TestInvariant26NoTwoLivePledgesOverTheSameContainer(t *testing.T) {
	c := issuedTable(t)
	c.do("TRANSFER", "seller", "issuing-bank", nil)
	c.state["PLEDGE_"+box] = []byte(otherBill)
	pledge := func() string { return c.act("PLEDGE", "issuing-bank", "first-bank", nil) }
	c.refuse(bill.GoodsPledged, Carrier, "SubmitAct", pledge())
	delete(c.state, "PLEDGE_"+box)
	tx, _ := c.submit(Carrier, "SubmitAct", pledge())
	if tx.trips != 2 || string(c.state["PLEDGE_"+box]) != reference {
		t.Fatalf("PLEDGE read in %d trips and left %q", tx.trips, c.state["PLEDGE_"+box])
	}
	if _, answer := c.submit(Port, "Attest", reference, "n"); !strings.Contains(answer, `"pledge":true`) {
		t.Fatalf("the attestation does not show the pledge: %s", answer)
	}
	c.do("RELEASE_PLEDGE", "first-bank", "", nil)
	if c.state["PLEDGE_"+box] != nil {
		t.Fatal("a released pledge still lies on the container")
	}
}

func TestABillOfAHundredContainersIsIssued(t *testing.T) {
	c := newTable(t)
	terms := c.issueTerms(reference)
	var containers []any
	for i := range 100 {
		key := strings.Repeat("0123456789abcdef"[i/16:i/16+1], 32) + strings.Repeat("0123456789abcdef"[i%16:i%16+1], 32)
		containers = append(containers, object{"containerKey": key, "receipt": c.receipt(reference, "TAKEN_IN_CHARGE", "haulier", 1, key)})
	}
	terms["containers"] = containers
	act := c.pens["operator"].Sign("onebill-act+jws", c.payload(reference, "ISSUE", "operator", "seller", terms))
	if len(act) <= 32_768 {
		t.Fatalf("an act of %d characters tries nothing", len(act))
	}
	c.submit(Operator, "SubmitAct", act)
	if got := len(c.bill(reference).ContainerKeys); got != 100 {
		t.Fatalf("%d containers", got)
	}
}
