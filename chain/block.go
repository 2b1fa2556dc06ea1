package chain

import (
	"errors"
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/payment"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/timestamp"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/chain/trie"
	"github.com/myelin-go/myelin/scale"
)

// State is a committed state with its trie, as the node's store offers it.
type State interface {
	storage.Reader
	// Root is the state root after changes, which are in the order of their keys. The state itself stays as it is.
	Root(changes []storage.Change) bt.Hash
}

// Builder makes one block. It belongs to one goroutine.
type Builder struct {
	r       *Runtime
	base    State
	s       *storage.State
	env     *frame.Env
	c       *frame.Ctx
	genesis bt.Hash
	header  bt.Header

	extrinsics []bt.Extrinsic
	outcomes   []Outcome
	weight     system.PerClass[frame.Weight]
	length     uint32
}

// Outcome is how an extrinsic that is in the block ended.
type Outcome struct {
	Err    error // why its call failed; nil when it succeeded
	Weight frame.Weight
	Fee    bt.Rao // tip included
}

// Result is a finished block with what it does.
type Result struct {
	Header     bt.Header
	Hash       bt.Hash
	Extrinsics []bt.Extrinsic // timestamp.set first
	Changes    []storage.Change
	Events     []frame.EventRecord
	Outcomes   []Outcome // one for each extrinsic
}

// Block is the block as it travels.
func (r *Result) Block() *bt.Block { return &bt.Block{Header: r.Header, Extrinsics: r.Extrinsics} }

// Begin starts the block after parent. now is its time in milliseconds since 1970; author gets the fees, or nobody when zero; digest is what
// consensus puts in the header. It fails when the time does not grow enough.
func (r *Runtime) Begin(state State, parent *bt.Header, now uint64, author bt.AccountID, digest []bt.DigestItem) (*Builder, error) {
	r, err := r.At(state)
	if err != nil {
		return nil, err
	}
	b := r.begin(state, parent, author, digest)
	set := frame.RuntimeCall{Pallet: r.places[r.timestamp], Index: 0, Args: &timestamp.SetArgs{Now: now}}
	b.env.Now = now
	b.initialize()
	if _, err := b.Apply(&Checked{Raw: r.Bare(set), Call: set, Info: r.table.Info(set), by: r}); err != nil {
		return nil, fmt.Errorf("block %d at %d ms: %w", b.env.Number, now, err)
	}
	return b, nil
}

func (r *Runtime) begin(state State, parent *bt.Header, author bt.AccountID, digest []bt.DigestItem) *Builder {
	if digest == nil {
		digest = []bt.DigestItem{}
	}
	hash := parent.Hash()
	b := &Builder{r: r, base: state, s: storage.NewRemembering(state)}
	b.env = &frame.Env{Number: parent.Number + 1, Parent: hash, Author: author, Digest: digest, Phase: bt.Phase{Initialization: &scale.Unit{}}}
	b.c = r.context(b.s, b.env)
	b.header = bt.Header{Parent: hash, Number: b.env.Number, Digest: digest}
	b.genesis = hash
	if parent.Number > 0 {
		b.genesis = r.system.Storage.BlockHash.Get(b.s, 0)
	}
	return b
}

// initialize does what comes before the extrinsics: the block's own rows and the hooks of the pallets.
func (b *Builder) initialize() {
	sys, s := &b.r.system.Storage, b.s
	s.Delete(system.ExtrinsicIndexKey)
	sys.Number.Set(s, b.env.Number)
	sys.ParentHash.Set(s, b.env.Parent)
	sys.Digest.Set(s, system.Digest{Logs: b.header.Digest})
	sys.BlockHash.Set(s, b.env.Number-1, b.env.Parent)
	b.weight.Mandatory = b.r.limits.BaseBlock.Add(b.upgrade())
	for _, h := range b.r.hooks {
		if h.weight != nil {
			b.weight.Mandatory = b.weight.Mandatory.Add(h.weight.HookWeight(b.c))
		}
		if h.start != nil {
			h.start.OnInitialize(b.c)
		}
		if h.work != nil {
			b.weight.Mandatory = b.weight.Mandatory.Add(h.work.Work(b.c, b.left()))
		}
	}
}

