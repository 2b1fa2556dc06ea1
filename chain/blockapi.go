package chain

import (
	"errors"
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/system"
	"github.com/myelin-go/myelin/chain/pallets/timestamp"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
)

// The runtime functions that execute blocks. Upstream's client calls several of them on one state to make a block; over RPC each call stands alone, and
// what it changes is dropped. So each of ours does the whole of what its answer needs, on the block that follows the one it is asked at: it opens that block (nobody
// gets its fees, and it comes one slot after its parent) before it applies an extrinsic or closes it.

type coreAPI struct {
	Version         frame.Method[noArgs, system.Version]    `doc:"Version of the runtime."`
	ExecuteBlock    frame.Method[blockArgs, scale.Unit]     `doc:"Executes a block on its parent's state; an error tells what is wrong with it. The author is not told, so nobody gets its fees."`
	InitializeBlock frame.Method[headerArgs, inclusionMode] `doc:"Opens the block of a header on its parent's state, with all that pallets do first. Its changes are dropped."`
}

type blockBuilderAPI struct {
	ApplyExtrinsic     frame.Method[extrinsicArg, applied]           `doc:"How an extrinsic would end as the first of the next block. Its changes are dropped."`
	FinalizeBlock      frame.Method[noArgs, header]                  `doc:"Header of the next block, were it empty but for the time."`
	InherentExtrinsics frame.Method[inherentArgs, []frame.Extrinsic] `doc:"The extrinsics that a block begins with, made from its author's data."`
	CheckInherents     frame.Method[checkArgs, inherentsResult]      `doc:"Whether the time that a block sets fits the checker's data."`
}

type (
	blockArgs    struct{ Block wireBlock }
	headerArgs   struct{ Header header }
	extrinsicArg struct{ Extrinsic frame.Extrinsic }
	inherentArgs struct{ Inherent inherentData }
	checkArgs    struct {
		Block wireBlock
		Data  inherentData
	}
	applied = scale.Result[scale.Result[scale.Unit, frame.DispatchError], validityError]
)

// header is bt.Header under the names of Substrate's type.
type header struct {
	ParentHash     bt.Hash
	Number         bt.BlockNumber `scale:"compact"`
	StateRoot      bt.Hash
	ExtrinsicsRoot bt.Hash
	Digest         system.Digest
}

func (header) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::generic::header::Header", Params: []scale.Param{{Name: "Number", Type: typeOf[bt.BlockNumber]()}, {Name: "Hash"}}}
}

func wireOf(h *bt.Header) header {
	return header{ParentHash: h.Parent, Number: h.Number, StateRoot: h.StateRoot, ExtrinsicsRoot: h.ExtrinsicsRoot, Digest: system.Digest{Logs: h.Digest}}
}

func (h *header) plain() bt.Header {
	return bt.Header{Parent: h.ParentHash, Number: h.Number, StateRoot: h.StateRoot, ExtrinsicsRoot: h.ExtrinsicsRoot, Digest: h.Digest.Logs}
}

type wireBlock struct {
	Header     header
	Extrinsics []frame.Extrinsic
}

func (wireBlock) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::generic::block::Block", Params: []scale.Param{
		{Name: "Header", Type: typeOf[header]()}, {Name: "Extrinsic", Type: typeOf[frame.Extrinsic]()},
	}}
}

// inclusionMode is which extrinsics a block may hold: in this runtime always all.
type inclusionMode uint8

func (inclusionMode) Variants() []scale.Variant {
	return scale.Names("AllExtrinsics", "OnlyInherents")
}

func (inclusionMode) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::ExtrinsicInclusionMode"}
}

// inherentData is what a block's author knows and brings into it, by an identifier.
type inherentData struct{ Data inherents }

func (inherentData) ScaleName() scale.Name { return scale.Name{Path: "sp_inherents::InherentData"} }

// inherents is a BTreeMap on the wire.
type inherents []scale.Pair[[8]byte, []byte]

func (inherents) ScaleName() scale.Name {
	return scale.Name{Path: "BTreeMap", Params: []scale.Param{{Name: "K", Type: typeOf[[8]byte]()}, {Name: "V", Type: typeOf[[]byte]()}}}
}

// timeID names the author's clock in milliseconds since 1970 among the inherents.
var timeID = [8]byte([]byte("timstap0"))

