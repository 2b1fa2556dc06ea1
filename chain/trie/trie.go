// Package trie is the Merkle trie of Substrate's storage: base 16, blake2b-256, state version 1 (values of more than 32
// bytes enter their node by hash), with its read proofs, and the ordered trie whose root stands in a block header for the
// extrinsics.
//
// A Trie is an immutable value in memory. Update gives a new one that shares every untouched node, so the root of a
// proposed block is computed without disturbing the committed one, and old and new may be used side by side by any
// number of goroutines. A trie knows each key and the hash or the short value under it, not the long values: those live in
// the flat rows of the store, and Prove asks for them.
//
// Deliberately not here: child tries (this chain has none), persistence (node/store rebuilds the trie from its rows) and
// storage-key hashing (chain/storage).
package trie

import (
	"bytes"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"strings"

	"github.com/myelin-go/myelin/internal/hash"
)

// Change sets a key, or removes it when Value is nil. An empty Value that is not nil is a value of no bytes.
type Change struct{ Key, Value []byte }

// EmptyRoot is the root of a trie without keys: the blake2b-256 of one zero byte.
var EmptyRoot = [32]byte{
	0x03, 0x17, 0x0a, 0x2e, 0x75, 0x97, 0xb7, 0xb7, 0xe3, 0xd8, 0x4c, 0x05, 0x39, 0x1d, 0x13, 0x9a,
	0x62, 0xb1, 0x57, 0xe7, 0x87, 0x86, 0xd8, 0xc0, 0x82, 0xf2, 0x9d, 0xcf, 0x4c, 0x11, 0x13, 0x14,
}

// Trie is one state of the storage. The zero value is the empty trie.
type Trie struct {
	root ref
	keys int
}

// Len counts the keys.
func (t *Trie) Len() int { return t.keys }

// Root is the state root.
func (t *Trie) Root() [32]byte {
	if t.root.none() {
		return EmptyRoot
	}
	merkle := t.root.merkle()
	if len(merkle) < hashLen { // only inner nodes may stand for themselves
		return hash.Blake256([]byte(merkle))
	}
	return [32]byte([]byte(merkle))
}

// Update applies changes to t and returns the result; t stays as it is. Changes may come in any order; of several to one key
// the last counts. The cost is that of the nodes on the paths to the changed keys, each hashed once. It keeps no reference
// to the slices. Keys must not be longer than MaxKey; it panics at a longer one.
func (t *Trie) Update(changes []Change) *Trie {
	return t.update(changes, V1)
}

func (t *Trie) update(changes []Change, v Version) *Trie {
	if len(changes) == 0 {
		return t
	}
	u := updater{version: v}
	root, changed := u.apply(open(t.root), u.prepare(changes), 0)
	if !changed {
		return t
	}
	return &Trie{root: u.seal(&root), keys: t.keys + u.added}
}

// buildBatch is how many keys Build hands over at once: few enough to stay small in memory, many enough that the nodes on the
// border between two batches, hashed twice, do not count.
const buildBatch = 8192

// Build makes a trie of key-value pairs in ascending order of keys. It copies what it keeps, so the iterator may use its
// buffers again. Pairs out of order give the same trie, only more slowly.
func Build(pairs iter.Seq2[[]byte, []byte]) *Trie {
	t := new(Trie)
	batch := make([]Change, 0, buildBatch)
	arena := make([]byte, 0, 1<<16) // never nil, for a nil value would be a removal
	flush := func() {
		t = t.Update(batch)
		batch, arena = batch[:0], arena[:0]
	}
	for k, v := range pairs {
		at := len(arena)
		if need := len(k) + len(v); cap(arena)-at < need {
			arena, at = make([]byte, 0, max(1<<20, need)), 0 // the full one lives on in the batch
		}
		arena = append(append(arena, k...), v...)
		mid, end := at+len(k), len(arena)
		batch = append(batch, Change{Key: arena[at:mid:mid], Value: arena[mid:end:end]})
		if len(batch) == buildBatch {
			flush()
		}
	}
	flush()
	return t
}

// ref is a node as its parent or the trie holds it; the zero value is no node.
type ref struct {
	// leaf is a leaf's encoding, with its hash in front when it has one (that is when the encoding has 32 bytes or more).
	// One string without pointers is what keeps a trie of a million keys below 200 MiB.
	leaf   string
	branch *branch
}

