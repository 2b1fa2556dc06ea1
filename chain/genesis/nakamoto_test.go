package genesis_test

import (
	"encoding/json"
	"math"
	"sort"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/weights"
	"github.com/myelin-go/myelin/emission"
	"github.com/myelin-go/myelin/pow"
)

// easy is nakamoto-2023 with work that a test can do.
func easy(t *testing.T) *preset {
	t.Helper()
	spec := genesis.Nakamoto2023()
	spec.Network.Subnets[0].Settings["Difficulty"] = json.RawMessage("1000")
	spec.Network.Subnets[0].Settings["MinDifficulty"] = json.RawMessage("1000")
	return load(t, spec)
}

// mine goes to the next block and registers a hotkey there by work over the block before, as the solvers of 2023 searched it: the seal times the difficulty
// must stay below 2^256, read big-endian. It returns the hotkey's uid.
func (p *preset) mine(coldkey, hotkey bt.AccountID) uint16 {
	p.t.Helper()
	p.blocks(1)
	p.c.Env.Parent = bt.Hash{0xb1, 0x0c, byte(p.c.Env.Number), byte(p.c.Env.Number >> 8)}
	difficulty, puzzle, nonce := p.Storage.Difficulty.Get(p.c.State, 1), pow.Legacy(p.c.Env.Parent, hotkey), uint64(0)
	for !puzzle.Seal(nonce).MeetsBigEndian(difficulty) {
		nonce++
	}
	seal := puzzle.Seal(nonce)
	a := registration.Register{NetUID: 1, BlockNumber: uint64(p.c.Env.Number - 1), Nonce: nonce, Work: seal[:], Hotkey: hotkey, Coldkey: coldkey}
	if err := p.call(frame.Signed(hotkey), subtensor.Index, 6, &a); err != nil {
		p.t.Fatalf("work for %v: %v", hotkey, err)
	}
	uid, ok := p.Storage.Uids.TryGet(p.c.State, 1, hotkey)
	if !ok {
		p.t.Fatalf("the hotkey %v has no uid", hotkey)
	}
	return uid
}

func named(text string) (a bt.AccountID) {
	copy(a[:], text)
	return a
}

func (p *preset) stake(coldkey, hotkey bt.AccountID, amount bt.Rao) {
	p.t.Helper()
	if err := p.call(frame.Signed(coldkey), subtensor.Index, 2, &staking.AddStake{Hotkey: hotkey, NetUID: 1, AmountStaked: amount}); err != nil {
		p.t.Fatal(err)
	}
}

