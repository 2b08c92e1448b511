package jcs_test

import (
	"bytes"
	"testing"

	"onebill/ledger/chaincode/jcs"
)

// FuzzParse: whatever the bytes, a value is read or refused; what is read has
// one canonical text, which reads back as itself.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1,"b":[true,null,"x"]}`, `{"a":1,"a":2}`, `"\ud83d\ude00"`, `"\ud800"`, `9007199254740991`,
		`9007199254740992`, `1.0`, `-1`, `{"é":"\u0000"}`, ` [ ] `, `[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]`, "\"\xff\"", "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := jcs.Parse(text)
		if err != nil {
			return
		}
		canonical, err := jcs.Encode(value)
		if err != nil {
			t.Fatalf("%q is read and cannot be written: %v", text, err)
		}
		again, err := jcs.ParseCanonical(canonical)
		if err != nil {
			t.Fatalf("%q is not its own canonical text: %v", canonical, err)
		}
		twice, err := jcs.Encode(again)
		if err != nil || !bytes.Equal(twice, canonical) {
			t.Fatalf("%q becomes %q", canonical, twice)
		}
		if bytes.Equal(canonical, text) {
			return
		}
		if _, err := jcs.ParseCanonical(text); err == nil {
			t.Fatalf("%q passes for %q", text, canonical)
		}
	})
}
