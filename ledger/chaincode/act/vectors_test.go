package act_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

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

func TestTheVectorsOfSignedStatements(t *testing.T) {
	var vectors struct {
		Cases []struct {
			Name, Token, Typ, Hash, Reason string
			Key                            bill.PublicKey
		}
		PublicKeys []struct {
			Name, Kid, Reason string
			Key               any
		}
	}
	readVectors(t, "jws.json", &vectors)
	for _, c := range vectors.Cases {
		statement, err := act.ParseStatement(c.Token, c.Typ)
		verified := err == nil && statement.SignedWith(c.Key)
		byParty := false
		if verified {
			kid, err := act.Thumbprint(c.Key)
			byParty = err == nil && statement.SignedBy(bill.Party{KeyID: kid, PublicKey: c.Key})
		}
		if byParty != (c.Reason == "") || (c.Reason == "JWS_MALFORMED") != (err != nil) {
			t.Errorf("%s: wanted %q, got %v, signature %v", c.Name, c.Reason, err, verified)
		}
		if c.Hash != "" && (err != nil || statement.Hash() != c.Hash) {
			t.Errorf("%s: another hash", c.Name)
		}
	}
	for _, c := range vectors.PublicKeys {
		owner := pen.New(c.Name)
		registration := owner.Registration("2026-11-23T07:30:00Z", channel, pen.Rulebook{Version: 1, Hash: oneHash}, "PortMSP", "BANK")
		registration["publicKey"] = c.Key
		registration["kid"] = c.Kid
		text, err := json.Marshal(registration)
		if err != nil {
			t.Fatal(err)
		}
		header := `{"alg":"ES256","kid":"` + owner.KeyID + `","typ":"` + act.TypeRegistration + `"}`
		_, err = act.ParseRegistration(owner.SignText(header, string(text)))
		if (err == nil) != (c.Reason == "") {
			t.Errorf("key %s: wanted %q, got %v", c.Name, c.Reason, err)
		}
	}
}

func TestTheVectorsOfActs(t *testing.T) {
	var vectors struct {
		Acts []struct {
			Name, Act, ActionCode, ActHash string
			Reason                         bill.Reason
		}
		Statements []struct {
			Name, Typ, Token, Reason string
			Key                      bill.PublicKey
		}
	}
	readVectors(t, "acts.json", &vectors)
	if len(vectors.Acts) < 100 {
		t.Fatalf("only %d cases", len(vectors.Acts))
	}
	for _, c := range vectors.Acts {
		a, err := act.Parse(c.Act)
		switch {
		case c.Reason != "" && !errors.Is(err, c.Reason):
			t.Errorf("%s: wanted %s, got %v", c.Name, c.Reason, err)
		case c.Reason == "" && (err != nil || a.Hash != c.ActHash || string(a.ActionCode) != c.ActionCode):
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	for _, c := range vectors.Statements {
		kid, err := act.Thumbprint(c.Key)
		if err != nil {
			t.Fatal(err)
		}
		signer := bill.Party{KeyID: kid, PublicKey: c.Key}
		good := false
		switch c.Typ {
		case act.TypeReceipt:
			receipt := act.ReadReceipt(c.Token)
			good = receipt.Defect == "" && receipt.SignedBy(signer)
		case act.TypeApproval:
			approval := act.ReadApproval(c.Token)
			good = approval.Defect == "" && approval.SignedBy(signer)
		case act.TypeRegistration:
			registration, err := act.ParseRegistration(c.Token)
			good = err == nil && registration.SignedByAll() && registration.Statement.SignedBy(signer)
		case act.TypeRotation:
			rotation, err := act.ParseRotation(c.Token)
			good = err == nil && rotation.ShowsNewKey() && rotation.Statement.SignedBy(signer)
		case act.TypeRecovery:
			recovery, err := act.ParseRecovery(c.Token)
			good = err == nil && recovery.Statement.SignedBy(signer)
		case act.TypeCancellation:
			cancellation, err := act.ParseCancellation(c.Token)
			good = err == nil && cancellation.Statement.SignedBy(signer)
		default:
			t.Errorf("%s: nobody reads %s", c.Name, c.Typ)
		}
		if good != (c.Reason == "") {
			t.Errorf("%s: good %v, wanted %q", c.Name, good, c.Reason)
		}
	}
}