// A network from nothing, by its own rules: neurons register by work, validators with 60 % and 40 % of the stake judge two miners, and an epoch pays.
func TestNakamoto2023_S_REG_01_S_CON_03_WorkIsPaidInTao(t *testing.T) {
	p := easy(t)
	s, st := p.c.State, &p.Storage
	rich, miner := p.account(2), named("miner")
	large, small, good, other := named("large"), named("small"), named("good"), named("other")
	p.mine(rich, large)
	p.mine(rich, small)
	trusted, doubted := p.mine(miner, good), p.mine(miner, other)
	if got := st.Owner.Get(s, good); got != miner {
		t.Fatalf("the miner's hotkey belongs to %v", got)
	}
	p.stake(rich, large, 600*bt.Tao)
	p.stake(rich, small, 400*bt.Tao)

	// The first epoch, at block 97, gives the permits to validate.
	p.blocks(97 - int(p.c.Env.Number))
	if permits := st.ValidatorPermit.Get(s, 1); len(permits) != 5 || !permits[1] || !permits[2] {
		t.Fatalf("permits %v: the two with stake have none", permits)
	}
	p.blocks(106 - int(p.c.Env.Number)) // a validator judges every 100 blocks, from its registration on
	for who, row := range map[bt.AccountID][]uint16{large: {0, 0, 0, 65535, 0}, small: {0, 0, 0, 32768, 32767}} {
		if err := p.call(frame.Signed(who), subtensor.Index, 0, &weights.SetWeights{NetUID: 1, Dests: []uint16{0, 1, 2, trusted, doubted}, Weights: row}); err != nil {
			t.Fatal(err)
		}
	}
	staked := func(coldkey, hotkey bt.AccountID) bt.Alpha { return p.Pools.Stake(p.c, hotkey, coldkey, 1) }
	before := [4]bt.Alpha{staked(rich, large), staked(rich, small), staked(miner, good), staked(miner, other)}
	p.blocks(197 - int(p.c.Env.Number))

	// Trust is the stake behind any ranking; consensus its sigmoid with rho 10 around one half (S-CON-03 … 07).
	for uid, trust := range map[uint16]float64{trusted: 1, doubted: 0.4} {
		got := float64(st.Trust.Get(s, 1)[uid]) / 65535
		if math.Abs(got-trust) > 0.01 { // validators have earned a little
			t.Errorf("trust of %d is %.3f, want %.3f", uid, got, trust)
		}
		want := 1 / (1 + math.Exp(-10*(got-0.5)))
		if got := float64(st.Consensus.Get(s, 1)[uid]) / 65535; math.Abs(got-want) > 1e-3 {
			t.Errorf("consensus on %d is %.4f, want %.4f", uid, got, want)
		}
	}
	earned := [4]bt.Alpha{staked(rich, large) - before[0], staked(rich, small) - before[1], staked(miner, good) - before[2], staked(miner, other) - before[3]}
	// 100 blocks bring 100 TAO: half to servers, half to validators (S-TOK-09); each share is rounded down.
	for what, sum := range map[string]bt.Alpha{"validators": earned[0] + earned[1], "servers": earned[2] + earned[3]} {
		if want := 50 * bt.Alpha(bt.Tao); sum > want || want-sum > 1000 {
			t.Errorf("%s earned %v, want 50 TAO", what, sum)
		}
	}
	if earned[2] < 10*earned[3] || earned[3] == 0 {
		t.Errorf("the trusted miner earned %v, the doubted one %v", earned[2], earned[3])
	}

	// What was earned is TAO: each unit in custody, and paid out as such.
	money := p.chain.Parts.Balances
	custody := money.Free(p.c, p.Pools.CustodyAccount(1))
	if err := p.call(frame.Signed(miner), subtensor.Index, 3, &staking.RemoveStake{Hotkey: good, NetUID: 1, AmountUnstaked: earned[2]}); err != nil {
		t.Fatal(err)
	}
	if got := money.Free(p.c, miner); got != bt.Rao(earned[2]) || staked(miner, good) != before[2] {
		t.Errorf("the miner withdrew %v and has %v staked; it earned %v", got, staked(miner, good), earned[2])
	}
	if paid := custody - money.Free(p.c, p.Pools.CustodyAccount(1)); paid != bt.Rao(earned[2]) {
		t.Errorf("custody paid %v", paid)
	}
}

// Work that meets the difficulty only when its seal is read little-endian was none in 2023.
func TestNakamoto2023_S_REG_01_SealsAreBigEndian(t *testing.T) {
	p := easy(t)
	p.blocks(5)
	p.c.Env.Parent = bt.Hash{7}
	hotkey, nonce := named("hotkey"), uint64(0)
	puzzle := pow.Legacy(p.c.Env.Parent, hotkey)
	for puzzle.Seal(nonce).MeetsBigEndian(1000) || !puzzle.Seal(nonce).Meets(1000) {
		nonce++
	}
	seal := puzzle.Seal(nonce)
	a := registration.Register{NetUID: 1, BlockNumber: uint64(p.c.Env.Number - 1), Nonce: nonce, Work: seal[:], Hotkey: hotkey, Coldkey: named("cold")}
	if err := p.call(frame.Signed(hotkey), subtensor.Index, 6, &a); err != error(p.Error.InvalidDifficulty) {
		t.Errorf("little-endian work: %v, want InvalidDifficulty", err)
	}
}

