// Package ground is what tests of a single pallet stand on: System and Balances at their places in the runtime, a table of calls with the pallet in it, and an
// empty state.
//
// It deliberately has no other pallet, no fees and no rules of the runtime: what a test needs of those it adds itself.
package ground

import (
	"testing"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/storage"
)

// Balances is the index of the pallet Balances.
const Balances = 5

// Ground is one test's. Table and C are there from Open on.
type Ground struct {
	*testing.T
	System *system.Pallet
	Money  *balances.Pallet
	Table  *frame.Table
	C      *frame.Ctx
}

// New has System and Balances, for the making of other pallets.
func New(t *testing.T) *Ground {
	g := &Ground{T: t, System: system.New()}
	g.Money = balances.New(g.System)
	return g
}

// Calls is the table, for pallets that ask for it later.
func (g *Ground) Calls() *frame.Table { return g.Table }

// Open begins a block of the runtime with other pallets beside the two.
func (g *Ground) Open(block uint32, others ...frame.Module) {
	compiled := []*frame.Description{
		frame.Compile(frame.Module{Name: "System", Pallet: g.System}), frame.Compile(frame.Module{Name: "Balances", Index: Balances, Pallet: g.Money}),
	}
	for _, m := range others {
		compiled = append(compiled, frame.Compile(m))
	}
	g.Table = frame.NewTable(compiled)
	g.C = frame.NewCtx(storage.New(nil), &frame.Env{Number: block, Table: g.Table}, frame.None())
}

// Mint gives an account TAO.
func (g *Ground) Mint(who bt.AccountID, amount bt.Rao) {
	g.Helper()
	if err := g.Money.Mint(g.C, who, amount); err != nil {
		g.Fatal(err)
	}
}

// Want checks the error of what was done.
func (g *Ground) Want(got, want error, what string) {
	g.Helper()
	if got != want {
		g.Errorf("%s: %v, want %v", what, got, want)
	}
}

// Key is an account named by a text of at most 32 bytes.
func Key(name string) (a bt.AccountID) {
	copy(a[:], name)
	return a
}