// left is the weight that the block has room for.
func (b *Builder) left() frame.Weight {
	most, used := b.r.limits.MaxBlock, b.weight.Normal.Add(b.weight.Operational).Add(b.weight.Mandatory)
	return frame.Weight{RefTime: most.RefTime - min(most.RefTime, used.RefTime), ProofSize: most.ProofSize - min(most.ProofSize, used.ProofSize)}
}

// Len is the number of extrinsics so far.
func (b *Builder) Len() int { return len(b.extrinsics) }

// Number is the height of the block.
func (b *Builder) Number() bt.BlockNumber { return b.env.Number }

// Apply executes an extrinsic. An *InvalidTransaction tells that it may not be in the block; then nothing has changed. A call that
// fails is in the block all the same: the outcome tells.
func (b *Builder) Apply(x *Checked) (Outcome, error) {
	x, err := b.own(x)
	if err != nil {
		return Outcome{}, err
	}
	index := uint32(len(b.extrinsics))
	b.env.Phase = bt.Phase{ApplyExtrinsic: &index}
	events, weight, length := len(b.env.Events), b.weight, b.length
	b.s.Begin()
	out, err := b.apply(x)
	if err != nil {
		b.s.Rollback()
		b.env.Events, b.weight, b.length = b.env.Events[:events], weight, length
		return Outcome{}, err
	}
	b.s.Commit()
	b.extrinsics = append(b.extrinsics, x.Raw)
	b.outcomes = append(b.outcomes, out)
	return out, nil
}

func (b *Builder) apply(x *Checked) (Outcome, error) {
	info := b.r.inForce(b.c, x.Call, x.Info)
	var charge payment.Charge
	origin := frame.None()
	if x.Signed {
		origin = frame.Signed(x.Signer)
		if err := b.prepare(x, info, &charge); err != nil {
			return Outcome{}, err
		}
	} else {
		if bad := b.account(info, len(x.Raw)); bad != nil {
			return Outcome{}, bad
		}
		if x.Info.Class != frame.Mandatory {
			if _, bad := b.r.bare(b.c, x.Call); bad != nil {
				return Outcome{}, bad
			}
		}
	}
	end := b.c.Dispatch(origin, x.Call)
	if end.Err != nil && info.Class == frame.Mandatory {
		return Outcome{}, invalidf(BadMandatory, "%s: %v", b.r.table.Name(x.Call), end.Err)
	}
	out := Outcome{Err: end.Err, Weight: info.Weight}
	if end.Actual != nil {
		actual := end.Actual.Add(b.r.cfg.ExtensionWeight)
		out.Weight = frame.Weight{RefTime: min(actual.RefTime, info.Weight.RefTime), ProofSize: min(actual.ProofSize, info.Weight.ProofSize)}
	}
	paid := info
	paid.Weight = out.Weight
	if end.Pays == frame.PaysNo {
		paid.Pays = frame.PaysNo
	}
	if x.Signed {
		out.Fee = b.r.payment.Fee(uint32(len(x.Raw)), paid, x.Extra.Tip).Total()
		b.r.payment.Settle(b.c, charge, out.Fee, x.Extra.Tip)
	}
	class := b.weight.Of(info.Class)
	class.RefTime -= info.Weight.RefTime - out.Weight.RefTime
	class.ProofSize -= info.Weight.ProofSize - out.Weight.ProofSize
	told := system.DispatchInfo{
		Weight: out.Weight.Add(b.r.limits.PerClass.Of(info.Class).BaseExtrinsic), Class: info.Class, PaysFee: paid.Pays,
	}
	if end.Err != nil {
		b.r.system.Event.ExtrinsicFailed.Emit(b.c, system.ExtrinsicFailed{DispatchError: frame.ToDispatch(end.Err), DispatchInfo: told})
	} else {
		b.r.system.Event.ExtrinsicSuccess.Emit(b.c, system.ExtrinsicSuccess{DispatchInfo: told})
	}
	return out, nil
}

// inForce is what a transaction with this call, declared so, costs in the present state.
func (r *Runtime) inForce(c *frame.Ctx, call frame.RuntimeCall, info frame.Info) frame.Info {
	if info.Pays == frame.PaysYes && r.cfg.Free != nil && r.cfg.Free(c, call) {
		info.Pays = frame.PaysNo
	}
	return r.withExtensions(info)
}

