package chain

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/scale"
)

// How deep calls may be nested in a transaction (batches, proxies, sudo), and how deep they are at all taken for calls.
const (
	maxCallDepth = 8
	maxSeenDepth = 256
)

// Checker decodes extrinsics and verifies their signatures for the block that follows a given one. It only reads, so any number of
// goroutines may use it at once if they may share the state: this is how pool and executive verify in parallel.
type Checker struct {
	r       *Runtime
	state   *storage.State
	parent  bt.Hash
	at      bt.BlockNumber
	genesis bt.Hash
}

// Checker makes a checker for the block that follows at.
func (r *Runtime) Checker(state storage.Reader, at *bt.Header) *Checker {
	if in, err := r.At(state); err == nil { // else no block follows, which Begin says
		r = in
	}
	k := &Checker{r: r, state: storage.New(state), parent: at.Hash(), at: at.Number}
	k.genesis = k.parent
	if at.Number > 0 {
		k.genesis = r.system.Storage.BlockHash.Get(k.state, 0)
	}
	return k
}

// Checked is a decoded extrinsic whose signature, if it has one, is right under Implicit.
type Checked struct {
	Raw    bt.Extrinsic
	Signer bt.AccountID // zero when nobody signed
	Signed bool
	Extra  bt.Extra
	Call   frame.RuntimeCall
	Info   frame.Info // of the call alone

	implicit bt.Implicit
	by       *Runtime // that decoded it; nil when nobody checked it
}

// Check decodes an extrinsic and verifies its signature. The error is always an *InvalidTransaction.
func (k *Checker) Check(x bt.Extrinsic) (*Checked, error) {
	out, proof, err := k.decode(x)
	if err != nil {
		return nil, err
	}
	if out.Signed && !proof.verify(out.Signer) {
		return nil, invalid(BadProof)
	}
	return out, nil
}

// CheckAll checks many extrinsics at once, which is faster for each than Check. Either the extrinsic or the error at an index is nil.
func (k *Checker) CheckAll(xs []bt.Extrinsic) ([]*Checked, []error) {
	out, errs := make([]*Checked, len(xs)), make([]error, len(xs))
	items, at := make([]keys.Item, 0, len(xs)), make([]int, 0, len(xs))
	for i, x := range xs {
		checked, proof, err := k.decode(x)
		if err != nil {
			errs[i] = err
			continue
		}
		out[i] = checked
		if !checked.Signed {
			continue
		}
		if proof.sig.Ecdsa != nil {
			if !proof.verify(checked.Signer) {
				out[i], errs[i] = nil, invalid(BadProof)
			}
			continue
		}
		items, at = append(items, proof.item(checked.Signer)), append(at, i)
	}
	for n, ok := range keys.VerifyBatch(items) {
		if !ok {
			out[at[n]], errs[at[n]] = nil, invalid(BadProof)
		}
	}
	return out, errs
}

// proof is a signature with what it signs.
type proof struct {
	sig     bt.MultiSignature
	payload []byte
}

func (p *proof) item(who bt.AccountID) keys.Item {
	it := keys.Item{Scheme: keys.Sr25519, Public: who, Message: p.payload}
	if p.sig.Ed25519 != nil {
		it.Scheme, it.Signature = keys.Ed25519, keys.Signature(*p.sig.Ed25519)
	} else {
		it.Signature = keys.Signature(*p.sig.Sr25519)
	}
	return it
}

func (p *proof) verify(who bt.AccountID) bool {
	if p.sig.Ecdsa != nil {
		return keys.VerifyEcdsa(who, p.payload, *p.sig.Ecdsa)
	}
	it := p.item(who)
	return keys.Verify(it.Scheme, it.Public, it.Message, it.Signature)
}

func (k *Checker) decode(x bt.Extrinsic) (*Checked, *proof, error) {
	parsed, err := x.Parse()
	if err != nil {
		return nil, nil, invalidf(Undecodable, "%v", err)
	}
	call, err := k.r.table.DecodeNested(parsed.Call, maxCallDepth)
	if err != nil {
		if _, deep := k.r.table.DecodeNested(parsed.Call, maxSeenDepth); deep == nil {
			return nil, nil, invalidf(BadCall, "calls nested deeper than %d", maxCallDepth)
		}
		return nil, nil, invalidf(Undecodable, "%v", err)
	}
	out := &Checked{Raw: x, Call: call, Info: k.r.table.Info(call), by: k.r}
	if parsed.Signed == nil {
		return out, nil, nil
	}
	if parsed.Signed.Address.Id == nil {
		return nil, nil, invalidf(UnknownLookup, "only plain account ids are addresses here")
	}
	out.Signed, out.Signer, out.Extra = true, *parsed.Signed.Address.Id, parsed.Signed.Extra
	implicit, bad := k.r.implicit(k.state, k.at, k.parent, k.genesis, out.Extra)
	if bad != nil {
		return nil, nil, bad
	}
	out.implicit = implicit
	return out, &proof{parsed.Signed.Signature, bt.SigningPayload(parsed.Call, out.Extra, implicit)}, nil
}

// implicit is what a transaction with this extra data must have signed to be in the block that follows at.
func (r *Runtime) implicit(s *storage.State, at bt.BlockNumber, parent, genesis bt.Hash, extra bt.Extra) (bt.Implicit, *InvalidTransaction) {
	out := bt.Implicit{SpecVersion: r.cfg.SpecVersion, TransactionVersion: r.cfg.TransactionVersion, Genesis: genesis, Birth: genesis}
	if !extra.Era.Immortal() {
		birth := extra.Era.Birth(uint64(at) + 1)
		switch {
		case birth == uint64(at):
			out.Birth = parent
		case birth > uint64(at):
			return out, invalid(AncientBirthBlock)
		default:
			h, ok := r.system.Storage.BlockHash.TryGet(s, bt.BlockNumber(birth))
			if !ok {
				return out, invalid(AncientBirthBlock)
			}
			if birth == 0 {
				h = genesis
			}
			out.Birth = h
		}
	}
	switch extra.Mode {
	case 0:
	case 1:
		out.MetadataHash = scale.Some(r.MetadataHash())
	default:
		return out, invalidf(Undecodable, "CheckMetadataHash mode %d, want 0 or 1", extra.Mode)
	}
	return out, nil
}

// Bare wraps a call into an extrinsic without signature: an inherent. Like upstream's it is of version 5.
func (r *Runtime) Bare(call frame.RuntimeCall) bt.Extrinsic {
	const versionBare = 5
	body := scale.Append([]byte{versionBare}, &call)
	return append(scale.AppendCompact(nil, uint64(len(body))), body...)
}
