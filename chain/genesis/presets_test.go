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
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
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

func TestFinney_S_TOK_11_HasWhatMigrationsSet(t *testing.T) {
	p := load(t, genesis.Finney())
	st, s := &p.Storage, p.c.State
	for what, pair := range map[string][2]uint64{
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

func TestNakamoto2023_S_TOK_17_DelegatesTake18Percent(t *testing.T) {
	p := load(t, genesis.Nakamoto2023())
	if take := p.Storage.Delegates.Get(p.c.State, p.account(1)); take != 11796 { // 0.18 * 65535, rounded down
		t.Errorf("take is %d of 65535, want 11796", take)
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

func TestSubnets2024_S_SUB_08_09_11_12_LockDoublesFallsBackAndIsReturned(t *testing.T) {
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
