package scenario

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/subtensor/codec"
)

// entry is a place in the state.
type entry struct {
	item      *codec.Item
	key       []byte
	valueType uint32
	whole     bool // all keys are given
}

// place finds "Pallet.Item", "Pallet.Item[key, …]".
func (w *world) place(text string) (entry, error) {
	name, keys, _ := strings.Cut(strings.TrimSpace(text), "[")
	pallet, itemName, ok := strings.Cut(name, ".")
	if !ok {
		return entry{}, fmt.Errorf("want Pallet.Item[keys], not %q", text)
	}
	item, err := w.codec.Item(pallet, itemName)
	if err != nil {
		return entry{}, err
	}
	values, err := w.parseValues(strings.TrimSuffix(keys, "]"))
	if err != nil {
		return entry{}, err
	}
	key, err := item.Key(values...)
	if err != nil {
		return entry{}, err
	}
	declared := w.codec.Metadata.Pallet(pallet).Entry(itemName)
	return entry{item: item, key: key, valueType: declared.Value, whole: len(values) == item.Keys()}, nil
}

// read is the value of a place, or its default.
func (w *world) read(e entry) (any, error) {
	raw, ok := w.state.Get(e.key)
	if !ok {
		raw = nil
	}
	return e.item.Decode(raw)
}

// expect compares what the script says of the last call, or of the state, with what is so.
func (r *runner) expect(rest string) error {
	w := r.world
	kind, what, _ := strings.Cut(rest, " ")
	what = strings.TrimSpace(what)
	switch kind {
	case "error", "refused":
		return r.expectError(kind == "refused", what)
	case "event":
		return w.expectEvent(what)
	case "no":
		name, ok := strings.CutPrefix(what, "event ")
		if !ok {
			return fmt.Errorf("want \"expect no event Pallet.Event\"")
		}
		if err := w.expectEvent(name); err == nil {
			return fmt.Errorf("there is such an event")
		}
		return nil
	}
	place, want, ok := strings.Cut(rest, " = ")
	if !ok {
		return fmt.Errorf("want \"expect error|refused|event|no event …\" or \"expect Pallet.Item[keys] = value\"")
	}
	e, err := w.place(place)
	if err != nil {
		return err
	}
	if !e.whole {
		return fmt.Errorf("not all keys are given")
	}
	v, err := w.parseValue(want)
	if err != nil {
		return err
	}
	got, err := w.read(e)
	if err != nil {
		return err
	}
	if g := w.text(got); g != w.text(v) {
		return fmt.Errorf("it is %s", g)
	}
	return nil
}

func (r *runner) expectError(refused bool, name string) error {
	w := r.world
	last := &w.last
	switch {
	case last.index < 0 || last.what == "" || last.seen:
		return fmt.Errorf("no call stands before it")
	case last.failed == "" && !last.refused:
		return fmt.Errorf("the call succeeded")
	case refused != last.refused && refused:
		return fmt.Errorf("it was not refused, it is in the block and failed with %s", last.failed)
	case refused != last.refused:
		return fmt.Errorf("it is not in the block, it was refused: %s %s", last.code, last.failed)
	}
	last.seen = true
	if refused && strings.HasPrefix(name, `"`) {
		if got := fmt.Sprintf("%q", last.code); got != name {
			return fmt.Errorf("got %s", got)
		}
		return nil
	}
	if last.failed != name && !strings.HasSuffix(last.failed, "."+name) {
		return fmt.Errorf("got %s %s", last.failed, last.code)
	}
	r.report.Errors = append(r.report.Errors, last.failed)
	return nil
}

// expectEvent looks for an event of the last call or blocks: "Pallet.Event", with "{field: value, …}" or "[value, …]" of those fields that matter.
func (w *world) expectEvent(what string) error {
	if w.block != nil {
		return fmt.Errorf("events are told when the block is done")
	}
	name := what
	var fields any
	if at := strings.IndexAny(what, "{["); at >= 0 {
		name = strings.TrimSpace(what[:at])
		var err error
		if fields, err = w.parseValue(what[at:]); err != nil {
			return err
		}
	}
	pallet, event, ok := strings.Cut(name, ".")
	if !ok {
		return fmt.Errorf("want Pallet.Event, not %q", name)
	}
	events, err := w.lastEvents()
	if err != nil {
		return err
	}
	var seen []string
	for _, e := range events {
		if e.Is(pallet, event) && w.covers(e.Fields, fields) {
			return nil
		}
		if pallet != "System" && e.Pallet == "System" || e.Pallet == "TransactionPayment" {
			continue
		}
		seen = append(seen, e.String()+" "+w.text(e.Fields))
	}
	if len(seen) > 12 {
		seen = append(seen[:12], "…")
	}
	return fmt.Errorf("the events are:\n\t%s", strings.Join(seen, "\n\t"))
}

// covers tells whether got has all that want says.
func (w *world) covers(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		fields, ok := got.(map[string]any)
		if !ok {
			return len(want) == 0
		}
		for name, v := range want {
			if x, ok := fields[name]; !ok || w.text(x) != w.text(v) {
				return false
			}
		}
		return true
	case []any:
		if w.text(got) == w.text(want) || len(want) == 1 && w.text(got) == w.text(want[0]) {
			return true
		}
		return false
	}
	return true
}

// uid is the place of a hotkey in a subnet.
func (w *world) uid(netuid bt.NetUID, hotkey bt.AccountID) (*big.Int, error) {
	uid, ok := w.module.Storage.Uids.TryGet(storage.New(w.state), netuid, hotkey)
	if !ok {
		return nil, fmt.Errorf("%s has no uid in subnet %d", w.nameOf(hotkey), netuid)
	}
	return new(big.Int).SetUint64(uint64(uid)), nil
}

// epochRan tells whether the last block ran a subnet's epoch.
func (w *world) epochRan(netuid bt.NetUID) bool {
	return w.module.Storage.BlocksSinceLastStep.Get(storage.New(w.state), netuid) == 0
}
