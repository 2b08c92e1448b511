package contract

import (
	"encoding/json"
	"slices"
	"sync"
	"testing"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
)

// FuzzInvoke: whatever function is called with whatever arguments by whomever,
// the contract answers, or refuses with a reason and writes nothing; it never
// faults.
func FuzzInvoke(f *testing.F) {
	for _, name := range []string{"SubmitAct", "RegisterParty", "RotateKey", "Attest", "GetBill", "GetParty", "GetActs", "submitAct", ""} {
		f.Add(byte(0), name, reference, "1")
		f.Add(byte(1), name, `{"party":"P"}`, "a nonce")
		f.Add(byte(2), name, "e30.e30.AA", "")
		f.Add(byte(9), name, "BILL_\x00", "\xff")
		f.Add(byte(9), name, "\xa7", "")
	}
	var issued *table
	var once sync.Mutex
	f.Fuzz(func(t *testing.T, who byte, name, first, second string) {
		once.Lock()
		defer once.Unlock()
		if issued == nil {
			issued = issuedTable(t)
		}
		issued.t = t
		submitter := "ElsewhereMSP"
		if int(who) < len(organisations) {
			submitter = organisations[who]
		}
		for _, arguments := range [][]string{{}, {first}, {first, second}} {
			tx, response := issued.simulate(submitter, name, arguments...)
			switch response.Status {
			case shim.OK:
				if len(tx.writes) > 0 && !slices.Contains([]string{"SubmitAct", "RegisterParty", "RotateKey"}, name) {
					t.Fatalf("%s(%q) writes", name, arguments)
				}
			case statusRefused:
				var said struct{ Message, Reason string }
				if json.Unmarshal([]byte(response.Message), &said) != nil || said.Reason == "" || said.Message == "" {
					t.Fatalf("%s(%q) is refused with %q", name, arguments, response.Message)
				}
				if len(tx.writes)+len(tx.deletes)+len(tx.policies)+len(tx.events) != 0 {
					t.Fatalf("%s(%q) is refused and leaves a trace", name, arguments)
				}
			default:
				t.Fatalf("%s(%q) faults: %d %s", name, arguments, response.Status, response.Message)
			}
		}
	})
}
