package trie

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/myelin-go/myelin/internal/hash"
)

// ErrProof is wrapped by every error about a proof that does not decide the question put to it.
var ErrProof = errors.New("proof does not hold")

// Prove collects what a verifier who knows only the root needs to read the keys, present or absent: the encoded nodes on their
// paths, and the values that are held by hash, each once and in the order of their bytes, as state_getReadProof returns them.
// It asks value for a value that the trie knows only by its hash, and fails when it gets another one.
func (t *Trie) Prove(keys [][]byte, value func(key []byte) ([]byte, bool)) ([][]byte, error) {
	if t.root.none() {
		return [][]byte{{emptyNode}}, nil
	}
	var proof [][]byte
	for _, key := range keys {
		at, rest := t.root, keyNibbles(string(key))
		for !at.none() {
			if at == t.root || len(at.merkle()) == hashLen { // shorter nodes lie inside their parent
				proof = append(proof, []byte(at.encoding()))
			}
			l := open(at)
			if rest.common(l.path) < l.path.len() {
				break
			}
			if rest = rest.drop(l.path.len()); rest.len() > 0 {
				if at.branch == nil {
					break
				}
				at, rest = at.branch.kid(rest.at(0)), rest.drop(1)
				continue
			}
			if l.val.kind == hashedValue {
				raw, ok := value(key)
				if sum := hash.Blake256(raw); !ok || string(sum[:]) != l.val.data {
					return nil, fmt.Errorf("value of key %x is not the one the trie commits to: have hash %x (present: %t), want %x",
						key, sum, ok, l.val.data)
				}
				proof = append(proof, bytes.Clone(raw))
			}
			break
		}
	}
	slices.SortFunc(proof, bytes.Compare)
	return slices.CompactFunc(proof, bytes.Equal), nil
}

// ClosestDescendantMerkleValue is the merkle value (the hash, or the encoding when shorter than a hash) of the highest node
// whose key begins with the prefix; ok is false when no key does. Equal merkle values at two blocks mean that nothing below
// the prefix differs.
func (t *Trie) ClosestDescendantMerkleValue(prefix []byte) (merkle []byte, ok bool) {
	at, rest := t.root, keyNibbles(string(prefix))
	for !at.none() {
		l := open(at)
		n := rest.common(l.path)
		switch {
		case n == rest.len():
			if at == t.root {
				root := t.Root()
				return root[:], true
			}
			return []byte(at.merkle()), true
		case n < l.path.len() || at.branch == nil:
			return nil, false
		}
		at, rest = at.branch.kid(rest.at(n)), rest.drop(n+1)
	}
	return nil, false
}

// Proof answers reads against a state root from the nodes and values somebody else sent.
type Proof struct {
	root  string
	items map[string]string // by blake2b-256
}

// OpenProof takes the entries of a proof in any order; entries that no read needs do no harm.
func OpenProof(root [32]byte, entries [][]byte) *Proof {
	p := &Proof{root: string(root[:]), items: make(map[string]string, len(entries))}
	for _, e := range entries {
		sum := hash.Blake256(e)
		p.items[string(sum[:])] = string(e)
	}
	return p
}

// Get reads a key. ok false with a nil error means that the proof shows the key to be absent. Any error wraps ErrProof or
// ErrNode and means that the proof shows nothing about the key.
func (p *Proof) Get(key []byte) (value []byte, ok bool, err error) {
	merkle, rest := p.root, keyNibbles(string(key))
	for {
		enc := merkle
		if len(merkle) == hashLen {
			if enc, ok = p.items[merkle]; !ok {
				return nil, false, fmt.Errorf("%w: node %x on the path to key %x is missing", ErrProof, merkle, key)
			}
		}
		if merkle == p.root && enc == string([]byte{emptyNode}) {
			return nil, false, nil
		}
		n, err := decodeNode(enc)
		if err != nil {
			return nil, false, fmt.Errorf("on the path to key %x: %w", key, err)
		}
		if rest.common(n.path) < n.path.len() {
			return nil, false, nil
		}
		if rest = rest.drop(n.path.len()); rest.len() == 0 {
			return p.value(key, n.val)
		}
		if merkle = n.kids[rest.at(0)]; merkle == "" {
			return nil, false, nil
		}
		rest = rest.drop(1)
	}
}

func (p *Proof) value(key []byte, v value) ([]byte, bool, error) {
	switch v.kind {
	case inlineValue:
		return []byte(v.data), true, nil
	case hashedValue:
		raw, ok := p.items[v.data]
		if !ok {
			return nil, false, fmt.Errorf("%w: value of key %x with hash %x is missing", ErrProof, key, v.data)
		}
		return []byte(raw), true, nil
	default:
		return nil, false, nil
	}
}

// Verify reads one key from a proof against a root; see Proof for several.
func Verify(root [32]byte, proof [][]byte, key []byte) (value []byte, ok bool, err error) {
	return OpenProof(root, proof).Get(key)
}
