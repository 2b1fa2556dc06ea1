package balances_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
)

var a, b = bt.AccountID{1}, bt.AccountID{2}

func setup() (*balances.Pallet, *system.Pallet, *frame.Ctx) {
	sys := system.New()
	p := balances.New(sys)
	frame.Compile(frame.Module{Name: "System", Index: 0, Pallet: sys})
	frame.Compile(frame.Module{Name: "Balances", Index: 5, Pallet: p})
	return p, sys, frame.NewCtx(storage.New(nil), &frame.Env{}, frame.None())
}

// events lists pallet and index of what was emitted since the last call.
func events(c *frame.Ctx) (out [][2]uint8) {
	for _, e := range c.Env.Events {
		out = append(out, [2]uint8{e.Data[0], e.Data[1]})
	}
	c.Env.Events = nil
	return out
}

var (
	newAccount, killed           = [2]uint8{0, 3}, [2]uint8{0, 4}
	endowed, dust, moved, minted = [2]uint8{5, 0}, [2]uint8{5, 1}, [2]uint8{5, 2}, [2]uint8{5, 10}
)

func TestTransfers(t *testing.T) {
	cases := []struct {
		name   string
		amount bt.Rao
		keep   balances.Preservation
		err    error
		left   bt.Rao
		got    bt.Rao
		events [][2]uint8
	}{
		{"some", 400, balances.Preserve, frame.BelowMinimum, 2000, 0, nil},
		{"creates", 500, balances.Preserve, nil, 1500, 500, [][2]uint8{newAccount, endowed, moved}},
		{"most", 1500, balances.Preserve, nil, 500, 1500, [][2]uint8{newAccount, endowed, moved}},
		{"too close", 1501, balances.Preserve, frame.NotExpendable, 2000, 0, nil},
		{"dust goes", 1501, balances.Expendable, nil, 0, 1501, [][2]uint8{killed, dust, newAccount, endowed, moved}},
		{"all", 2000, balances.Expendable, nil, 0, 2000, [][2]uint8{killed, newAccount, endowed, moved}},
		{"more", 2001, balances.Expendable, frame.FundsUnavailable, 2000, 0, nil},
	}
	for _, c := range cases {
		p, _, ctx := setup()
		const others = 10_000
		if err := p.Mint(ctx, bt.AccountID{3}, others); err != nil {
			t.Fatal(err)
		}
		events(ctx)
		if err := p.Mint(ctx, a, 2000); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([][2]uint8{newAccount, endowed, minted}, events(ctx)); diff != "" {
			t.Fatal(diff)
		}
		if err := p.Transfer(ctx, a, b, c.amount, c.keep); err != c.err {
			t.Errorf("%s: %v, want %v", c.name, err, c.err)
		}
		if p.Free(ctx, a) != c.left || p.Free(ctx, b) != c.got {
			t.Errorf("%s: %d and %d, want %d and %d", c.name, p.Free(ctx, a), p.Free(ctx, b), c.left, c.got)
		}
		if diff := cmp.Diff(c.events, events(ctx)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
		if got := p.TotalIssuance(ctx); got != c.left+c.got+others {
			t.Errorf("%s: %d are issued, want %d", c.name, got, c.left+c.got+others)
		}
	}
}

func TestReserves(t *testing.T) {
	p, sys, ctx := setup()
	_ = p.Mint(ctx, a, 5000)
	_ = p.Mint(ctx, b, 5000)
	if err := p.Reserve(ctx, a, 4501); err != frame.ConsumerRemaining || p.CanReserve(ctx, a, 4501) {
		t.Errorf("reserved below the existential deposit: %v", err)
	}
	if err := p.Reserve(ctx, a, 6000); err != p.Error.InsufficientBalance {
		t.Errorf("reserved what there is not: %v", err)
	}
	if err := p.Reserve(ctx, a, 4000); err != nil || sys.Account(ctx, a).Consumers != 1 {
		t.Errorf("%v; %+v", err, sys.Account(ctx, a))
	}
	if err := p.Transfer(ctx, a, b, 1000, balances.Expendable); err != frame.Frozen && err != frame.OnlyProvider {
		t.Errorf("an account with reserves was emptied: %v", err)
	}
	if err := sys.DecProviders(ctx, a); err != frame.ConsumerRemaining {
		t.Errorf("its provider went: %v", err)
	}
	if rest, err := p.RepatriateReserved(ctx, a, b, 1000, balances.FreeStatus); rest != 0 || err != nil || p.Free(ctx, b) != 6000 {
		t.Errorf("repatriated all but %d: %v", rest, err)
	}
	if rest := p.SlashReserved(ctx, a, 1000); rest != 0 || p.TotalIssuance(ctx) != 9000 {
		t.Errorf("slashed all but %d", rest)
	}
	if rest := p.Unreserve(ctx, a, 3000); rest != 1000 || sys.Account(ctx, a).Consumers != 0 || p.Free(ctx, a) != 3000 {
		t.Errorf("unreserved all but %d: %+v", rest, sys.Account(ctx, a))
	}
}

// Whatever is done, accounts hold what is issued, and an account is there exactly while it holds the existential deposit or a reserve.
func TestInvariants(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, sys, ctx := setup()
		who := rapid.SampledFrom([]bt.AccountID{{1}, {2}, {3}})
		amount := rapid.Custom(func(t *rapid.T) bt.Rao { return bt.Rao(rapid.Uint64Range(0, 3000).Draw(t, "rao")) })
		keep := rapid.SampledFrom([]balances.Preservation{balances.Expendable, balances.Protect, balances.Preserve})
		t.Repeat(map[string]func(*rapid.T){
			"mint": func(t *rapid.T) { _ = p.Mint(ctx, who.Draw(t, "who"), amount.Draw(t, "n")) },
			"burn": func(t *rapid.T) { _ = p.BurnFrom(ctx, who.Draw(t, "who"), amount.Draw(t, "n"), keep.Draw(t, "keep")) },
			"transfer": func(t *rapid.T) {
				_ = p.Transfer(ctx, who.Draw(t, "from"), who.Draw(t, "to"), amount.Draw(t, "n"), keep.Draw(t, "keep"))
			},
			"reserve": func(t *rapid.T) { _ = p.Reserve(ctx, who.Draw(t, "who"), amount.Draw(t, "n")) },
			"release": func(t *rapid.T) { p.Unreserve(ctx, who.Draw(t, "who"), amount.Draw(t, "n")) },
			"slash":   func(t *rapid.T) { p.SlashReserved(ctx, who.Draw(t, "who"), amount.Draw(t, "n")) },
			"pay": func(t *rapid.T) {
				n := amount.Draw(t, "n")
				if p.Withdraw(ctx, who.Draw(t, "from"), n, keep.Draw(t, "keep")) == nil && p.Deposit(ctx, who.Draw(t, "to"), n) != nil {
					p.Drop(ctx, n)
				}
			},
			"": func(t *rapid.T) {
				var total bt.Rao
				for id, acc := range sys.Storage.Account.All(ctx.State) {
					d := acc.Data
					total += d.Free + d.Reserved
					if acc.Providers != 1 || d.Free < 500 || (acc.Consumers > 0) != (d.Reserved > 0) {
						t.Fatalf("%x is %+v", id[0], acc)
					}
				}
				if got := p.TotalIssuance(ctx); got != total {
					t.Fatalf("%d are issued, accounts hold %d", got, total)
				}
			},
		})
	})
}
