package synapse

import (
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/myelin-go/myelin/synapse/pyval"
)

const (
	axonPrefix     = "bt_header_axon_"
	dendritePrefix = "bt_header_dendrite_"
	inputPrefix    = "bt_header_input_obj_"
)

// terminalFields drives everything that walks over a Terminal: JSON, headers, merging.
var terminalFields = []struct {
	name string
	get  func(*Terminal) any // nil for Python's None
	set  func(*Terminal, string) error
}{
	{"status_code", func(t *Terminal) any { return number(t.StatusCode) }, func(t *Terminal, s string) error { return setInt(&t.StatusCode, s) }},
	{"status_message", func(t *Terminal) any { return text(t.StatusMessage) }, func(t *Terminal, s string) error { t.StatusMessage = s; return nil }},
	{"process_time", func(t *Terminal) any {
		if t.ProcessTime == 0 {
			return nil
		}
		return t.ProcessTime
	}, func(t *Terminal, s string) (err error) { t.ProcessTime, err = parseFloat(s); return err }},
	{"ip", func(t *Terminal) any { return text(t.IP) }, func(t *Terminal, s string) error { t.IP = s; return nil }},
	{"port", func(t *Terminal) any { return number(t.Port) }, func(t *Terminal, s string) error { return setInt(&t.Port, s) }},
	{"version", func(t *Terminal) any { return number(t.Version) }, func(t *Terminal, s string) error { return setInt(&t.Version, s) }},
	{"nonce", func(t *Terminal) any { return number(t.Nonce) }, func(t *Terminal, s string) error { return setInt(&t.Nonce, s) }},
	{"uuid", func(t *Terminal) any { return text(t.UUID) }, func(t *Terminal, s string) error { t.UUID = s; return nil }},
	{"hotkey", func(t *Terminal) any { return text(t.Hotkey) }, func(t *Terminal, s string) error { t.Hotkey = s; return nil }},
	{"signature", func(t *Terminal) any { return text(t.Signature) }, func(t *Terminal, s string) error { t.Signature = s; return nil }},
}

func number[N int | int64](n N) any {
	if n == 0 {
		return nil
	}
	return int64(n)
}

func setInt[N int | int64](dst *N, s string) error {
	n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
	if err != nil {
		return fmt.Errorf("%q is not an integer of 64 bits", clip(s))
	}
	*dst = N(n)
	return nil
}

func parseFloat(s string) (float64, error) {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return 0, fmt.Errorf("%q is not a finite number", clip(s))
	}
	return f, nil
}

// clip keeps what a stranger sent from flooding messages.
func clip(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}

// Merge overlays every field that from has.
func (t *Terminal) Merge(from *Terminal) {
	if from.StatusCode != 0 {
		t.StatusCode = from.StatusCode
	}
	if from.StatusMessage != "" {
		t.StatusMessage = from.StatusMessage
	}
	if from.ProcessTime != 0 {
		t.ProcessTime = from.ProcessTime
	}
	if from.IP != "" {
		t.IP = from.IP
	}
	if from.Port != 0 {
		t.Port = from.Port
	}
	if from.Version != 0 {
		t.Version = from.Version
	}
	if from.Nonce != 0 {
		t.Nonce = from.Nonce
	}
	if from.UUID != "" {
		t.UUID = from.UUID
	}
	if from.Hotkey != "" {
		t.Hotkey = from.Hotkey
	}
	if from.Signature != "" {
		t.Signature = from.Signature
	}
}

// AddHeaders writes the message's headers under their exact lower-case names: http.Header's own methods would capitalise
// them, and Python clients look them up by case. hash is the body hash to announce; the head's TotalSize travels as it is.
func (e *Encoded) AddHeaders(h http.Header, hash string) {
	before := len(h)
	size := 0
	put := func(key, value string) {
		h[key] = []string{value}
		size += len(key) + len(value)
	}
	e.head.addHeaders(put)
	for i := range e.class.fields {
		f := &e.class.fields[i]
		if !f.Has("required") {
			continue
		}
		_, v := e.fields.At(i)
		if p := placeholder(v); p != "" {
			put(inputPrefix+f.Name, p)
		}
	}
	put("computed_body_hash", headerText(hash))
	put("total_size", strconv.FormatInt(e.head.TotalSize, 10))
	put("header_size", strconv.Itoa(size+(len(h)-before)))
}

