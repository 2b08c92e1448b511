package contract

import (
	"encoding/json"
	"fmt"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// The keys of the world state.
func billKey(reference string) string               { return "BILL_" + reference }
func partyKey(party bill.PartyID) string            { return "PARTY_" + string(party) }
func recoveryKey(party bill.PartyID) string         { return "RECOVERY_" + string(party) }
func claimKey(space bill.Space, name string) string { return string(space) + "_" + name }

// The keys of the channel's rules: those in force, and those asked for.
const (
	rulesKey      = "RULES"
	rulesAskedKey = "RULES_ASKED"
)

func actKey(reference string, sequence int64) string {
	return fmt.Sprintf("ACT_%s_%010d", reference, sequence)
}

// reader collects the keys that a request needs and reads them in one round
// trip: each costs the peer's answer time. Few acts need a second one, for what
// only the bill can name.
type reader struct {
	keys   []string
	values map[string][]byte
}

func (r *reader) want(keys ...string) {
	r.keys = append(r.keys, keys...)
}

func (r *reader) read(stub shim.ChaincodeStubInterface) error {
	if r.values == nil {
		r.values = make(map[string][]byte, len(r.keys))
	}
	unique := r.keys[:0:0]
	for _, key := range r.keys {
		if _, seen := r.values[key]; !seen {
			r.values[key] = nil
			unique = append(unique, key)
		}
	}
	r.keys = nil
	if len(unique) == 0 {
		return nil
	}
	values, err := stub.GetMultipleStates(unique...)
	if err != nil {
		return fmt.Errorf("read state: %w", err)
	}
	for i, key := range unique {
		r.values[key] = values[i]
	}
	return nil
}

// bill returns the record of a bill, nil where there is none.
func (r *reader) bill(reference string) (*bill.Bill, error) {
	value := r.values[billKey(reference)]
	if value == nil {
		return nil, nil
	}
	record := &bill.Bill{}
	if err := json.Unmarshal(value, record); err != nil {
		return nil, fmt.Errorf("record of bill %s: %w", reference, err)
	}
	return record, nil
}

// parties returns the records of those among the given that are registered.
func (r *reader) parties(ids []bill.PartyID) (bill.Parties, error) {
	parties := make(bill.Parties, len(ids))
	for _, id := range ids {
		value := r.values[partyKey(id)]
		if value == nil {
			continue
		}
		var party bill.Party
		if err := json.Unmarshal(value, &party); err != nil {
			return nil, fmt.Errorf("record of party %s: %w", id, err)
		}
		parties[id] = party
	}
	return parties, nil
}

// record reads the value of a key into a record; absent, it leaves it as it is.
func (r *reader) record(key string, into any) error {
	if r.values[key] == nil {
		return nil
	}
	if err := json.Unmarshal(r.values[key], into); err != nil {
		return fmt.Errorf("record %s: %w", key, err)
	}
	return nil
}

// recoveries returns the record of a party's recoveries.
func (r *reader) recoveries(id bill.PartyID) (*bill.Recoveries, error) {
	recoveries := &bill.Recoveries{Party: id, Recoveries: []bill.Recovery{}}
	return recoveries, r.record(recoveryKey(id), recoveries)
}

// rules returns the channel's rules in force.
func (r *reader) rules() (*bill.Rules, error) {
	rules := &bill.Rules{}
	if err := r.record(rulesKey, rules); err != nil {
		return nil, err
	}
	if rules.SetDateTime == "" {
		return nil, bill.Refuse(bill.RulesMissing, "three organisations have not agreed on the channel's rules yet")
	}
	return rules, nil
}

func putRecord(stub shim.ChaincodeStubInterface, key string, record any) error {
	value, err := jcs.Marshal(record)
	if err != nil {
		return err
	}
	return stub.PutState(key, value)
}
