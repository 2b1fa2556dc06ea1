package scenario

import (
	"errors"
	"fmt"
	"sync"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/chaintest"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/genesis"
	"github.com/myelin-go/myelin/chain/pallets/subtensor"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale/metadata"
	"github.com/myelin-go/myelin/subtensor/codec"
)

// Accounts that every chain of a scenario has: who may act as root, who may start the root subnet, who makes the blocks and gets their fees, and the account
// of all zeros.
const (
	sudoName   = "root"
	ownerName  = "root-owner"
	authorName = "author"
	nobodyName = "nobody"
)

// sudoFunds pays root's fees.
const sudoFunds = 1 * bt.Tao

// base is a runtime with its first state, which scenarios share.
type base struct {
	chain  *genesis.Chain
	module *subtensor.Pallet
	codec  *codec.Codec
	rows   []storage.Change
}

var presets = map[string]func() *base{
	"localnet": sync.OnceValue(func() *base { return newBase(genesis.Localnet()) }),
	"finney":   sync.OnceValue(func() *base { return newBase(genesis.Localnet().Slow()) }),
}

func newBase(spec genesis.Spec) *base {
	spec.Balances = nil
	sudo := pairOf(sudoName).Public()
	spec.Sudo, spec.RootOwner, spec.RootOwnerHotkey = &sudo, pairOf(ownerName).Public(), pairOf(ownerName+"-hotkey").Public()
	b := &base{chain: genesis.Bittensor(spec)}
	b.module = chain.Pallet[subtensor.Pallet](b.chain.Runtime)
	b.codec = codecOf(b.chain.Runtime)
	_, b.rows = b.chain.Genesis()
	return b
}

func codecOf(r *chain.Runtime) *codec.Codec {
	raw, _ := r.Metadata(15)
	m, err := metadata.Decode(raw)
	if err != nil {
		panic(err)
	}
	return codec.New(m)
}

func pairOf(name string) *keys.Pair {
	p, err := keys.FromSeed(keys.Sr25519, hash.Blake256([]byte("scenario "+name)))
	if err != nil {
		panic(err)
	}
	return p
}

// world is a scenario's chain.
type world struct {
	*base
	state *chaintest.Memory
	head  bt.Header
	first bt.Hash // of the first block; zero until the chain has begun
	now   uint64

	pairs      map[string]*keys.Pair
	christened map[string]bt.AccountID // accounts without keys
	names      map[bt.AccountID]string
	fees       map[bt.AccountID]bt.Rao

	block  *chain.Builder // while several calls share one
	nonces map[bt.AccountID]bt.Nonce
	last   attempt
}

// attempt is what became of the last call, or of the last blocks.
type attempt struct {
	what    string
	failed  string // the error's name, or ""
	refused bool   // by the checks before the block
	code    string // of the refusal
	seen    bool   // a script said what it expects
	index   int    // of the extrinsic; -1 for whole blocks
	events  [][]byte
}

func newWorld(b *base) *world {
	w := &world{
		base: b, state: chaintest.New(b.rows), now: 1_700_000_000_000,
		pairs: map[string]*keys.Pair{}, christened: map[string]bt.AccountID{}, names: map[bt.AccountID]string{{}: nobodyName}, fees: map[bt.AccountID]bt.Rao{},
	}
	w.pair(authorName)
	w.pair(ownerName)
	w.pair(ownerName + "-hotkey")
	if err := w.fund(w.pair(sudoName).Public(), sudoFunds); err != nil {
		panic(err)
	}
	return w
}

func (w *world) pair(name string) *keys.Pair {
	p := w.pairs[name]
	if p == nil {
		p = pairOf(name)
		w.pairs[name], w.names[p.Public()] = p, name
	}
	return p
}

// account is who a name stands for: a person, who has a key, or an account that is made of others.
func (w *world) account(name string) (bt.AccountID, error) {
	if name == nobodyName {
		return bt.AccountID{}, nil
	}
	if a, ok := w.christened[name]; ok {
		return a, nil
	}
	a, ok, err := w.derived(name)
	if err != nil {
		return a, err
	}
	if ok {
		w.names[a] = name
		return a, nil
	}
	return w.pair(name).Public(), nil
}

