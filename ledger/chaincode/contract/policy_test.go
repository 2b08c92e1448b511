package contract

import (
	"slices"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"
)

// satisfied evaluates a policy as a peer does: from left to right, each
// endorsement counting once.
func satisfied(t *testing.T, policy []byte, endorsers []string) bool {
	t.Helper()
	envelope := &common.SignaturePolicyEnvelope{}
	if err := proto.Unmarshal(policy, envelope); err != nil {
		t.Fatal(err)
	}
	var evaluate func(rule *common.SignaturePolicy, used []bool) bool
	evaluate = func(rule *common.SignaturePolicy, used []bool) bool {
		if several := rule.GetNOutOf(); several != nil {
			met := int32(0)
			for _, part := range several.Rules {
				trial := slices.Clone(used)
				if evaluate(part, trial) {
					met++
					copy(used, trial)
				}
			}
			return met >= several.N
		}
		role := &msp.MSPRole{}
		if err := proto.Unmarshal(envelope.Identities[rule.GetSignedBy()].Principal, role); err != nil || role.Role != msp.MSPRole_PEER {
			t.Fatalf("principal %v (%v)", role, err)
		}
		for i, endorser := range endorsers {
			if endorser == role.MspIdentifier && !used[i] {
				used[i] = true
				return true
			}
		}
		return false
	}
	return evaluate(envelope.Rule, make([]bool, len(endorsers)))
}

// subsets lists every choice of the four organisations, in both orders.
func subsets() [][]string {
	var all [][]string
	for mask := range 1 << len(organisations) {
		var chosen []string
		for i, organisation := range organisations {
			if mask&(1<<i) != 0 {
				chosen = append(chosen, organisation)
			}
		}
		reversed := slices.Clone(chosen)
		slices.Reverse(reversed)
		all = append(all, chosen, reversed)
	}
	return all
}

func TestABillIsEndorsedByOperatorAPortAndThePossessorsOrganisationOrByThree(t *testing.T) {
	for _, vouchedBy := range organisations {
		policy, err := billPolicy(vouchedBy)
		if err != nil {
			t.Fatal(err)
		}
		for _, endorsers := range subsets() {
			aPort := slices.Contains(endorsers, Port) || slices.Contains(endorsers, PartnerPort)
			want := slices.Contains(endorsers, Operator) && aPort && slices.Contains(endorsers, vouchedBy) || len(endorsers) >= 3
			if got := satisfied(t, policy, endorsers); got != want {
				t.Errorf("possessor of %s, endorsed by %v: %v, wanted %v", vouchedBy, endorsers, got, want)
			}
		}
	}
	if _, err := billPolicy(""); err == nil {
		t.Error("nobody has a policy")
	}
	later, err := billPolicy("SecondPortMSP")
	if err != nil {
		t.Fatal(err)
	}
	for _, endorsers := range subsets() {
		aPort := slices.Contains(endorsers, Port) || slices.Contains(endorsers, PartnerPort)
		with := append(slices.Clone(endorsers), "SecondPortMSP")
		if got := satisfied(t, later, with); got != (slices.Contains(endorsers, Operator) && aPort || len(endorsers) >= 3) {
			t.Errorf("possessor of one admitted later, endorsed by %v: %v", with, got)
		}
		if got := satisfied(t, later, endorsers); got != (len(endorsers) >= 3) {
			t.Errorf("possessor of one admitted later, endorsed by %v: %v", endorsers, got)
		}
	}
}