type branch struct {
	path   string // packed as in the encoding
	val    string
	kids   []ref // those of the set bits, lowest first
	bitmap uint16
	nPath  uint16 // in half-bytes
	kind   valueKind
	nSum   uint8 // hashLen, or the length of the encoding when that is shorter
	sum    [hashLen]byte
}

func (r ref) none() bool { return r.branch == nil && r.leaf == "" }

// merkle is how a parent refers to the node: its hash, or its encoding when that is shorter than a hash.
func (r ref) merkle() string {
	if r.branch != nil {
		return string(r.branch.sum[:r.branch.nSum])
	}
	return r.leaf[:min(len(r.leaf), hashLen)]
}

// encoding is the whole encoded node.
func (r ref) encoding() string {
	switch {
	case r.branch != nil:
		b := r.branch
		path, val := b.parts()
		return string(appendNode(nil, path, val, b.bitmap, func(i int) string { return b.kids[i].merkle() }))
	case len(r.leaf) < hashLen:
		return r.leaf
	default:
		return r.leaf[hashLen:]
	}
}

func (b *branch) parts() (nibbles, value) {
	odd := int(b.nPath & 1)
	return nibbles{b.path, odd, odd + int(b.nPath)}, value{b.kind, b.val}
}

// kid is the child at a half-byte.
func (b *branch) kid(x byte) ref {
	if b.bitmap&(1<<x) == 0 {
		return ref{}
	}
	return b.kids[bits.OnesCount16(b.bitmap&(1<<x-1))]
}

// loose is a node taken out of its place, so that its partial key may grow or shrink before it is sealed into the next one.
type loose struct {
	path   nibbles
	val    value
	bitmap uint16 // 0 for a leaf
	kids   []ref
	from   ref // the sealed node with just this value and these children, if there is one
	whole  int // the length of that node's partial key
}

func (l *loose) none() bool { return l.bitmap == 0 && l.val.kind == noValue }

func open(r ref) loose {
	switch {
	case r.branch != nil:
		path, val := r.branch.parts()
		return loose{path, val, r.branch.bitmap, r.branch.kids, r, path.len()}
	case r.leaf != "":
		n, err := decodeNode(r.encoding())
		if err != nil {
			panic(fmt.Sprintf("a leaf of our own making: %v", err))
		}
		return loose{path: n.path, val: n.val, from: r, whole: n.path.len()}
	default:
		return loose{}
	}
}

// trimmed drops the front of the partial key.
func (l loose) trimmed(n int) loose {
	l.path = l.path.drop(n)
	return l
}

// change is a Change with its key as a string and its value as it enters a node.
type change struct {
	key string
	val value
}

type updater struct {
	version Version
	added   int // keys added less keys removed
	buf     []byte
}

// prepare sorts the changes and leaves the last one for each key.
func (u *updater) prepare(changes []Change) []change {
	total := 0
	for _, c := range changes {
		if len(c.Key) > MaxKey {
			panic(fmt.Sprintf("storage key of %d bytes, at most %d", len(c.Key), MaxKey))
		}
		total += len(c.Key)
	}
	var all strings.Builder
	all.Grow(total)
	for _, c := range changes {
		all.Write(c.Key)
	}
	keys := all.String()
	out := make([]change, len(changes))
	sorted := true
	for i, c := range changes {
		out[i].key, keys = keys[:len(c.Key)], keys[len(c.Key):]
		if c.Value != nil {
			out[i].val = u.version.value(c.Value)
		}
		sorted = sorted && (i == 0 || bytes.Compare(changes[i-1].Key, c.Key) < 0)
	}
	if sorted {
		return out
	}
	slices.SortStableFunc(out, func(a, b change) int { return strings.Compare(a.key, b.key) })
	kept := out[:1]
	for _, c := range out[1:] {
		if c.key == kept[len(kept)-1].key {
			kept[len(kept)-1] = c
		} else {
			kept = append(kept, c)
		}
	}
	return kept
}

