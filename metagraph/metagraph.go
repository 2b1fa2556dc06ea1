// Package metagraph shows a subnet at one block: its neurons with stake, scores and endpoints, as arrays by uid.
//
// Load asks the node's runtime functions, and reads single storage items where a node has none. All figures are those of one block.
//
// It deliberately keeps nothing up to date (load again) and judges nothing.
package metagraph

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/netip"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/subtensor"
	"github.com/myelin-go/myelin/subtensor/codec"
)

// Metagraph is a subnet at one block. Slices are by uid and of the same length, but for Weights and Bonds, which are nil unless asked for.
// Scores are in units of 1/65535.
type Metagraph struct {
	NetUID bt.NetUID
	Block  bt.BlockNumber
	Hash   bt.Hash // of the block
	Source Source

	Name, Symbol     string
	OwnerHotkey      bt.AccountID
	OwnerColdkey     bt.AccountID
	Tempo            uint16 // blocks from one epoch to the next
	WeightsRateLimit uint64 // least number of blocks between two settings of weights
	CommitReveal     bool   // weights are committed first and revealed later

	Hotkeys         []bt.AccountID
	Coldkeys        []bt.AccountID
	Axons           []netip.AddrPort // not valid where a neuron serves nothing
	Active          []bool
	ValidatorPermit []bool
	LastUpdate      []uint64 // block of the last weights
	RegisteredAt    []uint64 // block
	Emission        []bt.Alpha
	Dividends       []uint16
	Incentive       []uint16
	Consensus       []uint16
	Trust           []uint16 // zero on chains that do not compute it
	ValidatorTrust  []uint16 // read from storage; nil when the node lacks it

	AlphaStake []bt.Alpha // on the hotkey in this subnet
	TaoStake   []bt.Rao   // on the hotkey in root, as far as it counts here
	TotalStake []uint64   // what counts in consensus: alpha and TAO together

	Weights [][]Weight
	Bonds   [][]Weight
}

// Source tells where a metagraph was read from.
type Source uint8

// The sources.
const (
	FromRuntime Source = iota // a function of the runtime
	FromStorage               // single storage items; stake is then without what parents lend to their children
)

// Weight is a value that one neuron gives another.
type Weight struct {
	UID   bt.UID `name:"0"`
	Value uint16 `name:"1"`
}

// N is the number of neurons.
func (m *Metagraph) N() int { return len(m.Hotkeys) }

// UID finds a neuron by its hotkey.
func (m *Metagraph) UID(hotkey bt.AccountID) (bt.UID, bool) {
	for i, h := range m.Hotkeys {
		if h == hotkey {
			return bt.UID(i), true
		}
	}
	return 0, false
}

// Options choose the part of a subnet to load; the zero value is mechanism 0 without weights and bonds at the best block.
type Options struct {
	At *bt.Hash // the block; nil is the best one

	Weights, Bonds bool
}

const module = "SubtensorModule"

// ErrNoSubnet is wrapped when there is no subnet of a netuid at the block.
var ErrNoSubnet = errors.New("there is no such subnet")

// Load reads a subnet at a block.
func Load(ctx context.Context, c *subtensor.Client, netuid bt.NetUID, o Options) (*Metagraph, error) {
	m, err := load(ctx, c, netuid, o)
	if err != nil {
		return nil, fmt.Errorf("metagraph of subnet %d: %w", netuid, err)
	}
	return m, nil
}

