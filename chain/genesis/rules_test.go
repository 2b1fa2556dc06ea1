package genesis_test

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/rules"
	"github.com/myelin-go/myelin/chain/storage"
)

func TestRulesOfASubnetAreItsOwnersChoice(t *testing.T) {
	p := load(t, genesis.Nakamoto2023())
	st, s, r := &p.Storage, p.c.State, p.Pools.Rules
	owner, stranger := frame.Signed(st.SubnetOwner.Get(s, 1)), frame.Signed(p.account(4))
	p.c.Env.Number = 20
	choose := func(who frame.Origin, netuid bt.NetUID, rule rules.Consensus) error {
		return p.call(who, rules.Index, 0, &rules.SetConsensus{NetUID: netuid, Consensus: rule})
	}
	if err := choose(stranger, 1, rules.Yuma); err != frame.BadOrigin {
		t.Errorf("a stranger: %v", err)
	}
	if err := choose(frame.Root(), 9, rules.Yuma); err != error(p.Error.SubnetNotExists) {
		t.Errorf("no such subnet: %v", err)
	}
	p.c.Env.Number = 8 // the freeze window of root is another than that of subnet 1
	if err := choose(frame.Root(), 0, rules.Sigmoid2022); err != error(r.Error.NotForRoot) {
		t.Errorf("root: %v", err)
	}
	st.PendingEpochAt.Set(s, 1, 30)
	if err := choose(owner, 1, rules.Yuma); err != error(p.Error.AdminActionProhibitedDuringWeightsWindow) {
		t.Errorf("frozen: %v", err)
	}
	st.PendingEpochAt.Delete(s, 1)

	st.Bonds.Set(s, 1, 0, nil)
	st.Rank.Set(s, 1, []uint16{1})
	if err := choose(owner, 1, rules.Sigmoid2022); err != nil || !st.Rank.Has(s, 1) {
		t.Errorf("the same rule again: %v; ranks kept: %t", err, st.Rank.Has(s, 1))
	}
	if err := choose(owner, 1, rules.Consensus2023); err != nil || st.Rank.Has(s, 1) || st.Bonds.Has(s, 1, 0) {
		t.Errorf("another rule: %v; ranks kept: %t, bonds kept: %t", err, st.Rank.Has(s, 1), st.Bonds.Has(s, 1, 0))
	}
	if got := r.Storage.Consensus.Get(s, 1); got != rules.Consensus2023 {
		t.Errorf("consensus is %d", got)
	}
	if err := choose(owner, 1, rules.Yuma); err != nil || r.Storage.Consensus.Has(s, 1) {
		t.Errorf("today's rule: %v; stored: %t", err, r.Storage.Consensus.Has(s, 1))
	}
	if err := p.call(owner, rules.Index, 1, &rules.SetRegistration{NetUID: 1, Registration: rules.Burned}); err != nil || r.Storage.Registration.Has(s, 1) {
		t.Errorf("registration: %v", err)
	}
}

func TestRulesOfTheNetworkAreRootsChoice(t *testing.T) {
	p := load(t, genesis.Localnet())
	before := len(p.c.State.Changes())
	calls := map[uint8][2]any{
		2: {&rules.Switch{Enabled: true}, &rules.Switch{}}, 3: {&rules.SetTransferFee{Fee: 1}, &rules.SetTransferFee{}},
		4: {&rules.Switch{Enabled: true}, &rules.Switch{}}, 5: {&rules.SetEpochDue{Rule: rules.TempoPlusOne}, &rules.SetEpochDue{}},
		6: {&rules.SetBurnPrice{Rule: rules.Adjusted}, &rules.SetBurnPrice{}}, 7: {&rules.Switch{Enabled: true}, &rules.Switch{}},
		8: {&rules.Switch{Enabled: true}, &rules.Switch{}}, 9: {&rules.Switch{Enabled: true}, &rules.Switch{}},
	}
	for index := uint8(2); index <= 9; index++ {
		args := calls[index]
		if err := p.call(frame.Signed(p.account(0)), rules.Index, index, args[0]); err != frame.BadOrigin {
			t.Errorf("call %d by an account: %v", index, err)
		}
		if err := p.call(frame.Root(), rules.Index, index, args[0]); err != nil {
			t.Errorf("call %d: %v", index, err)
		}
		if len(p.c.State.Changes()) != before+1 {
			t.Errorf("call %d stored %d rows, want 1", index, len(p.c.State.Changes())-before)
		}
		if err := p.call(frame.Root(), rules.Index, index, args[1]); err != nil {
			t.Errorf("call %d back: %v", index, err)
		}
		if rows := present(p.c.State); rows != before {
			t.Errorf("call %d: today's rule leaves %d rows more", index, rows-before)
		}
	}
}

// present counts the rows that a state on nothing holds.
func present(s *storage.State) (n int) {
	for _, c := range s.Changes() {
		if c.Value != nil {
			n++
		}
	}
	return n
}

// TestEpochDueAsBefore423 follows a subnet of tempo 99: by the old rule its epochs lie where (block + 1 + 1) mod 100 is 99.
func TestEpochDueAsBefore423(t *testing.T) {
	p := load(t, genesis.Nakamoto2023())
	for _, block := range []uint32{96, 97, 98, 197} {
		p.c.Env.Number = block
		if got, want := p.Epoch.Due(p.c, 1), block%100 == 97; got != want {
			t.Errorf("block %d: due is %t, want %t", block, got, want)
		}
	}
}

func TestLocalnetHasNoRuleStored(t *testing.T) {
	p := load(t, genesis.Localnet())
	prefix := string(p.Pools.Rules.Storage.Consensus.Prefix()[:16])
	for _, c := range p.c.State.Changes() {
		if len(c.Key) >= 16 && string(c.Key[:16]) == prefix {
			t.Errorf("the first state has a row %x of the pallet Rules", c.Key)
		}
	}
}