func (w *world) nameOf(a bt.AccountID) string {
	if name, ok := w.names[a]; ok {
		return name
	}
	return a.String()
}

// edit changes the state before the chain begins.
func (w *world) edit(change func(c *frame.Ctx) error) error {
	if !w.first.IsZero() {
		return errors.New("the chain has begun: what is given stands before the first call and the first table")
	}
	s := storage.New(w.state)
	if err := change(frame.NewCtx(s, &frame.Env{Table: w.chain.Runtime.Table()}, frame.Root())); err != nil {
		return err
	}
	w.state.Commit(s.Changes())
	return nil
}

func (w *world) fund(who bt.AccountID, tao bt.Rao) error {
	return w.edit(func(c *frame.Ctx) error {
		w.module.Storage.TotalIssuance.Mutate(c.State, func(total *bt.Rao) { *total += tao })
		return w.chain.Parts.Balances.Mint(c, who, tao)
	})
}

func (w *world) begin() {
	if w.first.IsZero() {
		w.head = w.chain.Runtime.GenesisHeader(w.state.Rows())
		w.first = w.head.Hash()
	}
}

// open starts the next block.
func (w *world) open() error {
	w.begin()
	w.now += w.chain.Spec.BlockTime
	b, err := w.chain.Runtime.Begin(w.state, &w.head, w.now, w.pair(authorName).Public(), nil)
	w.block, w.nonces = b, map[bt.AccountID]bt.Nonce{}
	return err
}

// inForce is the runtime that the next block runs with.
func (w *world) inForce() *chain.Runtime {
	r, err := w.chain.Runtime.At(w.state)
	if err != nil {
		panic(err)
	}
	return r
}

// close ends the block and makes its changes.
func (w *world) close() {
	before := w.inForce()
	out := w.block.Finish()
	w.state.Commit(out.Changes)
	if after := w.inForce(); after != before {
		upgraded := *w.base
		upgraded.codec = codecOf(after)
		w.base = &upgraded
	}
	w.head, w.block = out.Header, nil
	raw, _ := w.state.Get(w.chain.Parts.System.Storage.Events.Key())
	w.last.events = append(w.last.events, raw)
}

// pass makes empty blocks.
func (w *world) pass(blocks int) error {
	w.last = attempt{what: fmt.Sprintf("%d blocks", blocks), index: -1, seen: true}
	for range blocks {
		if err := w.open(); err != nil {
			return err
		}
		w.close()
	}
	return nil
}

// submit signs a call and puts it into the block that is open, or else into one of its own. Root's calls go through Sudo, and nobody's are not signed.
func (w *world) submit(signer string, what step) error {
	w.begin()
	w.last = attempt{what: signer + " " + what.call.String()}
	call := what.call
	if what.asRoot {
		call = codec.Call{Pallet: "Sudo", Name: "sudo", Args: map[string]any{"call": call}}
	}
	raw, err := w.codec.EncodeCall(call)
	if err != nil {
		return err
	}
	alone := w.block == nil
	if alone {
		if err := w.open(); err != nil {
			return err
		}
	}
	var who bt.AccountID
	x := bt.Parsed{Call: raw}.Encode()
	if !what.unsigned {
		pair := w.pair(signer)
		who = pair.Public()
		if x, err = w.sign(pair, raw); err != nil {
			return err
		}
	}
	if err := w.apply(who, x); err != nil {
		return err
	}
	if alone {
		w.close()
	}
	if what.asRoot {
		return w.sudoResult()
	}
	return nil
}