func load(ctx context.Context, c *subtensor.Client, netuid bt.NetUID, o Options) (*Metagraph, error) {
	m := &Metagraph{NetUID: netuid}
	var err error
	if m.Block, m.Hash, err = block(ctx, c, o.At); err != nil {
		return nil, err
	}
	at := c.At(m.Hash)
	err = m.fromRuntime(ctx, at)
	if errors.Is(err, subtensor.ErrNoAPI) {
		m.Source = FromStorage
		err = m.fromStorage(ctx, at)
	}
	if err != nil {
		return nil, err
	}
	// The runtime function leaves this one out; chains before it was stored have none.
	if _, err := at.Query(ctx, &m.ValidatorTrust, module, "ValidatorTrust", netuid); err != nil && !errors.Is(err, codec.ErrUnknown) {
		return nil, err
	}
	m.ValidatorTrust = fill(m.ValidatorTrust, m.N())
	if o.Weights {
		if m.Weights, err = rows(ctx, at, "Weights", netuid, m.N()); err != nil {
			return nil, err
		}
	}
	if o.Bonds {
		if m.Bonds, err = rows(ctx, at, "Bonds", netuid, m.N()); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func block(ctx context.Context, c *subtensor.Client, at *bt.Hash) (bt.BlockNumber, bt.Hash, error) {
	if at != nil {
		h, err := c.Header(ctx, *at)
		return h.Number, *at, err
	}
	h, err := c.Head(ctx)
	return h.Number, h.Hash(), err
}

// wire is what the runtime function answers, as far as it is shown here. Members that a chain does not have stay empty.
type wire struct {
	Name, Symbol               []byte
	OwnerHotkey, OwnerColdkey  bt.AccountID
	Tempo                      uint16
	WeightsRateLimit           uint64
	CommitRevealWeightsEnabled bool
	Hotkeys, Coldkeys          []bt.AccountID
	Axons                      []axon
	Active, ValidatorPermit    []bool
	LastUpdate                 []uint64
	BlockAtRegistration        []uint64
	Emission                   []bt.Alpha
	Dividends, Incentives      []uint16
	Consensus, Trust           []uint16
	AlphaStake                 []bt.Alpha
	TaoStake                   []bt.Rao
	TotalStake                 []uint64
}

type axon struct {
	IP     *big.Int `name:"ip"`
	IPType uint8    `name:"ip_type"`
	Port   uint16
}

func (a axon) addr() netip.AddrPort {
	if addr := subtensor.ParseAxonIP(a.IP, a.IPType); addr.IsValid() && a.Port != 0 {
		return netip.AddrPortFrom(addr, a.Port)
	}
	return netip.AddrPort{}
}

func (m *Metagraph) fromRuntime(ctx context.Context, at subtensor.State) error {
	v, err := at.CallValue(ctx, "SubnetInfoRuntimeApi", "get_metagraph", m.NetUID)
	if err != nil {
		return err
	}
	if v == nil {
		return ErrNoSubnet
	}
	var w wire
	if err := codec.Into(v, &w); err != nil {
		return err
	}
	n := len(w.Hotkeys)
	m.Name, m.Symbol, m.OwnerHotkey, m.OwnerColdkey = string(w.Name), string(w.Symbol), w.OwnerHotkey, w.OwnerColdkey
	m.Tempo, m.WeightsRateLimit, m.CommitReveal = w.Tempo, w.WeightsRateLimit, w.CommitRevealWeightsEnabled
	m.Hotkeys, m.Coldkeys = w.Hotkeys, fill(w.Coldkeys, n)
	m.Axons = make([]netip.AddrPort, n)
	for i, a := range w.Axons[:min(n, len(w.Axons))] {
		m.Axons[i] = a.addr()
	}
	m.Active, m.ValidatorPermit = fill(w.Active, n), fill(w.ValidatorPermit, n)
	m.LastUpdate, m.RegisteredAt = fill(w.LastUpdate, n), fill(w.BlockAtRegistration, n)
	m.Emission, m.Dividends, m.Incentive = fill(w.Emission, n), fill(w.Dividends, n), fill(w.Incentives, n)
	m.Consensus, m.Trust = fill(w.Consensus, n), fill(w.Trust, n)
	m.AlphaStake, m.TaoStake, m.TotalStake = fill(w.AlphaStake, n), fill(w.TaoStake, n), fill(w.TotalStake, n)
	return nil
}

// fill makes a vector n long: chains keep some shorter than the subnet until its next epoch, or empty.
func fill[T any](v []T, n int) []T {
	if len(v) >= n {
		return v[:n]
	}
	return append(v, make([]T, n-len(v))...)
}

// rows reads the weights or bonds of mechanism 0, whose storage index is the netuid.
func rows(ctx context.Context, at subtensor.State, item string, netuid bt.NetUID, n int) ([][]Weight, error) {
	out := make([][]Weight, n)
	for e, err := range at.Entries(ctx, module, item, netuid) {
		if err != nil {
			return nil, err
		}
		var uid bt.UID
		if err := codec.Into(e.Keys[1], &uid); err != nil {
			return nil, err
		}
		if int(uid) >= n {
			continue // left by a subnet that was larger
		}
		if err := codec.Into(e.Value, &out[uid]); err != nil {
			return nil, fmt.Errorf("%s of uid %d: %w", item, uid, err)
		}
	}
	return out, nil
}
