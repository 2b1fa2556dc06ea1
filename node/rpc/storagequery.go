package rpc

import (
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// storageItem is one question of chainHead_v1_storage and archive_v1_storage.
type storageItem struct {
	Key   hexBytes  `json:"key"`
	Type  string    `json:"type"`
	After *hexBytes `json:"paginationStartKey"` // of archive: descendants behind this key
}

// storageFound is one answer: the key with what was asked for.
type storageFound struct {
	Event   string    `json:"event,omitempty"` // of archive, where each answer is an event
	Key     hexBytes  `json:"key"`
	Value   *hexBytes `json:"value,omitempty"`
	Hash    *bt.Hash  `json:"hash,omitempty"`
	Closest *hexBytes `json:"closestDescendantMerkleValue,omitempty"`
}

// The kinds of questions.
const (
	askValue       = "value"
	askHash        = "hash"
	askClosest     = "closestDescendantMerkleValue"
	askDescendants = "descendantsValues"
	askHashes      = "descendantsHashes"
)

// maxItems bounds the questions of one call; pageItems and pageBytes bound how much is answered at once.
const (
	maxItems  = 1000
	pageItems = 1000
	pageBytes = 256 << 10
)

func checkItems(items []storageItem) error {
	if len(items) > maxItems {
		return jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: %d storage items, at most %d", len(items), maxItems)
	}
	for i, it := range items {
		switch it.Type {
		case askValue, askHash, askClosest, askDescendants, askHashes:
		default:
			return jsonrpc.Errorf(jsonrpc.CodeParams, "Invalid params: item %d asks for %q, want %s, %s, %s, %s or %s",
				i, it.Type, askValue, askHash, askClosest, askDescendants, askHashes)
		}
	}
	return nil
}

// scan answers questions page by page, so that a state of any size is read with bounded memory, and without holding it in between.
type scan struct {
	items []storageItem
	from  []byte // where the first item's descendants go on; nil begins
}

// newScan is a scan of checked items. A child trie holds nothing here: the runtime keeps everything in the main one.
func newScan(items []storageItem, childTrie *hexBytes) *scan {
	if childTrie != nil {
		items = nil
	}
	return &scan{items: items}
}

// page answers as much as fits a page; afterwards s.items is empty when all is answered.
func (s *scan) page(v *ledger.View) (out []storageFound, err error) {
	size := 0
	add := func(f storageFound) (full bool) {
		out = append(out, f)
		size += len(f.Key) + 64
		if f.Value != nil {
			size += len(*f.Value)
		}
		return len(out) >= pageItems || size >= pageBytes
	}
	for len(s.items) > 0 {
		it := s.items[0]
		full := false
		switch it.Type {
		case askDescendants, askHashes:
			from := s.from
			if from == nil {
				from = it.Key
				if it.After != nil {
					from = append(append([]byte{}, *it.After...), 0)
				}
			}
			for key, value := range v.Iterate(it.Key, from) {
				if full {
					s.from = key
					return out, nil
				}
				full = add(answer(key, value, it.Type == askHashes))
			}
		case askClosest:
			t, err := v.Trie()
			if err != nil {
				return nil, fmt.Errorf("the trie of block %s: %w", v.Hash, err)
			}
			if merkle, ok := t.ClosestDescendantMerkleValue(it.Key); ok {
				full = add(storageFound{Key: it.Key, Closest: (*hexBytes)(&merkle)})
			}
		default:
			if value, ok := v.Get(it.Key); ok {
				full = add(answer(it.Key, value, it.Type == askHash))
			}
		}
		s.items, s.from = s.items[1:], nil
		if full {
			return out, nil
		}
	}
	return out, nil
}

func answer(key, value []byte, hashed bool) storageFound {
	if hashed {
		sum := bt.Hash(hash.Blake256(value))
		return storageFound{Key: key, Hash: &sum}
	}
	if value == nil {
		value = []byte{}
	}
	return storageFound{Key: key, Value: (*hexBytes)(&value)}
}
