package contract

import (
	"fmt"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// submitAct judges a signed act and records it. It answers with the act hash
// and nothing else.
func submitAct(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	signedAct := arguments[0]
	a, err := act.Parse(signedAct)
	if err != nil {
		return nil, err
	}
	if a.Channel != stub.GetChannelID() {
		return nil, bill.Refuse(bill.WrongChannel, "the act is made for channel %s", a.Channel)
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	before, facts, err := readFacts(stub, a.Act, now)
	if err != nil {
		return nil, err
	}
	if err := checkSigner(a, facts.Parties); err != nil {
		return nil, err
	}
	after, err := bill.Apply(before, a.Act, facts)
	if err != nil {
		return nil, err
	}
	if err := record(stub, before, after, a.Act, signedAct); err != nil {
		return nil, err
	}
	return []byte(a.Hash), nil
}

// checkSigner lets only the actor's own live key speak for it. The submitting
// certificate is the courier and decides nothing here.
func checkSigner(a *act.Signed, parties bill.Parties) error {
	actor, err := parties.Active(a.Actor)
	if err != nil {
		return err
	}
	if a.Statement.KeyID != actor.KeyID {
		return bill.Refuse(bill.KeyUnknown, "key %s is not the live key of party %s", a.Statement.KeyID, a.Actor)
	}
	if !a.Statement.SignedWith(actor.PublicKey) {
		return bill.Refuse(bill.SignatureInvalid, "the act is not signed by the key of party %s", a.Actor)
	}
	return nil
}

// readFacts reads in one round trip all that the act can touch.
func readFacts(stub shim.ChaincodeStubInterface, a bill.Act, now time.Time) (*bill.Bill, bill.Facts, error) {
	named := append([]bill.PartyID{a.Actor}, a.Terms.Parties()...)
	if a.Recipient != "" {
		named = append(named, a.Recipient)
	}
	state := &reader{}
	state.want(billKey(a.Reference))
	for _, party := range named {
		state.want(partyKey(party))
	}
	switch terms := a.Terms.(type) {
	case bill.IssueTerms:
		for _, container := range terms.Containers {
			state.want(containerKey(container.ContainerKey))
		}
	case bill.SurrenderTerms:
		state.want(surrenderKey(terms.SurrenderRequestReference))
	case bill.ReleaseTerms:
		state.want(passKey(terms.PassHash))
	}
	if err := state.read(stub); err != nil {
		return nil, bill.Facts{}, err
	}

	before, err := state.bill(a.Reference)
	if err != nil {
		return nil, bill.Facts{}, err
	}
	facts := bill.Facts{Now: now}
	if facts.Parties, err = state.parties(named); err != nil {
		return nil, bill.Facts{}, err
	}
	switch terms := a.Terms.(type) {
	case bill.IssueTerms:
		facts.BillOfContainer = make(map[string]string, len(terms.Containers))
		for _, container := range terms.Containers {
			facts.BillOfContainer[container.ContainerKey] = string(state.values[containerKey(container.ContainerKey)])
		}
	case bill.SurrenderTerms:
		facts.SurrenderReferenceUsed = state.values[surrenderKey(terms.SurrenderRequestReference)] != nil
	case bill.ReleaseTerms:
		facts.PassUsed = state.values[passKey(terms.PassHash)] != nil
	}
	return before, facts, nil
}

// record writes the act, the bill that follows from it, and what makes things
// unique. Nothing is written before every rule has agreed.
func record(stub shim.ChaincodeStubInterface, before, after *bill.Bill, a bill.Act, signedAct string) error {
	stub.StartWriteBatch()
	if err := stub.PutState(actKey(a.Reference, a.Sequence), []byte(signedAct)); err != nil {
		return fmt.Errorf("write act: %w", err)
	}
	if err := putRecord(stub, billKey(a.Reference), after); err != nil {
		return fmt.Errorf("write bill: %w", err)
	}
	if err := writePolicy(stub, before, after); err != nil {
		return err
	}
	if err := writeUnique(stub, after, a); err != nil {
		return err
	}
	event, err := jcs.Encode(map[string]any{
		"actHash":                    a.Hash,
		"actionCode":                 string(a.ActionCode),
		"sequence":                   a.Sequence,
		"state":                      string(after.State),
		"transportDocumentReference": a.Reference,
	})
	if err != nil {
		return err
	}
	if err := stub.SetEvent("act", event); err != nil {
		return fmt.Errorf("write event: %w", err)
	}
	return stub.FinishWriteBatch()
}

// writePolicy writes a bill's key-level policy when the organisation that
// vouches for the possessor changes, and only then: an update by an earlier
// transaction of a block fails the later ones. A bill begins with the
// chaincode's policy, which is that of the operator's own parties.
func writePolicy(stub shim.ChaincodeStubInterface, before, after *bill.Bill) error {
	inForce := Operator
	if before != nil {
		inForce = before.PossessorVouchedBy
	}
	if after.PossessorVouchedBy == inForce {
		return nil
	}
	policy, err := billPolicy(after.PossessorVouchedBy)
	if err != nil {
		return err
	}
	if err := stub.SetStateValidationParameter(billKey(after.TransportDocumentReference), policy); err != nil {
		return fmt.Errorf("write policy: %w", err)
	}
	return nil
}

// writeUnique notes the surrender reference and the pass as used, and which
// live bill a container lies under; ACCOMPLISH sets the containers free.
func writeUnique(stub shim.ChaincodeStubInterface, after *bill.Bill, a bill.Act) error {
	reference := []byte(a.Reference)
	var err error
	switch terms := a.Terms.(type) {
	case bill.IssueTerms:
		for _, container := range terms.Containers {
			if err = stub.PutState(containerKey(container.ContainerKey), reference); err != nil {
				break
			}
		}
	case bill.SurrenderTerms:
		err = stub.PutState(surrenderKey(terms.SurrenderRequestReference), reference)
	case bill.ReleaseTerms:
		err = stub.PutState(passKey(terms.PassHash), reference)
	case bill.AccomplishTerms:
		for _, key := range after.ContainerKeys {
			if err = stub.DelState(containerKey(key)); err != nil {
				break
			}
		}
	}
	if err != nil {
		return fmt.Errorf("write what is used once: %w", err)
	}
	return nil
}

func transactionTime(stub shim.ChaincodeStubInterface) (time.Time, error) {
	at, err := stub.GetTxTimestamp()
	if err != nil {
		return time.Time{}, fmt.Errorf("read the transaction's time: %w", err)
	}
	return at.AsTime(), nil
}