func (r *Runtime) withExtensions(info frame.Info) frame.Info {
	info.Weight = info.Weight.Add(r.cfg.ExtensionWeight)
	return info
}

// prepare is the transaction extensions of a signed extrinsic, in their order: what must hold before the call may run, and the nonce and the fee that
// are taken first. What it changed is rolled back by the caller when it fails.
func (b *Builder) prepare(x *Checked, info frame.Info, charge *payment.Charge) error {
	implicit, bad := b.r.implicit(b.s, b.env.Number-1, b.env.Parent, b.genesis, x.Extra)
	if bad != nil {
		return bad
	}
	if implicit != x.implicit {
		return invalid(BadProof) // it was checked for another chain, runtime or fork
	}
	v, bad := b.r.extensions(b.c, x, info)
	if bad != nil {
		return bad
	}
	if v.ahead {
		return invalid(Future)
	}
	if bad := b.account(info, len(x.Raw)); bad != nil {
		return bad
	}
	b.r.system.BumpNonce(b.c, x.Signer)
	var ok bool
	if *charge, ok = b.r.payment.Take(b.c, v.payer, x.Call, v.fee); !ok {
		return invalid(Payment)
	}
	return nil
}

// account adds an extrinsic's weight and length to the block, or refuses when they do not fit.
func (b *Builder) account(info frame.Info, length int) *InvalidTransaction {
	if bad := b.r.fits(info, length); bad != nil {
		return bad
	}
	if uint64(b.length)+uint64(length) > uint64(*b.r.lengths.Of(info.Class)) {
		return invalid(ExhaustsResources)
	}
	class := b.r.limits.PerClass.Of(info.Class)
	used := b.weight
	used.Of(info.Class).RefTime = add64(used.Of(info.Class).RefTime, add64(info.Weight.RefTime, class.BaseExtrinsic.RefTime))
	used.Of(info.Class).ProofSize = add64(used.Of(info.Class).ProofSize, add64(info.Weight.ProofSize, uint64(length)))
	mine := *used.Of(info.Class)
	if most, ok := class.MaxTotal.Get(); ok && exceeds(mine, most) {
		return invalid(ExhaustsResources)
	}
	if total := used.Normal.Add(used.Operational).Add(used.Mandatory); exceeds(total, b.r.limits.MaxBlock) {
		if reserved, ok := class.Reserved.Get(); ok && exceeds(mine, reserved) {
			return invalid(ExhaustsResources)
		}
	}
	b.weight = used
	b.length += uint32(length)
	return nil
}

func add64(a, b uint64) uint64 {
	if a+b < a {
		return 1<<64 - 1
	}
	return a + b
}

func exceeds(w, limit frame.Weight) bool {
	return w.RefTime > limit.RefTime || w.ProofSize > limit.ProofSize
}

// fits tells whether an extrinsic could be in an empty block.
func (r *Runtime) fits(info frame.Info, length int) *InvalidTransaction {
	if most, ok := r.limits.PerClass.Of(info.Class).MaxExtrinsic.Get(); ok && exceeds(info.Weight, most) {
		return invalidf(ExhaustsResources, "weight %d of one extrinsic exceeds %d", info.Weight.RefTime, most.RefTime)
	}
	if most := *r.lengths.Of(info.Class); uint64(length) > uint64(most) {
		return invalidf(ExhaustsResources, "%d bytes of one extrinsic exceed %d", length, most)
	}
	return nil
}

// Finish ends the block: the closing hooks, the rows that stay to be read, the roots and the header.
func (b *Builder) Finish() *Result {
	b.env.Phase = bt.Phase{Finalization: &scale.Unit{}}
	for _, h := range b.r.hooks {
		if h.end != nil {
			h.end.OnFinalize(b.c)
		}
	}
	sys := &b.r.system.Storage
	sys.BlockWeight.Set(b.s, b.weight)
	b.s.Set(sys.Events.Key(), encodeEvents(b.env.Events))
	sys.EventCount.Set(b.s, uint32(len(b.env.Events)))
	if keep := b.r.system.Constants.BlockHashCount.Get(); b.env.Number > keep+1 {
		sys.BlockHash.Delete(b.s, b.env.Number-keep-1)
	}
	b.header.Digest = sys.Digest.Get(b.s).Logs
	changes := b.s.Changes()
	b.header.StateRoot = b.base.Root(changes)
	b.header.ExtrinsicsRoot = extrinsicsRoot(b.extrinsics)
	return &Result{
		Header: b.header, Hash: b.header.Hash(), Extrinsics: b.extrinsics, Changes: changes, Events: b.env.Events, Outcomes: b.outcomes,
	}
}

