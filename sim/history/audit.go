package history

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/sim/world"
)

// auditor checks one state after the other.
//
// # Money
//
// TAO is in accounts only. A subnet's pool is not an account: SubnetTAO says how much of the TAO in the subnet's custody account belongs to the
// pool. So
//
//	sum over accounts of free + reserved = Balances.TotalIssuance                                 (1)
//	free TAO in the custody account of a subnet >= SubnetTAO, for root and every subnet but 1     (2)
//
// What custody has beyond the pool are fees of registrations, which upstream leaves there too. Subnet 1 is born with a pool whose TAO was never issued. And custody is
// an account like others: paid down to less than the existential deposit it ends, as upstream's does, and what was left in it is lost while the pool still counts it. So
// custody may fall short of the pool by less than the existential deposit for each time that it ended.
//
// SubtensorModule counts what is issued a second time; at the genesis of a local network it counts nothing, and a history's first block sets that right. From then on the
// distance of the two is a constant but for what SubtensorModule does not see: fees of blocks without an author, which vanish; balances that their holders burn with Balances.burn;
// dust of accounts that end in a plain transfer; balances that root sets. So
//
//	Balances.TotalIssuance - SubtensorModule.TotalIssuance stays, in blocks without those         (3)
//
// TotalStake counts what came into all pools, as upstream with the fees of purchases, which do not stay there; sales are counted without. So, once it counts the pool of the
// genesis too, it runs ahead of the pools by those fees, whatever else is done, dissolving included:
//
//	TotalStake - sum of SubnetTAO never falls, and grows by no more than the rate of the fee on the volume of the block     (4)
//
// # Alpha
//
// Alpha that is out is staked, waits for an epoch, was bought by the chain, was burned (out of reach, but out), or may be claimed by those who stake on root:
//
//	SubnetAlphaOut = sum of TotalHotkeyAlpha + pending (server, validator, root, owner) + SubnetProtocolAlpha
//	                 + claimable - claimed + AlphaBurned + lost                                   (5)
//
// and TotalHotkeyAlpha of a hotkey covers the worth of its coldkeys' shares, each of which is cut to whole units. lost never shrinks: that would be alpha from nowhere.
// It grows by what divisions cut off, a few units a block, and in the block of an epoch by what nobody earned: a subnet where no validator has stake pays nobody, and as
// upstream leaves it, what was pending then is gone. With an epoch it may shrink by what is burned of parents' dividends (CKBurn): as upstream does, the chain recycles that
// part and yet shares out all that was pending, so that the part is counted off although it was paid.
//
// # Pools
//
// A swap may leave a reserve under the minimum (amm.Pool's MinimumReserve), but then no more is paid from it. What one call does moves a reserve one way only, so
//
//	a reserve that is under the minimum does not fall in a block of one call                      (6)
//
// unless the subnet is a new one in the place of another.
type auditor struct {
	short    map[bt.NetUID]bt.Rao // (2)
	distance bt.Rao               // (3)
	ahead    bt.Rao               // (4)
	volumes  map[bt.NetUID]volume // (4)
	lost     map[bt.NetUID]losses // (5)
	burns    bool                 // children's parents have lost a part of their dividends
	epochs   map[bt.NetUID]uint64
	reserves map[bt.NetUID]reserves // (6)

	unseen, dust, reseated, sudid, byStake map[[2]byte]bool // events, by the indices of pallet and event
}

func newAuditor(w *world.World) *auditor {
	return &auditor{
		short: map[bt.NetUID]bt.Rao{}, lost: map[bt.NetUID]losses{}, epochs: map[bt.NetUID]uint64{}, reserves: map[bt.NetUID]reserves{}, volumes: map[bt.NetUID]volume{},
		unseen:   events(w, "Balances.DustLost", "Balances.BalanceSet", "Balances.Burned"),
		dust:     events(w, "Balances.DustLost"),
		reseated: events(w, "SubtensorModule.NeuronRegistered", "SubtensorModule.NetworkAdded"),
		sudid:    events(w, "Sudo.Sudid"),
		byStake:  events(w, "SubtensorModule.TransactionFeePaidWithAlpha"),
	}
}

