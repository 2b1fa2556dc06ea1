package genesis_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/staking"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/fixed"
)

// preset is the runtime of a preset on its first state.
type preset struct {
	*subtensor.Pallet
	t     *testing.T
	spec  genesis.Spec
	chain *genesis.Chain
	c     *frame.Ctx
}

func load(t *testing.T, spec genesis.Spec) *preset {
	t.Helper()
	if err := spec.Validate(); err != nil {
		t.Fatal(err)
	}
	ch := genesis.New(spec, genesis.Subtensor)
	_, rows := ch.Genesis()
	table := ch.Runtime.Table()
	return &preset{
		Pallet: chain.Pallet[subtensor.Pallet](ch.Runtime), t: t, spec: spec, chain: ch,
		c: frame.NewCtx(committed(rows), &frame.Env{Number: 1, Table: table}, frame.Root()),
	}
}

func (p *preset) call(origin frame.Origin, pallet, index uint8, args any) error {
	return p.c.Dispatch(origin, frame.RuntimeCall{Pallet: pallet, Index: index, Args: args}).Err
}

// blocks runs block steps without transactions.
func (p *preset) blocks(n int) {
	for range n {
		p.c.Env.Number++
		p.OnInitialize(p.c)
	}
}

func (p *preset) account(i int) bt.AccountID { return p.spec.Balances[i].Account }