// encodeEvents is the value of System.Events: each record is its phase, the event and no topics.
func encodeEvents(events []frame.EventRecord) []byte {
	size := scale.CompactLen(uint64(len(events)))
	for _, ev := range events {
		size += 6 + len(ev.Data)
	}
	e := scale.NewEncoder(make([]byte, 0, size))
	e.Compact(uint64(len(events)))
	for _, ev := range events {
		switch {
		case ev.Phase.ApplyExtrinsic != nil:
			e.Byte(0)
			e.U32(*ev.Phase.ApplyExtrinsic)
		case ev.Phase.Finalization != nil:
			e.Byte(1)
		default:
			e.Byte(2)
		}
		e.Raw(ev.Data)
		e.Byte(0)
	}
	return e.Bytes()
}

// extrinsicsRoot is how a header commits to its extrinsics; system_version 1 uses the older form of the trie for it.
func extrinsicsRoot(xs []bt.Extrinsic) bt.Hash {
	values := make([][]byte, len(xs))
	for i, x := range xs {
		values[i] = x
	}
	return trie.OrderedRoot(values, trie.V0)
}

func rootOf(rows []storage.Change) bt.Hash {
	changes := make([]trie.Change, len(rows))
	for i, c := range rows {
		changes[i] = trie.Change(c)
	}
	return new(trie.Trie).Update(changes).Root()
}

// ErrBlock is wrapped by every error of Execute: the block is not what executing it gives.
var ErrBlock = errors.New("invalid block")

// Execute executes a block that somebody else made and checks that it leads where its header says. Its extrinsics are checked before by
// a Checker for the same parent; checked holds them in order, and where it is nil they are checked here.
func (r *Runtime) Execute(state State, parent *bt.Header, block *bt.Block, author bt.AccountID, checked []*Checked) (*Result, error) {
	r, err := r.At(state)
	if err != nil {
		return nil, err
	}
	h := &block.Header
	if parent.Hash() != h.Parent || h.Number != parent.Number+1 {
		return nil, fmt.Errorf("%w: number %d on parent %v, want %d on %v", ErrBlock, h.Number, h.Parent, parent.Number+1, parent.Hash())
	}
	if checked == nil {
		k := r.Checker(state, parent)
		for i, x := range block.Extrinsics {
			one, err := k.Check(x)
			if err != nil {
				return nil, fmt.Errorf("%w: extrinsic %d: %w", ErrBlock, i, err)
			}
			checked = append(checked, one)
		}
	}
	if len(checked) != len(block.Extrinsics) {
		return nil, fmt.Errorf("%w: %d extrinsics, %d of them checked", ErrBlock, len(block.Extrinsics), len(checked))
	}
	now, ok := r.timeOf(checked)
	if !ok {
		return nil, fmt.Errorf("%w: the first extrinsic does not set the time", ErrBlock)
	}
	b := r.begin(state, parent, author, withoutUpgrade(h.Digest))
	b.env.Now = now
	b.initialize()
	for i, x := range checked {
		if _, err := b.Apply(x); err != nil {
			return nil, fmt.Errorf("%w: extrinsic %d (%v): %w", ErrBlock, i, block.Extrinsics[i].Hash(), err)
		}
	}
	out := b.Finish()
	if out.Hash != h.Hash() {
		return nil, fmt.Errorf("%w: state root %v and extrinsics root %v, header says %v and %v", ErrBlock,
			out.Header.StateRoot, out.Header.ExtrinsicsRoot, h.StateRoot, h.ExtrinsicsRoot)
	}
	return out, nil
}

// timeOf is the time that the first extrinsic sets.
func (r *Runtime) timeOf(xs []*Checked) (uint64, bool) {
	if len(xs) == 0 || xs[0].Signed || !r.isCall(xs[0].Call, r.timestamp) {
		return 0, false
	}
	set, ok := xs[0].Call.Args.(*timestamp.SetArgs)
	if !ok {
		return 0, false
	}
	return set.Now, true
}
