package contract

import (
	"testing"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

// What goes back is not given: it belongs to who gets it back, even if that
// party was suspended or revoked meanwhile. There it lies still, until the
// party is reinstated or a court moves it.
func TestABillComesBackToWhoIsOutAndLiesStill(t *testing.T) {
	for name, story := range map[string]struct {
		out   string // who is out, and gets the bill back
		begin func(c *table)
		back  func(c *table)
	}{
		"a transfer is rejected": {
			"seller",
			func(c *table) { c.do("TRANSFER", "seller", "issuing-bank", nil) },
			func(c *table) { c.do("REJECT_TRANSFER", "issuing-bank", "", nil) },
		},
		"a presentation is refused": {
			"seller",
			func(c *table) {
				c.do("PRESENT", "seller", "issuing-bank", object{"creditReferenceHash": aHash, "documentHashes": []any{aHash}})
			},
			func(c *table) { c.do("REFUSE_PRESENTATION", "issuing-bank", "", nil) },
		},
		"a pledge is released": {
			"issuing-bank",
			func(c *table) {
				c.do("TRANSFER", "seller", "issuing-bank", nil)
				c.do("PLEDGE", "issuing-bank", "first-bank", nil)
			},
			func(c *table) { c.do("RELEASE_PLEDGE", "first-bank", "", nil) },
		},
		"a surrender is rejected": {
			"issuing-bank",
			func(c *table) {
				c.do("TRANSFER", "seller", "issuing-bank", nil)
				c.do("SURRENDER_FOR_DELIVERY", "issuing-bank", "delivery-agent", c.surrenderTerms())
			},
			func(c *table) {
				c.do("REJECT_SURRENDER", "delivery-agent", "", object{"surrenderRequestReference": "S-1"})
			},
		},
	} {
		for _, status := range []string{"SUSPENDED", "REVOKED"} {
			t.Run(name+", "+status, func(t *testing.T) {
				c := issuedTable(t)
				court := pen.New("court")
				c.pens["court"] = court
				c.submit(PartnerPort, "RegisterParty", c.registrationOf(court, PartnerPort, "COURT"))
				story.begin(c)
				c.submit(cast[story.out].vouchedBy, "SetPartyStatus", c.party(story.out), status, aHash)
				story.back(c)

				if got := c.bill(reference); got.Possessor != bill.PartyID(c.party(story.out)) || got.State != bill.Issued {
					t.Fatalf("the bill is with %s, %s", got.Possessor, got.State)
				}
				c.refuse(bill.PartyNotActive, Operator, "SubmitAct", c.act("TRANSFER", story.out, "buyer", nil))
				c.refuse(bill.NotPossessor, Operator, "SubmitAct", c.act("TRANSFER", "first-bank", "buyer", nil))
				c.refuse(bill.NotPossessor, Operator, "SubmitAct", c.act("TRANSFER", "operator", "buyer", nil))
				if status == "SUSPENDED" {
					c.submit(cast[story.out].vouchedBy, "SetPartyStatus", c.party(story.out), "ACTIVE", aHash)
					c.do("TRANSFER", story.out, "buyer", nil)
					return
				}
				c.do("ORDER", "court", "", object{
					"orderReference": "O-1", "order": "TRANSFER_POSSESSION", "orderHash": aHash, "to": c.party("buyer"),
				})
				if got := c.bill(reference).Possessor; got != bill.PartyID(c.party("buyer")) {
					t.Errorf("after the order the bill is with %s", got)
				}
			})
		}
	}
}

// Whom an act names by choice is in: only what belongs to a party goes back to
// it while it is out.
func TestNobodyIsGivenABillWhoIsOut(t *testing.T) {
	c := issuedTable(t)
	c.do("TRANSFER", "seller", "issuing-bank", nil)
	c.submit(PartnerPort, "SetPartyStatus", c.party("buyer"), "SUSPENDED", aHash)
	for code, terms := range map[string]object{
		"REJECT_TRANSFER":  {"endorseTo": c.party("buyer")},
		"ENDORSE_TO_ORDER": nil,
		"TRANSFER":         nil,
	} {
		recipient := "buyer"
		if terms != nil {
			recipient = ""
		}
		c.refuse(bill.PartyNotActive, Operator, "SubmitAct", c.act(code, "issuing-bank", recipient, terms))
	}
}