func TestPresetsAreSpecificationsThatCanBePrintedAndLoaded(t *testing.T) {
	for _, name := range genesis.Presets() {
		want, err := genesis.Preset(name)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.MarshalIndent(want, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got, err := genesis.Parse(raw)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		again, err := json.MarshalIndent(got, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(raw), string(again)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if _, err := genesis.Preset("nobunaga"); !errors.Is(err, genesis.ErrSpec) {
		t.Errorf("an unknown preset: %v", err)
	}
}

func TestNetworkRefusesWhatItDoesNotKnow(t *testing.T) {
	raw := func(s string) json.RawMessage { return json.RawMessage(s) }
	for name, n := range map[string]genesis.Network{
		"unknown":     {Global: genesis.Settings{"TaoWait": raw("1")}},
		"too large":   {Global: genesis.Settings{"SubnetLimit": raw("65536")}},
		"of root":     {Root: genesis.Settings{"TaoWeight": raw("1")}},
		"of a subnet": {Global: genesis.Settings{"Tempo": raw("10")}},
		"a choice":    {Rules: genesis.Settings{"EpochDue": raw(`"Never"`)}},
		"no number":   {Constants: genesis.Settings{"InitialTempo": raw(`"ten"`)}},
		"a structure": {Global: genesis.Settings{"SubnetMovingAlpha": raw("1")}},
		"with a pool": {Subnets: []genesis.Subnet{{NetUID: 1}}},
		"root":        {Rules: genesis.Settings{"SingleToken": raw("true")}, Subnets: []genesis.Subnet{{}}},
	} {
		s := genesis.Localnet()
		s.Network = n
		if err := s.Validate(); !errors.Is(err, genesis.ErrSpec) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFinneyHasWhatMigrationsSet(t *testing.T) {
	p := load(t, genesis.Finney())
	st, s := &p.Storage, p.c.State
	for what, pair := range map[string][2]uint64{
		"milliseconds a block":  {p.spec.BlockTime, 12_000}, // S-LED-04
		"TaoWeight":             {st.TaoWeight.Get(s), 3_320_413_933_267_719_290},
		"NetworkMinLockCost":    {uint64(st.NetworkMinLockCost.Get(s)), uint64(bt.Tao)},
		"NetworkImmunityPeriod": {st.NetworkImmunityPeriod.Get(s), 864_000},
		"NetworkRateLimit":      {st.NetworkRateLimit.Get(s), 28_800},
		"lock interval":         {st.NetworkLockReductionInterval.Get(s), 57_600},
		"tempo of new subnets":  {uint64(st.Tempo.Get(s, 9)), 360},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %d, want %d", what, pair[0], pair[1])
		}
	}
	if !st.SubtokenEnabled.Get(s, 0) || st.FirstEmissionBlockNumber.Has(s, 0) {
		t.Error("root is closed for stake, or is said to have begun")
	}
}

func TestNakamoto2023_S_REG_04_S_SUB_04_OneNetworkOf4096(t *testing.T) {
	p := load(t, genesis.Nakamoto2023())
	s := p.c.State
	if n := p.Storage.MaxAllowedUids.Get(s, 1); n != 4096 {
		t.Errorf("%d uids, want 4096", n)
	}
	if n := p.Storage.TotalNetworks.Get(s); n != 2 {
		t.Errorf("%d networks, want root and one", n)
	}
	if got := p.Pools.Rules.Storage.Consensus.Get(s, 1); got != rules.Sigmoid2022 {
		t.Errorf("consensus is %d", got)
	}
	if got := p.Pools.Rules.Storage.Registration.Get(s, 1); got != rules.ProofOfWork {
		t.Errorf("registration is %d", got)
	}
}

func TestNakamoto2023_S_LED_11_TransferBurns125MilliTao(t *testing.T) {
	p := load(t, genesis.Nakamoto2023())
	from, to := p.account(0), p.account(1)
	money := p.chain.Parts.Balances
	before, issued := money.Free(p.c, from), money.TotalIssuance(p.c)
	if err := p.call(frame.Signed(from), 5, 3, &balances.TransferArgs{Dest: bt.MultiAddress{Id: &to}, Value: bt.Tao}); err != nil {
		t.Fatal(err)
	}
	const fee = bt.Tao / 8
	if paid := before - money.Free(p.c, from); paid != bt.Tao+fee {
		t.Errorf("the sender paid %v, want 1.125", paid)
	}
	if burned := issued - money.TotalIssuance(p.c); burned != fee {
		t.Errorf("%v burned, want 0.125", burned)
	}
}

func TestNakamoto2023_S_TOK_04_05_OneTaoABlockHalvedByIssuance(t *testing.T) {
	for issued, want := range map[bt.Rao]bt.Rao{0: bt.Tao, 10_500_000 * bt.Tao: bt.Tao / 2, 15_750_000 * bt.Tao: bt.Tao / 4} {
		p := load(t, genesis.Nakamoto2023())
		p.Storage.TotalIssuance.Set(p.c.State, issued)
		before := p.Storage.SubnetTAO.Get(p.c.State, 1)
		p.blocks(1)
		if got := p.Storage.SubnetTAO.Get(p.c.State, 1) - before; got != want {
			t.Errorf("at %v TAO a block brings the network %v, want %v", issued, got, want)
		}
	}
}

// All that neurons earn is TAO that lies in the subnet's custody.
func TestNakamoto2023_S_TOK_09_EmissionIsTaoAndReachesNeurons(t *testing.T) {
	p := load(t, genesis.Nakamoto2023())
	s, st := p.c.State, &p.Storage
	miner, hotkey := p.account(2), p.account(3)
	if err := p.call(frame.Signed(miner), subtensor.Index, 7, &registration.BurnedRegister{NetUID: 1, Hotkey: hotkey}); err != nil {
		t.Fatal(err)
	}
	p.blocks(250)
	custody := p.chain.Parts.Balances.Free(p.c, p.Pools.CustodyAccount(1))
	stake := st.SubnetAlphaOut.Get(s, 1)
	if stake == 0 || bt.Rao(stake) > custody || bt.Rao(stake) > st.SubnetTAO.Get(s, 1) {
		t.Errorf("%v is staked or waits, %v of TAO backs it, custody holds %v", stake, st.SubnetTAO.Get(s, 1), custody)
	}
}

func TestSubnets2024_S_SUB_03_04_05_36SubnetsOf256With64Validators(t *testing.T) {
	p := load(t, genesis.Subnets2024())
	n := 0
	for id, added := range p.Storage.NetworksAdded.All(p.c.State) {
		if !added || id == 0 {
			continue
		}
		n++
		if uids, validators := p.Storage.MaxAllowedUids.Get(p.c.State, id), p.Storage.MaxAllowedValidators.Get(p.c.State, id); uids != 256 || validators != 64 {
			t.Errorf("subnet %d has room for %d neurons and %d validators", id, uids, validators)
		}
	}
	if n != 36 {
		t.Errorf("%d subnets, want 36", n)
	}
}

func TestSubnets2024_S_SUB_08_09_LockDoublesFallsBackAndIsReturned(t *testing.T) {
	p := load(t, genesis.Subnets2024())
	owner := p.account(0)
	if cost := p.Subnets.LockCost(p.c); cost != 100*bt.Tao {
		t.Fatalf("the first lock is %v, want 100", cost)
	}
	money := p.chain.Parts.Balances
	before := money.Free(p.c, owner)
	if err := p.call(frame.Signed(owner), subtensor.Index, 59, &subnets.RegisterNetwork{Hotkey: p.account(5)}); err != nil {
		t.Fatal(err)
	}
	if paid := before - money.Free(p.c, owner); paid != 100*bt.Tao {
		t.Errorf("%v locked, want 100", paid)
	}
	if cost := p.Subnets.LockCost(p.c); cost != 200*bt.Tao {
		t.Errorf("then the lock is %v, want 200", cost)
	}
	p.c.Env.Number += 2 * 100_800
	if cost := p.Subnets.LockCost(p.c); cost != 100*bt.Tao {
		t.Errorf("four weeks later the lock is %v, want 100", cost)
	}
	if err := p.Subnets.Dissolve(p.c, 37); err != nil {
		t.Fatal(err)
	}
	if after := money.Free(p.c, owner); after != before {
		t.Errorf("after deregistration the owner has %v, want %v", after, before)
	}
}

// S-TOK-11: TAO is for staking to validators and subnets, for registering subnets, and for the fees of transactions.
func TestFinney_S_TOK_11_TaoPaysForStakeSubnetsAndTransactions(t *testing.T) {
	p := load(t, genesis.Finney())
	money, st, s := p.chain.Parts.Balances, &p.Storage, p.c.State
	owner, hotkey, staker := p.account(0), p.account(5), p.account(1)
	spent := func(who bt.AccountID, do func()) bt.Rao {
		before := money.Free(p.c, who)
		do()
		return before - money.Free(p.c, who)
	}
	must := func(who bt.AccountID, index uint8, args any) {
		t.Helper()
		if err := p.call(frame.Signed(who), subtensor.Index, index, args); err != nil {
			t.Fatal(err)
		}
	}
	p.c.Env.Number = 28_800 // NetworkRateLimit
	cost := p.Subnets.LockCost(p.c)
	if paid := spent(owner, func() { must(owner, 59, &subnets.RegisterNetwork{Hotkey: hotkey}) }); paid != cost || cost < bt.Tao {
		t.Errorf("a subnet cost %v, paid were %v; at least 1 TAO", cost, paid)
	}
	p.c.Env.Number += uint32(st.StartCallDelay.Get(s)) + 1
	must(owner, 92, &subnets.StartCall{NetUID: 2})
	must(p.spec.RootOwner, 92, &subnets.StartCall{NetUID: 0})
	pool := st.SubnetTAO.Get(s, 2)
	if paid := spent(staker, func() {
		must(staker, 2, &staking.AddStake{Hotkey: hotkey, NetUID: 2, AmountStaked: 10 * bt.Tao})
	}); paid != 10*bt.Tao || p.Pools.Stake(p.c, hotkey, staker, 2) == 0 || st.SubnetTAO.Get(s, 2) <= pool {
		t.Errorf("staking to the subnet took %v, the pool went from %v to %v", paid, pool, st.SubnetTAO.Get(s, 2))
	}
	if paid := spent(staker, func() {
		must(staker, 2, &staking.AddStake{Hotkey: hotkey, NetUID: 0, AmountStaked: 10 * bt.Tao})
	}); paid != 10*bt.Tao || p.Pools.Stake(p.c, hotkey, staker, 0) != 10*bt.Alpha(bt.Tao) {
		t.Errorf("staking to the validator took %v and gave %v", paid, p.Pools.Stake(p.c, hotkey, staker, 0))
	}
	call := frame.RuntimeCall{Pallet: subtensor.Index, Index: 2, Args: &staking.AddStake{Hotkey: hotkey, AmountStaked: bt.Tao}}
	fee := p.chain.Parts.Payment.Fee(150, p.c.Env.Table.Info(call), 0).Total()
	if paid := spent(staker, func() {
		if _, ok := p.chain.Parts.Payment.Take(p.c, staker, call, fee); !ok {
			t.Error("the fee cannot be paid")
		}
	}); paid != fee || fee == 0 {
		t.Errorf("the transaction's fee is %v, paid were %v", fee, paid)
	}
}

// full is subnets-2024 with room for no more subnets than there are.
func full(t *testing.T) *preset {
	t.Helper()
	spec := genesis.Subnets2024()
	spec.Network.Global["SubnetLimit"] = json.RawMessage("36")
	return load(t, spec)
}

func (p *preset) found(owner, hotkey bt.AccountID) error {
	return p.call(frame.Signed(owner), subtensor.Index, 59, &subnets.RegisterNetwork{Hotkey: hotkey})
}

func TestSubnets2024_S_SUB_11_NewSubnetsAreImmuneForSevenDays(t *testing.T) {
	p := full(t)
	const week = 7 * 24 * 3600 / 12
	p.c.Env.Number = week - 1
	if err := p.found(p.account(0), named("hotkey")); err != error(p.Error.SubnetLimitReached) {
		t.Errorf("in the last block of seven days: %v, want SubnetLimitReached", err)
	}
	p.c.Env.Number = week
	if err := p.found(p.account(0), named("hotkey")); err != nil {
		t.Errorf("after seven days: %v", err)
	}
}

func TestSubnets2024_S_SUB_12_13_RegistrationEjectsTheSubnetWithTheLowestEmission(t *testing.T) {
	p := full(t)
	st, s, money := &p.Storage, p.c.State, p.chain.Parts.Balances
	p.c.Env.Number = 60_000
	first := p.account(0)
	before, owner := money.Free(p.c, first), st.SubnetOwner.Get(s, 1)
	// All have the same part in the emission: the oldest goes, and of those of the first block the first.
	if err := p.found(first, named("first")); err != nil {
		t.Fatal(err)
	}
	if st.SubnetOwner.Get(s, 1) != first || st.Uids.Has(s, 1, st.SubnetOwnerHotkey.Get(s, 2)) || owner == first {
		t.Errorf("subnet 1 belongs to %v", st.SubnetOwner.Get(s, 1))
	}
	if n := st.TotalNetworks.Get(s); n != 37 { // with root
		t.Errorf("%d networks, want 37", n)
	}
	if uid, ok := st.Uids.TryGet(s, 1, named("first")); !ok || uid != 0 || st.SubnetworkN.Get(s, 1) != 1 {
		t.Errorf("the freed number has %d neurons; the new owner's has uid %d, %t", st.SubnetworkN.Get(s, 1), uid, ok)
	}

	// The new one is immune: the next registration takes the next of the old ones.
	p.c.Env.Number += 7200
	if err := p.found(p.account(1), named("second")); err != nil {
		t.Fatal(err)
	}
	if st.SubnetOwner.Get(s, 1) != first || st.SubnetOwner.Get(s, 2) != p.account(1) {
		t.Error("an immune subnet was ejected, or nobody was")
	}

	// Without immunity, one that gets less of the emission goes before older ones: first one whose miners' part is burned, then one without emission.
	p.c.Env.Number += 60_000
	next := func(want bt.NetUID, why string) {
		t.Helper()
		p.blocks(1)
		if netuid, ok := p.Subnets.ToPruneNetwork(p.c); !ok || netuid != want {
			t.Errorf("subnet %d is next with an emission of %v, want %d with %v: %s",
				netuid, st.SubnetTaoInEmission.Get(s, netuid), want, st.SubnetTaoInEmission.Get(s, want), why)
		}
	}
	next(1, "a new subnet gets nothing before its start")
	for i, id := range []bt.NetUID{1, 2} {
		if err := p.call(frame.Signed(p.account(i)), subtensor.Index, 92, &subnets.StartCall{NetUID: id}); err != nil {
			t.Fatal(err)
		}
	}
	p.blocks(1)
	next(3, "all get the same, it is the oldest")
	st.MinerBurned.Set(s, 11, fixed.U96F32FromRatio(1, 2))
	next(11, "half of what its miners earn is burned")
	st.SubnetEmissionEnabled.Set(s, 9, false)
	next(9, "it gets nothing")
	st.SubnetEmissionEnabled.Set(s, 9, true)
	st.MinerBurned.Delete(s, 11)

	// Who ends a subnet has the lock back.
	if err := p.Subnets.Dissolve(p.c, 1); err != nil {
		t.Fatal(err)
	}
	if got := money.Free(p.c, first); got != before {
		t.Errorf("the owner has %v after all, %v before: the lock was not paid back", got, before)
	}
}
