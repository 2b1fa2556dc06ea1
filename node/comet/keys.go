package comet

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	cometed25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cometjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/p2p"
	"github.com/cometbft/cometbft/privval"
)

type (
	signer  = privval.FilePV
	nodeKey = p2p.NodeKey
)

// The files of an engine's folder beside CometBFT's databases. Keys are readable by their owner only.
const (
	validatorKeyFile   = "validator_key.json"
	validatorStateFile = "validator_state.json" // what was signed last; it keeps a validator from signing twice
	nodeKeyFile        = "node_key.json"
	genesisFile        = "genesis.json"
	addressFile        = "addresses.json"
)

// String is the key in hex.
func (k ConsensusKey) String() string { return hex.EncodeToString(k[:]) }

// MarshalText prints the key in hex.
func (k ConsensusKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads 64 hex digits.
func (k *ConsensusKey) UnmarshalText(text []byte) error {
	raw, err := hex.DecodeString(string(text))
	if err != nil || len(raw) != len(k) {
		return fmt.Errorf("consensus key %q is not %d hex digits", text, 2*len(k))
	}
	*k = ConsensusKey(raw)
	return nil
}

// address is how CometBFT names the key's owner.
func (k ConsensusKey) address() [20]byte { return [20]byte(cometed25519.PubKey(k[:]).Address()) }

// Identity is how others name a node.
type Identity struct {
	NodeID string       `json:"nodeId"` // peers write it before the node's address: id@host:port
	Key    ConsensusKey `json:"key"`    // for Network.Validators
}

// OpenIdentity reads the identity of the node in an engine's folder and makes its keys if there are none.
func OpenIdentity(dir string) (Identity, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Identity{}, fmt.Errorf("cannot write to the base path: %w", err)
	}
	s, n, err := openKeys(dir)
	if err != nil {
		return Identity{}, err
	}
	return Identity{NodeID: string(n.ID()), Key: ConsensusKey(s.Key.PubKey.Bytes())}, nil
}

// openKeys reads the keys of a folder or makes them. CometBFT's own loading ends the process on a file it cannot read.
func openKeys(dir string) (*signer, *nodeKey, error) {
	keyPath, statePath := filepath.Join(dir, validatorKeyFile), filepath.Join(dir, validatorStateFile)
	var key privval.FilePVKey
	var state privval.FilePVLastSignState
	haveKey, err := readJSON(keyPath, &key)
	if err != nil {
		return nil, nil, fmt.Errorf("validator key: %w", err)
	}
	haveState, err := readJSON(statePath, &state)
	if err != nil {
		return nil, nil, fmt.Errorf("record of what the validator signed: %w", err)
	}
	switch {
	case haveKey && !haveState:
		return nil, nil, fmt.Errorf("%s is there but %s is missing: without it the validator could sign two blocks at one height; bring the file back, or remove the key to go on under another one",
			keyPath, statePath)
	case haveState && !haveKey:
		return nil, nil, fmt.Errorf("%s is there but %s is missing: bring the key back, or remove the record to go on under another key", statePath, keyPath)
	case !haveKey:
		made := privval.GenFilePV(keyPath, statePath)
		made.LastSignState.Save() // first: a crash between the two must not leave a key alone
		made.Key.Save()
	case key.PrivKey == nil:
		return nil, nil, fmt.Errorf("%s holds no private key", keyPath)
	}
	pv := privval.LoadFilePV(keyPath, statePath)
	if _, ok := pv.Key.PubKey.(cometed25519.PubKey); !ok {
		return nil, nil, fmt.Errorf("%s holds a key of type %s, want ed25519", keyPath, pv.Key.PubKey.Type())
	}
	node, err := p2p.LoadOrGenNodeKey(filepath.Join(dir, nodeKeyFile))
	if err != nil {
		return nil, nil, fmt.Errorf("node key: %w", err)
	}
	return pv, node, nil
}

// readJSON reads a file in CometBFT's JSON; ok is false when there is none.
func readJSON(path string, to any) (ok bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if err := cometjson.Unmarshal(raw, to); err != nil {
		return false, fmt.Errorf("%s: %w", path, err)
	}
	return true, nil
}
