package sealer

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/registration"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/subnets"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/pool"
	"github.com/myelin-go/myelin/node/store"
)

// The indices of the calls that make the benchmark's subnets.
const burnedRegister, registerNetwork, startCall = 7, 59, 92

// twoSubnets registers two subnets of 16 neurons each, by the calls that anybody would make.
func twoSubnets(b *testing.B) genesis.Extension {
	return func(genesis.Spec, *genesis.Parts, *chain.Config) func(c *frame.Ctx) {
		return func(c *frame.Ctx) {
			alice, err := keys.FromURI("//Alice")
			if err != nil {
				b.Fatal(err)
			}
			do := func(index uint8, args any) {
				c.Env.Number += 10_000 // registrations have to be apart
				call := frame.RuntimeCall{Pallet: subtensor.Index, Index: index, Args: args}
				if out := c.Dispatch(frame.Signed(alice.Public()), call); out.Err != nil {
					b.Fatalf("call %d: %v", index, out.Err)
				}
			}
			for netuid := bt.NetUID(2); netuid <= 3; netuid++ {
				do(registerNetwork, &subnets.RegisterNetwork{Hotkey: hotkey(netuid, 0)})
				do(startCall, &subnets.StartCall{NetUID: netuid})
				for uid := bt.UID(1); uid < 16; uid++ {
					do(burnedRegister, &registration.BurnedRegister{NetUID: netuid, Hotkey: hotkey(netuid, uid)})
				}
			}
			c.Env.Number = 0
		}
	}
}

func hotkey(netuid bt.NetUID, uid bt.UID) (a bt.AccountID) {
	binary.LittleEndian.PutUint16(a[:], uint16(netuid))
	binary.LittleEndian.PutUint16(a[2:], uint16(uid))
	a[31] = 1
	return a
}

// BenchmarkDay makes the 7,200 blocks of a day of twelve-second blocks, all empty, on a chain of two subnets with 16 neurons each.
func BenchmarkDay(b *testing.B) {
	const day = 7200
	for b.Loop() {
		b.StopTimer()
		made := genesis.Bittensor(genesis.Localnet(), twoSubnets(b))
		header, rows := made.Genesis()
		st, err := store.Open("", store.Options{InMemory: true})
		if err != nil {
			b.Fatal(err)
		}
		l, err := ledger.Open(made.Runtime, st, header, rows)
		if err != nil {
			b.Fatal(err)
		}
		s, err := New(l, pool.New(l, pool.Config{}), Config{Mode: Manual, BlockTime: 12 * time.Second})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if _, err := s.Mine(b.Context(), day); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := st.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/day, "µs/block")
}
