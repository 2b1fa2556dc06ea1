package chain

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/sudo"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// verdict is what the transaction extensions say of a signed extrinsic that is not refused.
type verdict struct {
	nonce bt.Nonce // the account's
	ahead bool     // the extrinsic's nonce is higher
	payer bt.AccountID
	fee   bt.Rao
}

// extensions runs the checks of a signed extrinsic in the order of the transaction extensions. It changes nothing.
func (r *Runtime) extensions(c *frame.Ctx, x *Checked, info frame.Info) (v verdict, _ *InvalidTransaction) {
	if x.Signer.IsZero() { // CheckNonZeroSender
		return v, invalid(BadSigner)
	}
	if r.cfg.LongestEra != nil { // CheckMortality; the rest of it is in Checker
		if most := r.cfg.LongestEra(x.Call); most > 0 && (x.Extra.Era.Immortal() || x.Extra.Era.Period > most) {
			return v, invalid(Stale)
		}
	}
	account := r.system.Account(c, x.Signer) // CheckNonce
	if info.Pays == frame.PaysYes && account.Providers == 0 && account.Sufficients == 0 {
		return v, invalid(Payment)
	}
	if x.Extra.Nonce < account.Nonce {
		return v, invalid(Stale)
	}
	v.nonce, v.ahead = account.Nonce, x.Extra.Nonce > account.Nonce
	if bad := r.fits(info, len(x.Raw)); bad != nil { // CheckWeight
		return v, bad
	}
	v.payer = r.payment.Payer(c, x.Call, x.Signer) // ChargeTransactionPayment
	v.fee = r.payment.Fee(uint32(len(x.Raw)), info, x.Extra.Tip).Total()
	if !r.payment.CanPay(c, v.payer, x.Call, v.fee) {
		return v, invalid(Payment)
	}
	if r.sudo != nil && r.isCall(x.Call, r.sudo) { // SudoTransactionExtension
		if key, ok := r.sudo.Storage.Key.TryGet(c.State); !ok || key != x.Signer {
			return v, invalid(BadSigner)
		}
	}
	if r.cfg.Judge != nil { // CheckShieldedTxValidity, SubtensorTransactionExtension
		signed := c.As(frame.Signed(x.Signer))
		if code := r.cfg.Judge(signed, x.Call); code != nil {
			return v, &InvalidTransaction{Reason: Custom, Code: *code}
		}
	}
	return v, nil
}

// The pool's priorities; tips do not change them.
const (
	normalPriority      = 1
	operationalPriority = 10_000_000_000
)

func (r *Runtime) priority(x *Checked) uint64 {
	p := uint64(normalPriority)
	if x.Info.Class == frame.Operational {
		p = operationalPriority
	}
	if r.cfg.Priority != nil {
		p = add64(p, r.cfg.Priority(x.Call))
	}
	return p
}

// ValidateChecked judges a transaction, already checked for the block that follows at, for the pool.
func (r *Runtime) ValidateChecked(state storage.Reader, at *bt.Header, x *Checked, source TransactionSource) (Validity, *InvalidTransaction) {
	if in, err := r.At(state); err == nil { // else no block follows, which Begin says
		r = in
	}
	if x.by != r { // checked before an upgrade
		var err error
		if x, err = r.Checker(state, at).Check(x.Raw); err != nil {
			return Validity{}, err.(*InvalidTransaction)
		}
	}
	s := storage.New(state)
	env := &frame.Env{Number: at.Number + 1, Parent: at.Hash(), Now: r.timestamp.Storage.Now.Get(s)}
	c := r.context(s, env)
	if x.Info.Class == frame.Mandatory {
		return Validity{}, invalid(MandatoryValidation)
	}
	if !x.Signed {
		if bad := r.fits(x.Info, len(x.Raw)); bad != nil {
			return Validity{}, bad
		}
		return r.bare(c, x.Call)
	}
	v, bad := r.extensions(c, x, r.inForce(c, x.Call, x.Info))
	if bad != nil {
		return Validity{}, bad
	}
	out := Validity{Priority: r.priority(x), Longevity: 1<<64 - 1, Provides: [][]byte{NonceTag(x.Signer, x.Extra.Nonce)}, Propagate: true}
	if v.ahead {
		out.Requires = [][]byte{NonceTag(x.Signer, x.Extra.Nonce-1)}
	}
	if !x.Extra.Era.Immortal() {
		out.Longevity = x.Extra.Era.Death(uint64(at.Number)+1) - uint64(at.Number) - 1
	}
	if r.cfg.Lifetime != nil {
		if blocks, tag, ok := r.cfg.Lifetime(c, x.Call); ok {
			out.Longevity = min(out.Longevity, blocks)
			out.Provides = append(out.Provides, tag)
		}
	}
	return out, nil
}

// Validate checks and judges a transaction for the pool, on the state after the block at.
func (r *Runtime) Validate(state storage.Reader, at *bt.Header, x bt.Extrinsic, source TransactionSource) (Validity, error) {
	checked, err := r.Checker(state, at).Check(x)
	if err != nil {
		return Validity{}, err
	}
	v, bad := r.ValidateChecked(state, at, checked, source)
	if bad != nil {
		return Validity{}, bad
	}
	return v, nil
}

// NonceTag names an account's transaction with a nonce among the tags of Validity.
func NonceTag(who bt.AccountID, nonce bt.Nonce) []byte {
	e := scale.NewEncoder(make([]byte, 0, len(who)+4))
	e.Raw(who[:])
	e.U32(nonce)
	return e.Bytes()
}

// SudoKey is the account that may act as root, if there is one.
func (r *Runtime) SudoKey(state storage.Reader) (bt.AccountID, bool) {
	p := Pallet[sudo.Pallet](r)
	if p == nil {
		return bt.AccountID{}, false
	}
	return p.Storage.Key.TryGet(storage.New(state))
}
