package genesis

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
)

// first is the state after genesis.
func first(t *testing.T, c *Chain) (bt.Header, *frame.Ctx) {
	t.Helper()
	head, rows := c.Genesis()
	s := storage.New(nil)
	for i, r := range rows {
		if i > 0 && string(rows[i-1].Key) >= string(r.Key) {
			t.Fatal("rows are out of order")
		}
		s.Set(r.Key, r.Value)
	}
	return head, frame.NewCtx(s, &frame.Env{}, frame.None())
}

func TestLocalnet(t *testing.T) {
	c := New(Localnet())
	head, ctx := first(t, c)
	again, _ := New(Localnet()).Genesis()
	if head.Hash() != again.Hash() || head.Number != 0 || !head.Parent.IsZero() {
		t.Errorf("block 0 is %+v and %+v", head, again)
	}
	alice, err := bt.ParseAccount("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Parts.Balances.Free(ctx, alice); got != 1_000_000*bt.Tao {
		t.Errorf("alice has %v", got)
	}
	if key := c.Parts.Sudo.Storage.Key.Get(ctx.State); key != alice {
		t.Errorf("sudo is %v", key)
	}
	if got := c.Parts.Balances.TotalIssuance(ctx); got != 3_016_000*bt.Tao {
		t.Errorf("%v TAO are issued", got)
	}
	if a := c.Parts.System.Account(ctx, alice); a.Providers != 1 || a.Nonce != 0 {
		t.Errorf("alice is %+v", a)
	}
	other := Localnet()
	other.Balances = other.Balances[1:]
	if h, _ := New(other).Genesis(); h.Hash() == head.Hash() {
		t.Error("other balances, the same genesis")
	}
}

func TestGenesisNamesTheSurface(t *testing.T) {
	fast, slow := New(Localnet()), New(Localnet().Slow())
	if string(fast.Runtime.Code()) == string(slow.Runtime.Code()) {
		t.Error("other constants, the same :code")
	}
	_, ctx := first(t, fast)
	if code, _ := ctx.State.Get([]byte(":code")); string(code) != string(fast.Runtime.Code()) {
		t.Error("genesis holds another :code")
	}
}

func TestSpecAsJSON(t *testing.T) {
	want := Localnet()
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := Parse([]byte(strings.Replace(string(raw), `"fast"`, `"fats"`, 1))); err == nil {
		t.Error("an unknown member was accepted")
	}
	for name, spoil := range map[string]func(*Spec){
		"no id":        func(s *Spec) { s.ID = "" },
		"no time":      func(s *Spec) { s.BlockTime = 0 },
		"dust":         func(s *Spec) { s.Balances[0].Free = 499 },
		"twice":        func(s *Spec) { s.Balances[1] = s.Balances[0] },
		"too much":     func(s *Spec) { s.Balances[0].Free = 21_000_000 * bt.Tao },
		"far too much": func(s *Spec) { s.Balances[0].Free = 1<<64 - 1 },
	} {
		s := Localnet()
		spoil(&s)
		if err := s.Validate(); !errors.Is(err, ErrSpec) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