func TestAPartyIsEndorsedByItsVoucherAndOthersOrByThree(t *testing.T) {
	for _, vouchedBy := range organisations {
		policy, err := partyPolicy(vouchedBy)
		if err != nil {
			t.Fatal(err)
		}
		needed := 2
		if vouchedBy == Operator {
			needed = 3
		}
		for _, endorsers := range subsets() {
			want := slices.Contains(endorsers, vouchedBy) && len(endorsers) >= needed || len(endorsers) >= 3
			if got := satisfied(t, policy, endorsers); got != want {
				t.Errorf("party of %s, endorsed by %v: %v, wanted %v", vouchedBy, endorsers, got, want)
			}
		}
	}
	if _, err := partyPolicy(""); err == nil {
		t.Error("nobody has a policy")
	}
	later, err := partyPolicy("SecondPortMSP")
	if err != nil {
		t.Fatal(err)
	}
	if !satisfied(t, later, []string{"SecondPortMSP", Carrier}) || satisfied(t, later, []string{"SecondPortMSP"}) || satisfied(t, later, []string{Port, Carrier}) {
		t.Error("a party of one admitted later has another policy")
	}
}

func TestAPartyHasItsPolicyFromTheFirstWrite(t *testing.T) {
	c := newTable(t)
	for name, member := range cast {
		want, err := partyPolicy(member.vouchedBy)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(c.policies["PARTY_"+c.party(name)], want) {
			t.Errorf("%s has another policy", name)
		}
		three, err := threePolicy()
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(c.policies["RECOVERY_"+c.party(name)], three) || c.state["RECOVERY_"+c.party(name)] == nil {
			t.Errorf("the recoveries of %s have another policy, or none to hold it", name)
		}
	}
}

// Whoever possesses a bill, its own organisation's peer alone, or with any one
// other that is no part of the rule, writes nothing that counts.
func TestInvariant59ABillsKeyWantsMoreThanItsPossessorsOrganisation(t *testing.T) {
	c := issuedTable(t)
	c.do("TRANSFER", "seller", "issuing-bank", nil)
	policy := c.policies["BILL_"+reference]
	for _, alone := range organisations {
		if satisfied(t, policy, []string{alone}) {
			t.Errorf("%s alone changes a bill", alone)
		}
	}
	if satisfied(t, policy, []string{PartnerPort, Carrier}) || satisfied(t, policy, []string{PartnerPort, PartnerPort, PartnerPort}) {
		t.Error("the possessor's organisation changes its bill with the help of one, or of itself")
	}
	if !satisfied(t, policy, []string{Carrier, Port, PartnerPort}) || !satisfied(t, policy, []string{Operator, PartnerPort}) {
		t.Error("who may change a bill cannot")
	}
}

func TestABillsPolicyIsWrittenOnlyWhenThePossessorsOrganisationChanges(t *testing.T) {
	c := issuedTable(t)
	key := "BILL_" + reference
	if c.policies[key] != nil {
		t.Fatal("a bill possessed by a party of the operator has a policy of its own")
	}
	steps := []struct {
		code, actor, recipient string
		written                string // whose policy is written, empty: none
	}{
		{"TRANSFER", "seller", "first-bank", ""},                // operator to operator
		{"TRANSFER", "first-bank", "issuing-bank", PartnerPort}, // to the partner port
		{"ENDORSE_TO_ORDER", "issuing-bank", "buyer", ""},       // possession stays
		{"TRANSFER", "issuing-bank", "buyer", ""},               // same organisation
		{"TRANSFER", "buyer", "carriers-trader", Carrier},
		{"REJECT_TRANSFER", "carriers-trader", "", PartnerPort},
		{"TRANSFER", "buyer", "trader-at-home", Port},
		{"TRANSFER", "trader-at-home", "seller", Operator}, // back: the chaincode's own policy
		{"SIGN", "seller", "", ""},
	}
	for _, step := range steps {
		tx, _ := c.do(step.code, step.actor, step.recipient, nil)
		if step.written == "" {
			if len(tx.policies) != 0 {
				t.Errorf("%s by %s wrote a policy", step.code, step.actor)
			}
			continue
		}
		want, err := billPolicy(step.written)
		if err != nil {
			t.Fatal(err)
		}
		mustHaveKeys(t, step.code+" wrote policies of", keysOf(tx.policies), key)
		if !slices.Equal(tx.policies[key], want) {
			t.Errorf("%s by %s wrote another policy than that of %s", step.code, step.actor, step.written)
		}
	}
}
