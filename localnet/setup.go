package localnet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"golang.org/x/sync/errgroup"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/subtensor"
	"github.com/myelin-go/myelin/wallet"
)

// saveWallets writes the cast's wallets in the official form, without passwords; those that are there already must be the same.
func (n *network) saveWallets() error {
	for _, m := range n.cast {
		w, err := wallet.Open(n.walletsPath(), m.name, "default")
		if err != nil {
			return err
		}
		for _, k := range []struct {
			pair *keys.Pair
			save func(*wallet.Key, wallet.SaveOptions) error
			load func() (bt.AccountID, error)
		}{
			{m.cold, w.SetColdkey, w.ColdkeyPub},
			{m.hot, w.SetHotkey, w.HotkeyPub},
		} {
			err := k.save(wallet.FromPair(k.pair), wallet.SaveOptions{})
			if !errors.Is(err, fs.ErrExist) {
				if err != nil {
					return err
				}
				continue
			}
			if have, err := k.load(); err != nil || have != k.pair.Public() {
				return fmt.Errorf("wallet %s in %s is another one's (%v); name another base path", m.name, n.walletsPath(), errors.Join(err))
			}
		}
	}
	return nil
}

// setUp makes the subnet and its neurons as anybody would, by transactions, and returns its netuid. On a chain where that was done before
// it does what is missing.
func (n *network) setUp(ctx context.Context, c *subtensor.Client) (bt.NetUID, error) {
	owner := n.cast[0]
	if netuid, ok, err := n.findSubnet(ctx, c, owner.cold.Public()); err != nil || ok {
		return netuid, err
	}
	alice, err := keys.FromURI("//Alice")
	if err != nil {
		return 0, err
	}
	n.note("funding %d wallets from //Alice", len(n.cast))
	var transfers []subtensor.Call
	for _, m := range n.cast {
		transfers = append(transfers, subtensor.Transfer(m.cold.Public(), m.fund))
	}
	if _, err := c.Submit(ctx, subtensor.Batch(transfers...), alice, subtensor.SubmitOptions{}); err != nil {
		return 0, fmt.Errorf("fund the wallets: %w", err)
	}
	if _, err := c.Submit(ctx, subtensor.RegisterNetwork(owner.hot.Public()), owner.cold, subtensor.SubmitOptions{}); err != nil {
		return 0, fmt.Errorf("register a subnet: %w", err)
	}
	netuid, ok, err := n.findSubnet(ctx, c, owner.cold.Public())
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, errors.New("the subnet was registered, but the chain does not list it")
	}
	n.note("subnet %d is registered", netuid)
	if err := n.setPace(ctx, c, alice, netuid); err != nil {
		return 0, fmt.Errorf("set the subnet's pace: %w", err)
	}
	if _, err := c.Submit(ctx, subtensor.StartCall(netuid), owner.cold, subtensor.SubmitOptions{}); err != nil {
		return 0, fmt.Errorf("start subnet %d: %w", netuid, err)
	}
	if err := n.register(ctx, c, netuid); err != nil {
		return 0, err
	}
	n.note("%d neurons are registered, %d of them stake", len(n.cast), n.validators())
	return netuid, nil
}

// weightsPause is the fewest blocks between two settings of weights by one validator: an epoch of the fast network has 10.
const weightsPause = 8

// setPace sets by sudo what only root may: that weights are set openly and as often as epochs come, and that the pool gets its part of
// emission.
func (n *network) setPace(ctx context.Context, c *subtensor.Client, sudo *keys.Pair, netuid bt.NetUID) error {
	set := func(name string, args map[string]any) subtensor.Call {
		return subtensor.Call{Pallet: "AdminUtils", Name: name, Args: args}
	}
	_, err := c.Submit(ctx, subtensor.Sudo(subtensor.Batch(
		set("sudo_set_admin_freeze_window", map[string]any{"window": uint16(0)}),
		set("sudo_set_commit_reveal_weights_enabled", map[string]any{"netuid": netuid, "enabled": false}),
		set("sudo_set_weights_set_rate_limit", map[string]any{"netuid": netuid, "weights_set_rate_limit": uint64(weightsPause)}),
		set("sudo_set_subnet_emission_enabled", map[string]any{"netuid": netuid, "enabled": true}),
	)), sudo, subtensor.SubmitOptions{})
	return err
}

// register buys each neuron its place; validators then stake. The owner's hotkey has uid 0 already.
func (n *network) register(ctx context.Context, c *subtensor.Client, netuid bt.NetUID) error {
	g, ctx := errgroup.WithContext(ctx)
	for i, m := range n.cast {
		g.Go(func() error {
			if i > 0 {
				if _, err := c.Submit(ctx, subtensor.BurnedRegister(netuid, m.hot.Public()), m.cold, subtensor.SubmitOptions{}); err != nil {
					return fmt.Errorf("register %s: %w", m.name, err)
				}
			}
			if m.stake == 0 {
				return nil
			}
			if _, err := c.Submit(ctx, subtensor.AddStake(m.hot.Public(), netuid, m.stake), m.cold, subtensor.SubmitOptions{}); err != nil {
				return fmt.Errorf("stake for %s: %w", m.name, err)
			}
			return nil
		})
	}
	return g.Wait()
}

func (n *network) validators() (count int) {
	for _, m := range n.cast {
		if m.role == validating {
			count++
		}
	}
	return count
}

// findSubnet is the subnet that an account owns, if it owns one.
func (n *network) findSubnet(ctx context.Context, c *subtensor.Client, owner bt.AccountID) (bt.NetUID, bool, error) {
	for e, err := range c.Latest().Entries(ctx, "SubtensorModule", "NetworksAdded") {
		if err != nil {
			return 0, false, err
		}
		netuid, ok := asUint(e.Keys[0])
		if !ok {
			return 0, false, fmt.Errorf("netuid %v is no number", e.Keys[0])
		}
		var who bt.AccountID
		if _, err := c.Latest().Query(ctx, &who, "SubtensorModule", "SubnetOwner", bt.NetUID(netuid)); err != nil {
			return 0, false, err
		}
		if who == owner {
			return bt.NetUID(netuid), true, nil
		}
	}
	return 0, false, nil
}

// asUint reads a number of any unsigned type.
func asUint(v any) (uint64, bool) {
	switch v := v.(type) {
	case uint64:
		return v, true
	case uint32:
		return uint64(v), true
	case uint16:
		return uint64(v), true
	case uint8:
		return uint64(v), true
	}
	return 0, false
}
