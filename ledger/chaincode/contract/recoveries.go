package contract

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// beginRecoveries writes the empty record of a party's recoveries with its
// policy: a policy on a key that is not there does not hold.
func beginRecoveries(stub shim.ChaincodeStubInterface, party bill.PartyID) error {
	policy, err := threePolicy()
	if err != nil {
		return err
	}
	if err := stub.SetStateValidationParameter(recoveryKey(party), policy); err != nil {
		return fmt.Errorf("write policy: %w", err)
	}
	return putRecord(stub, recoveryKey(party), bill.Recoveries{Party: party, Recoveries: []bill.Recovery{}})
}

// recoverKey lets a founding organisation ask that a new key take the place of
// a lost one; the new key has signed. With the third organisation the delay of
// the channel's rules begins.
func recoverKey(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	recovery, err := act.ParseRecovery(arguments[0])
	if err != nil {
		return nil, err
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	if err := checkStatement(stub, recovery.Channel, recovery.ActionDateTime, now); err != nil {
		return nil, err
	}
	if !recovery.Statement.SignedBy(bill.Party{KeyID: recovery.NewKeyID, PublicKey: recovery.NewPublicKey}) {
		return nil, bill.Refuse(bill.SignatureInvalid, "the recovery is not signed by the new key")
	}
	submitter, err := submittingFounder(stub)
	if err != nil {
		return nil, err
	}
	state, party, recoveries, err := readRecoveries(stub, recovery.Party, rulesKey)
	if err != nil {
		return nil, err
	}
	rules, err := state.rules()
	if err != nil {
		return nil, err
	}
	delay := time.Duration(rules.RecoveryDelaySeconds) * time.Second
	lost := bill.Recovery{
		KeyCustody: recovery.KeyCustody, KeyID: recovery.NewKeyID, KeyUse: recovery.KeyUse, PublicKey: recovery.NewPublicKey,
	}
	if err := recoveries.Ask(party, lost, submitter, now, delay); err != nil {
		return nil, err
	}
	stub.StartWriteBatch()
	return writeRecoveries(stub, recoveries, recovery.NewKeyID)
}

// cancelRecovery lets the live key whose place is asked for end a recovery that
// has not come into effect.
func cancelRecovery(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	cancellation, err := act.ParseCancellation(arguments[0])
	if err != nil {
		return nil, err
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	if err := checkStatement(stub, cancellation.Channel, cancellation.ActionDateTime, now); err != nil {
		return nil, err
	}
	_, party, recoveries, err := readRecoveries(stub, cancellation.Party)
	if err != nil {
		return nil, err
	}
	if err := checkLiveKey(cancellation.Statement, party, recoveries.UseOf(cancellation.KeyID)); err != nil {
		return nil, err
	}
	if err := recoveries.Cancel(cancellation.KeyID, now); err != nil {
		return nil, err
	}
	stub.StartWriteBatch()
	return writeRecoveries(stub, recoveries, cancellation.KeyID)
}

// completeRecovery gives a party the key of a recovery whose time has come.
// Anybody may ask for it.
func completeRecovery(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	id, keyID := arguments[0], arguments[1]
	if !act.IsParty(id) || !act.IsKeyID(keyID) {
		return nil, bill.Refuse(bill.RecoveryUnknown, "name a party, and the key of its recovery")
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	_, party, recoveries, err := readRecoveries(stub, bill.PartyID(id))
	if err != nil {
		return nil, err
	}
	if err := recoveries.Complete(&party, keyID, now); err != nil {
		return nil, err
	}
	stub.StartWriteBatch()
	if err := putRecord(stub, recoveryKey(party.Party), recoveries); err != nil {
		return nil, fmt.Errorf("write recoveries: %w", err)
	}
	return writeParty(stub, party)
}

// readRecoveries reads a party with its recoveries, and more keys on the way.
func readRecoveries(stub shim.ChaincodeStubInterface, id bill.PartyID, more ...string) (*reader, bill.Party, *bill.Recoveries, error) {
	state := &reader{}
	state.want(partyKey(id), recoveryKey(id))
	state.want(more...)
	if err := state.read(stub); err != nil {
		return nil, bill.Party{}, nil, err
	}
	parties, err := state.parties([]bill.PartyID{id})
	if err != nil {
		return nil, bill.Party{}, nil, err
	}
	party, known := parties[id]
	if !known {
		return nil, bill.Party{}, nil, bill.Refuse(bill.PartyUnknown, "no party %s is registered", id)
	}
	recoveries, err := state.recoveries(id)
	return state, party, recoveries, err
}

func writeRecoveries(stub shim.ChaincodeStubInterface, recoveries *bill.Recoveries, keyID string) ([]byte, error) {
	if err := putRecord(stub, recoveryKey(recoveries.Party), recoveries); err != nil {
		return nil, fmt.Errorf("write recoveries: %w", err)
	}
	return []byte(recoveries.Party), finish(stub, "recovery", map[string]any{"kid": keyID, "party": string(recoveries.Party)})
}

// getRecoveries answers with the record of all recoveries of a party's key.
func getRecoveries(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	party, err := readParty(stub, arguments[0])
	if err != nil {
		return nil, err
	}
	state := &reader{}
	state.want(recoveryKey(party.Party))
	if err := state.read(stub); err != nil {
		return nil, err
	}
	recoveries, err := state.recoveries(party.Party)
	if err != nil {
		return nil, err
	}
	return jcs.Marshal(recoveries)
}

// isRecoveryPending says whether the key of any of the parties is about to
// change without its word.
func isRecoveryPending(stub shim.ChaincodeStubInterface, parties ...bill.PartyID) (bool, error) {
	state := &reader{}
	for _, party := range parties {
		if party != "" {
			state.want(recoveryKey(party))
		}
	}
	if err := state.read(stub); err != nil {
		return false, err
	}
	for _, party := range parties {
		recoveries, err := state.recoveries(party)
		if err != nil || recoveries.IsPending() {
			return err == nil, err
		}
	}
	return false, nil
}

// transactionOfRecovery finds the transaction with which the third
// organisation asked for a recovery: with it the delay began.
func transactionOfRecovery(stub shim.ChaincodeStubInterface, party bill.PartyID, keyID string) (string, error) {
	history, err := historyOf(stub, recoveryKey(party))
	if err != nil {
		return "", err
	}
	for _, change := range slices.Backward(history) { // oldest first
		var recoveries bill.Recoveries
		if err := json.Unmarshal(change.value, &recoveries); err != nil {
			return "", fmt.Errorf("record of recoveries of %s: %w", party, err)
		}
		for _, recovery := range recoveries.Recoveries {
			if recovery.KeyID == keyID && recovery.State == bill.RecoveryIsPending {
				return change.transactionID, nil
			}
		}
	}
	return "", fmt.Errorf("party %s recovered key %s, and no transaction began it", party, keyID)
}
