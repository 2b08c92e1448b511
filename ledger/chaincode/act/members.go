package act

import (
	"fmt"
	"regexp"
	"time"

	"onebill/ledger/chaincode/bill"
)

// The forms of act.md section 1.
var (
	anyText       = regexp.MustCompile(`^(?s:.*)$`)
	someText      = regexp.MustCompile(`^(?s:.+)$`)
	channelForm   = regexp.MustCompile(`^[a-z0-9.-]{1,64}$`)
	billForm      = regexp.MustCompile(`^OB[A-Z2-7]{16}$`)
	partyForm     = regexp.MustCompile(`^P[A-Z2-7]{26}$`)
	hexForm       = regexp.MustCompile(`^[0-9a-f]{64}$`)
	keyIDForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$`) // 32 bytes, no spare bit set
	referenceForm = regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)
	mspForm       = regexp.MustCompile(`^[A-Za-z0-9.-]{1,64}$`)
	dateForm      = regexp.MustCompile(`^2[0-9]{3}-[0-9]{2}-[0-9]{2}$`)
)

// IsBillReference says whether text has the form of a bill reference.
func IsBillReference(text string) bool { return billForm.MatchString(text) }

// IsParty says whether text has the form of a party id.
func IsParty(text string) bool { return partyForm.MatchString(text) }

// members reads an object strictly: every member is asked for once, in its
// type and form, and none is left over. The first failure is kept.
type members struct {
	values map[string]any
	read   map[string]bool
	err    error
}

func membersOf(object map[string]any) *members {
	return &members{values: object, read: map[string]bool{}}
}

func (m *members) fail(format string, values ...any) {
	if m.err == nil {
		m.err = fmt.Errorf(format, values...)
	}
}

func (m *members) has(name string) bool {
	_, present := m.values[name]
	return present
}

func (m *members) take(name string) any {
	value, present := m.values[name]
	if !present {
		m.fail("%s is missing", name)
	}
	m.read[name] = true
	return value
}

// done reports the first failure, and a member that nobody asked for.
func (m *members) done() error {
	if m.err != nil {
		return m.err
	}
	for name := range m.values {
		if !m.read[name] {
			return fmt.Errorf("%q is not a member here", name)
		}
	}
	return nil
}

func (m *members) text(name string, form *regexp.Regexp) string {
	return m.asText(name, m.take(name), form)
}

func (m *members) asText(name string, value any, form *regexp.Regexp) string {
	text, ok := value.(string)
	if !ok || !form.MatchString(text) {
		m.fail("%s has not the form it should have", name)
		return ""
	}
	return text
}

func (m *members) optionalText(name string, form *regexp.Regexp) string {
	if !m.has(name) {
		return ""
	}
	return m.text(name, form)
}

func (m *members) party(name string) bill.PartyID {
	return bill.PartyID(m.text(name, partyForm))
}

func (m *members) optionalParty(name string) bill.PartyID {
	return bill.PartyID(m.optionalText(name, partyForm))
}

func (m *members) oneOf(name string, words ...string) string {
	text := m.text(name, anyText)
	for _, word := range words {
		if text == word {
			return text
		}
	}
	m.fail("%s is none of the words it may be", name)
	return ""
}

// positive reads an integer from 1.
func (m *members) positive(name string) int64 {
	number, ok := m.take(name).(int64)
	if !ok || number < 1 {
		m.fail("%s is not an integer from 1", name)
		return 0
	}
	return number
}

func (m *members) boolean(name string) bool {
	truth, ok := m.take(name).(bool)
	if !ok {
		m.fail("%s is not true or false", name)
	}
	return truth
}

func (m *members) time(name string) time.Time {
	at, err := bill.ParseTime(m.text(name, anyText))
	if err != nil {
		m.fail("%s is not a time YYYY-MM-DDThh:mm:ssZ", name)
	}
	return at
}

func (m *members) date(name string) string {
	text := m.text(name, dateForm)
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		m.fail("%s is not a date YYYY-MM-DD", name)
	}
	return text
}

func (m *members) object(name string) *members {
	object, ok := m.take(name).(map[string]any)
	if !ok {
		m.fail("%s is not an object", name)
	}
	return membersOf(object)
}

// list reads an array of least to most items.
func (m *members) list(name string, least, most int) []any {
	items, ok := m.take(name).([]any)
	if !ok || len(items) < least || len(items) > most {
		m.fail("%s is not an array of %d to %d items", name, least, most)
		return nil
	}
	return items
}

// texts reads an array of different texts of one form.
func (m *members) texts(name string, least, most int, form *regexp.Regexp) []string {
	var texts []string
	seen := map[string]bool{}
	for _, item := range m.list(name, least, most) {
		text := m.asText(name, item, form)
		if seen[text] {
			m.fail("%s names one thing twice", name)
		}
		seen[text] = true
		texts = append(texts, text)
	}
	return texts
}
