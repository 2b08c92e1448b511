package act_test

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
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
	careful, approver := pen.New("careful"), pen.New("approver")
	watched := bill.Party{Approver: &bill.Approver{KeyID: approver.KeyID, PublicKey: approver.Key}, Party: bill.PartyID(careful.Party)}
	void, err := act.Parse(careful.Sign(act.TypeAct, map[string]any{
		"channel": "onebill", "transportDocumentReference": "OBABCDEFGHIJKLMNOP", "sequence": int64(2),
		"previousActHash": strings.Repeat("0", 64), "actionCode": "VOID", "actor": careful.Party,
		"actionDateTime": "2026-11-23T07:30:00Z", "expiryDateTime": "2026-11-23T08:30:00Z",
		"detailsHash": strings.Repeat("0", 64), "terms": map[string]any{},
	}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(approver.Sign(act.TypeCountersign, map[string]any{"actHash": strings.Repeat("0", 64)}))
	f.Add(careful.Sign(act.TypeCountersign, map[string]any{"actHash": void.Hash}))
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
		if err := act.CheckCountersigned(void, watched, text, true); !errors.Is(err, bill.CountersignatureInvalid) {
			t.Fatalf("%q is a countersignature: %v", text, err)
		}
	})
}

// FuzzRegistration: a registration and the words about a party's key are read
// or refused as malformed; what registers a key has the name of that key.
func FuzzRegistration(f *testing.F) {
	bank := pen.New("bank")
	rules := pen.Rulebook{Version: 1, Hash: strings.Repeat("0", 64)}
	payload := bank.Registration("2026-11-23T07:30:00Z", "onebill", rules, "PortMSP", "BANK")
	for _, kind := range []string{act.TypeRegistration, act.TypeRotation, act.TypeRecovery, act.TypeCancellation} {
		f.Add(bank.Sign(kind, payload))
		f.Add(bank.Sign(kind, map[string]any{"roles": []any{"BANK", "BANK"}}))
	}
	f.Add(bank.Sign(act.TypeRegistration, bank.Watched(payload, pen.New("approver"))))
	f.Add(bank.Sign(act.TypeRotation, bank.Show(payload)))
	f.Fuzz(func(t *testing.T, text string) {
		registration, err := act.ParseRegistration(text)
		if err != nil && !errors.Is(err, bill.RegistrationMalformed) {
			t.Fatalf("%q is refused for no reason: %v", text, err)
		}
		if err == nil {
			if kid, err := act.Thumbprint(registration.PublicKey); err != nil || kid != registration.KeyID {
				t.Fatalf("%q registers %s under the name %s", text, kid, registration.KeyID)
			}
		}
		if _, err := act.ParseRecovery(text); err != nil && !errors.Is(err, bill.RecoveryMalformed) {
			t.Fatalf("%q is refused for no reason: %v", text, err)
		}
		if _, err := act.ParseCancellation(text); err != nil && !errors.Is(err, bill.RecoveryMalformed) {
			t.Fatalf("%q is refused for no reason: %v", text, err)
		}
	})
}
