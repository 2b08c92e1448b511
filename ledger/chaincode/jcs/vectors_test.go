package jcs

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"
)

func TestTheVectorsOfCanonicalJSON(t *testing.T) {
	text, err := os.ReadFile("../../../proof/vectors/canonical.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the vectors lie in the repository, not beside a copy of the contract")
	}
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Cases []struct {
			Name       string
			Input      string
			InputBytes string
			Canonical  *string
			Refused    bool
		}
	}
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Cases) < 40 {
		t.Fatalf("only %d cases", len(vectors.Cases))
	}
	for _, c := range vectors.Cases {
		input := []byte(c.Input)
		if c.InputBytes != "" {
			if input, err = base64.RawURLEncoding.DecodeString(c.InputBytes); err != nil {
				t.Fatal(err)
			}
		}
		value, err := Parse(input)
		if c.Refused {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%s was read as %v", c.Name, value)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s was refused: %v", c.Name, err)
			continue
		}
		got, err := Encode(value)
		if err != nil || string(got) != *c.Canonical {
			t.Errorf("%s became %s (%v)", c.Name, got, err)
		}
		_, err = ParseCanonical(input)
		if (err == nil) != (string(input) == *c.Canonical) {
			t.Errorf("%s: read as canonical: %v", c.Name, err)
		}
	}
}
