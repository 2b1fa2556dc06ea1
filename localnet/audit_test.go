package localnet

import (
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
)

// books are the pallets that hold money, to read any state with.
type books struct {
	system *system.Pallet
	money  *balances.Pallet
	module *subtensor.Pallet

	last map[bt.NetUID]lost // of the block before
	fees bt.Rao
}

// lost is how many units of a subnet's alpha were cut away by divisions, up to an epoch.
type lost struct {
	alpha bt.Alpha
	epoch uint64
}

func openBooks() *books {
	b := &books{system: system.New(), last: map[bt.NetUID]lost{}}
	b.money = balances.New(b.system)
	b.module = subtensor.New(b.money, state.Fast)
	for _, m := range []frame.Module{
		{Name: "System", Index: 0, Pallet: b.system},
		{Name: "Balances", Index: 5, Pallet: b.money},
		{Name: subtensor.Name, Index: subtensor.Index, Pallet: b.module},
		{Name: subtensor.SwapName, Index: subtensor.SwapIndex, Pallet: b.module.Pools.Swap},
		{Name: subtensor.AssetsName, Index: subtensor.AssetsIndex, Pallet: b.module.Pools.Assets},
	} {
		frame.Compile(m)
	}
	return b
}

// audit opens the chain that a network left and adds up every block of it; the state root is recomputed at the end.
func audit(t *testing.T, base string, blockTime time.Duration, final Report) {
	t.Helper()
	n := reopen(t, base, blockTime)
	l := n.Ledger()
	if err := l.Store().Verify(); err != nil {
		t.Error(err)
	}
	head := l.Head().Header
	if head.Number != final.Height || head.StateRoot != final.StateRoot {
		t.Errorf("the chain ends at block %d with root %s, the report at %d with %s", head.Number, head.StateRoot, final.Height, final.StateRoot)
	}
	b := openBooks()
	// Genesis gives accounts their balances, which SubtensorModule does not count as issued: its own figure is behind by them for good.
	var atFirst bt.Rao
	for number := range head.Number + 1 {
		hash, ok := l.HashAt(number)
		if !ok {
			t.Fatalf("there is no block %d", number)
		}
		v, err := l.At(hash)
		if err != nil {
			t.Fatal(err)
		}
		c := frame.NewCtx(storage.New(v), &frame.Env{Number: number}, frame.None())
		if number == 0 {
			atFirst = b.money.TotalIssuance(c)
			if counted := b.module.Storage.TotalIssuance.Get(c.State); counted != 0 || atFirst == 0 {
				t.Errorf("block 0: issued %v, SubtensorModule counts %v", atFirst, counted)
			}
		}
		sound := b.check(t, c, atFirst)
		v.Close()
		if !sound {
			t.Fatalf("the books of block %d do not add up", number)
		}
	}
}