// losses is (5)'s lost of a subnet, of which the block of its registration and the number of epochs tell whether it may be compared with the block before.
type losses struct {
	alpha        *big.Int
	since, epoch uint64
	pending      bt.Alpha
	childBurn    uint64 // of 2^64, for the next epoch
}

// twice is at most what the next epoch pays and recycles both, when it has a block's emission beside what is pending.
func (l losses) twice(emission bt.Alpha) *big.Int {
	all := new(big.Int).SetUint64(uint64(l.pending + emission))
	return all.Rsh(all.Mul(all, new(big.Int).SetUint64(l.childBurn)), 64)
}

// reserves are a pool's, of the subnet registered in some block.
type reserves struct {
	alpha bt.Alpha
	tao   bt.Rao
	since uint64
}

// slack is how many units a block may lose, or find again, to divisions.
const slack = 8

// events finds events by their names.
func events(w *world.World, names ...string) map[[2]byte]bool {
	out := map[[2]byte]bool{}
	for _, p := range w.Chain.Runtime.Pallets() {
		for _, e := range p.Events {
			if slices.Contains(names, p.Name+"."+e.Name) {
				out[[2]byte{p.Index, e.Index}] = true
			}
		}
	}
	if len(out) != len(names) {
		panic(fmt.Sprintf("history: the runtime lacks some of the events %q", names))
	}
	return out
}

// block is one that was built, with who got its fees.
type block struct {
	*chain.Result
	author bt.AccountID
	calls  int
}

// has tells whether there is one of some events in the block.
func (b block) has(which map[[2]byte]bool) bool {
	return slices.ContainsFunc(b.Events, func(e frame.EventRecord) bool { return which[[2]byte(e.Data)] })
}

// first takes what later states are compared with.
func (a *auditor) first(w *world.World) error {
	c := w.Ctx()
	a.distance = w.Chain.Parts.Balances.TotalIssuance(c) - w.Module.Storage.TotalIssuance.Get(c.State)
	a.ahead, a.volumes, _ = a.trade(w, c)
	return nil
}

// check checks the newest state of a world, which a block led to.
func (a *auditor) check(w *world.World, b block) error {
	c := w.Ctx()
	for _, step := range []func(*world.World, *frame.Ctx, block) error{a.money, a.custody, a.staked, a.pools, a.alpha, a.neurons, a.keys} {
		if err := step(w, c, b); err != nil {
			return err
		}
	}
	return nil
}

