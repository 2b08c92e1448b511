// Package bill is the law of the electronic bill of lading: who may do what to
// it, and when. It knows no ledger, no clock and no network.
//
// A bill is born by ISSUE: the first possessor holds it, and the title is with
// the endorsee, with the consignee, or, blank, with whoever possesses it. The
// possessor transfers possession; who has title and possession endorses. Who
// receives a bill may send it straight back. Surrendered, it lies still until
// the issuer or the delivery agent answers; accepted, it waits for its two
// gates: the terminal's, and the hand-over that accomplishes it. Surrendered
// for amendment it ends, and others that name it take its place.
package bill

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
)

//go:embed law.json
var lawText []byte

// move is one line of the table of moves: from where, by whom, to whom, and
// what becomes of state, possession and title.
type move struct {
	From       []State       `json:"from"`
	FromSWB    []State       `json:"fromSeaWaybill"` // where a sea waybill can also be
	Actor      actorRule     `json:"actor"`
	Recipient  recipientRule `json:"recipient"`
	To         State         `json:"to"`
	Possession string        `json:"possession"`
	Title      string        `json:"title"`
	Effect     effect        `json:"effect"`
}

// restriction leaves only some acts possible while a condition lasts.
type restriction struct {
	Condition string       `json:"condition"`
	Acts      []ActionCode `json:"acts"`
}

type lawTable struct {
	States   []State                     `json:"states"`
	Terminal []State                     `json:"terminal"`
	While    []restriction               `json:"while"`
	FourEyes []ActionCode                `json:"countersigned"`
	Vouching map[Role][]OrganisationKind `json:"vouching"`
	Acts     map[ActionCode]move         `json:"acts"`
}

const (
	stateSame        = "SAME"
	stateSurrendered = "SURRENDERED" // for what the pending surrender asks
)

var law = mustReadLaw(lawText)

// mustReadLaw stops the program where the table names a rule that no code
// keeps: a law read in part is no law.
func mustReadLaw(text []byte) lawTable {
	var table lawTable
	if err := json.Unmarshal(text, &table); err != nil {
		panic(fmt.Sprintf("law.json: %v", err))
	}
	for code, m := range table.Acts {
		_, actorKnown := actorRules[m.Actor]
		_, recipientKnown := recipientRules[m.Recipient]
		_, effectKnown := effects[m.Effect]
		toKnown := m.To == stateSame || m.To == stateSurrendered || slices.Contains(table.States, m.To)
		_, possessionKnown := possessionRules[m.Possession]
		_, titleKnown := titleRules[m.Title]
		if !actorKnown || !recipientKnown || !effectKnown || !toKnown || !possessionKnown || !titleKnown {
			panic(fmt.Sprintf("law.json: the rule of %s names what no code keeps", code))
		}
	}
	for _, code := range table.FourEyes {
		if _, known := table.Acts[code]; !known {
			panic(fmt.Sprintf("law.json: %s is countersigned, and is no act", code))
		}
	}
	for _, role := range Roles {
		if len(table.Vouching[role]) == 0 {
			panic(fmt.Sprintf("law.json: nobody vouches for the role %s", role))
		}
	}
	for _, r := range table.While {
		if _, known := conditions[r.Condition]; !known {
			panic(fmt.Sprintf("law.json: no code knows the condition %s", r.Condition))
		}
		for _, code := range r.Acts {
			if _, known := table.Acts[code]; !known {
				panic(fmt.Sprintf("law.json: %s allows %s, which is no act", r.Condition, code))
			}
		}
	}
	return table
}

// States lists the states of a bill.
func States() []State { return slices.Clone(law.States) }

// ActionCodes lists the acts of the law in alphabetical order.
func ActionCodes() []ActionCode {
	codes := make([]ActionCode, 0, len(law.Acts))
	for code := range law.Acts {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	return codes
}

// NeedsFourEyes says whether acts of this code are countersigned where the
// actor has an approver.
func (code ActionCode) NeedsFourEyes() bool { return slices.Contains(law.FourEyes, code) }

// checkState refuses an act that the law does not allow in the bill's state.
func (m move) checkState(b *Bill, code ActionCode) error {
	if slices.Contains(law.Terminal, b.State) {
		return Refuse(Closed, "bill %s is %s; nothing more can be done with it", b.TransportDocumentReference, b.State)
	}
	possible := slices.Contains(m.From, b.State) ||
		b.TransportDocumentTypeCode == SeaWaybill && slices.Contains(m.FromSWB, b.State)
	if !possible {
		return Refuse(WrongState, "%s is not possible while bill %s is %s", code, b.TransportDocumentReference, b.State)
	}
	for _, r := range law.While {
		if c := conditions[r.Condition]; c.holds(b) && !slices.Contains(r.Acts, code) {
			return Refuse(c.reason, "%s is not possible: %s", code, c.because)
		}
	}
	return nil
}

// condition is something that lasts and leaves only some acts possible.
type condition struct {
	holds   func(b *Bill) bool
	reason  Reason
	because string
}

var conditions = map[string]condition{
	"ORDERED": {
		func(b *Bill) bool { return len(b.Orders) > 0 },
		OrderInForce, "an order of a court or authority keeps the bill as it is",
	},
	"PRESENTED": {
		func(b *Bill) bool { return b.Presentation != nil },
		PresentationOpen, "the bank has not answered the presentation",
	},
	"PLEDGED": {
		func(b *Bill) bool { return b.Pledge != nil && b.Pledge.Trustee == "" },
		Pledged, "the bill is pledged",
	},
	"ON_TRUST": {
		func(b *Bill) bool { return b.Pledge != nil && b.Pledge.Trustee != "" },
		Pledged, "the pledged bill is released on trust, for surrender alone",
	},
}

// after is the state into which the act moves the bill.
func (m move) after(b *Bill) State {
	switch {
	case m.To == stateSame:
		return b.State
	case m.To == stateSurrendered && b.State == PendingAmendment:
		return SurrenderedForAmendment
	case m.To == stateSurrendered:
		return Surrendered
	}
	return m.To
}
