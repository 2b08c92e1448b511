package contract

import (
	"fmt"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// submitAct judges a signed act, with its countersignature where it needs one,
// and records it. It answers with the act hash and nothing else. The
// countersignature stays in the transaction: what is written is the act.
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
	actor, err := checkSigner(a, facts.Parties)
	if err != nil {
		return nil, err
	}
	countersignature, isThere := "", len(arguments) > 1
	if isThere {
		countersignature = arguments[1]
	}
	if err := act.CheckCountersigned(a, actor, countersignature, isThere); err != nil {
		return nil, err
	}
	after, err := bill.Apply(before, a.Act, facts)
	if err != nil {
		return nil, err
	}
	if err := record(stub, before, after, a.Act, facts, signedAct); err != nil {
		return nil, err
	}
	return []byte(a.Hash), nil
}

// checkSigner lets only the actor's own live key speak for it. The submitting
// certificate is the courier and decides nothing here.
func checkSigner(a *act.Signed, parties bill.Parties) (bill.Party, error) {
	actor, err := parties.Active(a.Actor)
	if err != nil {
		return actor, err
	}
	if a.Statement.KeyID != actor.KeyID {
		return actor, bill.Refuse(bill.KeyUnknown, "key %s is not the live key of party %s", a.Statement.KeyID, a.Actor)
	}
	if !a.Statement.SignedWith(actor.PublicKey) {
		return actor, bill.Refuse(bill.SignatureInvalid, "the act is not signed by the key of party %s", a.Actor)
	}
	return actor, nil
}

// readFacts reads in one round trip all that the act can touch; what only the
// bill can name, in the next.
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
	once := ""
	switch terms := a.Terms.(type) {
	case bill.IssueTerms:
		for _, container := range terms.Containers {
			state.want(claimKey(bill.SpaceContainer, container.ContainerKey))
		}
		for _, replaced := range terms.Replaces {
			state.want(billKey(replaced.TransportDocumentReference))
		}
	case bill.SurrenderTerms:
		once = claimKey(bill.SpaceSurrender, terms.SurrenderRequestReference)
	case bill.AmendmentTerms:
		once = claimKey(bill.SpaceSurrender, terms.SurrenderRequestReference)
	case bill.ReleaseTerms:
		once = claimKey(bill.SpacePass, terms.PassHash)
	}
	if once != "" {
		state.want(once)
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
	_, isRelease := a.Terms.(bill.ReleaseTerms)
	facts.PassUsed = isRelease && state.values[once] != nil
	facts.SurrenderReferenceUsed = once != "" && !isRelease && state.values[once] != nil
	if terms, isIssue := a.Terms.(bill.IssueTerms); isIssue {
		err = readIssueFacts(state, terms, &facts)
	} else if before != nil {
		err = readNeighbours(stub, state, before, a.ActionCode, &facts)
	}
	return before, facts, err
}

func readIssueFacts(state *reader, terms bill.IssueTerms, facts *bill.Facts) error {
	facts.BillOfContainer = make(map[string]string, len(terms.Containers))
	for _, container := range terms.Containers {
		facts.BillOfContainer[container.ContainerKey] = string(state.values[claimKey(bill.SpaceContainer, container.ContainerKey)])
	}
	facts.Replaced = make(map[string]*bill.Bill, len(terms.Replaces))
	for _, replaced := range terms.Replaces {
		record, err := state.bill(replaced.TransportDocumentReference)
		if err != nil {
			return err
		}
		if record != nil {
			facts.Replaced[replaced.TransportDocumentReference] = record
		}
	}
	return nil
}

// readNeighbours reads what only the bill can name: for PLEDGE, under which
// bills its goods are pledged; for an act that gives out the goods of a part
// container, which other bills lie on it, and how they stand.
func readNeighbours(stub shim.ChaincodeStubInterface, state *reader, b *bill.Bill, code bill.ActionCode, facts *bill.Facts) error {
	switch code {
	case bill.MakePledge:
		facts.PledgeOfContainer = map[string]string{}
		for _, key := range b.ContainerKeys {
			state.want(claimKey(bill.SpacePledge, key))
		}
		if err := state.read(stub); err != nil {
			return err
		}
		for _, key := range b.ContainerKeys {
			facts.PledgeOfContainer[key] = string(state.values[claimKey(bill.SpacePledge, key)])
		}
	case bill.ReleaseTerminal, bill.Accomplish, bill.SwitchToPaper, bill.DeliverAgainstIndemnity:
		return readBeside(stub, state, b, facts)
	}
	return nil
}

func readBeside(stub shim.ChaincodeStubInterface, state *reader, b *bill.Bill, facts *bill.Facts) error {
	facts.BillOfContainer = map[string]string{}
	for _, key := range b.PartContainerKeys {
		state.want(claimKey(bill.SpaceContainer, key))
	}
	if err := state.read(stub); err != nil {
		return err
	}
	var others []string
	for _, key := range b.PartContainerKeys {
		value := string(state.values[claimKey(bill.SpaceContainer, key)])
		facts.BillOfContainer[key] = value
		references, _ := bill.Under(value)
		for _, reference := range references {
			if reference != b.TransportDocumentReference {
				others = append(others, reference)
				state.want(billKey(reference))
			}
		}
	}
	if err := state.read(stub); err != nil {
		return err
	}
	facts.BillsBeside = map[string]bill.State{}
	for _, reference := range others {
		other, err := state.bill(reference)
		if err != nil {
			return err
		}
		if other != nil {
			facts.BillsBeside[reference] = other.State
		}
	}
	return nil
}

// record writes the act, the bill that follows from it, and what makes things
// unique. Nothing is written before every rule has agreed.
func record(stub shim.ChaincodeStubInterface, before, after *bill.Bill, a bill.Act, facts bill.Facts, signedAct string) error {
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
	for _, claim := range bill.Claims(after, a, facts.BillOfContainer) {
		if err := writeClaim(stub, claim); err != nil {
			return fmt.Errorf("write what is used once: %w", err)
		}
	}
	for _, reference := range after.Replaces {
		if old := facts.Replaced[reference]; old != nil {
			if err := putRecord(stub, billKey(reference), old.SucceededBy(after)); err != nil {
				return fmt.Errorf("write replaced bill: %w", err)
			}
		}
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

func writeClaim(stub shim.ChaincodeStubInterface, claim bill.Claim) error {
	key := claimKey(claim.Space, claim.Name)
	if claim.Value == "" {
		return stub.DelState(key)
	}
	return stub.PutState(key, []byte(claim.Value))
}

func transactionTime(stub shim.ChaincodeStubInterface) (time.Time, error) {
	at, err := stub.GetTxTimestamp()
	if err != nil {
		return time.Time{}, fmt.Errorf("read the transaction's time: %w", err)
	}
	return at.AsTime(), nil
}
