package scenario

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/crowdloan"
	"github.com/myelin-go/myelin/chain/pallets/drand"
	"github.com/myelin-go/myelin/chain/pallets/multisig"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/subtensor/codec"
	"github.com/myelin-go/myelin/tlock"
)

// functions make values that a person cannot write down.
var functions = map[string]struct {
	args int
	make func(w *world, args []any) (any, error)
}{
	"code":   {1, codeOf},
	"pulse":  {1, pulseOf},
	"bytes":  {1, func(w *world, args []any) (any, error) { return w.bytesOf(args[0]) }},
	"hash":   {1, hashOf},
	"many":   {2, many},
	"repeat": {2, repeat},
	"sealed": {2, sealed},
	"sorted": {1, sortedAccounts},
}

// bytesOf are bytes themselves, and a call's or an account's encoding.
func (w *world) bytesOf(v any) ([]byte, error) {
	switch v := v.(type) {
	case []byte:
		return v, nil
	case codec.Call:
		return w.codec.EncodeCall(v)
	case bt.AccountID:
		return v[:], nil
	}
	return nil, fmt.Errorf("want bytes, an account or a call, not %s", w.text(v))
}

func hashOf(w *world, args []any) (any, error) {
	raw, err := w.bytesOf(args[0])
	digest := hash.Blake256(raw)
	return digest[:], err
}

// sortedAccounts is sorted([a, b]): accounts in the order of their bytes.
func sortedAccounts(_ *world, args []any) (any, error) {
	list, ok := args[0].([]any)
	if !ok {
		return nil, fmt.Errorf("want sorted([a, b])")
	}
	for _, v := range list {
		if _, ok := v.(bt.AccountID); !ok {
			return nil, fmt.Errorf("want sorted([a, b])")
		}
	}
	slices.SortFunc(list, func(a, b any) int {
		x, y := a.(bt.AccountID), b.(bt.AccountID)
		return bytes.Compare(x[:], y[:])
	})
	return list, nil
}

// most bounds what a script may repeat.
const most = 8 << 20

// repeat is repeat(bytes, times).
func repeat(w *world, args []any) (any, error) {
	raw, err := w.bytesOf(args[0])
	if err != nil {
		return nil, err
	}
	times, ok := number(args[1])
	if !ok || uint64(len(raw))*times > most {
		return nil, fmt.Errorf("want repeat(bytes, times), at most %d bytes in all", most)
	}
	return bytes.Repeat(raw, int(times)), nil
}

// codeOf is code(n): what stands in :code for the n-th runtime that the program holds after the one that chains begin with.
func codeOf(w *world, args []any) (any, error) {
	n, ok := number(args[0])
	r := w.chain.Runtime
	for ; ok && n > 0 && r != nil; n-- {
		r = r.Next()
	}
	if !ok || r == nil {
		return nil, fmt.Errorf("the program holds no such runtime")
	}
	return r.Code(), nil
}

// many is many(value, times): a list.
func many(_ *world, args []any) (any, error) {
	times, ok := number(args[1])
	if !ok || times > most {
		return nil, fmt.Errorf("want many(value, times)")
	}
	return slices.Repeat([]any{args[0]}, int(times)), nil
}

// sealed is sealed(bytes, round): encrypted to a round of the chain's own beacon, with randomness that is always the same.
func sealed(w *world, args []any) (any, error) {
	raw, err := w.bytesOf(args[0])
	if err != nil {
		return nil, err
	}
	round, ok := number(args[1])
	if !ok {
		return nil, fmt.Errorf("want sealed(bytes, round)")
	}
	c, err := tlock.Encrypt(beacon().Public(), round, raw, rand.NewChaCha8([32]byte{}))
	if err != nil {
		return nil, err
	}
	return c.Bytes(), nil
}

// beacon signs the rounds of the chains of scenarios.
func beacon() *tlock.SecretKey {
	key, err := tlock.NewSecretKey([]byte(genesis.DevelopmentSeed))
	if err != nil {
		panic(err)
	}
	return key
}