// apply makes the changes, sorted and at least one, in the part of the trie below at, and tells whether that changed anything.
// The keys agree in their first depth half-bytes, where the partial key of at begins.
func (u *updater) apply(at loose, changes []change, depth int) (loose, bool) {
	first := keyNibbles(changes[0].key).drop(depth)
	if at.none() && len(changes) == 1 {
		if changes[0].val.kind == noValue {
			return at, false
		}
		u.added++
		return loose{path: first, val: changes[0].val}, true
	}
	// After n half-bytes the changes part from each other or from at: there belongs the node that holds them all.
	n := first.common(keyNibbles(changes[len(changes)-1].key).drop(depth))
	if !at.none() {
		n = min(n, at.path.common(first))
	}
	out := loose{path: first.take(n)}
	var kids [16]ref
	count := 0
	var trunk loose // at, where it becomes a child of the new node
	trunkAt := -1
	switch {
	case at.none():
	case n < at.path.len():
		trunk, trunkAt, count = at.trimmed(n+1), int(at.path.at(n)), 1
	default:
		out.val, count = at.val, len(at.kids)
		for i, rest := 0, at.bitmap; rest != 0; i, rest = i+1, rest&(rest-1) {
			kids[bits.TrailingZeros16(rest)] = at.kids[i]
		}
	}
	changed := false
	depth += n
	if 2*len(changes[0].key) == depth {
		changed = u.setValue(&out, changes[0].val)
		changes = changes[1:]
	}
	var held loose // the last changed child: loose as long as it may turn out to be the only one
	heldAt := -1
	for len(changes) > 0 {
		x := int(keyNibbles(changes[0].key).at(depth))
		end := 1
		for end < len(changes) && int(keyNibbles(changes[end].key).at(depth)) == x {
			end++
		}
		group := changes[:end]
		changes = changes[end:]
		base := trunk
		if x != trunkAt {
			base = open(kids[x])
		}
		after, differs := u.apply(base, group, depth+1)
		if !differs {
			continue
		}
		changed = true
		if base.none() {
			count++
		}
		if x == trunkAt {
			trunkAt = -1
		}
		if kids[x] = (ref{}); after.none() {
			count--
			continue
		}
		if heldAt >= 0 {
			kids[heldAt] = u.seal(&held)
		}
		held, heldAt = after, x
	}
	if !changed {
		return at, false
	}
	if trunkAt >= 0 {
		if heldAt >= 0 {
			kids[heldAt] = u.seal(&held)
		}
		held, heldAt = trunk, trunkAt
	}
	return u.joined(out, kids, held, heldAt, count), true
}

// setValue gives the node a value or takes it away, and tells whether that changed anything.
func (u *updater) setValue(l *loose, val value) bool {
	if val == l.val {
		return false
	}
	switch {
	case l.val.kind == noValue:
		u.added++
	case val.kind == noValue:
		u.added--
	}
	l.val = val
	return true
}

// joined makes the node of out's path and value with the children, of which the one at heldAt, if not negative, is still
// loose; a node without value and with one child is that child with a longer partial key.
func (u *updater) joined(out loose, kids [16]ref, held loose, heldAt, count int) loose {
	if count == 0 {
		return out // a leaf, or nothing
	}
	if count == 1 && out.val.kind == noValue {
		for x := 0; heldAt < 0; x++ {
			if !kids[x].none() {
				held, heldAt = open(kids[x]), x
			}
		}
		held.path = joined(out.path, byte(heldAt), held.path)
		return held
	}
	if heldAt >= 0 {
		kids[heldAt] = u.seal(&held)
	}
	out.kids = make([]ref, 0, count)
	for x, kid := range kids {
		if !kid.none() {
			out.bitmap |= 1 << x
			out.kids = append(out.kids, kid)
		}
	}
	return out
}

// seal encodes and hashes a node, unless it is one that was sealed before and has its old partial key: a partial key only
// grows after it was trimmed, and by the very half-bytes it lost, so equal length means equal.
func (u *updater) seal(l *loose) ref {
	switch {
	case l.none():
		return ref{}
	case !l.from.none() && l.path.len() == l.whole:
		return l.from
	}
	u.buf = appendNode(u.buf[:0], l.path, l.val, l.bitmap, func(i int) string { return l.kids[i].merkle() })
	if l.bitmap == 0 {
		if len(u.buf) < hashLen {
			return ref{leaf: string(u.buf)}
		}
		sum := hash.Blake256(u.buf)
		return ref{leaf: string(sum[:]) + string(u.buf)}
	}
	b := &branch{
		path:   string(l.path.appendTo(nil)),
		val:    strings.Clone(l.val.data),
		kids:   l.kids,
		bitmap: l.bitmap,
		nPath:  uint16(l.path.len()),
		kind:   l.val.kind,
	}
	if len(u.buf) < hashLen {
		b.nSum = uint8(copy(b.sum[:], u.buf))
	} else {
		b.sum, b.nSum = hash.Blake256(u.buf), hashLen
	}
	return ref{branch: b}
}
