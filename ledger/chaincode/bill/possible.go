package bill

import (
	"errors"
	"time"
)

// Possibility says whether a party may do an act next, as far as the bill
// alone can tell: terms, recipient and signature are judged when it is done.
type Possibility struct {
	ActionCode ActionCode `json:"actionCode"`
	Allowed    bool       `json:"allowed"`
	Message    string     `json:"message"`
	Reason     Reason     `json:"reason"`
}

// Possible lists for every act but ISSUE whether the party may do it next, and
// why not.
func (b *Bill) Possible(actor Party, now time.Time) []Possibility {
	var answers []Possibility
	for _, code := range ActionCodes() {
		if code == Issue {
			continue
		}
		answer := Possibility{ActionCode: code, Allowed: true}
		if err := b.possible(code, actor, now); err != nil {
			answer.Allowed = false
			answer.Message = err.Error()
			var refusal *Refusal
			if errors.As(err, &refusal) {
				answer.Reason, answer.Message = refusal.Reason, refusal.Message
			}
		}
		answers = append(answers, answer)
	}
	return answers
}

func (b *Bill) possible(code ActionCode, actor Party, now time.Time) error {
	if actor.Status != PartyActive {
		return Refuse(PartyNotActive, "party %s is not active", actor.Party)
	}
	m := law.Acts[code]
	if err := m.checkState(b, code); err != nil {
		return err
	}
	if err := actorRules[m.Actor](b, actor, nil); err != nil {
		return err
	}
	switch code {
	case ReleaseMaster:
		if b.MasterReleased {
			return Refuse(AlreadyConfirmed, "the master document was released before")
		}
	case ReleaseTerminal:
		return refuseShut(b.gateOneShut())
	case Accomplish:
		return refuseShut(b.gateTwoShut(now))
	}
	return nil
}
