package adminutils

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/tempo"
	"github.com/myelin-go/myelin/chain/storage"
)

// rule is who may change something of a subnet, and when. The checks are made in the order of the fields; bounds come after them.
type rule struct {
	owner   bool       // the subnet's owner may too, not only root
	pace    tempo.Pace // how often the owner may; the zero value is as often as it likes
	frozen  bool       // not shortly before an epoch, root neither
	exists  bool       // the subnet must exist
	notRoot bool       // it may not be the root subnet
}

// byRoot is what root alone may change, at any time.
var byRoot = rule{exists: true}

// byOwner is what an owner may change at the pace of a hyperparameter.
func byOwner(h state.Hyperparameter) rule {
	return rule{owner: true, pace: tempo.OfParameter(h), frozen: true, exists: true}
}

// calm forbids changes shortly before an epoch.
func (r rule) calm() rule { r.frozen = true; return r }

// anywhere does without the subnet: what is set for one that does not exist waits for it. So it is upstream, and harmless.
func (r rule) anywhere() rule { r.exists = false; return r }

// beyondRoot forbids the root subnet.
func (r rule) beyondRoot() rule { r.notRoot = true; return r }

// change runs a change of a subnet under a rule: checks who asks and when, makes the change, and notes the time if the owner made it.
func (p *Pallet) change(c *frame.Ctx, netuid bt.NetUID, r rule, do func(byOwner bool) error) error {
	m := p.module
	owner, signed := c.Origin.Account()
	paced := signed && r.pace != tempo.Pace{}
	if !r.owner {
		if err := c.EnsureRoot(); err != nil {
			return err
		}
	} else if err := m.Subnets.EnsureOwnerOrRoot(c, netuid); err != nil {
		return err
	}
	switch {
	case paced && !m.Tempo.Ready(c, r.pace, owner, netuid):
		return m.Error.TxRateLimitExceeded
	case r.frozen && m.Tempo.Frozen(c, netuid):
		return m.Error.AdminActionProhibitedDuringWeightsWindow
	case r.exists && !m.Pools.Exists(c, netuid):
		return p.Error.SubnetDoesNotExist
	case r.notRoot && netuid == stakepool.Root:
		return p.Error.NotPermittedOnRootSubnet
	}
	if err := do(signed); err != nil {
		return err
	}
	if paced {
		m.Tempo.Note(c, r.pace, owner, netuid)
	}
	return nil
}

// bound is what a value must satisfy. The text is for people; check gets to know whether the owner asks.
type bound[V any] struct {
	text  string
	check func(c *frame.Ctx, netuid bt.NetUID, v V, byOwner bool) error
}

// item is where a subnet's value is kept.
type item[V any] interface {
	Set(s *storage.State, netuid bt.NetUID, v V)
	Prefix() []byte
}

// ofSubnet declares a call that sets a value of a subnet; the event, unless it is nil, tells netuid and value.
func ofSubnet[V, E any](p *Pallet, call *frame.Call[OfSubnet[V]], to item[V], event *frame.Event[E], r rule, bounds ...bound[V]) {
	if event != nil {
		content[E](0, *new(V)) // panics here, not at the first change, when the event is of another form
	}
	declare(p, call, to, r, bounds, func(c *frame.Ctx, a OfSubnet[V]) error {
		return p.change(c, a.NetUID, r, func(owner bool) error {
			for _, b := range bounds {
				if err := b.check(c, a.NetUID, a.Value, owner); err != nil {
					return err
				}
			}
			to.Set(c.State, a.NetUID, a.Value)
			if event != nil {
				event.Emit(c, content[E](a.NetUID, a.Value))
			}
			return nil
		})
	})
}

// ofNetwork declares a call by which root sets a value of the whole network; the event, unless it is nil, tells the value.
func ofNetwork[V any](p *Pallet, call *frame.Call[OfNetwork[V]], to *storage.Value[V], event *frame.Event[state.One[V]], bounds ...bound[V]) {
	declare(p, call, to, rule{}, bounds, func(c *frame.Ctx, a OfNetwork[V]) error {
		if err := setByRoot(c, to, a.Value, bounds); err != nil {
			return err
		}
		if event != nil {
			event.Emit(c, state.One[V]{V: a.Value})
		}
		return nil
	})
}

