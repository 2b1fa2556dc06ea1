package scenario

import (
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/subtensor/codec"
)

// literals reads values as scripts write them:
//
//	12, 1_000, 2^64-1      whole numbers
//	3.5 TAO, 2 alpha       amounts, times 10^9
//	alice, custody.2       accounts: names in lower case; see derived
//	Swap, Keep             variants of an enum: names in upper case; with content Id(alice), system(Root), Requested{count: 1}
//	true, false, none      none is an absent option
//	"text", 0x00ff         bytes
//	[a, b], {name: value}  lists and fields
//	Pallet.call {…}        a call in a call
//	hash(Pallet.call {…})  what a function makes; see functions
type literals struct {
	text string
	w    *world
}

// parseValue reads one value that is all of text.
func (w *world) parseValue(text string) (any, error) {
	l := &literals{text: text, w: w}
	v, err := l.value()
	if err != nil {
		return nil, err
	}
	if l.space(); l.text != "" {
		return nil, fmt.Errorf("%q after the value", l.text)
	}
	return v, nil
}

// parseValues reads values with commas between them; there may be none.
func (w *world) parseValues(text string) ([]any, error) {
	v, err := w.parseValue("[" + text + "]")
	if err != nil {
		return nil, err
	}
	return v.([]any), nil
}

func (l *literals) space() { l.text = strings.TrimLeft(l.text, " \t") }

func (l *literals) take(token string) bool {
	l.space()
	rest, ok := strings.CutPrefix(l.text, token)
	if ok {
		l.text = rest
	}
	return ok
}

func (l *literals) word(in func(c byte) bool) string {
	n := 0
	for n < len(l.text) && in(l.text[n]) {
		n++
	}
	word := l.text[:n]
	l.text = l.text[n:]
	return word
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}