func (a *auditor) alpha(w *world.World, c *frame.Ctx, _ block) error {
	s, st := c.State, &w.Module.Storage
	staked, worth, holders := map[bt.NetUID]bt.Alpha{}, map[[34]byte]bt.Alpha{}, map[[34]byte]bt.Alpha{}
	at := func(hotkey bt.AccountID, id bt.NetUID) (k [34]byte) {
		copy(k[:], hotkey[:])
		k[32], k[33] = byte(id), byte(id>>8)
		return k
	}
	for key := range st.AlphaV2.Of(s, state.AlphaV2Key{}, 0) {
		k := at(key.Hotkey, key.NetUID)
		worth[k] += w.Module.Pools.Stake(c, key.Hotkey, key.Coldkey, key.NetUID)
		holders[k]++
	}
	for key, amount := range st.TotalHotkeyAlpha.All(s) {
		staked[key.B] += amount
		k := at(key.A, key.B)
		if worth[k] > amount || amount-worth[k] > holders[k] {
			return fmt.Errorf("hotkey %v on subnet %d: %d alpha staked, %d shares are worth %d", key.A, key.B, amount, holders[k], worth[k])
		}
		delete(worth, k)
	}
	for k, w := range worth { // any order: it is an error if one is left
		if w > 0 {
			return fmt.Errorf("shares in %x are worth %d, nothing is staked", k, w)
		}
	}
	claims := a.claims(w, c)
	a.burns = a.burns || st.CKBurn.Get(s) > 0
	for id := range st.NetworksAdded.Keys(s) {
		out := st.SubnetAlphaOut.Get(s, id)
		pending := st.PendingServerEmission.Get(s, id) + st.PendingValidatorEmission.Get(s, id) + st.PendingRootAlphaDivs.Get(s, id) + st.PendingOwnerCut.Get(s, id)
		known := staked[id] + pending + st.SubnetProtocolAlpha.Get(s, id)
		if known > out && !a.burns {
			return fmt.Errorf("subnet %d: %d alpha are out, %d known of", id, out, known)
		}
		owed := new(big.Int)
		if sum := claims[id]; sum != nil {
			owed = sum
		}
		lost := new(big.Int).SetUint64(uint64(out)) // negative once more was paid and recycled both than lost otherwise
		lost.Sub(lost, new(big.Int).SetUint64(uint64(known)))
		lost.Sub(lost, new(big.Int).SetUint64(uint64(w.Module.Pools.Assets.Storage.AlphaBurned.Get(s, id))))
		lost.Sub(lost, owed)
		since, epoch := st.NetworkRegisteredAt.Get(s, id), st.SubnetEpochIndex.Get(s, id)
		before, ok := a.lost[id]
		a.lost[id] = losses{lost, since, epoch, pending, st.CKBurn.Get(s)}
		if !ok || before.since != since {
			continue
		}
		grown := new(big.Int).Sub(lost, before.alpha)
		least := big.NewInt(-slack)
		if epoch != before.epoch {
			least.Sub(least, before.twice(st.SubnetAlphaOutEmission.Get(s, id)))
		}
		switch {
		case grown.Cmp(least) < 0:
			return fmt.Errorf("subnet %d: alpha from nowhere: %d out, %d known of, %v claimable; lost were %v, are %v", id, out, known, owed, before.alpha, lost)
		case grown.Cmp(big.NewInt(slack)) > 0 && epoch == before.epoch:
			return fmt.Errorf("subnet %d: alpha vanishes: %d out, %d known of, %v claimable; lost were %v, are %v", id, out, known, owed, before.alpha, lost)
		}
	}
	return nil
}

// claims is the alpha of each subnet that those who stake on root may claim: per hotkey, rate times root stake less what is claimed. Negative where
// divisions counted more as claimed than was earned.
func (a *auditor) claims(w *world.World, c *frame.Ctx) map[bt.NetUID]*big.Int {
	out := map[bt.NetUID]*big.Int{}
	s, st := c.State, &w.Module.Storage
	sum := func(id bt.NetUID) *big.Int {
		if out[id] == nil {
			out[id] = new(big.Int)
		}
		return out[id]
	}
	for hotkey, rates := range st.RootClaimable.All(s) {
		stake := new(big.Int).SetUint64(uint64(st.TotalHotkeyAlpha.Get(s, hotkey, 0)))
		for _, r := range rates {
			bits := r.B.Bits()
			rate := new(big.Int).Lsh(big.NewInt(int64(bits.Hi)), 64)
			rate.Add(rate, new(big.Int).SetUint64(bits.Lo))
			sum(r.A).Add(sum(r.A), rate.Rsh(rate.Mul(rate, stake), 32))
		}
	}
	for key, claimed := range st.RootClaimed.Of(s, state.RootClaimedKey{}, 0) {
		sum(key.NetUID).Sub(sum(key.NetUID), claimed.Big())
	}
	return out
}

