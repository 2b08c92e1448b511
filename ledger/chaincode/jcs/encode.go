// Package jcs reads and writes the canonical JSON that signatures and hashes
// are taken over: RFC 8785, narrowed to integers from 0 to 2^53-1.
package jcs

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxInteger is the largest number that every reader of JSON agrees on.
const MaxInteger = 1<<53 - 1

// Encode returns the canonical encoding of a value made of nil, bool, string,
// int64, []any and map[string]any.
func Encode(value any) ([]byte, error) {
	return appendValue(nil, value)
}

// Marshal returns the canonical encoding of any value that encoding/json can
// write, such as a struct with tags.
func Marshal(value any) ([]byte, error) {
	plain, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write JSON: %w", err)
	}
	tree, isCanonical, err := read(plain)
	if err != nil {
		return nil, err
	}
	if isCanonical { // as are structs whose members stand in order
		return plain, nil
	}
	return Encode(tree)
}

func appendValue(out []byte, value any) ([]byte, error) {
	switch v := value.(type) {
	case nil:
		return append(out, "null"...), nil
	case bool:
		return strconv.AppendBool(out, v), nil
	case int64:
		if v < 0 || v > MaxInteger {
			return nil, malformed("the number %d is outside 0 to 2^53-1", v)
		}
		return strconv.AppendInt(out, v, 10), nil
	case string:
		return appendText(out, v)
	case []any:
		return appendArray(out, v)
	case map[string]any:
		return appendObject(out, v)
	default:
		return nil, malformed("a %T has no canonical encoding", value)
	}
}

func appendArray(out []byte, items []any) ([]byte, error) {
	out = append(out, '[')
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendValue(out, item); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

func appendObject(out []byte, members map[string]any) ([]byte, error) {
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.SortFunc(names, compareUTF16)
	out = append(out, '{')
	for i, name := range names {
		if i > 0 {
			out = append(out, ',')
		}
		var err error
		if out, err = appendText(out, name); err != nil {
			return nil, err
		}
		out = append(out, ':')
		if out, err = appendValue(out, members[name]); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

func appendText(out []byte, text string) ([]byte, error) {
	if !utf8.ValidString(text) {
		return nil, malformed("a text is not UTF-8")
	}
	out = append(out, '"')
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, `\b`...)
		case '\t':
			out = append(out, `\t`...)
		case '\n':
			out = append(out, `\n`...)
		case '\f':
			out = append(out, `\f`...)
		case '\r':
			out = append(out, `\r`...)
		default:
			if c < 0x20 {
				out = fmt.Appendf(out, `\u%04x`, c)
			} else {
				out = append(out, c)
			}
		}
	}
	return append(out, '"'), nil
}

// compareUTF16 orders member names as RFC 8785 does, by UTF-16 code units:
// it differs from the order of bytes above U+FFFF.
func compareUTF16(a, b string) int {
	if isASCII(a) && isASCII(b) {
		return strings.Compare(a, b)
	}
	return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
}

func isASCII(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