// Of what nominators earn through a validator, its owner takes 18 %; the rest is theirs.
func TestNakamoto2023_S_TOK_17_DelegatesTake18PercentOfWhatIsEarned(t *testing.T) {
	p := easy(t)
	owner, nominator, hotkey := named("delegate"), p.account(2), named("validator")
	p.mine(owner, hotkey)
	p.stake(nominator, hotkey, 1000*bt.Tao)
	staked := func(coldkey bt.AccountID) bt.Alpha { return p.Pools.Stake(p.c, hotkey, coldkey, 1) }
	before := staked(nominator)
	p.blocks(97 - int(p.c.Env.Number)) // nobody ranks anybody: all of it follows stake
	delegate, earned := float64(staked(owner)), float64(staked(owner)+staked(nominator)-before)
	if earned < 90e9 {
		t.Fatalf("the validator earned only %v rao in 97 blocks", earned)
	}
	take := earned * 11796 / 65535 // 0.18; it is staked first, and has its part in the rest as any stake
	if want := take + (earned-take)*take/(float64(before)+take); math.Abs(delegate-want) > 1000 {
		t.Errorf("the delegate has %v of %v rao, want %v", delegate, earned, want)
	}
}

// Of what a validator earns, E, its owner gets the take, 0.18 E, and of the rest the part of its own stake; a nominator gets its stake's part of the rest. The take is staked
// before the rest is shared out, and has its part in it.
func TestNakamoto2023_S_TOK_18_19_20_WhatDelegateAndNominatorGet(t *testing.T) {
	p := easy(t)
	owner, nominator, hotkey := p.account(1), p.account(2), named("validator")
	p.mine(owner, hotkey)
	p.stake(owner, hotkey, 500*bt.Tao)
	p.stake(nominator, hotkey, 1500*bt.Tao)
	staked := func(coldkey bt.AccountID) float64 { return float64(p.Pools.Stake(p.c, hotkey, coldkey, 1)) }
	own, nominated := staked(owner), staked(nominator)
	p.blocks(97 - int(p.c.Env.Number))
	gotOwn, gotNominated := staked(owner)-own, staked(nominator)-nominated
	earned := gotOwn + gotNominated
	if earned < 90e9 {
		t.Fatalf("the validator earned only %v rao in 97 blocks", earned)
	}
	take := earned * 11796 / 65535
	rest, all := earned-take, own+nominated+take
	if want := take + rest*(own+take)/all; math.Abs(gotOwn-want) > 1000 {
		t.Errorf("the delegate got %v of %v rao, want %v", gotOwn, earned, want)
	}
	if want := rest * nominated / all; math.Abs(gotNominated-want) > 1000 {
		t.Errorf("the nominator got %v of %v rao, want %v", gotNominated, earned, want)
	}
}

// Halving goes by issuance; while each block brings what it mints, that is every 10.5 million blocks. Here the chain itself runs through the first two
// halvings, and the arithmetic through those in which a block's part of a TAO is a whole number of rao.
func TestNakamoto2023_S_TOK_05_HalvesEvery10500000Blocks(t *testing.T) {
	const era = 10_500_000
	for n, issued := range []bt.Rao{era * bt.Tao, era*bt.Tao + era*bt.Tao/2} {
		p := easy(t)
		reward := bt.Tao >> n
		p.Storage.TotalIssuance.Set(p.c.State, issued-3*reward) // three blocks before the end of the era
		for block, want := range []bt.Rao{reward, reward, reward, reward / 2, reward / 2} {
			before := p.Storage.SubnetTAO.Get(p.c.State, 1)
			p.blocks(1)
			if got := p.Storage.SubnetTAO.Get(p.c.State, 1) - before; got != want {
				t.Errorf("block %d around halving %d brings %v, want %v", block, n+1, got, want)
			}
		}
	}
	start, reward := uint64(0), uint64(bt.Tao)
	for n := range 9 {
		blocks := sort.Search(2*era, func(i int) bool { return emission.PerBlock(start+uint64(i)*reward) < reward })
		// The logarithm of the chain has 32 fractional bits: of an issuance near 21 million TAO that is some thousandths of a TAO.
		if off := math.Abs(float64(blocks - era)); off > 1+float64(uint64(5_000_000)<<n/reward) {
			t.Errorf("era %d has %d blocks", n, blocks)
		}
		start += era * reward
		reward /= 2
	}
}
