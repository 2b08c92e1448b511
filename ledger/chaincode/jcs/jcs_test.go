package jcs

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestCanonicalEncoding(t *testing.T) {
	cases := map[string]string{
		`{"b":1,"a":[true,false,null,"x"]}`:         `{"a":[true,false,null,"x"],"b":1}`,
		"\t{ \"a\" :\r\n 0 } ":                      `{"a":0}`,
		`"\u0041\/\u00e9"`:                          `"A/é"`,
		`"\u0000\u0008\u0009\u000A\u000c\r\u001F"`:  `"\u0000\b\t\n\f\r\u001f"`,
		`"\ud83d\ude00"`:                            `"😀"`,
		`"\u2028<>&\u007f"`:                         "\"\u2028<>&\u007f\"",
		`9007199254740991`:                          `9007199254740991`,
		`{"\ufb33":1,"😀":2,"\u20ac":3,"1":4,"é":5}`: "{\"1\":4,\"é\":5,\"€\":3,\"😀\":2,\"\ufb33\":1}",
		`{"":{}}`: `{"":{}}`,
	}
	for text, want := range cases {
		value, err := Parse([]byte(text))
		if err != nil {
			t.Errorf("%s was refused: %v", text, err)
			continue
		}
		got, err := Encode(value)
		if err != nil || string(got) != want {
			t.Errorf("%s became %s (%v), wanted %s", text, got, err, want)
		}
	}
}

func TestWhatTwoReadersCouldReadDifferentlyIsRefused(t *testing.T) {
	deep := strings.Repeat("[", MaxDepth+1) + strings.Repeat("]", MaxDepth+1)
	for _, text := range []string{
		``, ` `, `{`, `[`, `"`, `tru`, `nul`, `x`, `{"a"}`, `{"a":}`, `{"a":1,}`, `[1,]`, `[1 2]`, `{a:1}`, `{} {}`, `1 2`,
		`{"a":1,"a":1}`, `{"a":1,"\u0061":2}`,
		`-1`, `-0`, `01`, `00`, `1.0`, `1e3`, `1E3`, `+1`, `.5`, `9007199254740992`, `99999999999999999999`,
		`"\ud800"`, `"\udc00"`, `"\ud800\u0041"`, `"\ud800x"`, `"\ud800\ud800"`, `"\ud800\`,
		`"\x41"`, `"\u12"`, `"\u12g4"`, `"\`, "\"\n\"", "\"\x00\"", "\"\xff\"", "\"\xed\xa0\x80\"", "\"\xc0\xaf\"",
		"\xef\xbb\xbf{}", deep,
	} {
		if value, err := Parse([]byte(text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%q was read as %v (%v)", text, value, err)
		}
	}
}

func TestSixteenLevelsAreRead(t *testing.T) {
	text := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	if _, err := Parse([]byte(text)); err != nil {
		t.Fatal(err)
	}
}

func TestOnlyTheCanonicalTextIsItself(t *testing.T) {
	for _, text := range []string{
		`{"a":1,"b":2}`, `"é"`, `[]`, `0`,
	} {
		if _, err := ParseCanonical([]byte(text)); err != nil {
			t.Errorf("%s was refused: %v", text, err)
		}
	}
	for _, text := range []string{
		`{"b":2,"a":1}`, `{"a": 1}`, `"\u00e9"`, `"\/"`, `"\u000a"`, `"\u001F"`, ` []`, "[]\n", `"\u0008"`,
	} {
		if _, err := ParseCanonical([]byte(text)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s passed for canonical", text)
		}
	}
}

func TestEncodeRefusesWhatHasNoCanonicalForm(t *testing.T) {
	for _, value := range []any{1.5, 1, int64(-1), int64(MaxInteger + 1), "\xff", []any{struct{}{}}, map[string]any{"\xff": nil}} {
		if text, err := Encode(value); !errors.Is(err, ErrMalformed) {
			t.Errorf("%v became %s", value, text)
		}
	}
}

func FuzzCanonicalTextIsAFixedPoint(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"é",null,true]}`, `"\ud83d\ude00\u0000"`, `[[[]]]`, `9007199254740991`, `{"\ufb33":1,"😀":2}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		value, err := Parse(text)
		if err != nil {
			return
		}
		canonical, err := Encode(value)
		if err != nil {
			t.Fatalf("what was read from %q cannot be written: %v", text, err)
		}
		again, err := ParseCanonical(canonical)
		if err != nil {
			t.Fatalf("%q is not its own canonical text: %v", canonical, err)
		}
		if twice, err := Encode(again); err != nil || !bytes.Equal(twice, canonical) {
			t.Fatalf("%q became %q", canonical, twice)
		}
	})
}