// neurons checks the lists of each subnet: one entry for each uid, what is shared out adds up to one or nothing.
func (a *auditor) neurons(w *world.World, c *frame.Ctx, b block) error {
	s, st := c.State, &w.Module.Storage
	for id := range st.NetworksAdded.Keys(s) {
		n := int(st.SubnetworkN.Get(s, id))
		lengths := []struct {
			name string
			got  int
		}{
			{"Active", len(st.Active.Get(s, id))}, {"Consensus", len(st.Consensus.Get(s, id))}, {"Dividends", len(st.Dividends.Get(s, id))},
			{"Emission", len(st.Emission.Get(s, id))}, {"ValidatorTrust", len(st.ValidatorTrust.Get(s, id))},
			{"ValidatorPermit", len(st.ValidatorPermit.Get(s, id))},
		}
		mechanisms := int(st.MechanismCountCurrent.Get(s, id))
		for m := range mechanisms {
			// The rows of a mechanism that was added grow with new neurons, and are whole from its first epoch on; root has none.
			index := bt.NetUIDIndex(m*4096 + int(id))
			for _, row := range []struct {
				name string
				got  int
			}{{"Incentive", len(st.Incentive.Get(s, index))}, {"LastUpdate", len(st.LastUpdate.Get(s, index))}} {
				if row.got > n || m == 0 && row.got < n {
					return fmt.Errorf("subnet %d has %d neurons, but %s of mechanism %d has %d entries", id, n, row.name, m, row.got)
				}
			}
			for uid, row := range st.Weights.Of(s, index) {
				for _, e := range row {
					if int(uid) >= n || int(e.A) >= n {
						return fmt.Errorf("subnet %d of %d neurons: uid %d has a weight for uid %d", id, n, uid, e.A)
					}
				}
			}
			for uid, row := range st.Bonds.Of(s, index) {
				for _, e := range row {
					if int(uid) >= n || int(e.A) >= n {
						return fmt.Errorf("subnet %d of %d neurons: uid %d has a bond with uid %d", id, n, uid, e.A)
					}
				}
			}
		}
		for _, l := range lengths {
			if l.got != n {
				return fmt.Errorf("subnet %d has %d neurons, but %s has %d entries", id, n, l.name, l.got)
			}
		}
		// Right after an epoch; later a neuron may be replaced, and its figures become 0.
		epoch := st.SubnetEpochIndex.Get(s, id)
		ran := epoch != a.epochs[id]
		a.epochs[id] = epoch
		fresh := ran && !b.has(a.reseated)
		for m := range mechanisms {
			if err := adds(st.Incentive.Get(s, bt.NetUIDIndex(m*4096+int(id))), fresh, 1); err != nil {
				return fmt.Errorf("subnet %d, incentive of mechanism %d: %w", id, m, err)
			}
		}
		if err := adds(st.Dividends.Get(s, id), fresh, mechanisms); err != nil {
			return fmt.Errorf("subnet %d, dividends: %w", id, err)
		}
	}
	return nil
}

// adds tells whether shares in parts of 65535, each rounded down once for each of some roundings, add up to 0 or 1.
func adds(shares []state.PerU16, whole bool, roundings int) error {
	sum := 0
	for _, v := range shares {
		sum += int(v)
	}
	if sum > 65535 || whole && sum != 0 && sum < 65535-len(shares)*roundings {
		return fmt.Errorf("%d shares add up to %d, want 0 or 65535 less at most %d", len(shares), sum, len(shares)*roundings)
	}
	return nil
}

