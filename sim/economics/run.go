package economics

import (
	"fmt"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/sim/world"
)

// Report is the books of a window of blocks.
type Report struct {
	First, Last uint32 // blocks
	Epochs      int    // of the subnet, within the window
	Tao, Alpha  Book   // rao, and smallest units of the subnet's alpha
}

const (
	window      = 5 * tempo     // blocks
	stakes      = 10 * bt.Tao   // in the window
	unstakes    = bt.Alpha(5e9) // smallest units
	putAway     = bt.Alpha(1e9) // recycled, and burned: each
	transferred = bt.Tao
)

// act is a call within the window, and how it is entered in the books.
type act struct {
	at    int // block of the window, from 0
	call  world.Signed
	enter func(b *books, before, after snapshot, paid, got uint64)
}

// acts are the calls of the window, each in a block of its own in which no epoch runs. Enter gets what wallets paid or got beside the transaction's fee.
func (s *story) acts() []act {
	on := s.validatorHot[0].Public()
	put := staking.Destroy{Hotkey: on, Amount: putAway, NetUID: ours}
	grown := func(before, after snapshot, account string) uint64 {
		return after.alpha[account] - before.alpha[account]
	}
	// What left the pool of its own accord is no part of what a call took or brought.
	taken := func(before, after snapshot) uint64 {
		return before.alpha[reserve] + after.alphaIn - grown(before, after, protocol) - after.alpha[reserve]
	}
	return []act{
		{3, s.stake(s.nominator, s.validatorHot[0], ours, stakes), func(b *books, before, after snapshot, paid, _ uint64) {
			b.tao.add(people, ourCustody, "add_stake", paid)
			b.alpha.add(reserve, validators, "bought with add_stake", grown(before, after, validators))
		}},
		{6, s.call(s.nominator, "remove_stake", &staking.RemoveStake{Hotkey: on, NetUID: ours, AmountUnstaked: unstakes}), func(b *books, before, after snapshot, _, got uint64) {
			b.tao.add(ourCustody, people, "remove_stake", got)
			b.alpha.add(validators, reserve, "sold with remove_stake", -grown(before, after, validators))
		}},
		{13, s.register(s.late, s.lateHot), func(b *books, before, after snapshot, paid, _ uint64) {
			b.tao.add(people, ourCustody, "burned_register", paid)
			b.alpha.add(reserve, destroyed, "bought by burned_register, destroyed", taken(before, after))
		}},
		{16, s.call(s.saver, "claim_root", &staking.ClaimRoot{Subnets: state.NetUIDSet{ours}}), func(b *books, before, after snapshot, _, _ uint64) {
			b.tao.add(ourCustody, rootCustody, "claim_root, staked on root", after.tao[rootCustody]-before.tao[rootCustody])
			b.alpha.add(claims, reserve, "sold by claim_root", -taken(before, after))
		}},
		{23, s.call(s.nominator, "recycle_alpha", &put), func(b *books, before, after snapshot, _, _ uint64) {
			b.alpha.add(validators, recycled, "recycle_alpha", after.recycled-before.recycled)
		}},
		{26, s.call(s.nominator, "burn_alpha", &put), func(b *books, before, after snapshot, _, _ uint64) {
			b.alpha.add(validators, burned, "burn_alpha", grown(before, after, burned))
		}},
		{33, world.Signed{By: s.nominator, Call: s.w.Call("Balances.transfer_keep_alive", &balances.TransferArgs{Dest: bt.AddressOf(s.saver.Public()), Value: transferred})},
			func(b *books, _, _ snapshot, _, _ uint64) {
				b.tao.add(people, people, "transfer_keep_alive", uint64(transferred))
			}},
	}
}

