package contract

import (
	"fmt"
	"slices"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// organisationsForRules is how many founding organisations must ask for the
// same rules.
const organisationsForRules = 3

// ask is what one founding organisation wants the rules to be.
type ask struct {
	By    string     `json:"by"`
	Rules bill.Rules `json:"rules"`
}

type asks struct {
	Asks []ask `json:"asks"`
}

// setRules lets a founding organisation ask for the channel's rules. They come
// into force when three have asked for the same. Peers endorse whatever the
// contract allows, so it is the organisations' clients that have to ask.
func setRules(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	rules, err := act.ParseRules(arguments[0])
	if err != nil {
		return nil, err
	}
	for organisation, kind := range founders {
		if said, there := rules.KindOf(organisation); !there || said != kind {
			return nil, bill.Refuse(bill.RulesMalformed, "%s founded the channel and is %s", organisation, kind)
		}
	}
	for _, organisation := range rules.Organisations {
		if organisation.Kind == bill.KindOperator && organisation.MSPID != Operator {
			return nil, bill.Refuse(bill.RulesMalformed, "%s alone is the operator", Operator)
		}
	}
	submitter, err := submittingFounder(stub)
	if err != nil {
		return nil, err
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	state := &reader{}
	state.want(rulesKey, rulesAskedKey)
	if err := state.read(stub); err != nil {
		return nil, err
	}
	asked := asks{}
	if err := state.record(rulesAskedKey, &asked); err != nil {
		return nil, err
	}
	stub.StartWriteBatch()
	if state.values[rulesAskedKey] == nil {
		policy, err := threePolicy()
		if err != nil {
			return nil, err
		}
		for _, key := range []string{rulesKey, rulesAskedKey} {
			if err := stub.SetStateValidationParameter(key, policy); err != nil {
				return nil, fmt.Errorf("write policy: %w", err)
			}
		}
		// A policy on a key that is not there does not hold.
		if err := putRecord(stub, rulesKey, bill.Rules{Organisations: []bill.Organisation{}}); err != nil {
			return nil, fmt.Errorf("write rules: %w", err)
		}
	}
	asked.Asks = slices.DeleteFunc(asked.Asks, func(a ask) bool { return a.By == submitter })
	asked.Asks = append(asked.Asks, ask{submitter, *rules})
	slices.SortFunc(asked.Asks, func(one, other ask) int { return slices.Compare([]string{one.By}, []string{other.By}) })
	inForce := asked.agreeOn(*rules) >= organisationsForRules
	if inForce {
		asked.Asks = []ask{}
		rules.SetDateTime = bill.FormatTime(now)
		if err := putRecord(stub, rulesKey, rules); err != nil {
			return nil, fmt.Errorf("write rules: %w", err)
		}
	}
	if err := putRecord(stub, rulesAskedKey, asked); err != nil {
		return nil, fmt.Errorf("write rules: %w", err)
	}
	answer, err := jcs.Encode(map[string]any{"inForce": inForce})
	if err != nil {
		return nil, err
	}
	return answer, finish(stub, "rules", map[string]any{"by": submitter, "inForce": inForce})
}

func (a asks) agreeOn(rules bill.Rules) int {
	count := 0
	for _, one := range a.Asks {
		if slices.Equal(one.Rules.Organisations, rules.Organisations) && one.Rules.RecoveryDelaySeconds == rules.RecoveryDelaySeconds &&
			one.Rules.RulebookHash == rules.RulebookHash && one.Rules.RulebookVersion == rules.RulebookVersion {
			count++
		}
	}
	return count
}

// getRules answers with the rules in force.
func getRules(stub shim.ChaincodeStubInterface, _ []string) ([]byte, error) {
	state := &reader{}
	state.want(rulesKey)
	if err := state.read(stub); err != nil {
		return nil, err
	}
	rules, err := state.rules()
	if err != nil {
		return nil, err
	}
	return jcs.Marshal(rules)
}

// submittingFounder is the organisation whose client submits: one of the four
// that founded the channel.
func submittingFounder(stub shim.ChaincodeStubInterface) (string, error) {
	submitter, err := submittingOrganisation(stub)
	if err != nil {
		return "", err
	}
	if _, founded := founders[submitter]; !founded {
		return "", bill.Refuse(bill.NotFounder, "%s did not found the channel; three of those that did decide this", submitter)
	}
	return submitter, nil
}
