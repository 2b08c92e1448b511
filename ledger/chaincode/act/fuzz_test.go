package act_test

import (
	"encoding/json"
	"errors"
	"os"
	"testing"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

const longestSeed = 16_384

// seedActs gives a fuzzer the acts of the vectors, good and bad.
func seedActs(f *testing.F) {
	f.Helper()
	var vectors struct {
		Acts []struct{ Act string }
	}
	text, err := os.ReadFile("../../../proof/vectors/acts.json")
	if err != nil {
		f.Skip("the vectors lie in the repository, not beside a copy of the contract")
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		f.Fatal(err)
	}
	for _, c := range vectors.Acts {
		if len(c.Act) < longestSeed { // a longer one only slows the fuzzer down
			f.Add(c.Act)
		}
	}
}

// FuzzAct: whatever the text, an act is read or refused as malformed; what is
// read, a key that did not sign it does not verify.
func FuzzAct(f *testing.F) {
	seedActs(f)
	stranger := pen.New("stranger")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := act.Parse(text)
		if err != nil {
			if !errors.Is(err, bill.ActMalformed) {
				t.Fatalf("%q is refused for no reason: %v", text, err)
			}
			return
		}
		if a.Statement.SignedWith(stranger.Key) {
			t.Fatalf("%q is signed by a stranger", text)
		}
		if len(a.Hash) != 64 || len(text) > act.MaxActLength {
			t.Fatalf("%q has the hash %q", text, a.Hash)
		}
	})
}

// FuzzBeside: receipts, approvals and rotations are read, or show their defect.
func FuzzBeside(f *testing.F) {
	seedActs(f)
	stranger := pen.New("stranger")
	party := bill.Party{KeyID: stranger.KeyID, Party: bill.PartyID(stranger.Party), PublicKey: stranger.Key}
	f.Fuzz(func(t *testing.T, text string) {
		if receipt := act.ReadReceipt(text); receipt.Defect == "" && receipt.SignedBy(party) {
			t.Fatalf("%q is a stranger's receipt", text)
		}
		if approval := act.ReadApproval(text); approval.Defect == "" && approval.SignedBy(party) {
			t.Fatalf("%q is a stranger's approval", text)
		}
		if _, err := act.ParseRotation(text); err != nil && !errors.Is(err, bill.RotationMalformed) {
			t.Fatalf("%q is refused for no reason: %v", text, err)
		}
	})
}

// FuzzRegistration: a registration is read or refused as malformed; what is
// read has a key of its own name.
func FuzzRegistration(f *testing.F) {
	f.Add(string(pen.JSON(pen.New("bank").Registration("PortMSP", "BANK"))))
	f.Add(`{"kid":"","party":"","publicKey":{},"roles":[],"vouchingOrganisation":""}`)
	f.Add(`{"roles":["BANK","BANK"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		party, err := act.ParseRegistration(text)
		if err != nil {
			if !errors.Is(err, bill.RegistrationMalformed) {
				t.Fatalf("%q is refused for no reason: %v", text, err)
			}
			return
		}
		if kid, err := act.Thumbprint(party.PublicKey); err != nil || kid != party.KeyID {
			t.Fatalf("%q registers %s under the name %s", text, kid, party.KeyID)
		}
	})
}