func isName(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' || c == '-' }

func (l *literals) value() (any, error) {
	l.space()
	if l.text == "" {
		return nil, fmt.Errorf("a value is missing")
	}
	switch c := l.text[0]; {
	case c == '[':
		return l.list()
	case c == '{':
		return l.fields()
	case c == '"':
		quoted, err := strconv.QuotedPrefix(l.text)
		if err != nil {
			return nil, fmt.Errorf("text without end: %s", l.text)
		}
		l.text = l.text[len(quoted):]
		text, err := strconv.Unquote(quoted)
		return []byte(text), err
	case strings.HasPrefix(l.text, "0x"):
		l.text = l.text[2:]
		raw, err := hex.DecodeString(l.word(func(c byte) bool { return isDigit(c) || isLetter(c) }))
		if err != nil {
			return nil, fmt.Errorf("hexadecimal digits: %w", err)
		}
		return raw, nil
	case isDigit(c) || c == '-':
		return l.number()
	case isLetter(c):
		return l.name()
	}
	return nil, fmt.Errorf("no value begins with %q", l.text)
}

func (l *literals) list() (any, error) {
	l.take("[")
	return l.sequence("]")
}

// sequence reads values with commas between them, and what closes them.
func (l *literals) sequence(end string) ([]any, error) {
	out := []any{}
	for !l.take(end) {
		if len(out) > 0 && !l.take(",") {
			return nil, fmt.Errorf("want , or %s before %q", end, l.text)
		}
		v, err := l.value()
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (l *literals) fields() (any, error) {
	l.take("{")
	out := map[string]any{}
	for !l.take("}") {
		if len(out) > 0 && !l.take(",") {
			return nil, fmt.Errorf("want , or } before %q", l.text)
		}
		l.space()
		name := l.word(isName)
		if name == "" || !l.take(":") {
			return nil, fmt.Errorf("want name: value before %q", l.text)
		}
		v, err := l.value()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		out[name] = v
	}
	return out, nil
}

func (l *literals) name() (any, error) {
	word := l.word(isName)
	switch word {
	case "true":
		return true, nil
	case "false":
		return false, nil
	case "none":
		return nil, nil
	}
	if f, ok := functions[word]; ok && l.take("(") {
		args, err := l.sequence(")")
		if err == nil && len(args) != f.args {
			err = fmt.Errorf("%s takes %d values, not %d", word, f.args, len(args))
		}
		if err != nil {
			return nil, err
		}
		return f.make(l.w, args)
	}
	if word[0] >= 'a' && word[0] <= 'z' && !strings.HasPrefix(l.text, "(") {
		return l.w.account(word)
	}
	if pallet, call, ok := strings.Cut(word, "."); ok {
		c := codec.Call{Pallet: pallet, Name: call}
		if l.space(); strings.HasPrefix(l.text, "{") {
			args, err := l.fields()
			if err != nil {
				return nil, err
			}
			c.Args = args
		}
		return c, nil
	}
	if strings.HasPrefix(l.text, "{") || strings.HasPrefix(l.text, "(") { // Variant{…}, Variant(…)
		if l.take("(") {
			v, err := l.value()
			if err == nil && !l.take(")") {
				err = fmt.Errorf("want ) before %q", l.text)
			}
			return codec.Variant{Name: word, Value: v}, err
		}
		v, err := l.fields()
		return codec.Variant{Name: word, Value: v}, err
	}
	return codec.Variant{Name: word}, nil
}

// units are what amounts may be counted in, in their smallest part.
var units = map[string]int64{"TAO": 1e9, "alpha": 1e9, "rao": 1}

func (l *literals) number() (any, error) {
	text := l.word(func(c byte) bool { return isDigit(c) || c == '.' || c == '_' || c == '^' || c == '-' || c == '+' })
	for unit, parts := range units {
		if !l.take(unit) {
			continue
		}
		r, ok := new(big.Rat).SetString(strings.ReplaceAll(text, "_", ""))
		if !ok {
			return nil, fmt.Errorf("%q is no amount", text)
		}
		if r.Mul(r, new(big.Rat).SetInt64(parts)); !r.IsInt() {
			return nil, fmt.Errorf("%s %s has more than nine decimals", text, unit)
		}
		return r.Num(), nil
	}
	return wholeNumber(text)
}

// wholeNumber reads a sum of terms a or a^b.
func wholeNumber(text string) (*big.Int, error) {
	bad := fmt.Errorf("%q is no whole number", text)
	sum := new(big.Int)
	digits := strings.ReplaceAll(text, "_", "")
	for digits != "" {
		negative := false
		if digits[0] == '-' || digits[0] == '+' {
			negative, digits = digits[0] == '-', digits[1:]
		}
		end := strings.IndexAny(digits, "+-")
		if end < 0 {
			end = len(digits)
		}
		base, exponent, power := strings.Cut(digits[:end], "^")
		digits = digits[end:]
		term, ok := new(big.Int).SetString(base, 10)
		if !ok {
			return nil, bad
		}
		if power {
			e, err := strconv.ParseUint(exponent, 10, 12)
			if err != nil {
				return nil, bad
			}
			term.Exp(term, new(big.Int).SetUint64(e), nil)
		}
		if negative {
			term.Neg(term)
		}
		sum.Add(sum, term)
	}
	if text == "" {
		return nil, bad
	}
	return sum, nil
}

// text prints a value as a script would write it.
func (w *world) text(v any) string {
	switch v := v.(type) {
	case nil:
		return "none"
	case bt.AccountID:
		return w.nameOf(v)
	case bt.Hash:
		return "0x" + hex.EncodeToString(v[:])
	case []byte:
		if printable(v) {
			return strconv.Quote(string(v))
		}
		return "0x" + hex.EncodeToString(v)
	case string:
		return strconv.Quote(v)
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			parts[i] = w.text(x)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case map[string]any:
		var parts []string
		for name, x := range v {
			parts = append(parts, name+": "+w.text(x))
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	case codec.Variant:
		if v.Value == nil {
			return v.Name
		}
		if m, ok := v.Value.(map[string]any); ok {
			if v.Name == "Module" && m["error"] != nil {
				return w.errorName(v)
			}
			return v.Name + w.text(m)
		}
		return v.Name + "(" + w.text(v.Value) + ")"
	case codec.Call:
		if v.Args == nil { // also how an error is written
			return v.String()
		}
		return v.String() + " " + w.text(v.Args)
	case codec.Some:
		return w.text(v.Value)
	}
	return fmt.Sprint(v)
}

func printable(raw []byte) bool {
	if len(raw) == 0 || !utf8.Valid(raw) {
		return len(raw) == 0
	}
	for _, r := range string(raw) {
		if !strconv.IsPrint(r) {
			return false
		}
	}
	return true
}

// amount prints rao as TAO, or the smallest part of alpha as alpha.
func amount[T ~uint64](v T) string {
	text := strings.TrimRight(fmt.Sprintf("%d.%09d", uint64(v)/1e9, uint64(v)%1e9), "0")
	return strings.TrimSuffix(text, ".")
}