// pulseOf is pulse(round): what the chain's own beacon says in a round.
func pulseOf(_ *world, args []any) (any, error) {
	round, ok := number(args[0])
	if !ok {
		return nil, fmt.Errorf("want pulse(round)")
	}
	signature := beacon().Sign(round).Bytes()
	random := tlock.Randomness(signature[:])
	return map[string]any{"round": round, "randomness": random[:], "signature": signature[:]}, nil
}

// bringRound brings a pulse as a node does: without a fee, in the name of who relays it.
func bringRound(w *world, signer string, said map[string]any) (map[string]any, error) {
	said["pulse"], _ = pulseOf(w, []any{said["round"]})
	return bringPulse(w, signer, said)
}

// bringPulse brings what is said to be a pulse.
func bringPulse(w *world, signer string, said map[string]any) (map[string]any, error) {
	var pulse drand.Pulse
	if err := codec.Into(said["pulse"], &pulse); err != nil {
		return nil, err
	}
	who := w.pair(signer)
	public := [32]byte(who.Public())
	payload := drand.PulsesPayload{BlockNumber: w.head.Number + 1, Pulses: []drand.Pulse{pulse}, Public: drand.MultiSigner{Sr25519: &public}}
	proof := [64]byte(who.Sign(scale.Marshal(&payload)))
	return map[string]any{"pulses_payload": payload, "signature": codec.Variant{Name: "Sr25519", Value: proof[:]}}, nil
}

// derived is an account that is made of others: custody.2 holds the TAO of subnet 2's pool, loan.0 what crowdloan 0 raised, and joint.2.alice.bob is shared by alice
// and bob, two of whom must approve.
func (w *world) derived(name string) (a bt.AccountID, ok bool, err error) {
	kind, rest, _ := strings.Cut(name, ".")
	parts := strings.Split(rest, ".")
	n, err := strconv.ParseUint(parts[0], 10, 32)
	switch {
	case rest == "":
		return a, false, nil
	case err != nil:
		return a, true, fmt.Errorf("%s: %w", name, err)
	case kind == "custody" && len(parts) == 1 && n < 1<<16:
		return w.module.Pools.CustodyAccount(bt.NetUID(n)), true, nil
	case kind == "loan" && len(parts) == 1:
		return chain.Pallet[crowdloan.Pallet](w.chain.Runtime).FundsAccount(uint32(n)), true, nil
	case kind == "joint" && n < 1<<16:
		var owners []bt.AccountID
		for _, part := range parts[1:] {
			owner, err := w.account(part)
			if err != nil {
				return a, true, err
			}
			owners = append(owners, owner)
		}
		slices.SortFunc(owners, func(a, b bt.AccountID) int { return bytes.Compare(a[:], b[:]) })
		return multisig.AccountOf(owners, uint16(n)), true, nil
	}
	return a, true, fmt.Errorf("%q is no account", name)
}

// christen gives a name to an account that an event tells: "safe the pure of Proxy.PureCreated".
func (w *world) christen(text string) error {
	words := strings.Fields(text)
	if len(words) != 5 || words[1] != "the" || words[3] != "of" {
		return fmt.Errorf("want \"call NAME the FIELD of Pallet.Event\"")
	}
	name, field, event := words[0], words[2], words[4]
	if w.pairs[name] != nil || w.christened[name] != (bt.AccountID{}) {
		return fmt.Errorf("somebody is called %s already", name)
	}
	events, err := w.lastEvents()
	if err != nil {
		return err
	}
	pallet, kind, _ := strings.Cut(event, ".")
	for _, e := range events {
		if a, ok := e.Field(field).(bt.AccountID); ok && e.Is(pallet, kind) {
			w.christened[name], w.names[a] = a, name
			return nil
		}
	}
	return fmt.Errorf("there is no such event with such an account")
}
