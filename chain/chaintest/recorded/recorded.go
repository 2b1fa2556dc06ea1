// Package recorded reads what upstream's own unit tests did to its pallets, call by call, and says in the same words what a call does here: its result, the rows
// it changes, its events.
//
// It deliberately knows no pallet and compares nothing: accounts, block numbers and layouts of upstream's test runtimes differ from pallet to pallet, so each test
// rewrites them itself.
package recorded

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
)

// Trace is one test of upstream: the state at its beginning, and what was done to it.
type Trace struct {
	Pallet, Test, Runtime string
	State                 map[string]string
	Ops                   []Operation
}

// Operation is a call, or a hook, and what came of it. Before it the test itself changed the rows of Set. Rows that are nil were removed.
type Operation struct {
	Block, Pallet, Call, Hook, Encoded, Via, Result string
	Set, Changes                                    map[string]*string
	Origin                                          json.RawMessage
	Events                                          []Event
	// Info is what a call was declared to cost; Post what it cost in the end, where that is something else.
	Info struct {
		Weight      Weight
		Class, Pays string
	}
	Post struct {
		ActualWeight *Weight `json:"actual_weight"`
		Pays         string
	}
}

// Weight is what a call weighs: reference time and proof size, as decimal numbers.
type Weight [2]string

// Read reads it.
func (w Weight) Read(t testing.TB) (out frame.Weight) {
	t.Helper()
	for i, part := range []*uint64{&out.RefTime, &out.ProofSize} {
		n, err := strconv.ParseUint(w[i], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		*part = n
	}
	return out
}

// End is what the call weighed in the end.
func (o *Operation) End(t testing.TB) frame.Weight {
	t.Helper()
	if o.Post.ActualWeight != nil {
		return o.Post.ActualWeight.Read(t)
	}
	return o.Info.Weight.Read(t)
}

// Event is one that an operation recorded; Data begins with the indices of pallet and event.
type Event struct{ Pallet, Name, Data string }

// Removed stands for the value of a row that is gone.
const Removed = "removed"

// Traces reads a file of recordings, whose first line says how they were made.
func Traces(t testing.TB, file []byte) (out []Trace) {
	t.Helper()
	for line := range bytes.Lines(bytes.TrimSpace(file)) {
		var trace Trace
		if err := json.Unmarshal(line, &trace); err != nil {
			t.Fatal(err)
		}
		out = append(out, trace)
	}
	return out[1:]
}

// Bytes reads a text of hexadecimal digits, with or without 0x.
func Bytes(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(strings.TrimPrefix(text, "0x"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// Number is the block in which the operation took place.
func (o *Operation) Number(t testing.TB) uint32 {
	t.Helper()
	n, err := strconv.ParseUint(o.Block, 10, 32)
	if err != nil {
		t.Fatal(err)
	}
	return uint32(n)
}

// By is who made the call. Accounts are read by account, nil for those of 32 bytes.
func (o *Operation) By(t testing.TB, account func([]byte) bt.AccountID) frame.Origin {
	t.Helper()
	var name string
	if json.Unmarshal(o.Origin, &name) == nil {
		if name == "root" {
			return frame.Root()
		}
		return frame.None()
	}
	var signed struct{ Signed string }
	if err := json.Unmarshal(o.Origin, &signed); err != nil || signed.Signed == "" {
		t.Fatalf("origin %s", o.Origin)
	}
	raw := Bytes(t, signed.Signed)
	if account != nil {
		return frame.Signed(account(raw))
	}
	return frame.Signed(bt.AccountID(raw))
}

// Result is the name that recordings have for what a call returned.
func Result(err error) string {
	if err == nil {
		return "ok"
	}
	if e, ok := err.(frame.Error); ok {
		return e.Name
	}
	return err.Error()
}

// Rows is changes as hexadecimal text, without 0x.
func Rows(changes []storage.Change) map[string]string {
	out := map[string]string{}
	for _, c := range changes {
		if c.Value == nil {
			out[hex.EncodeToString(c.Key)] = Removed
		} else {
			out[hex.EncodeToString(c.Key)] = hex.EncodeToString(c.Value)
		}
	}
	return out
}
