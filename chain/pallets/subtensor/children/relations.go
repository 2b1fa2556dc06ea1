package children

import (
	"bytes"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// Edge is a relative of a hotkey: the proportion of stake, of 2^64-1, and who it is.
type Edge = scale.Pair[uint64, bt.AccountID]

// Waiting is children that wait, and the block after which they are effective.
type Waiting = scale.Pair[[]Edge, uint64]

// edges is the item of children under their parents, or of parents under their children.
type edges = storage.DoubleMap[storage.Blake2_128Concat, bt.AccountID, storage.Identity, bt.NetUID, []Edge]

// mostChildren is how many children a hotkey may have.
const mostChildren = 5

// relations is a hotkey with its children and parents on a subnet, each once, in the order of their keys.
type relations struct {
	pivot             bt.AccountID
	children, parents []Edge
}

// sorted brings edges into the order of their keys; of several with the same key the last counts, and those to the pivot are left out.
func sorted(list []Edge, pivot bt.AccountID) (out []Edge) {
	for _, e := range list {
		if e.B == pivot {
			continue
		}
		at, found := slices.BinarySearchFunc(out, e.B, func(o Edge, key bt.AccountID) int { return bytes.Compare(o.B[:], key[:]) })
		if found {
			out[at] = e
		} else {
			out = slices.Insert(out, at, e)
		}
	}
	return out
}

func has(list []Edge, key bt.AccountID) bool {
	return slices.ContainsFunc(list, func(e Edge) bool { return e.B == key })
}

// upsert gives the edge to a key a proportion, at its place or at the end.
func upsert(list []Edge, e Edge) []Edge {
	if at := slices.IndexFunc(list, func(o Edge) bool { return o.B == e.B }); at >= 0 {
		list[at].A = e.A
		return list
	}
	return append(list, e)
}

func without(list []Edge, key bt.AccountID) []Edge {
	return slices.DeleteFunc(list, func(e Edge) bool { return e.B == key })
}

// load reads a hotkey's relations. With pending it has those children instead of its own. It fails with ProportionOverflow or ChildParentInconsistency.
func (r *Room) load(c *frame.Ctx, hotkey bt.AccountID, netuid bt.NetUID, pending []Edge) (relations, error) {
	rel := relations{pivot: hotkey, children: sorted(pending, hotkey), parents: sorted(r.Storage.ParentKeys.Get(c.State, hotkey, netuid), hotkey)}
	if overflows(rel.children) {
		return rel, r.Error.ProportionOverflow
	}
	if overlap(rel.children, rel.parents) {
		return rel, r.Error.ChildParentInconsistency
	}
	return rel, nil
}

func overflows(list []Edge) bool {
	var sum uint64
	for _, e := range list {
		if sum+e.A < sum {
			return true
		}
		sum += e.A
	}
	return false
}

func overlap(children, parents []Edge) bool {
	return slices.ContainsFunc(children, func(e Edge) bool { return has(parents, e.B) })
}

// checkPending refuses children that the pivot cannot have. It fails with InvalidChild, TooManyChildren, ProportionOverflow or ChildParentInconsistency.
func (r *Room) checkPending(rel relations, pending []Edge) error {
	if has(pending, rel.pivot) {
		return r.Error.InvalidChild
	}
	list := sorted(pending, rel.pivot)
	switch {
	case len(list) > mostChildren:
		return r.Error.TooManyChildren
	case overflows(list):
		return r.Error.ProportionOverflow
	case overlap(list, rel.parents):
		return r.Error.ChildParentInconsistency
	}
	return nil
}

// save writes a hotkey's relations on both of their sides.
func (r *Room) save(c *frame.Ctx, rel relations, netuid bt.NetUID, t *stakepool.Touched) {
	t.Add(1, 1) // upstream counts the row of the pivot's children, not that of its parents
	saveSide(c, netuid, rel.pivot, rel.children, &r.Storage.ChildKeys, &r.Storage.ParentKeys, t)
	saveSide(c, netuid, rel.pivot, rel.parents, &r.Storage.ParentKeys, &r.Storage.ChildKeys, t)
}

// saveSide writes the pivot's edges, and the pivot into the opposite item of all that it has an edge to, or had.
func saveSide(c *frame.Ctx, netuid bt.NetUID, pivot bt.AccountID, list []Edge, own, opposite *edges, t *stakepool.Touched) {
	before := own.Get(c.State, pivot, netuid)
	write(c, own, pivot, netuid, list)
	for _, e := range list {
		t.Add(1, 1)
		write(c, opposite, e.B, netuid, upsert(opposite.Get(c.State, e.B, netuid), Edge{A: e.A, B: pivot}))
	}
	for _, e := range before {
		if !has(list, e.B) {
			t.Add(1, 1)
			write(c, opposite, e.B, netuid, without(opposite.Get(c.State, e.B, netuid), pivot))
		}
	}
}

// write keeps no empty lists.
func write(c *frame.Ctx, item *edges, key bt.AccountID, netuid bt.NetUID, list []Edge) {
	if len(list) == 0 {
		item.Delete(c.State, key, netuid)
	} else {
		item.Set(c.State, key, netuid, list)
	}
}

// Swap gives a hotkey's relations on a subnet to another hotkey, what waits for its cooldown too, also where the hotkey is a child that waits. It fails with
// InvalidChild when the new hotkey is a relative of the old one, with the errors of set_children when what waits does not fit, or with those of
// inconsistent relations.
func (r *Room) Swap(c *frame.Ctx, old, to bt.AccountID, netuid bt.NetUID, t *stakepool.Touched) error {
	st, s := &r.Storage, c.State
	rel, err := r.load(c, old, netuid, st.ChildKeys.Get(s, old, netuid))
	if err != nil {
		return err
	}
	n := uint64(len(rel.children) + len(rel.parents))
	t.Add(2+n, n+2)
	for _, e := range rel.children {
		write(c, &st.ParentKeys, e.B, netuid, without(st.ParentKeys.Get(s, e.B, netuid), old))
	}
	for _, e := range rel.parents {
		st.ChildKeys.Set(s, e.B, netuid, without(st.ChildKeys.Get(s, e.B, netuid), old))
	}
	st.ChildKeys.Set(s, old, netuid, nil)
	st.ParentKeys.Delete(s, old, netuid)
	if has(rel.children, to) || has(rel.parents, to) {
		return r.Error.InvalidChild
	}
	rel.pivot = to
	if waiting, ok := st.PendingChildKeys.TryGet(s, netuid, old); ok {
		if err := r.checkPending(rel, waiting.A); err != nil {
			return err
		}
		st.PendingChildKeys.Delete(s, netuid, old)
		st.PendingChildKeys.Set(s, netuid, to, waiting)
		t.Add(1, 2)
	}
	r.save(c, rel, netuid, t)
	r.swapWaiting(c, old, to, netuid, t)
	return nil
}

// swapWaiting replaces a hotkey where it waits to become a child; it moves to the end of the list.
func (r *Room) swapWaiting(c *frame.Ctx, old, to bt.AccountID, netuid bt.NetUID, t *stakepool.Touched) {
	for parent, waiting := range r.Storage.PendingChildKeys.Of(c.State, netuid) {
		t.Add(1, 0)
		if at := slices.IndexFunc(waiting.A, func(e Edge) bool { return e.B == old }); at >= 0 {
			share := waiting.A[at].A
			waiting.A = append(slices.Delete(waiting.A, at, at+1), Edge{A: share, B: to})
			r.Storage.PendingChildKeys.Set(c.State, netuid, parent, waiting)
			t.Add(1, 2)
		}
	}
}
