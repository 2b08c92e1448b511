package act_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// wrongWay is one field of an act filled in wrongly.
type wrongWay struct {
	where, what string
	payload     any
}

// Statements of others inside an act are any text to its form, and these
// members may be left out.
var (
	statements = []string{"approval", "receipt", "receipts"}
	optional   = []string{"endorsee", "pickUpParty", "endorseTo", "isPartContainer", "replaces"}
	freeWords  = []string{"channel", "holdReference", "orderReference", "surrenderRequestReference"}
)

func TestEveryFieldFilledInWronglyIsRefusedInOneSentence(t *testing.T) {
	tried := 0
	for name, token := range goodActs(t) {
		parts := strings.Split(token, ".")
		payload := decoded(t, parts[1])
		for _, way := range waysToBeWrong(nil, payload) {
			tried++
			text, err := json.Marshal(way.payload)
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := jcs.Parse(text); err == nil { // what has a canonical form is given in it
				if text, err = jcs.Encode(plain); err != nil {
					t.Fatal(err)
				}
			}
			parts[1] = base64.RawURLEncoding.EncodeToString(text)
			_, err = act.Parse(strings.Join(parts, "."))
			if !errors.Is(err, bill.ActMalformed) {
				t.Errorf("%s: %s, %s: %v", name, way.where, way.what, err)
				continue
			}
			said := err.Error()
			if len(said) > 300 || strings.ContainsFunc(said, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("%s: %s, %s is refused in no clear sentence: %q", name, way.where, way.what, said)
			}
		}
	}
	if tried < 3000 {
		t.Errorf("only %d ways were tried", tried)
	}
	t.Logf("%d acts with one field filled in wrongly", tried)
}

func goodActs(t *testing.T) map[string]string {
	t.Helper()
	var vectors struct {
		Acts []struct{ Name, Act, ActHash string }
	}
	readVectors(t, "acts.json", &vectors)
	good := map[string]string{}
	for _, c := range vectors.Acts {
		if c.ActHash != "" {
			good[c.Name] = c.Act
		}
	}
	return good
}

func decoded(t *testing.T, part string) any {
	t.Helper()
	text, err := act.DecodeBase64(part)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jcs.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// waysToBeWrong lists every field under a value, each filled in wrongly.
func waysToBeWrong(path []string, value any) []wrongWay {
	where := strings.Join(path, ".")
	var ways []wrongWay
	add := func(what string, other any) { ways = append(ways, wrongWay{where, what, other}) }
	if path != nil {
		add("null", nil)
	}
	isStatement := slices.ContainsFunc(path, func(name string) bool { return slices.Contains(statements, name) })
	switch v := value.(type) {
	case map[string]any:
		if path != nil {
			add("a text", "x")
			add("an array", []any{})
		}
		more := maps.Clone(v)
		more["more"] = "x"
		add("a member more", more)
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !slices.Contains(optional, name) {
				less := maps.Clone(v)
				delete(less, name)
				add(name+" missing", less)
			}
			for _, inner := range waysToBeWrong(append(slices.Clone(path), name), v[name]) {
				changed := maps.Clone(v)
				changed[name] = inner.payload
				ways = append(ways, wrongWay{inner.where, inner.what, changed})
			}
		}
	case []any:
		add("empty", []any{})
		add("an object", map[string]any{})
		add("everything twice", append(slices.Clone(v), v...))
		for i := range v {
			for _, inner := range waysToBeWrong(append(slices.Clone(path), fmt.Sprint(i)), v[i]) {
				changed := slices.Clone(v)
				changed[i] = inner.payload
				ways = append(ways, wrongWay{inner.where, inner.what, changed})
			}
		}
	case bool:
		add("a text", "true")
		add("a number", 1)
	case int64:
		add("nothing", 0)
		add("negative", -1)
		add("a fraction", 1.5)
		add("beyond every reader", int64(jcs.MaxInteger)+1)
		add("a text", fmt.Sprint(v))
		add("digits of another language", "١")
		add("a truth", true)
	case string:
		add("a number", 7)
		add("a truth", true)
		add("an array", []any{v})
		add("empty", "")
		if isStatement {
			add("too long", strings.Repeat("x", act.MaxActLength))
			break
		}
		add("too long", v+strings.Repeat("A", 64))
		add("a space before", " "+v)
		add("a line feed after", v+"\n")
		add("a null character", v[:1]+"\x00"+v[1:])
		add("a mark that turns the line", "\u202e"+v)
		add("wide digits", strings.Map(wide, v)+"\uff10")
		if !slices.Contains(freeWords, path[len(path)-1]) {
			add("an unknown word", v+"-")
		}
	}
	return ways
}

// wide writes digits as East Asian typesetting does.
func wide(r rune) rune {
	if '0' <= r && r <= '9' {
		return '\uff10' + r - '0'
	}
	return r
}
