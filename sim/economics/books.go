package economics

import (
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/keys"
)

// Where money lies, comes from and goes to. The names are those of the page.
const (
	minted   = "minted"
	recycled = "recycled"

	people      = "wallets"
	author      = "block author"
	ourCustody  = "custody of the subnet"
	rivals      = "custody of the other subnet"
	rootCustody = "custody of root"

	reserve    = "pool"
	pending    = "pending"
	owners     = "owner's stake"
	miners     = "miners' stake"
	validators = "stake on validators"
	protocol   = "protocol"
	burned     = "burned"
	claims     = "root claims"
	rounding   = "rounding"
	destroyed  = "registration"

	remainder = "remainder of divisions"
)

// Flow is money that went one way for one reason: rao, or smallest units of alpha.
type Flow struct {
	From, To string
	Why      string
	Amount   uint64
}

// Account is a place where money lies, before and after the window.
type Account struct {
	Name             string
	Opening, Closing uint64
}

// Book is the flows of one kind of money in a window. Every account's opening and what came and went make its closing.
type Book struct {
	Flows    []Flow
	Accounts []Account
}

// add counts money that went one way.
func (b *Book) add(from, to, why string, amount uint64) {
	for i, f := range b.Flows {
		if f.From == from && f.To == to && f.Why == why {
			b.Flows[i].Amount += amount
			return
		}
	}
	b.Flows = append(b.Flows, Flow{from, to, why, amount})
}

// Sum is what went from one place to another, for all reasons; "" stands for any place.
func (b *Book) Sum(from, to string) (sum uint64) {
	for _, f := range b.Flows {
		if (from == "" || f.From == from) && (to == "" || f.To == to) {
			sum += f.Amount
		}
	}
	return sum
}

// balance checks each account to the last unit.
func (b *Book) balance() error {
	for _, a := range b.Accounts {
		if in, out := b.Sum("", a.Name), b.Sum(a.Name, ""); a.Opening+in != a.Closing+out {
			return fmt.Errorf("%s had %d, got %d and gave %d, but has %d", a.Name, a.Opening, in, out, a.Closing)
		}
	}
	return nil
}

// snapshot is what the chain's state says at the end of a block.
type snapshot struct {
	issued, counted uint64            // TAO, by Balances and by SubtensorModule
	tao             map[string]uint64 // by account
	taoIn, excess   map[bt.NetUID]uint64

	exists, recycled, out uint64            // alpha of our subnet
	alpha                 map[string]uint64 // by account
	alphaIn, alphaOut     uint64            // minted in the block
	dividends, root       uint64            // of the last epoch: what stakers on validators got, what root stakers may claim
	epoch                 uint64
}

func (s *story) snapshot() snapshot {
	c, st, m := s.w.Ctx(), &s.w.Module.Storage, s.w.Module
	free := func(who bt.AccountID) uint64 { return uint64(s.w.Chain.Parts.Balances.Total(c, who)) }
	out := snapshot{
		issued: uint64(s.w.Chain.Parts.Balances.TotalIssuance(c)), counted: uint64(st.TotalIssuance.Get(c.State)),
		tao: map[string]uint64{
			author: free(s.author), ourCustody: free(m.Pools.CustodyAccount(ours)), rivals: free(m.Pools.CustodyAccount(other)),
			rootCustody: free(m.Pools.CustodyAccount(stakepool.Root)),
		},
		taoIn: map[bt.NetUID]uint64{}, excess: map[bt.NetUID]uint64{},
		exists:   uint64(m.Pools.Assets.Storage.TotalAlphaIssuance.Get(c.State, ours)),
		recycled: uint64(m.Pools.Assets.Storage.AlphaRecycled.Get(c.State, ours)),
		out:      uint64(st.SubnetAlphaOut.Get(c.State, ours)),
		alpha: map[string]uint64{
			reserve: uint64(st.SubnetAlphaIn.Get(c.State, ours)), protocol: uint64(st.SubnetProtocolAlpha.Get(c.State, ours)),
			burned: uint64(m.Pools.Assets.Storage.AlphaBurned.Get(c.State, ours)),
			pending: uint64(st.PendingOwnerCut.Get(c.State, ours) + st.PendingServerEmission.Get(c.State, ours) +
				st.PendingValidatorEmission.Get(c.State, ours) + st.PendingRootAlphaDivs.Get(c.State, ours)),
			owners: 0, miners: 0, validators: 0,
		},
		alphaIn: uint64(st.SubnetAlphaInEmission.Get(c.State, ours)), alphaOut: uint64(st.SubnetAlphaOutEmission.Get(c.State, ours)),
		epoch: st.SubnetEpochIndex.Get(c.State, ours),
	}
	for _, p := range s.coldkeys() {
		out.tao[people] += free(p.Public())
	}
	for _, id := range []bt.NetUID{ours, other} {
		out.taoIn[id], out.excess[id] = uint64(st.SubnetTaoInEmission.Get(c.State, id)), uint64(st.SubnetExcessTao.Get(c.State, id))
	}
	for key, amount := range st.TotalHotkeyAlpha.All(c.State) {
		if key.B != ours {
			continue
		}
		out.alpha[s.groupOf(key.A)] += uint64(amount)
	}
	for _, v := range s.validatorHot {
		out.dividends += uint64(st.AlphaDividendsPerSubnet.Get(c.State, ours, v.Public()))
		out.root += uint64(st.RootAlphaDividendsPerSubnet.Get(c.State, ours, v.Public()))
	}
	return out
}

