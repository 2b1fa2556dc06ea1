package chain_test

import (
	"bytes"
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
)

// silent is a pallet with an event and a call that are there from spec 462 on.
type silent struct {
	Event struct {
		Counted frame.Event[struct{}] `index:"0"`
	}
	Call struct {
		Count frame.Call[struct{}] `index:"0" weight:"1,0,0,0"`
	}
}

func (p *silent) Count(*frame.Ctx, struct{}) error { return nil }

// counting is the same pallet in spec 462, which counts how often its storage was changed for a new runtime.
type counting struct {
	silent
	at string
}

// counted is the cost of a change.
var counted = frame.WeightOf(7, 0, 3, 2)

func (p *counting) Upgrade(c *frame.Ctx) frame.Weight {
	was, _ := c.State.Get([]byte(p.at))
	c.State.Set([]byte(p.at), append(was[:len(was):len(was)], byte(c.Env.Number)))
	p.Event.Counted.Emit(c, struct{}{})
	return counted
}

// upgradable is a network whose program holds a runtime of spec 462 too.
func upgradable(t *testing.T) (n *net, next *chain.Runtime) {
	n = newNet(t, func(cfg *chain.Config) {
		cfg.Modules = append(cfg.Modules, frame.Module{Name: "Counting", Index: 200, Pallet: &silent{}})
		cfg.Absent = []string{"Counting.event.Counted", "Counting.call.count"}
		cfg.Next = func() *chain.Runtime {
			return newNet(t, func(cfg *chain.Config) {
				cfg.SpecVersion = 462
				cfg.Modules = append(cfg.Modules, frame.Module{Name: "Counting", Index: 200, Pallet: &counting{at: "upgrades"}})
			}).r
		}
	})
	return n, n.r.Next()
}

func (n *net) asRoot(nonce bt.Nonce, c frame.RuntimeCall) bt.Extrinsic {
	return n.sign(alice, nonce, call(12, 0, &sudo.Sudo{Call: c}))
}

func own(index uint8, args any) frame.RuntimeCall {
	return frame.RuntimeCall{Pallet: 0, Index: index, Args: args}
}

func TestAuthorisedUpgrade(t *testing.T) {
	n, next := upgradable(t)
	old := chaintest.New(n.state.Rows())
	code := next.Code()
	apply := n.r.Bare(own(system.ApplyIndex, &system.CodeArgs{Code: code}))
	if _, err := n.r.Validate(n.state, &n.head, apply, chain.External); err == nil {
		t.Error("the pool takes an upgrade that nobody authorised")
	}
	n.block(n.asRoot(0, own(9, &system.CodeHashArgs{CodeHash: hash.Blake256(code)})))
	wrong := n.r.Bare(own(system.ApplyIndex, &system.CodeArgs{Code: code[1:]}))
	if _, err := n.r.Validate(n.state, &n.head, wrong, chain.External); err == nil {
		t.Error("the pool takes a code that was not authorised")
	}
	if _, err := n.r.Validate(n.state, &n.head, apply, chain.External); err != nil {
		t.Errorf("the pool refuses the authorised code: %v", err)
	}
	before, err := n.r.Checker(n.state, &n.head).Check(n.sign(bob, 0, transfer(alice.Public(), 1)))
	if err != nil {
		t.Fatal(err)
	}
	out := n.block(apply)
	if err := out.Outcomes[1].Err; err != nil {
		t.Fatal(err)
	}
	if d := out.Header.Digest; len(d) != 1 || d[0].RuntimeEnvironmentUpdated == nil {
		t.Errorf("the header tells %+v, want that the runtime is replaced", d)
	}
	if _, left := n.system.Storage.AuthorizedUpgrade.TryGet(storage.New(n.state)); left {
		t.Error("the authorisation outlives the upgrade")
	}

	version := func() uint32 {
		t.Helper()
		raw, err := n.r.Call(n.state, &n.head, "Core_version", nil)
		var v system.Version
		if err == nil {
			err = scale.Unmarshal(raw, &v)
		}
		if err != nil {
			t.Fatal(err)
		}
		return v.SpecVersion
	}
	if got := version(); got != 462 {
		t.Errorf("after the upgrade the version is %d, want 462", got)
	}
	// A transaction signed for the old version is no good any more, and one that was checked before the upgrade is judged anew.
	if _, err := n.r.Checker(n.state, &n.head).Check(n.sign(bob, 0, transfer(alice.Public(), 1))); err == nil {
		t.Error("a transaction signed for spec 461 passes in 462")
	}
	if _, bad := n.r.ValidateChecked(n.state, &n.head, before, chain.External); bad == nil || bad.Reason != chain.BadProof {
		t.Errorf("the pool keeps a transaction of before the upgrade: %v", bad)
	}
	b := n.begin()
	if _, err := b.Apply(before); err == nil || err.(*chain.InvalidTransaction).Reason != chain.BadProof {
		t.Errorf("a block takes a transaction of before the upgrade: %v", err)
	}
	made := n.block()
	if len(made.Events) == 0 || made.Events[0].Phase.Initialization == nil || made.Events[0].Data[0] != 200 {
		t.Errorf("the first block of the new runtime tells %+v first, want the change of storage", made.Events)
	}
	first := n.system.Storage.BlockWeight.Get(storage.New(n.state)).Mandatory
	n.block()
	later := n.system.Storage.BlockWeight.Get(storage.New(n.state)).Mandatory
	if want := later.Add(counted); first != want {
		t.Errorf("the first block weighs %+v, the next one %+v: the difference should be %+v", first, later, counted)
	}
	n.block()
	if got, _ := n.state.Get([]byte("upgrades")); string(got) != "\x03" {
		t.Errorf("storage was changed in the blocks %v, want once in block 3", got)
	}
	if last, _ := n.system.Storage.LastRuntimeUpgrade.TryGet(storage.New(n.state)); last.SpecVersion != 462 {
		t.Errorf("the last block's runtime is told to be %d", last.SpecVersion)
	}
	// Old blocks keep their own runtime.
	past, err := n.r.At(old)
	if err != nil {
		t.Fatal(err)
	}
	was, _ := past.Metadata(14)
	is, _ := next.Metadata(14)
	if past.Version().SpecVersion != 461 || string(was) == string(is) {
		t.Error("the state before the upgrade is read with the new runtime")
	}
	for _, r := range []*chain.Runtime{n.r, next} {
		if got, err := r.At(old); err != nil || got != n.r {
			t.Errorf("asked by spec %d, the old state's runtime is %v, %v", r.Version().SpecVersion, got, err)
		}
	}
}