// AddHeaders writes the head's own headers, for answers that belong to no class.
func (h *Info) AddHeaders(to http.Header, hash string) {
	(&Encoded{head: h, class: &Class{}, fields: new(pyval.Dict)}).AddHeaders(to, hash)
}

func (h *Info) addHeaders(put func(key, value string)) {
	put("name", headerText(h.Name))
	put("timeout", pyval.FloatText(h.Timeout))
	for _, side := range []struct {
		prefix   string
		terminal *Terminal
	}{{axonPrefix, &h.Axon}, {dendritePrefix, &h.Dendrite}} {
		for i := range terminalFields {
			f := &terminalFields[i]
			switch v := f.get(side.terminal).(type) {
			case nil:
			case string:
				if v = headerText(v); v != "" {
					put(side.prefix+f.name, v)
				}
			case int64:
				put(side.prefix+f.name, strconv.FormatInt(v, 10))
			case float64:
				put(side.prefix+f.name, pyval.FloatText(v))
			}
		}
	}
}

// placeholder is the base64 of the JSON of the zero value of v's Python type; "" for None, which does not travel.
func placeholder(v any) string {
	switch v.(type) {
	case string:
		return "IiI="
	case int64, *big.Int:
		return "MA=="
	case float64:
		return "MC4w"
	case []any:
		return "W10="
	case *pyval.Dict:
		return "e30="
	case bool:
		return "ZmFsc2U="
	}
	return ""
}

// Placeholders reads the placeholder headers: the zero values by field name. They tell a server nothing that its class does
// not; a header that is not base64 of JSON is an error.
func Placeholders(h http.Header) (map[string]any, error) {
	out := make(map[string]any)
	for key, vals := range h {
		name, ok := strings.CutPrefix(strings.ToLower(key), inputPrefix)
		if !ok || len(vals) == 0 {
			continue
		}
		raw, err := base64.StdEncoding.DecodeString(vals[0])
		if err != nil {
			return nil, fmt.Errorf("header %s%s: %w", inputPrefix, clip(name), err)
		}
		v, err := pyval.Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("header %s%s: %w", inputPrefix, clip(name), err)
		}
		out[name] = v
	}
	return out, nil
}

// ReadHeaders overlays what the headers say, whatever the case of their names, over the head. Fields without a header stay;
// unknown headers are passed over; the first of several equal ones counts. The name is not read: the route decides it.
func (h *Info) ReadHeaders(from http.Header) error {
	for key, vals := range from {
		if len(vals) == 0 {
			continue
		}
		key, val := strings.ToLower(key), fromHeader(vals[0])
		var err error
		switch {
		case key == "timeout":
			h.Timeout, err = parseFloat(val)
		case key == "total_size":
			err = setInt(&h.TotalSize, val)
		case key == "header_size":
			err = setInt(&h.HeaderSize, val)
		case key == "computed_body_hash":
			h.ComputedBodyHash = val
		case strings.HasPrefix(key, axonPrefix):
			err = h.Axon.set(key[len(axonPrefix):], val)
		case strings.HasPrefix(key, dendritePrefix):
			err = h.Dendrite.set(key[len(dendritePrefix):], val)
		}
		if err != nil {
			return fmt.Errorf("header %s: %w", clip(key), err)
		}
	}
	return nil
}

func (t *Terminal) set(name, val string) error {
	for i := range terminalFields {
		if terminalFields[i].name == name {
			return terminalFields[i].set(t, val)
		}
	}
	return nil
}

// headerText makes text fit for a header: control characters become spaces. It travels as UTF-8, which Python's client reads;
// Python's server writes Latin-1, which that client garbles.
func headerText(s string) string {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		plain = s[i] >= 0x20 && s[i] < 0x7f
	}
	if !plain {
		s = strings.Map(func(r rune) rune {
			if r < 0x20 || r == 0x7f {
				return ' '
			}
			return r
		}, strings.ToValidUTF8(s, "\uFFFD"))
	}
	return strings.TrimSpace(s)
}

// fromHeader reads header bytes: as UTF-8 where they are that, else as Latin-1.
func fromHeader(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}