// keys checks that the tables of keys mirror each other.
func (a *auditor) keys(w *world.World, c *frame.Ctx, _ block) error {
	s, st := c.State, &w.Module.Storage
	seats := map[bt.NetUID]int{}
	for key, hotkey := range st.Keys.All(s) {
		if uid, ok := st.Uids.TryGet(s, key.A, hotkey); !ok || uid != key.B {
			return fmt.Errorf("subnet %d: uid %d has hotkey %v, which has uid %d (%v)", key.A, key.B, hotkey, uid, ok)
		}
		if !st.IsNetworkMember.Get(s, hotkey, key.A) {
			return fmt.Errorf("subnet %d: %v has a uid, but is no member", key.A, hotkey)
		}
		seats[key.A]++
	}
	for key, uid := range st.Uids.All(s) {
		if got := st.Keys.Get(s, key.A, uid); got != key.B {
			return fmt.Errorf("subnet %d: %v has uid %d, which is %v's", key.A, key.B, uid, got)
		}
	}
	for id := range st.NetworksAdded.Keys(s) {
		if n := int(st.SubnetworkN.Get(s, id)); seats[id] != n {
			return fmt.Errorf("subnet %d has %d neurons, %d have a key", id, n, seats[id])
		}
	}
	for hotkey, coldkey := range st.Owner.All(s) {
		if !slices.Contains(st.OwnedHotkeys.Get(s, coldkey), hotkey) && !coldkey.IsZero() {
			return fmt.Errorf("%v owns %v, but does not list it", coldkey, hotkey)
		}
	}
	// A share worth less than a unit is left of one who took all out. When its hotkey is swapped it stays behind, and may then earn a little, as upstream's does.
	const leftover = 1000
	for key := range st.AlphaV2.Of(s, state.AlphaV2Key{}, 0) {
		if stake := w.Module.Pools.Stake(c, key.Hotkey, key.Coldkey, key.NetUID); stake > leftover && !slices.Contains(st.StakingHotkeys.Get(s, key.Coldkey), key.Hotkey) {
			return fmt.Errorf("%v stakes %d on %v on subnet %d, but does not list it", key.Coldkey, stake, key.Hotkey, key.NetUID)
		}
	}
	return nil
}

// change is a row that a block changes.
type change = storage.Change

func sorted(changes []change) []change {
	out := slices.Clone(changes)
	slices.SortFunc(out, func(x, y change) int { return bytes.Compare(x.Key, y.Key) })
	return out
}

// failed tells whether the only call of a block failed, itself or under sudo's name.
func (a *auditor) failed(r *chain.Result, out world.Outcome) bool {
	if out.Refused != nil {
		return false
	}
	const isErr = 1
	return out.Failed != nil || slices.ContainsFunc(r.Events, func(e frame.EventRecord) bool {
		return a.sudid[[2]byte(e.Data)] && len(e.Data) > 2 && e.Data[2] == isErr
	})
}

// paidByStake says that a block's fee was taken from stake, where more than a balance changes.
func (a *auditor) paidByStake(r *chain.Result) bool {
	return slices.ContainsFunc(r.Events, func(e frame.EventRecord) bool { return a.byStake[[2]byte(e.Data)] })
}

// onlyFee checks that a block with one failed call differs from the same block without it by the fee and the nonce alone: in the rows of the signer and the author, in
// Balances.TotalIssuance where a fee vanishes, and in what System keeps of the block itself.
func (a *auditor) onlyFee(w *world.World, idle, with []change, signer, author bt.AccountID) error {
	accounts := &w.Chain.Parts.System.Storage.Account
	system := accounts.Prefix()[:16]
	may := func(key []byte) bool {
		switch {
		case bytes.Equal(key, accounts.Key(signer)), bytes.Equal(key, accounts.Key(author)):
			return true
		case bytes.HasPrefix(key, accounts.Prefix()):
			return false
		case bytes.Equal(key, w.Chain.Parts.Balances.Storage.TotalIssuance.Key()):
			return author.IsZero()
		}
		return bytes.HasPrefix(key, system)
	}
	differs := func(key, without, with []byte) error {
		if may(key) || bytes.Equal(without, with) {
			return nil
		}
		return fmt.Errorf("a call failed, but row %x is %x, without the call %x", key, with, without)
	}
	// A row that only one of the blocks changes is in the other what it was before.
	was := func(key []byte) []byte {
		v, _ := w.State.Get(key)
		return v
	}
	i, j := 0, 0
	for i < len(idle) || j < len(with) {
		var err error
		switch {
		case j == len(with) || i < len(idle) && bytes.Compare(idle[i].Key, with[j].Key) < 0:
			err = differs(idle[i].Key, idle[i].Value, was(idle[i].Key))
			i++
		case i == len(idle) || bytes.Compare(idle[i].Key, with[j].Key) > 0:
			err = differs(with[j].Key, was(with[j].Key), with[j].Value)
			j++
		default:
			err = differs(with[j].Key, idle[i].Value, with[j].Value)
			i, j = i+1, j+1
		}
		if err != nil {
			return err
		}
	}
	return nil
}
