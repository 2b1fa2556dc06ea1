package pyval

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// ErrNotFinite says that a NaN or an infinity has no place in strict JSON.
var ErrNotFinite = errors.New("number is not finite, JSON has no form for it")

// style is how a JSON text is laid out.
type style struct {
	comma, colon string
	ascii        bool // escape everything beyond ASCII
	strict       bool // refuse NaN and infinities
}

var (
	dumps   = style{comma: ", ", colon: ": ", ascii: true}
	compact = style{comma: ",", colon: ":", strict: true}
)

// AppendDumps appends what Python's json.dumps(v) gives: a space after ',' and ':', ASCII only.
func AppendDumps(b []byte, v any) ([]byte, error) { return dumps.append(b, v) }

// AppendCompact appends the form in which Python web servers answer: no spaces, UTF-8 kept, NaN and infinities refused with
// ErrNotFinite.
func AppendCompact(b []byte, v any) ([]byte, error) { return compact.append(b, v) }

func (s style) append(b []byte, v any) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case nil:
		return append(b, "null"...), nil
	case bool:
		return strconv.AppendBool(b, v), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case *big.Int:
		return v.Append(b, 10), nil
	case float64:
		switch {
		case s.strict && (math.IsNaN(v) || math.IsInf(v, 0)):
			return nil, fmt.Errorf("%v: %w", v, ErrNotFinite)
		case math.IsNaN(v):
			return append(b, "NaN"...), nil
		case math.IsInf(v, 1):
			return append(b, "Infinity"...), nil
		case math.IsInf(v, -1):
			return append(b, "-Infinity"...), nil
		}
		return AppendFloat(b, v), nil
	case string:
		return s.appendString(b, v), nil
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, s.comma...)
			}
			if b, err = s.append(b, e); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case *Dict:
		b = append(b, '{')
		for i, k := range v.keys {
			if i > 0 {
				b = append(b, s.comma...)
			}
			b = append(s.appendString(b, k), s.colon...)
			if b, err = s.append(b, v.vals[i]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	default:
		return nil, fmt.Errorf("%T is not one of this package's values; use Of", v)
	}
}

const hexDigits = "0123456789abcdef"

func (s style) appendString(b []byte, t string) []byte {
	b = append(b, '"')
	for i := 0; i < len(t); {
		c := t[i]
		if c < utf8.RuneSelf {
			i++
			switch {
			case c == '"' || c == '\\':
				b = append(b, '\\', c)
			case c == '\n':
				b = append(b, `\n`...)
			case c == '\r':
				b = append(b, `\r`...)
			case c == '\t':
				b = append(b, `\t`...)
			case c == '\b':
				b = append(b, `\b`...)
			case c == '\f':
				b = append(b, `\f`...)
			case c < 0x20 || c == 0x7f && s.ascii:
				b = appendU4(b, rune(c))
			default:
				b = append(b, c)
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(t[i:])
		i += n
		switch {
		case !s.ascii:
			b = utf8.AppendRune(b, r)
		case r > 0xffff:
			b = appendU4(appendU4(b, 0xd800+(r-0x10000)>>10), 0xdc00+(r-0x10000)&0x3ff)
		default:
			b = appendU4(b, r)
		}
	}
	return append(b, '"')
}

func appendU4(b []byte, r rune) []byte {
	return append(b, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}

// AppendFloat appends Python's repr of a float: the shortest digits that read back, always with a point or an exponent
// ("2.0", "1e-07", "1e+16"), or nan, inf, -inf.
func AppendFloat(b []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(b, "nan"...)
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	start := len(b)
	b = strconv.AppendFloat(b, f, 'f', -1, 64)
	for _, c := range b[start:] {
		if c == '.' {
			return b
		}
	}
	return append(b, ".0"...)
}

// AppendStr appends Python's str(v): a string as it is, everything else as repr.
func AppendStr(b []byte, v any) ([]byte, error) {
	if s, ok := v.(string); ok {
		return append(b, s...), nil
	}
	return AppendRepr(b, v)
}

// AppendRepr appends Python's repr(v).
func AppendRepr(b []byte, v any) ([]byte, error) {
	var err error
	switch v := v.(type) {
	case nil:
		return append(b, "None"...), nil
	case bool:
		if v {
			return append(b, "True"...), nil
		}
		return append(b, "False"...), nil
	case int64:
		return strconv.AppendInt(b, v, 10), nil
	case *big.Int:
		return v.Append(b, 10), nil
	case float64:
		return AppendFloat(b, v), nil
	case string:
		return appendReprString(b, v), nil
	case []any:
		b = append(b, '[')
		for i, e := range v {
			if i > 0 {
				b = append(b, ", "...)
			}
			if b, err = AppendRepr(b, e); err != nil {
				return nil, err
			}
		}
		return append(b, ']'), nil
	case *Dict:
		b = append(b, '{')
		for i, k := range v.keys {
			if i > 0 {
				b = append(b, ", "...)
			}
			b = append(appendReprString(b, k), ": "...)
			if b, err = AppendRepr(b, v.vals[i]); err != nil {
				return nil, err
			}
		}
		return append(b, '}'), nil
	default:
		return nil, fmt.Errorf("%T is not one of this package's values; use Of", v)
	}
}

// appendReprString quotes as Python does: single quotes unless the text holds ' and no ", printable Unicode kept. Which
// characters are printable follows the Unicode version of the Go library (Python's differs only in characters that one of
// them does not know yet).
func appendReprString(b []byte, t string) []byte {
	quote := byte('\'')
	single, double := false, false
	for i := 0; i < len(t); i++ {
		single = single || t[i] == '\''
		double = double || t[i] == '"'
	}
	if single && !double {
		quote = '"'
	}
	b = append(b, quote)
	for _, r := range t {
		switch {
		case r == rune(quote) || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\r':
			b = append(b, `\r`...)
		case r == '\t':
			b = append(b, `\t`...)
		case unicode.IsPrint(r):
			b = utf8.AppendRune(b, r)
		case r <= 0xff:
			b = append(b, '\\', 'x', hexDigits[r>>4], hexDigits[r&15])
		case r <= 0xffff:
			b = appendU4(b, r)
		default:
			b = append(b, '\\', 'U', '0', '0')
			for shift := 20; shift >= 0; shift -= 4 {
				b = append(b, hexDigits[r>>shift&15])
			}
		}
	}
	return append(b, quote)
}

// Repr is AppendRepr for values known to be of this package; anything else prints as <type>.
func Repr(v any) string {
	b, err := AppendRepr(nil, v)
	if err != nil {
		return fmt.Sprintf("<%T>", v)
	}
	return string(b)
}

// FloatText is AppendFloat as a string.
func FloatText(f float64) string { return string(AppendFloat(nil, f)) }
