// Package bill is the law of the electronic bill of lading: who may do what to
// it, and when. It knows no ledger, no clock and no network.
//
// A bill is born by ISSUE: the first possessor holds it, and the title is with
// the endorsee, with the consignee, or, blank, with whoever possesses it. The
// possessor transfers possession; who has title and possession endorses. Who
// receives a bill may send it straight back. Surrendered, it lies still until
// the issuer or the delivery agent answers; accepted, it waits for its two
// gates: the terminal's, and the hand-over that accomplishes it.
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
	Actor      actorRule     `json:"actor"`
	Recipient  recipientRule `json:"recipient"`
	To         State         `json:"to"`
	Possession string        `json:"possession"`
	Title      string        `json:"title"`
	Effect     effect        `json:"effect"`
}

type lawTable struct {
	States   []State             `json:"states"`
	Terminal []State             `json:"terminal"`
	Acts     map[ActionCode]move `json:"acts"`
}

const stateSame = "SAME"

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
		toKnown := m.To == stateSame || slices.Contains(table.States, m.To)
		_, possessionKnown := possessionRules[m.Possession]
		_, titleKnown := titleRules[m.Title]
		if !actorKnown || !recipientKnown || !effectKnown || !toKnown || !possessionKnown || !titleKnown {
			panic(fmt.Sprintf("law.json: the rule of %s names what no code keeps", code))
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

// checkState refuses an act that the law does not allow in the bill's state.
func (m move) checkState(b *Bill, code ActionCode) error {
	if slices.Contains(law.Terminal, b.State) {
		return Refuse(Closed, "bill %s is %s; nothing more can be done with it", b.TransportDocumentReference, b.State)
	}
	if !slices.Contains(m.From, b.State) {
		return Refuse(WrongState, "%s is not possible while bill %s is %s", code, b.TransportDocumentReference, b.State)
	}
	return nil
}
