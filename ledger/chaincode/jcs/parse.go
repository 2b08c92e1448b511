package jcs

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxDepth is how many arrays and objects may lie inside one another.
const MaxDepth = 16

// ErrMalformed is what every error of this package wraps.
var ErrMalformed = errors.New("not canonical JSON")

func malformed(format string, values ...any) error {
	return fmt.Errorf("%w: %s", ErrMalformed, fmt.Sprintf(format, values...))
}

// Parse reads one JSON value. It refuses what two readers could understand
// differently: duplicate members, lone surrogates, numbers that are not
// integers from 0 to 2^53-1, nesting beyond MaxDepth, text that is not UTF-8.
func Parse(text []byte) (any, error) {
	value, _, err := read(text)
	return value, err
}

// ParseCanonical reads a JSON value that must equal its own encoding.
func ParseCanonical(text []byte) (any, error) {
	value, isCanonical, err := read(text)
	if err != nil {
		return nil, err
	}
	if !isCanonical {
		return nil, malformed("the text differs from its canonical encoding")
	}
	return value, nil
}

// read returns the value, and whether the text is what Encode writes for it:
// it is seen in passing, since every act is read by every endorser.
func read(text []byte) (value any, isCanonical bool, err error) {
	p := parser{text: text}
	p.skipSpace()
	value, err = p.value(0)
	if err != nil {
		return nil, false, err
	}
	p.skipSpace()
	if p.at != len(text) {
		return nil, false, malformed("something follows the value at byte %d", p.at)
	}
	return value, !p.strays, nil
}

type parser struct {
	text   []byte
	at     int
	strays bool // something was spelled otherwise than Encode spells it
}

func (p *parser) skipSpace() {
	for p.at < len(p.text) {
		switch p.text[p.at] {
		case ' ', '\t', '\n', '\r':
			p.at++
			p.strays = true
		default:
			return
		}
	}
}

// take moves past c if it comes next.
func (p *parser) take(c byte) bool {
	if p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *parser) word(word string, value any) (any, error) {
	if !bytes.HasPrefix(p.text[p.at:], []byte(word)) {
		return nil, malformed("no value at byte %d", p.at)
	}
	p.at += len(word)
	return value, nil
}

func (p *parser) value(depth int) (any, error) {
	if p.at == len(p.text) {
		return nil, malformed("the text ends too early")
	}
	switch c := p.text[p.at]; {
	case c == '{' || c == '[':
		if depth == MaxDepth {
			return nil, malformed("nested deeper than %d", MaxDepth)
		}
		p.at++
		if c == '{' {
			return p.object(depth + 1)
		}
		return p.array(depth + 1)
	case c == '"':
		p.at++
		return p.string()
	case c == 't':
		return p.word("true", true)
	case c == 'f':
		return p.word("false", false)
	case c == 'n':
		return p.word("null", nil)
	default:
		return p.integer()
	}
}

func (p *parser) object(depth int) (any, error) {
	members := map[string]any{}
	p.skipSpace()
	if p.take('}') {
		return members, nil
	}
	before := ""
	for {
		p.skipSpace()
		if !p.take('"') {
			return nil, malformed("no member name at byte %d", p.at)
		}
		name, err := p.string()
		if err != nil {
			return nil, err
		}
		if compareUTF16(before, name) > 0 {
			p.strays = true
		}
		before = name
		if _, seen := members[name]; seen {
			return nil, malformed("the member %q stands twice", name)
		}
		p.skipSpace()
		if !p.take(':') {
			return nil, malformed("no colon at byte %d", p.at)
		}
		p.skipSpace()
		if members[name], err = p.value(depth); err != nil {
			return nil, err
		}
		p.skipSpace()
		if p.take('}') {
			return members, nil
		}
		if !p.take(',') {
			return nil, malformed("an object is not closed at byte %d", p.at)
		}
	}
}

