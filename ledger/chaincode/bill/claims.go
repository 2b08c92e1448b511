package bill

import (
	"slices"
	"strings"
)

// Space is a kind of name that is used once, or by one bill at a time.
type Space string

// The spaces of names.
const (
	SpaceContainer Space = "BOX"    // the live bill, or the bills that share it
	SpacePledge    Space = "PLEDGE" // the bill under which a container is pledged
	SpaceSurrender Space = "SURR"   // the bill that used the reference
	SpacePass      Space = "PASS"   // the bill that used the pass
)

// Claim is a name, and what the ledger is to hold for it; an empty value sets
// the name free.
type Claim struct {
	Space Space
	Name  string
	Value string
}

// shared marks the value of a container that several bills share.
const shared = "PART "

// Under reads what the ledger holds for a container: the bills on it, and
// whether they share it.
func Under(value string) (references []string, isShared bool) {
	rest, isShared := strings.CutPrefix(value, shared)
	return strings.Fields(rest), isShared
}

// unshared are the containers that lie under this bill alone.
func (b *Bill) unshared() []string {
	return slices.DeleteFunc(slices.Clone(b.ContainerKeys), func(key string) bool {
		return slices.Contains(b.PartContainerKeys, key)
	})
}

// checkContainersFree lets a container lie under one live bill only; or, part
// by part, under several that all say so. A replaced bill gives way.
func (t *transition) checkContainersFree(terms IssueTerms) error {
	for _, container := range terms.Containers {
		references, isShared := Under(t.facts.BillOfContainer[container.ContainerKey])
		if container.IsPartContainer && isShared {
			continue
		}
		for _, other := range references {
			if t.facts.Replaced[other] == nil {
				return Refuse(ContainerUnderAnother, "container %s lies under another live bill", container.ContainerKey)
			}
		}
	}
	return nil
}

// Claims are the names that an act takes and sets free. `under` is what the
// ledger holds for the containers that the act touches.
func Claims(after *Bill, act Act, under map[string]string) []Claim {
	var claims []Claim
	claim := func(space Space, value string, names ...string) {
		for _, name := range names {
			claims = append(claims, Claim{Space: space, Name: name, Value: value})
		}
	}
	switch terms := act.Terms.(type) {
	case SurrenderTerms:
		claim(SpaceSurrender, act.Reference, terms.SurrenderRequestReference)
	case AmendmentTerms:
		claim(SpaceSurrender, act.Reference, terms.SurrenderRequestReference)
	case ReleaseTerms:
		claim(SpacePass, act.Reference, terms.PassHash)
	}
	switch act.ActionCode {
	case Issue:
		claim(SpaceContainer, act.Reference, after.unshared()...)
		for _, key := range after.PartContainerKeys {
			claim(SpaceContainer, sharedBy(append(othersOn(under[key], after.Replaces), act.Reference)), key)
		}
	case MakePledge:
		claim(SpacePledge, act.Reference, after.wholeContainers()...)
	case ReleasePledge, Enforce:
		claim(SpacePledge, "", after.wholeContainers()...)
	case Accomplish, SwitchToPaper, DeliverAgainstIndemnity:
		claim(SpaceContainer, "", after.unshared()...)
		for _, key := range after.PartContainerKeys {
			claim(SpaceContainer, sharedBy(othersOn(under[key], []string{act.Reference})), key)
		}
		if act.ActionCode == Accomplish && after.Pledge != nil {
			claim(SpacePledge, "", after.wholeContainers()...)
		}
	}
	return claims
}

func othersOn(value string, but []string) []string {
	references, _ := Under(value)
	return slices.DeleteFunc(references, func(reference string) bool { return slices.Contains(but, reference) })
}

func sharedBy(references []string) string {
	if len(references) == 0 {
		return ""
	}
	return shared + strings.Join(references, " ")
}
