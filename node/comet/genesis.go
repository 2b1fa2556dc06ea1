package comet

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"time"

	cometed25519 "github.com/cometbft/cometbft/crypto/ed25519"
	cometjson "github.com/cometbft/cometbft/libs/json"
	"github.com/cometbft/cometbft/libs/tempfile"
	"github.com/cometbft/cometbft/types"

	"github.com/myelin-go/myelin/bt"
)

// Network is how a chain's consensus begins; every node of it must have the same.
type Network struct {
	Start      time.Time   `json:"start"` // the time of block 1
	Validators []Validator `json:"validators"`
}

// Validator is one of those who make blocks.
type Validator struct {
	Name  string       `json:"name"`
	Key   ConsensusKey `json:"key"`
	Power int64        `json:"power"` // its share of votes; a block needs more than two thirds of all
	// Account gets the fees of the blocks that the validator proposes; zero is nobody.
	Account bt.AccountID `json:"account"`
}

// maxPower bounds the sum of powers; CometBFT's own bound is 2^63/8.
const maxPower = 1 << 60

// Validate tells what is wrong with a network.
func (n *Network) Validate() error {
	if n.Start.IsZero() {
		return errors.New("the network has no start time")
	}
	if len(n.Validators) == 0 {
		return errors.New("the network has no validators")
	}
	seen := map[ConsensusKey]bool{}
	var total int64
	for i, v := range n.Validators {
		if v.Power <= 0 || v.Power > maxPower-total {
			return fmt.Errorf("validator %d (%s) has power %d, want at least 1 and at most 2^60 of all together", i, v.Name, v.Power)
		}
		if seen[v.Key] {
			return fmt.Errorf("validator %d (%s) has the key of another", i, v.Name)
		}
		seen[v.Key] = true
		total += v.Power
	}
	return nil
}

// chainID names the network in every signature, so that none counts on another chain. It is bound by the genesis hash; CometBFT allows 50 bytes.
func chainID(genesis bt.Hash) string { return "myelin-" + hex.EncodeToString(genesis[:20]) }

// maxBlockBytes is CometBFT's bound of a block. It is above what the runtime lets into one, so that the runtime's limit counts.
const maxBlockBytes = 8 << 20

// openGenesis reads the network of a folder, or writes it when there is none: the one of the configuration, or this node alone.
func openGenesis(dir string, genesis bt.Hash, own ConsensusKey, cfg *Config) (*types.GenesisDoc, *Network, error) {
	path := filepath.Join(dir, genesisFile)
	var doc types.GenesisDoc
	have, err := readJSON(path, &doc)
	if err != nil {
		return nil, nil, fmt.Errorf("network: %w", err)
	}
	want := cfg.Network
	if have {
		var network Network
		if err := json.Unmarshal(doc.AppState, &network); err != nil {
			return nil, nil, fmt.Errorf("network: %s: %w", path, err)
		}
		if id := chainID(genesis); doc.ChainID != id {
			return nil, nil, fmt.Errorf("%w: it is %s, this chain's is %s; name another base path or the right chain", ErrOtherNetwork, doc.ChainID, id)
		}
		if want != nil && !same(want, &network) {
			return nil, nil, fmt.Errorf("%w: its start or its validators differ from those asked for; name another base path or the right network", ErrOtherNetwork)
		}
		if err := doc.ValidateAndComplete(); err != nil {
			return nil, nil, fmt.Errorf("network: %s: %w", path, err)
		}
		return &doc, &network, nil
	}
	if want == nil {
		want = &Network{Start: time.Now(), Validators: []Validator{{Name: cfg.Moniker, Key: own, Power: 1, Account: cfg.Author}}}
	}
	if err := want.Validate(); err != nil {
		return nil, nil, err
	}
	network := *want
	network.Start = network.Start.UTC().Truncate(time.Millisecond)
	made, err := makeGenesis(genesis, &network)
	if err != nil {
		return nil, nil, err
	}
	raw, err := cometjson.MarshalIndent(made, "", "  ")
	if err != nil {
		return nil, nil, err
	}
	if err := tempfile.WriteFileAtomic(path, raw, 0o644); err != nil {
		return nil, nil, fmt.Errorf("network: %w", err)
	}
	return made, &network, nil
}

func same(a, b *Network) bool {
	return a.Start.Truncate(time.Millisecond).Equal(b.Start) && reflect.DeepEqual(a.Validators, b.Validators)
}

// makeGenesis is CometBFT's genesis of a network on a chain.
func makeGenesis(genesis bt.Hash, n *Network) (*types.GenesisDoc, error) {
	state, err := json.Marshal(n)
	if err != nil {
		return nil, err
	}
	params := types.DefaultConsensusParams()
	params.Block.MaxBytes = maxBlockBytes
	doc := &types.GenesisDoc{
		GenesisTime: n.Start, ChainID: chainID(genesis), InitialHeight: 1, ConsensusParams: params, AppState: state,
	}
	for _, v := range n.Validators {
		key := cometed25519.PubKey(v.Key[:])
		doc.Validators = append(doc.Validators, types.GenesisValidator{Address: key.Address(), PubKey: key, Power: v.Power, Name: v.Name})
	}
	if err := doc.ValidateAndComplete(); err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	return doc, nil
}

// ReadNetwork reads a network from a JSON file; unknown members are refused.
func ReadNetwork(path string) (*Network, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("network: %w", err)
	}
	defer f.Close()
	d := json.NewDecoder(f)
	d.DisallowUnknownFields()
	n := new(Network)
	if err := d.Decode(n); err != nil {
		return nil, fmt.Errorf("network: %s: %w", path, err)
	}
	if err := n.Validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}