// What a runtime does not have yet is neither described nor called.
func TestAbsent(t *testing.T) {
	n, next := upgradable(t)
	for _, r := range []*chain.Runtime{n.r, next} {
		there := r == next
		raw, _ := r.Metadata(14)
		if got := bytes.Contains(raw, []byte("Counted")); got != there {
			t.Errorf("spec %d describes the event: %v", r.Version().SpecVersion, got)
		}
		if _, err := r.Table().DecodeNested([]byte{200, 0}, 1); (err == nil) != there {
			t.Errorf("spec %d decodes the call: %v", r.Version().SpecVersion, err)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a runtime lacks what no pallet declares")
		}
	}()
	newNet(t, func(cfg *chain.Config) { cfg.Absent = []string{"Balances.call.burnn"} })
}

// A chain that begins with a later runtime has that one's changes from the start.
func TestBeginWithALaterRuntime(t *testing.T) {
	n := newNet(t, func(cfg *chain.Config) {
		cfg.Modules = append(cfg.Modules, frame.Module{Name: "Counting", Index: 200, Pallet: &counting{at: "upgrades"}})
	})
	n.block()
	if got, _ := n.state.Get([]byte("upgrades")); string(got) != "\x00" {
		t.Errorf("storage was changed in the blocks %v, want once at genesis", got)
	}
}

func TestCodesThatAreRefused(t *testing.T) {
	n, next := upgradable(t)
	state := storage.New(n.state)
	root := frame.NewCtx(state, &frame.Env{}, frame.Root())
	signed := root.As(frame.Signed(alice.Public()))
	p, e := n.system, &n.system.Error
	code := func(c []byte) system.CodeArgs { return system.CodeArgs{Code: c} }
	for _, c := range []struct {
		name      string
		got, want error
	}{
		{"unknown code", p.SetCode(root, code([]byte("wasm"))), e.FailedToExtractRuntimeVersion},
		{"unknown code without checks", p.SetCodeWithoutChecks(root, code([]byte("wasm"))), e.FailedToExtractRuntimeVersion},
		{"the same version", p.SetCode(root, code(n.r.Code())), e.SpecVersionNeedsToIncrease},
		{"not root", p.SetCode(signed, code(next.Code())), frame.BadOrigin},
		{"leave by somebody else", p.AuthorizeUpgrade(signed, system.CodeHashArgs{}), frame.BadOrigin},
		{"nothing authorised", p.ApplyAuthorizedUpgrade(signed, code(next.Code())), e.NothingAuthorized},
		{"leave", p.AuthorizeUpgrade(root, system.CodeHashArgs{CodeHash: hash.Blake256([]byte("wasm"))}), nil},
		{"another code", p.ApplyAuthorizedUpgrade(signed, code(next.Code())), e.Unauthorized},
		{"leave for what is unknown", p.ApplyAuthorizedUpgrade(signed, code([]byte("wasm"))), nil},
		{"that leave is gone", p.ApplyAuthorizedUpgrade(signed, code([]byte("wasm"))), e.NothingAuthorized},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.name, c.got, c.want)
		}
	}
	if now, _ := state.Get(system.CodeKey); !bytes.Equal(now, n.r.Code()) {
		t.Error("a refused code was set")
	}
	if err := p.SetCode(root, code(next.Code())); err != nil {
		t.Error(err)
	}
	if in, err := n.r.At(state); err != nil || in != next {
		t.Errorf("the next block is not the new runtime's: %v", err)
	}
	state.Set(system.CodeKey, append(next.Code(), 1))
	if _, err := n.r.At(state); err == nil {
		t.Error("a program goes on although it lacks the chain's runtime")
	}
}
