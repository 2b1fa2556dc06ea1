package pyval

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	// MaxDepth bounds the nesting of arrays and objects; Python itself gives up near 1,000.
	MaxDepth = 512
	// maxIntDigits is Python's own limit for reading an integer.
	maxIntDigits = 4300
)

// Parse reads one JSON text as Python's json.loads does: NaN, Infinity and -Infinity are numbers, the last of several equal
// keys wins at the place of the first. Stricter than Python in one point: a lone surrogate (\ud800) is refused, since such a
// string has no UTF-8 form and so no hash. Memory stays proportional to the input.
func Parse(data []byte) (any, error) {
	p := parser{data: data}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos != len(p.data) {
		return nil, p.errorf("more text after the end of the value")
	}
	return v, nil
}

type parser struct {
	data []byte
	pos  int
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("json: byte %d of %d: %s", p.pos, len(p.data), fmt.Sprintf(format, args...))
}

func (p *parser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\n', '\r':
			p.pos++
		default:
			return
		}
	}
}

func (p *parser) word(s string) bool {
	if len(p.data)-p.pos < len(s) || string(p.data[p.pos:p.pos+len(s)]) != s {
		return false
	}
	p.pos += len(s)
	return true
}

func (p *parser) value(depth int) (any, error) {
	if depth > MaxDepth {
		return nil, p.errorf("nested deeper than %d", MaxDepth)
	}
	if p.pos >= len(p.data) {
		return nil, p.errorf("want a value, the text ends")
	}
	switch c := p.data[p.pos]; {
	case c == '"':
		return p.str()
	case c == '{':
		return p.object(depth)
	case c == '[':
		return p.array(depth)
	case c == 't' && p.word("true"):
		return true, nil
	case c == 'f' && p.word("false"):
		return false, nil
	case c == 'n' && p.word("null"):
		return nil, nil
	case c == 'N' && p.word("NaN"):
		return math.NaN(), nil
	case c == 'I' && p.word("Infinity"):
		return math.Inf(1), nil
	case c == '-' && p.word("-Infinity"):
		return math.Inf(-1), nil
	case c == '-' || c >= '0' && c <= '9':
		return p.number()
	default:
		return nil, p.errorf("want a value, have %q", rune(c))
	}
}

func (p *parser) object(depth int) (any, error) {
	p.pos++
	d := new(Dict)
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == '}' {
		p.pos++
		return d, nil
	}
	for {
		p.space()
		if p.pos >= len(p.data) || p.data[p.pos] != '"' {
			return nil, p.errorf("want a key in double quotes")
		}
		key, err := p.str()
		if err != nil {
			return nil, err
		}
		p.space()
		if p.pos >= len(p.data) || p.data[p.pos] != ':' {
			return nil, p.errorf("want ':' after key %q", key)
		}
		p.pos++
		p.space()
		val, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		d.Set(key, val)
		if done, err := p.next('}'); err != nil || done {
			return d, err
		}
	}
}

func (p *parser) array(depth int) (any, error) {
	p.pos++
	list := []any{}
	p.space()
	if p.pos < len(p.data) && p.data[p.pos] == ']' {
		p.pos++
		return list, nil
	}
	for {
		p.space()
		val, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, val)
		if done, err := p.next(']'); err != nil || done {
			return list, err
		}
	}
}

// next consumes ',' (more follows) or the closing bracket (done).
func (p *parser) next(closing byte) (done bool, err error) {
	p.space()
	if p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ',':
			p.pos++
			return false, nil
		case closing:
			p.pos++
			return true, nil
		}
	}
	return false, p.errorf("want ',' or %q", rune(closing))
}