func (p *parser) array(depth int) (any, error) {
	items := []any{}
	p.skipSpace()
	if p.take(']') {
		return items, nil
	}
	for {
		p.skipSpace()
		item, err := p.value(depth)
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		p.skipSpace()
		if p.take(']') {
			return items, nil
		}
		if !p.take(',') {
			return nil, malformed("an array is not closed at byte %d", p.at)
		}
	}
}

func (p *parser) integer() (any, error) {
	start := p.at
	var number int64
	for p.at < len(p.text) && '0' <= p.text[p.at] && p.text[p.at] <= '9' {
		number = number*10 + int64(p.text[p.at]-'0')
		if number > MaxInteger {
			return nil, malformed("a number is above 2^53-1")
		}
		p.at++
	}
	switch {
	case p.at == start:
		return nil, malformed("no value at byte %d", start)
	case p.text[start] == '0' && p.at > start+1:
		return nil, malformed("a number begins with 0")
	case p.at < len(p.text) && bytes.IndexByte([]byte(".eE+-"), p.text[p.at]) >= 0:
		return nil, malformed("a number is not an integer from 0 to 2^53-1")
	}
	return number, nil
}

func (p *parser) string() (string, error) {
	for at := p.at; at < len(p.text); at++ { // most texts have nothing to spell
		c := p.text[at]
		if c == '"' {
			plain := string(p.text[p.at:at])
			p.at = at + 1
			return plain, nil
		}
		if c == '\\' || c < 0x20 || c >= utf8.RuneSelf {
			break
		}
	}
	var out []byte
	for p.at < len(p.text) {
		c := p.text[p.at]
		switch {
		case c == '"':
			p.at++
			return string(out), nil
		case c == '\\':
			begin := p.at
			p.at++
			escaped, err := p.escape()
			if err != nil {
				return "", err
			}
			out = utf8.AppendRune(out, escaped)
			p.strays = p.strays || !isSpelled(escaped, p.text[begin:p.at])
		case c < 0x20:
			return "", malformed("a bare control character at byte %d", p.at)
		case c < utf8.RuneSelf:
			out = append(out, c)
			p.at++
		default:
			r, size := utf8.DecodeRune(p.text[p.at:])
			if r == utf8.RuneError && size == 1 {
				return "", malformed("not UTF-8 at byte %d", p.at)
			}
			out = append(out, p.text[p.at:p.at+size]...)
			p.at += size
		}
	}
	return "", malformed("a text is not closed")
}

// isSpelled says whether Encode spells the character so.
func isSpelled(character rune, escape []byte) bool {
	canonical, err := appendText(nil, string(character))
	return err == nil && bytes.Equal(canonical[1:len(canonical)-1], escape)
}

var shortEscapes = map[byte]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

func (p *parser) escape() (rune, error) {
	if p.at == len(p.text) {
		return 0, malformed("a text is not closed")
	}
	c := p.text[p.at]
	p.at++
	if short, known := shortEscapes[c]; known {
		return short, nil
	}
	if c != 'u' {
		return 0, malformed("an unknown escape at byte %d", p.at-1)
	}
	first, err := p.codeUnit()
	if err != nil || !utf16.IsSurrogate(first) {
		return first, err
	}
	if !p.take('\\') || !p.take('u') {
		return 0, malformed("a lone surrogate")
	}
	second, err := p.codeUnit()
	if err != nil {
		return 0, err
	}
	pair := utf16.DecodeRune(first, second)
	if pair == utf8.RuneError {
		return 0, malformed("a lone surrogate")
	}
	return pair, nil
}

func (p *parser) codeUnit() (rune, error) {
	if len(p.text)-p.at < 4 {
		return 0, malformed("a text is not closed")
	}
	var unit rune
	for _, c := range p.text[p.at : p.at+4] {
		switch {
		case '0' <= c && c <= '9':
			unit = unit<<4 | rune(c-'0')
		case 'a' <= c && c <= 'f':
			unit = unit<<4 | rune(c-'a'+10)
		case 'A' <= c && c <= 'F':
			unit = unit<<4 | rune(c-'A'+10)
		default:
			return 0, malformed("an escape without four digits")
		}
	}
	p.at += 4
	return unit, nil
}