func (s *story) coldkeys() []*keys.Pair {
	return append([]*keys.Pair{s.sudo, s.owner, s.nominator, s.saver, s.late}, append(s.validators[:], s.miners[:]...)...)
}

// groupOf tells in whose stake a hotkey's counts.
func (s *story) groupOf(hotkey bt.AccountID) string {
	switch hotkey {
	case s.ownerHot.Public():
		return owners
	case s.validatorHot[0].Public(), s.validatorHot[1].Public():
		return validators
	}
	return miners
}

// books keeps both books of the window.
type books struct {
	tao, alpha Book
	epochs     int
}

// minting enters what the chain itself did in a block.
func (b *books) minting(before, after snapshot, custody map[bt.NetUID]string) error {
	perBlock := emission.PerBlock(before.counted)
	left := perBlock
	for _, id := range []bt.NetUID{ours, other} {
		b.tao.add(minted, custody[id], "fills the pool", after.taoIn[id])
		b.tao.add(minted, custody[id], "buys alpha for the protocol", after.excess[id])
		left -= after.taoIn[id] + after.excess[id]
	}
	b.tao.add(minted, recycled, remainder, left)
	if issued, counted := after.issued-before.issued, after.counted-before.counted; issued != perBlock-left || counted != issued {
		return fmt.Errorf("%d rao were minted and %d of them recycled, but issuance rose by %d, SubtensorModule's by %d", perBlock, left, issued, counted)
	}
	b.alpha.add(minted, reserve, "fills the pool", after.alphaIn)
	b.alpha.add(minted, pending, "for owner, miners, validators and root", after.alphaOut)
	b.alpha.add(reserve, protocol, "bought with excess TAO", after.alpha[protocol]-before.alpha[protocol])
	if rose, want := after.exists-before.exists, after.alphaIn+after.alphaOut-(after.recycled-before.recycled); rose != want {
		return fmt.Errorf("alpha that exists rose by %d, want %d", rose, want)
	}
	return nil
}

// waits enters a block without an epoch: its alpha waits, but for what was cut off when it was divided.
func (b *books) waits(before, after snapshot) {
	b.alpha.add(pending, rounding, remainder, before.alpha[pending]+after.alphaOut-after.alpha[pending])
}

// epoch enters what an epoch paid out. What it did not pay of what was pending is lost to divisions.
func (b *books) epoch(before, after snapshot) error {
	b.epochs++
	waiting := before.alpha[pending] + after.alphaOut - after.alpha[pending]
	pay := func(to, why string, amount uint64) {
		b.alpha.add(pending, to, why, amount)
		waiting -= amount
	}
	pay(owners, "owner's cut", after.alpha[owners]-before.alpha[owners])
	pay(miners, "incentive", after.alpha[miners]-before.alpha[miners])
	pay(burned, "incentive of the owner's hotkey, withheld", after.alpha[burned]-before.alpha[burned])
	pay(validators, "dividends of those who stake on validators", after.dividends)
	pay(validators, "validators' takes, of both dividends", after.alpha[validators]-before.alpha[validators]-after.dividends)
	pay(claims, "dividends of root stake", after.root)
	b.alpha.add(pending, rounding, remainder, waiting)
	// The block itself cuts four parts, and the epoch each payment and each division before it, of 6 neurons.
	const most = 4 + 6*8
	if waiting > most {
		return fmt.Errorf("an epoch lost %d units of alpha, more than the %d that divisions cut", waiting, most)
	}
	return nil
}