func (p *parser) number() (any, error) {
	start := p.pos
	digits := func() int {
		n := 0
		for p.pos < len(p.data) && p.data[p.pos] >= '0' && p.data[p.pos] <= '9' {
			p.pos++
			n++
		}
		return n
	}
	if p.data[p.pos] == '-' {
		p.pos++
	}
	first := p.pos
	n := digits()
	if n == 0 || n > 1 && p.data[first] == '0' {
		return nil, p.errorf("malformed number")
	}
	float := false
	if p.pos < len(p.data) && p.data[p.pos] == '.' {
		p.pos++
		float = true
		if digits() == 0 {
			return nil, p.errorf("no digit after the decimal point")
		}
	}
	if p.pos < len(p.data) && (p.data[p.pos] == 'e' || p.data[p.pos] == 'E') {
		p.pos++
		float = true
		if p.pos < len(p.data) && (p.data[p.pos] == '+' || p.data[p.pos] == '-') {
			p.pos++
		}
		if digits() == 0 {
			return nil, p.errorf("no digit in the exponent")
		}
	}
	text := string(p.data[start:p.pos])
	if float {
		f, _ := strconv.ParseFloat(text, 64) // out of range gives ±Inf, as in Python
		return f, nil
	}
	if i, err := strconv.ParseInt(text, 10, 64); err == nil {
		return i, nil
	}
	if n > maxIntDigits {
		return nil, p.errorf("integer of %d digits, at most %d", n, maxIntDigits)
	}
	b, _ := new(big.Int).SetString(text, 10)
	return b, nil
}

func (p *parser) str() (string, error) {
	p.pos++
	start := p.pos
	for p.pos < len(p.data) { // the usual string has no escapes: one copy
		c := p.data[p.pos]
		if c == '"' {
			s := p.data[start:p.pos]
			if !utf8.Valid(s) {
				return "", p.errorf("string is not UTF-8")
			}
			p.pos++
			return string(s), nil
		}
		if c == '\\' {
			break
		}
		if c < 0x20 {
			return "", p.errorf("control character %#02x in a string", c)
		}
		p.pos++
	}
	out := append(make([]byte, 0, 2*(p.pos-start)+16), p.data[start:p.pos]...)
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		switch {
		case c == '"':
			if !utf8.Valid(out) {
				return "", p.errorf("string is not UTF-8")
			}
			p.pos++
			return string(out), nil
		case c < 0x20:
			return "", p.errorf("control character %#02x in a string", c)
		case c != '\\':
			out = append(out, c)
			p.pos++
		default:
			var err error
			if out, err = p.escape(out); err != nil {
				return "", err
			}
		}
	}
	return "", p.errorf("string without end")
}

func (p *parser) escape(out []byte) ([]byte, error) {
	if p.pos+1 >= len(p.data) {
		return nil, p.errorf("string ends in an escape")
	}
	c := p.data[p.pos+1]
	p.pos += 2
	switch c {
	case '"', '\\', '/':
		return append(out, c), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case 'n':
		return append(out, '\n'), nil
	case 'r':
		return append(out, '\r'), nil
	case 't':
		return append(out, '\t'), nil
	case 'u':
		r, err := p.hex4()
		if err != nil {
			return nil, err
		}
		if utf16.IsSurrogate(r) {
			if !p.word(`\u`) {
				return nil, p.errorf("lone surrogate %#04x", r)
			}
			low, err := p.hex4()
			if err != nil {
				return nil, err
			}
			full := utf16.DecodeRune(r, low)
			if full == utf8.RuneError {
				return nil, p.errorf("lone surrogate %#04x", r)
			}
			r = full
		}
		return utf8.AppendRune(out, r), nil
	default:
		return nil, p.errorf("unknown escape \\%c", c)
	}
}

func (p *parser) hex4() (rune, error) {
	if len(p.data)-p.pos < 4 {
		return 0, p.errorf("\\u wants 4 hex digits")
	}
	var r rune
	for _, c := range p.data[p.pos : p.pos+4] {
		switch {
		case c >= '0' && c <= '9':
			r = r<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			r = r<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, p.errorf("\\u wants 4 hex digits")
		}
	}
	p.pos += 4
	return r, nil
}
