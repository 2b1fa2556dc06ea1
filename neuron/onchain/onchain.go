// Package onchain gives neurons their view of a real chain: neuron.Chain on top of the RPC client.
//
// It deliberately adds nothing of its own: no cache, no retries. The loops look again and do again what did not take.
package onchain

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/netip"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/neuron"
	"github.com/myelin-go/myelin/subtensor"
)

// Config says for whom to speak, and to which subnet. Client, NetUID and Hotkey are needed.
type Config struct {
	Client *subtensor.Client
	NetUID bt.NetUID
	Mech   bt.MechID // whose weights to set; 0 is the only one of most subnets

	Hotkey *keys.Pair // signs weights and the axon's address
	// Coldkey pays for registering. Without it Register fails: then somebody else must have registered the hotkey.
	Coldkey *keys.Pair
	// Version is the neuron software's, which the subnet's owner can ask to be of a least value.
	Version uint64
}

// Chain is one neuron's view. It is safe for concurrent use.
type Chain struct{ cfg Config }

var _ neuron.Chain = (*Chain)(nil)

// New checks a configuration.
func New(cfg Config) (*Chain, error) {
	if cfg.Client == nil {
		return nil, errors.New("onchain: no client; give one in Config.Client")
	}
	if cfg.Hotkey == nil {
		return nil, errors.New("onchain: no hotkey; give one in Config.Hotkey")
	}
	return &Chain{cfg: cfg}, nil
}

// info is what the chain's neuron infos hold that neurons look at.
type info struct {
	Hotkey          bt.AccountID
	UID             bt.UID `name:"uid"`
	Stake           []nomination
	LastUpdate      uint64
	ValidatorPermit bool
	AxonInfo        struct {
		IP     *big.Int `name:"ip"`
		Port   uint16
		IPType uint8 `name:"ip_type"`
	}
}

// nomination is the stake that one coldkey has on the hotkey.
type nomination struct {
	Coldkey bt.AccountID
	Amount  uint64
}

// Subnet reads the subnet at the best block.
func (c *Chain) Subnet(ctx context.Context) (*neuron.Subnet, error) {
	head, err := c.cfg.Client.Head(ctx)
	if err != nil {
		return nil, err
	}
	hash, err := c.cfg.Client.BlockHash(ctx, head.Number)
	if err != nil {
		return nil, err
	}
	at := c.cfg.Client.At(hash)
	s := &neuron.Subnet{Block: head.Number}
	if _, err := at.Query(ctx, &s.Tempo, "SubtensorModule", "Tempo", c.cfg.NetUID); err != nil {
		return nil, err
	}
	if _, err := at.Query(ctx, &s.WeightsRateLimit, "SubtensorModule", "WeightsSetRateLimit", c.cfg.NetUID); err != nil {
		return nil, err
	}
	var infos []info
	if err := at.Call(ctx, &infos, "NeuronInfoRuntimeApi", "get_neurons_lite", c.cfg.NetUID); err != nil {
		return nil, err
	}
	for _, n := range infos {
		s.Peers = append(s.Peers, n.peer())
	}
	return s, nil
}

func (n *info) peer() neuron.Peer {
	p := neuron.Peer{UID: n.UID, Hotkey: n.Hotkey, Permit: n.ValidatorPermit, LastUpdate: bt.BlockNumber(n.LastUpdate)}
	for _, s := range n.Stake {
		p.Stake += s.Amount
	}
	if ip := n.AxonInfo.IP; ip != nil && n.AxonInfo.Port != 0 {
		if addr := subtensor.ParseAxonIP(ip, n.AxonInfo.IPType); addr.IsValid() {
			p.Axon = netip.AddrPortFrom(addr.Unmap(), n.AxonInfo.Port)
		}
	}
	return p
}

// Register pays the price of the moment for the hotkey's place.
func (c *Chain) Register(ctx context.Context) error {
	if c.cfg.Coldkey == nil {
		return fmt.Errorf("hotkey %s is not registered on subnet %d, and there is no coldkey to pay for it", c.cfg.Hotkey.Public(), c.cfg.NetUID)
	}
	return c.submit(ctx, subtensor.BurnedRegister(c.cfg.NetUID, c.cfg.Hotkey.Public()), c.cfg.Coldkey)
}

// ServeAxon publishes the axon's address.
func (c *Chain) ServeAxon(ctx context.Context, at netip.AddrPort) error {
	return c.submit(ctx, subtensor.ServeAxon(c.cfg.NetUID, uint32(c.cfg.Version), at), c.cfg.Hotkey)
}

// SetWeights sets the hotkey's weights. Where the subnet takes them by commit and reveal only, they are committed under a timelock, and the chain sets them itself
// some epochs later.
func (c *Chain) SetWeights(ctx context.Context, uids []bt.UID, weights []uint16) error {
	hidden, err := c.cfg.Client.Latest().CommitReveal(ctx, c.cfg.NetUID)
	if err != nil {
		return err
	}
	if hidden {
		return c.commit(ctx, uids, weights)
	}
	return c.submit(ctx, subtensor.SetWeights(c.cfg.NetUID, c.cfg.Mech, uids, weights, c.cfg.Version), c.cfg.Hotkey)
}

// submit returns once the chain has executed the call.
func (c *Chain) submit(ctx context.Context, call subtensor.Call, signer *keys.Pair) error {
	_, err := c.cfg.Client.Submit(ctx, call, signer, subtensor.SubmitOptions{})
	return err
}
