package proxy

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/balances"
	"github.com/myelin-go/myelin/chain/pallets/utility"
)

// Payer is who pays the fee of a call. It is the signer, but of a proxied call the account it is for, if that agreed by set_real_pays_fee. When the
// proxied call is itself proxied, or a batch of calls proxied for one account, that account pays if it agreed to it too.
func (p *Pallet) Payer(c *frame.Ctx, call frame.RuntimeCall, signer bt.AccountID) bt.AccountID {
	outer, inner, ok := p.proxied(call)
	if !ok || !p.pays(c, outer, signer) {
		return signer
	}
	calls := []frame.RuntimeCall{inner}
	if batch, ok := inner.Args.(*utility.Calls); ok {
		calls = batch.Calls
	}
	var real bt.AccountID
	for i, one := range calls {
		who, _, ok := p.proxied(one)
		if !ok || i > 0 && who != real {
			return outer
		}
		real = who
	}
	if len(calls) > 0 && p.pays(c, real, outer) {
		return real
	}
	return outer
}

// proxied takes a call of proxy apart. Those that were announced count not.
func (p *Pallet) proxied(call frame.RuntimeCall) (real bt.AccountID, inner frame.RuntimeCall, ok bool) {
	a, ok := call.Args.(*Proxy)
	if !ok {
		return real, inner, false
	}
	real, err := balances.Lookup(a.Real)
	return real, a.Call, err == nil
}

// pays tells whether an account agreed to pay for what a proxy does in its name.
func (p *Pallet) pays(c *frame.Ctx, real, delegate bt.AccountID) bool {
	return p.Storage.RealPaysFeeConsentV1.Has(c.State, real, delegate)
}