func (w *world) sign(who *keys.Pair, call []byte) (bt.Extrinsic, error) {
	nonce, ok := w.nonces[who.Public()]
	if !ok {
		nonce = w.chain.Parts.System.Storage.Account.Get(storage.New(w.state), who.Public()).Nonce
		w.nonces[who.Public()] = nonce
	}
	version := w.inForce().Version()
	extra := bt.Extra{Nonce: nonce}
	implicit := bt.Implicit{SpecVersion: version.SpecVersion, TransactionVersion: version.TransactionVersion, Genesis: w.first, Birth: w.first}
	if decoded, err := w.inForce().Table().Decode(call); err == nil {
		if most := w.chain.Parts.Shield.LongestEra(decoded); most > 0 {
			extra.Era, implicit.Birth = bt.MortalEra(most, uint64(w.head.Number)), w.head.Hash()
		}
	}
	sig := [64]byte(who.Sign(bt.SigningPayload(call, extra, implicit)))
	return bt.Parsed{Signed: &bt.Signed{
		Address: bt.AddressOf(who.Public()), Signature: bt.MultiSignature{Sr25519: &sig}, Extra: extra,
	}, Call: call}.Encode(), nil
}

func (w *world) apply(who bt.AccountID, x bt.Extrinsic) error {
	w.last.index = w.block.Len()
	checked, err := w.chain.Runtime.Checker(w.state, &w.head).Check(x)
	var out chain.Outcome
	if err == nil {
		out, err = w.block.Apply(checked)
	}
	if bad := (*chain.InvalidTransaction)(nil); errors.As(err, &bad) {
		w.last.refused, w.last.code, w.last.failed = true, bad.Phrase(), ""
		if checked != nil {
			w.last.failed = w.refusal(who, checked.Call)
		}
		return nil
	}
	if err != nil {
		return err
	}
	w.nonces[who]++
	w.fees[who] += out.Fee
	if out.Err != nil {
		w.last.failed = out.Err.Error()
	}
	return nil
}

// refusal names the error for which the pool refuses a call with a number only.
func (w *world) refusal(who bt.AccountID, call frame.RuntimeCall) string {
	env := &frame.Env{Number: w.head.Number + 1, Parent: w.head.Hash(), Table: w.chain.Runtime.Table(), Now: w.now}
	c := frame.NewCtx(storage.New(w.state), env, frame.Signed(who))
	err := w.module.Guard(c, call)
	if err == nil && call.Pallet == subtensor.Index {
		err = w.module.Registration.CheckWork(c, who, call.Args)
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

// sudoResult takes the result of root's call from its event.
func (w *world) sudoResult() error {
	if w.last.failed != "" || w.last.refused {
		return nil
	}
	if w.block != nil {
		return errors.New("root's calls stand in blocks of their own: their results are told by events")
	}
	events, err := w.lastEvents()
	if err != nil {
		return err
	}
	for _, e := range events {
		if !e.Is("Sudo", "Sudid") {
			continue
		}
		if result, ok := e.Field("sudo_result").(codec.Variant); ok && result.Name == "Err" {
			w.last.failed = w.errorName(result.Value)
		}
	}
	return nil
}

// errorName names a decoded DispatchError.
func (w *world) errorName(v any) string {
	e, ok := v.(codec.Variant)
	if !ok {
		return w.text(v)
	}
	if m, ok := e.Value.(map[string]any); ok && e.Name == "Module" {
		pallet, _ := m["index"].(uint64)
		code, _ := m["error"].([]byte)
		if known, ok := w.codec.Error(uint8(pallet), code[0]); ok {
			return known.Pallet + "." + known.Name
		}
	}
	return fmt.Sprint(e)
}

// proxied is the call that a proxy made for somebody, if it succeeded.
func (w *world) proxied(call codec.Call) (held codec.Call, ok bool) {
	args, ok := call.Args.(map[string]any)
	if !ok || call.Pallet != "Proxy" || w.block != nil {
		return held, false
	}
	if held, ok = args["call"].(codec.Call); !ok {
		return held, false
	}
	return held, w.expectEvent("Proxy.ProxyExecuted {result: Ok([])}") == nil
}

// lastEvents are the events of the last call, or of the blocks that passed.
func (w *world) lastEvents() (out []codec.Event, err error) {
	for _, raw := range w.last.events {
		events, err := w.codec.DecodeEvents(raw)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if w.last.index < 0 || e.Extrinsic == w.last.index {
				out = append(out, e)
			}
		}
	}
	return out, nil
}