func (d *inherentData) time() (uint64, error) {
	for _, it := range d.Data {
		if it.A == timeID {
			var now uint64
			if err := scale.Unmarshal(it.B, &now); err != nil {
				return 0, fmt.Errorf("inherent %s: %w", timeID[:], err)
			}
			return now, nil
		}
	}
	return 0, fmt.Errorf("the inherent data lacks %s, the time", timeID[:])
}

type inherentsResult struct {
	Okay       bool
	FatalError bool
	Errors     inherentData
}

func (inherentsResult) ScaleName() scale.Name {
	return scale.Name{Path: "sp_inherents::CheckInherentsResult"}
}

// What is wrong with the time that a block sets, as Substrate's timestamp pallet numbers it.
const (
	tooEarly       = 0
	tooFarInFuture = 1

	maxTimeDrift = 30_000 // milliseconds that a block may be ahead of the clock of who checks it
)

// errNoTrie is for a state that cannot tell its root.
var errNoTrie = errors.New("this state has no trie, so no block can follow it here")

// committed is the state that a runtime function was asked at, for the block that follows.
func committed(c *frame.Ctx) (State, error) {
	s, ok := c.State.Base().(State)
	if !ok {
		return nil, errNoTrie
	}
	return s, nil
}

// follow opens the block that follows the one that a runtime function was asked at.
func (r *Runtime) follow(c *frame.Ctx) (*Builder, error) {
	s, err := committed(c)
	if err != nil {
		return nil, err
	}
	return r.Begin(s, c.Env.Header, c.Env.Now+2*r.MinPeriod(), bt.AccountID{}, nil)
}

func (r *Runtime) coreAPI() frame.API {
	m := &coreAPI{}
	m.Version.Handle(func(*frame.Ctx, noArgs) system.Version { return r.version })
	m.ExecuteBlock.Try(func(c *frame.Ctx, a blockArgs) (out scale.Unit, _ error) {
		s, err := committed(c)
		if err != nil {
			return out, err
		}
		block := &bt.Block{Header: a.Block.Header.plain()}
		for _, x := range a.Block.Extrinsics {
			block.Extrinsics = append(block.Extrinsics, x.Raw)
		}
		_, err = r.Execute(s, c.Env.Header, block, bt.AccountID{}, nil)
		return out, err
	})
	m.InitializeBlock.Try(func(c *frame.Ctx, a headerArgs) (out inclusionMode, _ error) {
		s, err := committed(c)
		if err != nil {
			return out, err
		}
		if h := a.Header; h.ParentHash != c.Env.Header.Hash() || h.Number != c.Env.Header.Number+1 {
			return out, fmt.Errorf("%w: number %d on parent %v, want %d on %v", ErrBlock, h.Number, h.ParentHash, c.Env.Header.Number+1, c.Env.Header.Hash())
		}
		b := r.begin(s, c.Env.Header, bt.AccountID{}, a.Header.Digest.Logs)
		b.env.Now = c.Env.Now + 2*r.MinPeriod()
		b.initialize()
		return out, nil
	})
	return frame.API{Name: "Core", Version: 5, Methods: m}
}