// ofBar declares a call by which root sets what the bar of the emission gate follows from: the next block finds the bar anew.
func ofBar[V any](p *Pallet, call *frame.Call[OfNetwork[V]], to *storage.Value[V], bounds ...bound[V]) {
	declare(p, call, to, rule{}, bounds, func(c *frame.Ctx, a OfNetwork[V]) error {
		if err := setByRoot(c, to, a.Value, bounds); err != nil {
			return err
		}
		p.module.Storage.EmissionGateBar.Delete(c.State)
		return nil
	})
}

// setByRoot stores a value within its bounds, for root only.
func setByRoot[V any](c *frame.Ctx, to *storage.Value[V], v V, bounds []bound[V]) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	for _, b := range bounds {
		if err := b.check(c, 0, v, false); err != nil {
			return err
		}
	}
	to.Set(c.State, v)
	return nil
}

// content fills an event whose last two fields are a netuid and a value.
func content[E, V any](netuid bt.NetUID, v V) (e E) {
	fields := reflect.ValueOf(&e).Elem()
	last := fields.NumField() - 1
	fields.Field(last - 1).Set(reflect.ValueOf(netuid))
	fields.Field(last).Set(reflect.ValueOf(v))
	return e
}

// declare gives a call its handler, and remembers what there is to say of it.
func declare[A, V any](p *Pallet, call *frame.Call[A], to kept, r rule, bounds []bound[V], handle func(*frame.Ctx, A) error) {
	d := declaration{call: call, kept: to, rule: r}
	for _, b := range bounds {
		if b.text != "" {
			d.bounds = append(d.bounds, b.text)
		}
	}
	p.declared = append(p.declared, d)
	call.Handle(handle)
}

// custom declares a call that does more than to set a value; bounds say in words what it checks.
func custom[A any](p *Pallet, call *frame.Call[A], to kept, r rule, bounds string, handle func(*frame.Ctx, A) error) {
	declare(p, call, to, r, []bound[A]{{text: bounds}}, handle)
}

// kept is a storage item.
type kept interface{ Prefix() []byte }

// declaration is a setting as it was declared.
type declaration struct {
	call   any // *frame.Call
	kept   kept
	rule   rule
	bounds []string
}

// Setting says what there is to know of a setting.
type Setting struct {
	Call   string        // name on the wire
	Index  uint8         // of the call
	Docs   string        // what it sets, with its unit
	Item   *storage.Item // where it is kept; one of SubtensorModule's
	Owner  bool          // the subnet's owner may change it too, not only root
	Pace   string        // how often the owner may; empty: as often as it likes
	Frozen bool          // not shortly before an epoch
	Bounds string        // in words; empty: none

	Exists     bool // only for a subnet that exists
	BeyondRoot bool // not for the root subnet
}

// Settings lists all settings in the order of their calls' indices. It needs the pallets to be compiled.
func (p *Pallet) Settings() []Setting {
	items := storage.Items(&p.module.Storage)
	calls := reflect.ValueOf(&p.Call).Elem()
	var out []Setting
	for i := range calls.NumField() {
		at := slices.IndexFunc(p.declared, func(d declaration) bool { return d.call == calls.Field(i).Addr().Interface() })
		if at < 0 {
			continue // a call that sets nothing
		}
		d, f := p.declared[at], calls.Type().Field(i)
		s := Setting{
			Call: frame.SnakeCase(f.Name), Docs: f.Tag.Get("doc"), Owner: d.rule.owner, Frozen: d.rule.frozen, Bounds: strings.Join(d.bounds, "; "),
			Exists: d.rule.exists, BeyondRoot: d.rule.notRoot,
		}
		if n, err := strconv.ParseUint(f.Tag.Get("index"), 10, 8); err == nil {
			s.Index = uint8(n)
		}
		if d.rule.pace != (tempo.Pace{}) {
			s.Pace = p.module.Tempo.Describe(d.rule.pace)
		}
		if i := slices.IndexFunc(items, func(it *storage.Item) bool { return bytes.Equal(it.Prefix[:], d.kept.Prefix()) }); i >= 0 {
			s.Item = items[i]
		}
		out = append(out, s)
	}
	return out
}
