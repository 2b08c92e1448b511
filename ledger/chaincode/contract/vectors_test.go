package contract

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"

	"onebill/ledger/chaincode/bill"
)

// lawVectors are the cases of the law that every program must judge alike.
type lawVectors struct {
	Channel                    string
	TransportDocumentReference string
	Parties                    map[bill.PartyID]struct {
		Roles                []bill.Role
		VouchingOrganisation string
		Kid                  string
		PublicKey            bill.PublicKey
		ApproverKey          *bill.Approver
	}
	Chains map[string][]lawAct
	Cases  []struct {
		Name, Given string
		lawAct
		Reason bill.Reason
		After  *struct {
			State       bill.State
			Possessor   bill.PartyID
			TitleHolder bill.PartyID
			Sequence    int64
			HeadActHash string
			Hold        bool
			MayReject   bool
			Pledge      bool
		}
	}
}

type lawAct struct {
	Act                 string
	TransactionDateTime string
	Countersignature    *string
}

// arguments are what SubmitAct is told.
func (a lawAct) arguments() []string {
	if a.Countersignature == nil {
		return []string{a.Act}
	}
	return []string{a.Act, *a.Countersignature}
}

func readVectors(t *testing.T, name string, into any) {
	t.Helper()
	text, err := os.ReadFile("../../../proof/vectors/" + name)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the vectors lie in the repository, not beside a copy of the contract")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

// channelWith is a channel with the cast of the vectors and an act chain.
func (v lawVectors) channelWith(t *testing.T, chain []lawAct) *fakeChannel {
	t.Helper()
	c := newChannel(t)
	for id, party := range v.Parties {
		record, err := json.Marshal(bill.Party{
			Approver: party.ApproverKey, KeyID: party.Kid, Party: id, PublicKey: party.PublicKey, Roles: party.Roles,
			Status: bill.PartyActive, VouchingOrganisation: party.VouchingOrganisation,
		})
		if err != nil {
			t.Fatal(err)
		}
		c.state["PARTY_"+string(id)] = record
	}
	for _, a := range chain {
		c.setTime(a.TransactionDateTime)
		c.submit(Operator, "SubmitAct", a.arguments()...)
	}
	return c
}

func (c *fakeChannel) setTime(text string) {
	c.t.Helper()
	at, err := bill.ParseTime(text)
	if err != nil {
		c.t.Fatal(err)
	}
	c.now = at
}

func TestTheContractJudgesTheVectorsOfTheLaw(t *testing.T) {
	var vectors lawVectors
	readVectors(t, "law.json", &vectors)
	if len(vectors.Cases) < 100 {
		t.Fatalf("only %d cases", len(vectors.Cases))
	}
	for _, vector := range vectors.Cases {
		t.Run(vector.Name, func(t *testing.T) {
			chain, known := vectors.Chains[vector.Given]
			if !known {
				t.Fatalf("no chain %q", vector.Given)
			}
			c := vectors.channelWith(t, chain)
			c.setTime(vector.TransactionDateTime)
			if vector.After == nil {
				c.refuse(vector.Reason, Operator, "SubmitAct", vector.arguments()...)
				return
			}
			c.submit(Operator, "SubmitAct", vector.arguments()...)
			got, want := c.bill(vectors.TransportDocumentReference), vector.After
			if got.State != want.State || got.Possessor != want.Possessor || got.TitleHolder != want.TitleHolder ||
				got.Sequence != want.Sequence || got.HeadActHash != want.HeadActHash ||
				got.Held() != want.Hold || (got.Pledge != nil) != want.Pledge || (got.Previous != nil) != want.MayReject {
				t.Errorf("the bill is %+v, wanted %+v", got, want)
			}
		})
	}
}
