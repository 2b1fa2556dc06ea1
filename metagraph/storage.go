package metagraph

import (
	"context"
	"math/bits"
	"net/netip"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/subtensor"
	"github.com/myelin-go/myelin/subtensor/codec"
)

// fromStorage reads what the runtime function would have told from single items.
func (m *Metagraph) fromStorage(ctx context.Context, at subtensor.State) error {
	var exists bool
	if _, err := at.Query(ctx, &exists, module, "NetworksAdded", m.NetUID); err != nil {
		return err
	}
	if !exists {
		return ErrNoSubnet
	}
	var n uint16
	var symbol []byte
	for _, q := range []struct {
		into any
		item string
	}{
		{&n, "SubnetworkN"}, {&m.Tempo, "Tempo"}, {&m.WeightsRateLimit, "WeightsSetRateLimit"}, {&m.CommitReveal, "CommitRevealWeightsEnabled"},
		{&m.OwnerColdkey, "SubnetOwner"}, {&m.OwnerHotkey, "SubnetOwnerHotkey"}, {&symbol, "TokenSymbol"},
		{&m.Active, "Active"}, {&m.ValidatorPermit, "ValidatorPermit"}, {&m.LastUpdate, "LastUpdate"}, {&m.Emission, "Emission"},
		{&m.Dividends, "Dividends"}, {&m.Incentive, "Incentive"}, {&m.Consensus, "Consensus"},
	} {
		if _, err := at.Query(ctx, q.into, module, q.item, m.NetUID); err != nil {
			return err
		}
	}
	m.Symbol = string(symbol)
	size := int(n)
	m.Active, m.ValidatorPermit, m.LastUpdate = fill(m.Active, size), fill(m.ValidatorPermit, size), fill(m.LastUpdate, size)
	m.Emission, m.Dividends, m.Incentive = fill(m.Emission, size), fill(m.Dividends, size), fill(m.Incentive, size)
	m.Consensus, m.Trust = fill(m.Consensus, size), make([]uint16, size)
	m.Hotkeys, m.RegisteredAt = make([]bt.AccountID, size), make([]uint64, size)
	if err := byUID(ctx, at, "Keys", m.NetUID, m.Hotkeys); err != nil {
		return err
	}
	if err := byUID(ctx, at, "BlockAtRegistration", m.NetUID, m.RegisteredAt); err != nil {
		return err
	}
	return m.neurons(ctx, at)
}

// byUID reads a map from uid.
func byUID[T any](ctx context.Context, at subtensor.State, item string, netuid bt.NetUID, into []T) error {
	for e, err := range at.Entries(ctx, module, item, netuid) {
		if err != nil {
			return err
		}
		var uid bt.UID
		if err := codec.Into(e.Keys[1], &uid); err != nil {
			return err
		}
		if int(uid) < len(into) {
			if err := codec.Into(e.Value, &into[uid]); err != nil {
				return err
			}
		}
	}
	return nil
}

// neurons reads what stands under hotkeys: owner, axon and stake.
func (m *Metagraph) neurons(ctx context.Context, at subtensor.State) error {
	n := m.N()
	m.Coldkeys, m.Axons = make([]bt.AccountID, n), make([]netip.AddrPort, n)
	m.AlphaStake, m.TaoStake, m.TotalStake = make([]bt.Alpha, n), make([]bt.Rao, n), make([]uint64, n)
	var weight uint64
	if _, err := at.Query(ctx, &weight, module, "TaoWeight"); err != nil {
		return err
	}
	for i, hotkey := range m.Hotkeys {
		if _, err := at.Query(ctx, &m.Coldkeys[i], module, "Owner", hotkey); err != nil {
			return err
		}
		var a axon
		if _, err := at.Query(ctx, &a, module, "Axons", m.NetUID, hotkey); err != nil {
			return err
		}
		m.Axons[i] = a.addr()
		if _, err := at.Query(ctx, &m.AlphaStake[i], module, "TotalHotkeyAlpha", hotkey, m.NetUID); err != nil {
			return err
		}
		var root bt.Rao
		if _, err := at.Query(ctx, &root, module, "TotalHotkeyAlpha", hotkey, bt.NetUID(0)); err != nil {
			return err
		}
		m.TaoStake[i] = scaled(root, weight)
		m.TotalStake[i] = uint64(m.AlphaStake[i]) + uint64(m.TaoStake[i])
	}
	return nil
}

// scaled is an amount of TAO times TaoWeight, a fraction of 2^64 that counts at one for its largest value.
func scaled(amount bt.Rao, weight uint64) bt.Rao {
	hi, _ := bits.Mul64(uint64(amount), weight)
	return bt.Rao(hi)
}
