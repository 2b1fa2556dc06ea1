package history

import (
	"bytes"
	"fmt"
	"math/big"

	"github.com/myelin-go/myelin/amm"
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/sim/world"
)

// volume is what was traded in the pool of the subnet registered in some block, and the rate of the next fee.
type volume struct {
	traded *big.Int
	since  uint64
	fee    uint16
}

func (a *auditor) money(w *world.World, c *frame.Ctx, b block) error {
	var held bt.Rao
	least := w.Chain.Parts.Balances.Constants.ExistentialDeposit.Get()
	for who, acc := range w.Chain.Parts.System.Storage.Account.All(c.State) {
		total := acc.Data.Free + acc.Data.Reserved
		held += total
		if total < least && (total != 0 || acc.Providers != 0) {
			return fmt.Errorf("account %v exists with %d rao, below the existential deposit, and %d providers", who, uint64(total), acc.Providers)
		}
	}
	issued, counted := w.Chain.Parts.Balances.TotalIssuance(c), w.Module.Storage.TotalIssuance.Get(c.State)
	if held != issued {
		return fmt.Errorf("accounts hold %d rao, issued are %d", uint64(held), uint64(issued))
	}
	distance := issued - counted
	if distance != a.distance && !b.author.IsZero() && !b.has(a.unseen) {
		return fmt.Errorf("issued are %d rao, SubtensorModule counts %d: %d apart, %d before", uint64(issued), uint64(counted), int64(distance), int64(a.distance))
	}
	a.distance = distance
	return nil
}

// unbacked is the subnet of the genesis whose TAO was never issued.
const unbacked = bt.NetUID(1)

func (a *auditor) custody(w *world.World, c *frame.Ctx, b block) error {
	least := w.Chain.Parts.Balances.Constants.ExistentialDeposit.Get()
	for id := range w.Module.Storage.NetworksAdded.Keys(c.State) {
		account := w.Module.Pools.CustodyAccount(id)
		pool, custody := w.Module.Storage.SubnetTAO.Get(c.State, id), w.Chain.Parts.Balances.Free(c, account)
		short := pool - min(pool, custody)
		may := a.short[id]
		for _, e := range b.Events {
			if a.dust[[2]byte(e.Data)] && bytes.HasPrefix(e.Data[2:], account[:]) {
				may += least - 1
			}
		}
		if short > may && id != unbacked {
			return fmt.Errorf("subnet %d: the pool has %d rao, custody only %d; one block ago %d were missing", id, uint64(pool), uint64(custody), uint64(a.short[id]))
		}
		a.short[id] = short
	}
	return nil
}

// trade is (4)'s difference, what every pool has traded, and the highest fee on what it traded since the state before. A pool that came or went since may have traded too: then
// it is not known, and nil.
func (a *auditor) trade(w *world.World, c *frame.Ctx) (ahead bt.Rao, volumes map[bt.NetUID]volume, fees *big.Int) {
	s, st := c.State, &w.Module.Storage
	ahead, volumes, fees = st.TotalStake.Get(s), map[bt.NetUID]volume{}, new(big.Int)
	known := true
	for id := range st.NetworksAdded.Keys(s) {
		ahead -= st.SubnetTAO.Get(s, id)
		v := volume{st.SubnetVolume.Get(s, id).Big(), st.NetworkRegisteredAt.Get(s, id), w.Module.Pools.Swap.Storage.FeeRate.Get(s, id)}
		before, ok := a.volumes[id]
		if volumes[id] = v; !ok || before.since != v.since {
			known = false
			continue
		}
		const whole, cut = 1<<16 - 1, 1 // each purchase's fee is rounded; a purchase trades one rao at least
		fee := new(big.Int).Sub(v.traded, before.traded)
		fee.Mul(fee, big.NewInt(int64(max(v.fee, before.fee))))
		fees.Add(fees, fee.Div(fee, big.NewInt(whole)).Add(fee, big.NewInt(cut)))
	}
	if !known || len(volumes) != len(a.volumes) {
		fees = nil
	}
	return ahead, volumes, fees
}

func (a *auditor) staked(w *world.World, c *frame.Ctx, _ block) error {
	ahead, volumes, fees := a.trade(w, c)
	grown := big.NewInt(int64(ahead - a.ahead))
	if grown.Sign() < 0 || fees != nil && grown.Cmp(fees) > 0 {
		return fmt.Errorf("TotalStake is %d rao ahead of the pools, was %d: the fees of purchases came to %v at most", int64(ahead), int64(a.ahead), fees)
	}
	a.ahead, a.volumes = ahead, volumes
	return nil
}

func (a *auditor) pools(w *world.World, c *frame.Ctx, b block) error {
	s, st := c.State, &w.Module.Storage
	for id := range st.NetworksAdded.Keys(s) {
		least := w.Module.Pools.Swap.Pool(c, id).MinimumReserve
		is := reserves{st.SubnetAlphaIn.Get(s, id), st.SubnetTAO.Get(s, id), st.NetworkRegisteredAt.Get(s, id)}
		was, ok := a.reserves[id]
		a.reserves[id] = is
		if !ok || was.since != is.since || b.calls > 1 || st.SubnetMechanism.Get(s, id) != amm.Dynamic {
			continue
		}
		// What the block itself put in may have brought it to the minimum.
		alpha, tao := was.alpha+st.SubnetAlphaInEmission.Get(s, id), was.tao+st.SubnetTaoInEmission.Get(s, id)+st.SubnetExcessTao.Get(s, id)
		if uint64(alpha) < least && is.alpha < was.alpha || uint64(tao) < least && is.tao < was.tao {
			return fmt.Errorf("subnet %d: the pool had %d alpha and %d rao, has %d and %d: it paid from a reserve under %d", id, was.alpha, uint64(was.tao), is.alpha, uint64(is.tao), least)
		}
	}
	return nil
}