// check adds up one state and tells whether all figures agree.
func (b *books) check(t *testing.T, c *frame.Ctx, atFirst bt.Rao) bool {
	t.Helper()
	ok := true
	wrong := func(format string, args ...any) {
		t.Helper()
		t.Errorf(format, args...)
		ok = false
	}
	s, st := c.State, &b.module.Storage

	var held bt.Rao
	for _, a := range b.system.Storage.Account.All(s) {
		held += a.Data.Free + a.Data.Reserved
	}
	issued := b.money.TotalIssuance(c)
	if held != issued {
		wrong("accounts hold %d rao, issued are %d", uint64(held), uint64(issued))
	}
	if counted := st.TotalIssuance.Get(s); counted+atFirst != issued {
		wrong("issued are %d rao, %d of them at first, SubtensorModule counts %d", uint64(issued), uint64(atFirst), uint64(counted))
	}

	staked, worth, holders := map[bt.NetUID]bt.Alpha{}, map[bt.NetUID]bt.Alpha{}, map[bt.NetUID]bt.Alpha{}
	for key, amount := range st.TotalHotkeyAlpha.All(s) {
		staked[key.B] += amount
	}
	for key := range st.AlphaV2.Of(s, state.AlphaV2Key{}, 0) {
		worth[key.NetUID] += b.module.Pools.Stake(c, key.Hotkey, key.Coldkey, key.NetUID)
		holders[key.NetUID]++
	}
	var pools, paid bt.Rao
	for netuid := range st.NetworksAdded.Keys(s) {
		// What is staked is the coldkeys' shares; each share's worth is cut to whole units.
		if worth[netuid] > staked[netuid] || staked[netuid]-worth[netuid] > holders[netuid] {
			wrong("subnet %d: %d alpha staked, the shares are worth %d", netuid, staked[netuid], worth[netuid])
		}
		// Alpha that is out is staked, waits for an epoch, or was bought by the chain.
		out := st.SubnetAlphaOut.Get(s, netuid)
		known := staked[netuid] + st.PendingServerEmission.Get(s, netuid) + st.PendingValidatorEmission.Get(s, netuid) +
			st.PendingRootAlphaDivs.Get(s, netuid) + st.PendingOwnerCut.Get(s, netuid) + st.SubnetProtocolAlpha.Get(s, netuid)
		epoch := st.SubnetEpochIndex.Get(s, netuid)
		before := b.last[netuid]
		now := lost{alpha: out - known, epoch: epoch}
		most := perBlock
		if epoch != before.epoch {
			most += perNeuron * bt.Alpha(st.SubnetworkN.Get(s, netuid))
		}
		if known > out || now.alpha < before.alpha || now.alpha-before.alpha > most {
			wrong("subnet %d: %d alpha are out, %d known of; %d are lost by now, %d one block ago, want at most %d more", netuid, out, known, now.alpha, before.alpha, most)
		}
		b.last[netuid] = now

		pool := st.SubnetTAO.Get(s, netuid)
		if netuid == unbacked {
			if pool != firstReserve {
				wrong("subnet 1, where nobody trades, has %d rao in its pool", uint64(pool))
			}
			continue
		}
		// Custody has the pool's TAO and, from registrations, the fee of the trade, which upstream leaves there too.
		custody := b.money.Free(c, b.module.Pools.CustodyAccount(netuid))
		recycled := st.RAORecycledForRegistration.Get(s, netuid)
		if custody < pool || !near(custody-pool, recycled*feeRate/feeUnit, bt.Rao(st.SubnetworkN.Get(s, netuid))) {
			wrong("subnet %d: custody has %d rao, the pool %d, for registrations %d were paid", netuid, uint64(custody), uint64(pool), uint64(recycled))
		}
		pools += pool
		paid += recycled
	}
	// All that was ever paid into pools counts as stake, with the fees that went elsewhere: those of registrations and of the validators' stakes.
	fees := st.TotalStake.Get(s) - pools
	if most := (paid+allStakes())*feeRate/feeUnit + 1; fees < b.fees || fees > most {
		wrong("stake counts %d rao beyond the pools, %d one block ago, want at most %d", uint64(fees), uint64(b.fees), uint64(most))
	}
	b.fees = fees
	return ok
}

const (
	unbacked     = bt.NetUID(1) // the first subnet of the genesis, whose TAO is nobody's
	firstReserve = 10 * bt.Tao

	// The fee of a trade, 33 of 65535.
	feeRate, feeUnit = 33, 65535

	// Alpha that is cut away: in a block when its emission is divided in four, at an epoch when that is divided among neurons as incentive and as dividends,
	// with the parts of their owners.
	perBlock, perNeuron = bt.Alpha(3), bt.Alpha(3)
)

// near tells whether two amounts differ by no more than a few units.
func near(a, b, most bt.Rao) bool { return max(a, b)-min(a, b) <= most }

// allStakes is what the cast stakes.
func allStakes() (sum bt.Rao) {
	cast, err := newCast(0)
	if err != nil {
		panic(err)
	}
	for _, m := range cast {
		sum += m.stake
	}
	return sum
}