// Run plays the story and keeps its books. The error tells what does not balance.
func Run() (Report, error) {
	s, err := cast()
	if err != nil {
		return Report{}, err
	}
	if err := s.set(); err != nil {
		return Report{}, err
	}
	opening := s.snapshot()
	report := Report{First: s.w.Head.Number + 1}
	acts, b, before := s.acts(), books{}, opening
	for i := range window {
		var calls []world.Signed
		at := slices.IndexFunc(acts, func(a act) bool { return a.at == i })
		if at >= 0 {
			calls = append(calls, acts[at].call)
		}
		_, out, err := s.w.Block(s.author, calls...)
		if err != nil {
			return Report{}, err
		}
		after := s.snapshot()
		if err := b.minting(before, after, map[bt.NetUID]string{ours: ourCustody, other: rivals}); err != nil {
			return Report{}, fmt.Errorf("block %d: %w", s.w.Head.Number, err)
		}
		if after.epoch == before.epoch {
			b.waits(before, after)
		} else if err := b.epoch(before, after); err != nil {
			return Report{}, fmt.Errorf("block %d: %w", s.w.Head.Number, err)
		}
		if at >= 0 {
			if o := out[0]; o.Refused != nil || o.Failed != nil || after.epoch != before.epoch {
				return Report{}, fmt.Errorf("block %d: %s: refused %v, failed %v, epoch %v", s.w.Head.Number, s.w.Chain.Runtime.Table().Name(calls[0].Call), o.Refused, o.Failed, after.epoch != before.epoch)
			}
			fee := uint64(out[0].Fee)
			b.tao.add(people, author, "fees of transactions", fee)
			if swap := after.tao[author] - before.tao[author] - fee; swap != 0 {
				b.tao.add(ourCustody, author, "fees of swaps", swap)
			}
			paid := before.tao[people] - fee - after.tao[people]
			acts[at].enter(&b, before, after, paid, -paid)
		}
		before = after
	}
	report.Last, report.Epochs, report.Tao, report.Alpha = s.w.Head.Number, b.epochs, b.tao, b.alpha
	return report, report.close(opening, before)
}

// close enters the accounts and checks that everything adds up.
func (r *Report) close(opening, closing snapshot) error {
	for _, name := range []string{people, author, ourCustody, rivals, rootCustody} {
		r.Tao.Accounts = append(r.Tao.Accounts, Account{name, opening.tao[name], closing.tao[name]})
	}
	for _, name := range []string{reserve, pending, owners, miners, validators, protocol, burned} {
		r.Alpha.Accounts = append(r.Alpha.Accounts, Account{name, opening.alpha[name], closing.alpha[name]})
	}
	r.Alpha.Accounts = append(r.Alpha.Accounts, Account{recycled, opening.recycled, closing.recycled})
	if err := r.Tao.balance(); err != nil {
		return fmt.Errorf("rao: %w", err)
	}
	if err := r.Alpha.balance(); err != nil {
		return fmt.Errorf("alpha: %w", err)
	}
	var before, after uint64
	for _, a := range r.Tao.Accounts {
		before, after = before+a.Opening, after+a.Closing
	}
	if before != opening.issued || after != closing.issued {
		return fmt.Errorf("accounts hold %d, then %d rao, issued are %d, then %d", before, after, opening.issued, closing.issued)
	}
	// What the chain counts as out rises by what leaves the pool or is minted for the participants, and is where the books say.
	a := &r.Alpha
	rose := closing.out - opening.out
	if want := a.Sum(minted, pending) + a.Sum(reserve, protocol) + a.Sum(reserve, validators) - a.Sum("", reserve) + a.Sum(minted, reserve) - a.Sum("", recycled); rose != want {
		return fmt.Errorf("alpha that is out rose by %d, want %d", rose, want)
	}
	known := a.Sum("", claims) - a.Sum(claims, "") + a.Sum("", rounding)
	for _, x := range a.Accounts {
		if x.Name != reserve && x.Name != recycled {
			known += x.Closing - x.Opening
		}
	}
	if rose != known {
		return fmt.Errorf("alpha that is out rose by %d, known of are %d", rose, known)
	}
	return nil
}