func (r *Runtime) blockBuilderAPI() frame.API {
	m := &blockBuilderAPI{}
	m.ApplyExtrinsic.Try(func(c *frame.Ctx, a extrinsicArg) (out applied, _ error) {
		b, err := r.follow(c)
		if err != nil {
			return out, err
		}
		checked, err := r.Checker(c.State, c.Env.Header).Check(a.Extrinsic.Raw)
		var end Outcome
		if err == nil {
			end, err = b.Apply(checked)
		}
		if err != nil {
			bad, ok := err.(*InvalidTransaction)
			if !ok {
				return out, err
			}
			return applied{Failed: true, Err: bad.wire()}, nil
		}
		if end.Err != nil {
			out.Ok = scale.Result[scale.Unit, frame.DispatchError]{Failed: true, Err: frame.ToDispatch(end.Err)}
		}
		return out, nil
	})
	m.FinalizeBlock.Try(func(c *frame.Ctx, _ noArgs) (out header, _ error) {
		b, err := r.follow(c)
		if err != nil {
			return out, err
		}
		done := b.Finish()
		return wireOf(&done.Header), nil
	})
	m.InherentExtrinsics.Try(func(c *frame.Ctx, a inherentArgs) ([]frame.Extrinsic, error) {
		now, err := a.Inherent.time()
		if err != nil {
			return nil, err
		}
		set := frame.RuntimeCall{Pallet: r.places[r.timestamp], Index: 0, Args: &timestamp.SetArgs{Now: max(now, c.Env.Now+r.MinPeriod())}}
		return []frame.Extrinsic{{Raw: r.Bare(set), Call: set}}, nil
	})
	m.CheckInherents.Try(func(c *frame.Ctx, a checkArgs) (inherentsResult, error) {
		clock, err := a.Data.time()
		if err != nil {
			return inherentsResult{}, err
		}
		for _, x := range a.Block.Extrinsics {
			if x.IsSigned() || !r.isCall(x.Call, r.timestamp) {
				continue
			}
			switch now := x.Call.Args.(*timestamp.SetArgs).Now; {
			case now > clock+maxTimeDrift:
				return wrongTime(tooFarInFuture), nil
			case now < c.Env.Now+r.MinPeriod():
				return wrongTime(tooEarly), nil
			}
		}
		return inherentsResult{Okay: true, Errors: inherentData{inherents{}}}, nil
	})
	return frame.API{Name: "BlockBuilder", Version: 6, Methods: m}
}

// wrongTime refuses a block for its time: for good, unless it only comes too early.
func wrongTime(why byte) inherentsResult {
	return inherentsResult{FatalError: why != tooEarly, Errors: inherentData{inherents{{A: timeID, B: []byte{why}}}}}
}

type workerAPI struct {
	OffchainWorker frame.Method[headerArgs, scale.Unit] `doc:"Does nothing: what upstream's workers fetch, the beacon's pulses, the node of a block's author brings."`
}

func offchainWorkerAPI() frame.API {
	m := &workerAPI{}
	m.OffchainWorker.Handle(func(*frame.Ctx, headerArgs) (out scale.Unit) { return out })
	return frame.API{Name: "OffchainWorkerApi", Version: 2, Methods: m}
}

type sessionAPI struct {
	GenerateSessionKeys frame.Method[seedArgs, []byte]                         `doc:"The public keys of a block maker from a seed, a secret URI: sr25519 for authorship, ed25519 for finality. Nothing is kept."`
	DecodeSessionKeys   frame.Method[encodedArgs, scale.Option[[]keyWithType]] `doc:"The public keys in such an answer, with their types; none when it is no pair of keys."`
}

type (
	seedArgs    struct{ Seed scale.Option[[]byte] }
	encodedArgs struct{ Encoded []byte }
	keyWithType = scale.Pair[[]byte, keyType]
)

// keyType names what a key is for, in four ASCII letters.
type keyType struct {
	scale.Tuple `scale:"-"`
	Name        [4]byte
}

func (keyType) ScaleName() scale.Name { return scale.Name{Path: "sp_core::crypto::KeyTypeId"} }

func sessionKeysAPI() frame.API {
	m := &sessionAPI{}
	m.GenerateSessionKeys.Try(func(_ *frame.Ctx, a seedArgs) ([]byte, error) {
		seed, ok := a.Seed.Get()
		if !ok {
			return nil, errors.New("keys without a seed would have to be drawn at random, which a runtime cannot: name a seed")
		}
		var out []byte
		for _, scheme := range []keys.Scheme{keys.Sr25519, keys.Ed25519} {
			p, err := keys.FromURIScheme(scheme, string(seed))
			if err != nil {
				return nil, fmt.Errorf("seed: %w", err)
			}
			public := p.Public()
			out = append(out, public[:]...)
		}
		return out, nil
	})
	m.DecodeSessionKeys.Handle(func(_ *frame.Ctx, a encodedArgs) (out scale.Option[[]keyWithType]) {
		const size = 32
		if len(a.Encoded) != 2*size {
			return out
		}
		return scale.Some([]keyWithType{
			{A: a.Encoded[:size], B: keyType{Name: [4]byte([]byte("aura"))}}, {A: a.Encoded[size:], B: keyType{Name: [4]byte([]byte("gran"))}},
		})
	})
	return frame.API{Name: "SessionKeys", Version: 1, Methods: m}
}
