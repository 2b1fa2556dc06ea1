package localnet

import (
	"context"
	"math"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/subtensor"
)

// observer draws reports from the chain, by RPC.
type observer struct {
	client *subtensor.Client
	netuid bt.NetUID
	seed   uint64
	cast   []*member
	counts *tally

	seen  bt.BlockNumber // for the average block time
	since time.Time
	pace  float64
}

// weightRow is a stored row of weights.
type weightRow []struct{ UID, Value uint16 }

// look reads the subnet after a block.
func (o *observer) look(ctx context.Context, head bt.Header) (*Report, error) {
	hash := head.Hash()
	at := o.client.At(hash)
	final, err := o.client.Finalized(ctx)
	if err != nil {
		return nil, err
	}
	r := &Report{Type: "epoch", Height: head.Number, Finalised: final.Number, StateRoot: head.StateRoot, NetUID: o.netuid, Seed: o.seed, BlockTime: o.blockTime(head.Number)}
	var tao, injected, bought bt.Rao
	var alpha bt.Alpha
	var n uint16
	var incentive, consensus, dividends, trust, stakeWeight []uint16
	var emission []uint64
	for _, q := range []struct {
		into any
		item string
	}{
		{&r.Epoch, "SubnetEpochIndex"}, {&tao, "SubnetTAO"}, {&alpha, "SubnetAlphaIn"}, {&injected, "SubnetTaoInEmission"}, {&bought, "SubnetExcessTao"}, {&n, "SubnetworkN"},
		{&incentive, "Incentive"}, {&consensus, "Consensus"}, {&dividends, "Dividends"}, {&trust, "ValidatorTrust"},
		{&stakeWeight, "StakeWeight"}, {&emission, "Emission"},
	} {
		if _, err := at.Query(ctx, q.into, "SubtensorModule", q.item, o.netuid); err != nil {
			return nil, err
		}
	}
	var price uint64
	if err := at.Call(ctx, &price, "SwapRuntimeApi", "current_alpha_price", o.netuid); err != nil {
		return nil, err
	}
	r.Price, r.PoolTao, r.PoolAlpha, r.Emission = coins(price), coins(uint64(tao)), coins(uint64(alpha)), coins(uint64(injected+bought))
	weights := make([]weightRow, n)
	counted := o.counts.counts()
	for uid := range n {
		var hotkey bt.AccountID
		if _, err := at.Query(ctx, &hotkey, "SubtensorModule", "Keys", o.netuid, uid); err != nil {
			return nil, err
		}
		if _, err := at.Query(ctx, &weights[uid], "SubtensorModule", "Weights", o.netuid, uid); err != nil {
			return nil, err
		}
		var stake uint64
		if _, err := at.Query(ctx, &stake, "SubtensorModule", "TotalHotkeyAlpha", hotkey, o.netuid); err != nil {
			return nil, err
		}
		row := o.describe(hotkey)
		row.UID, row.Stake = bt.UID(uid), coins(stake)
		row.Consensus, row.Incentive, row.Dividends = ratio(consensus, uid), ratio(incentive, uid), ratio(dividends, uid)
		row.Trust = ratio(trust, uid)
		if int(uid) < len(emission) {
			row.Emission = coins(emission[uid])
		}
		row.Asked, row.Answered = counted[hotkey][0], counted[hotkey][1]
		r.Neurons = append(r.Neurons, row)
	}
	for uid, t := range minerTrust(weights, stakeWeight, consensus) {
		if r.Neurons[uid].Role == string(mining) {
			r.Neurons[uid].Trust = t
		}
	}
	sortRows(r.Neurons)
	return r, nil
}

// describe is what is known of a hotkey beside the chain.
func (o *observer) describe(hotkey bt.AccountID) Row {
	for _, m := range o.cast {
		if m.hot.Public() == hotkey {
			row := Row{Role: string(m.role), Hotkey: hotkey, kind: m.kind()}
			if m.role == mining {
				row.Model, row.Share = m.model, m.share
				if m.behaviour != 0 {
					row.Model += " " + m.behaviour.String()
				}
			}
			return row
		}
	}
	return Row{Role: string(mining), Hotkey: hotkey, kind: "a stranger"}
}

// minerTrust is the trust that validators put in each neuron: how much of the stake-weighted weight for it is left after clipping to consensus. The chain
// no longer stores it.
func minerTrust(weights []weightRow, stake, consensus []uint16) []float64 {
	given, kept := make([]float64, len(weights)), make([]float64, len(weights))
	for uid, row := range weights {
		if uid >= len(stake) {
			break
		}
		sum := 0.0
		for _, w := range row {
			sum += float64(w.Value)
		}
		for _, w := range row {
			if sum == 0 || int(w.UID) >= len(given) || int(w.UID) >= len(consensus) {
				continue
			}
			share, s := float64(w.Value)/sum, float64(stake[uid])
			given[w.UID] += s * share
			kept[w.UID] += s * math.Min(share, float64(consensus[w.UID])/math.MaxUint16)
		}
	}
	out := make([]float64, len(weights))
	for uid := range out {
		if given[uid] > 0 {
			out[uid] = kept[uid] / given[uid]
		}
	}
	return out
}

// blockTime is the average time between late blocks in milliseconds, as seen from here.
func (o *observer) blockTime(number bt.BlockNumber) float64 {
	now := time.Now()
	if o.seen != 0 && number > o.seen {
		one := now.Sub(o.since).Seconds() * 1000 / float64(number-o.seen)
		if o.pace == 0 {
			o.pace = one
		}
		o.pace += (one - o.pace) / 8
	}
	o.seen, o.since = number, now
	return math.Round(o.pace*10) / 10
}

// coins turns smallest units to whole ones.
func coins(v uint64) float64 { return float64(v) / 1e9 }

// ratio turns a part of 65535 to a fraction.
func ratio(values []uint16, uid uint16) float64 {
	if int(uid) >= len(values) {
		return 0
	}
	return float64(values[uid]) / math.MaxUint16
}
