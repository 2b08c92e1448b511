package act

import (
	"cmp"
	"slices"

	"onebill/ledger/chaincode/bill"
)

const (
	longestRecoveryDelay = 365 * 24 * 3600
	maxOrganisations     = 64
)

// ParseRules reads the channel's rules as an organisation asks for them.
func ParseRules(text string) (*bill.Rules, error) {
	object, err := parseObject([]byte(text))
	if err != nil {
		return nil, bill.Refuse(bill.RulesMalformed, "these are not rules: %v", err)
	}
	m := membersOf(object)
	rules := &bill.Rules{
		RecoveryDelaySeconds: m.positive("recoveryDelaySeconds"),
		RulebookHash:         m.text("rulebookHash", hexForm),
		RulebookVersion:      m.positive("rulebookVersion"),
	}
	for _, item := range m.list("organisations", 1, maxOrganisations) {
		organisation, ok := item.(map[string]any)
		if !ok {
			m.fail("organisations has an item that is not an object")
			break
		}
		inner := membersOf(organisation)
		rules.Organisations = append(rules.Organisations, bill.Organisation{
			Kind:  bill.OrganisationKind(inner.oneOf("kind", string(bill.KindOperator), string(bill.KindCarrier), string(bill.KindPort))),
			MSPID: inner.text("mspId", mspForm),
		})
		if err := inner.done(); err != nil {
			m.fail("organisations: %v", err)
		}
	}
	if err := m.done(); err != nil {
		return nil, bill.Refuse(bill.RulesMalformed, "the rules are not well formed: %v", err)
	}
	byName := func(one, other bill.Organisation) int { return cmp.Compare(one.MSPID, other.MSPID) }
	if !slices.IsSortedFunc(rules.Organisations, byName) {
		return nil, bill.Refuse(bill.RulesMalformed, "the organisations do not stand in their order")
	}
	for i := range rules.Organisations[1:] {
		if rules.Organisations[i].MSPID == rules.Organisations[i+1].MSPID {
			return nil, bill.Refuse(bill.RulesMalformed, "%s stands there twice", rules.Organisations[i].MSPID)
		}
	}
	if rules.RecoveryDelaySeconds > longestRecoveryDelay {
		return nil, bill.Refuse(bill.RulesMalformed, "a recovery takes effect within a year")
	}
	return rules, nil
}
