package chain

import (
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/payment"
	"github.com/myelin-go/myelin/chain/storage"
	"github.com/myelin-go/myelin/scale"
)

// ErrNoMethod is wrapped by Call for functions that the runtime does not have.
type ErrNoMethod string

// Error is what Substrate's executor says; clients look for the sentence.
func (e ErrNoMethod) Error() string {
	return fmt.Sprintf("Execution failed: Other: Exported method %s is not found", string(e))
}

// Call runs a runtime function such as AccountNonceApi_account_nonce on the state after the block at. Its changes are dropped.
func (r *Runtime) Call(state storage.Reader, at *bt.Header, method string, args []byte) ([]byte, error) {
	r, err := r.At(state)
	if err != nil {
		return nil, err
	}
	m := r.apis[method]
	if m == nil {
		return nil, ErrNoMethod(method)
	}
	s := storage.New(state)
	env := &frame.Env{Number: at.Number, Parent: at.Parent, Now: r.timestamp.Storage.Now.Get(s)}
	c := r.context(s, env)
	c.Env.Header = at
	out, err := m.Run(c, args)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", method, err)
	}
	return out, nil
}

// Methods lists the runtime functions as Trait_method.
func (r *Runtime) Methods() []string {
	var out []string
	for _, a := range r.apiList {
		for _, m := range a.Compile() {
			out = append(out, a.Name+"_"+m.Name)
		}
	}
	return out
}

type noArgs struct{}

type metadataAPI struct {
	Metadata          frame.Method[noArgs, opaqueMetadata]                    `doc:"Metadata in version 14."`
	MetadataAtVersion frame.Method[versionArgs, scale.Option[opaqueMetadata]] `doc:"Metadata in a given version, if it is served."`
	MetadataVersions  frame.Method[noArgs, []uint32]                          `doc:"The versions that are served."`
}

type versionArgs struct{ Version uint32 }

// opaqueMetadata is encoded metadata inside a value.
type opaqueMetadata []byte

func (opaqueMetadata) ScaleName() scale.Name {
	return scale.Name{Path: "sp_core::OpaqueMetadata"}
}

type nonceAPI struct {
	AccountNonce frame.Method[accountArgs, bt.Nonce] `doc:"Next nonce of an account."`
}

type accountArgs struct{ Account bt.AccountID }

type paymentAPI struct {
	QueryInfo        frame.Method[extrinsicArgs, dispatchInfo]    `doc:"Weight, class and fee of an extrinsic, without tip."`
	QueryFeeDetails  frame.Method[extrinsicArgs, payment.Details] `doc:"The parts of an extrinsic's fee."`
	QueryWeightToFee frame.Method[weightArgs, bt.Rao]             `doc:"Fee of a weight."`
	QueryLengthToFee frame.Method[lengthArgs, bt.Rao]             `doc:"Fee of a length."`
}

type paymentCallAPI struct {
	QueryCallInfo       frame.Method[callArgs, dispatchInfo]    `doc:"Weight, class and fee of a call."`
	QueryCallFeeDetails frame.Method[callArgs, payment.Details] `doc:"The parts of a call's fee."`
	QueryWeightToFee    frame.Method[weightArgs, bt.Rao]        `doc:"Fee of a weight."`
	QueryLengthToFee    frame.Method[lengthArgs, bt.Rao]        `doc:"Fee of a length."`
}

type extrinsicArgs struct {
	Uxt frame.Extrinsic
	Len uint32
}

type callArgs struct {
	Call frame.RuntimeCall
	Len  uint32
}

type weightArgs struct{ Weight frame.Weight }

type lengthArgs struct{ Length uint32 }

// dispatchInfo is what clients ask before they send.
type dispatchInfo struct {
	Weight     frame.Weight
	Class      frame.Class
	PartialFee bt.Rao
}

func (dispatchInfo) ScaleName() scale.Name {
	return scale.Name{Path: "pallet_transaction_payment::types::RuntimeDispatchInfo", Params: []scale.Param{
		{Name: "Balance", Type: typeOf[bt.Rao]()}, {Name: "Weight", Type: typeOf[frame.Weight]()},
	}}
}

type queueAPI struct {
	ValidateTransaction frame.Method[validateArgs, scale.Result[Validity, validityError]] `doc:"Whether a transaction may enter the pool."`
}

type validateArgs struct {
	Source    TransactionSource
	Tx        frame.Extrinsic
	BlockHash bt.Hash
}

// coreAPIs are the runtime functions of every chain.
func (r *Runtime) coreAPIs() []frame.API {
	meta := &metadataAPI{}
	meta.Metadata.Handle(func(*frame.Ctx, noArgs) opaqueMetadata {
		raw, _ := r.Metadata(14)
		return raw
	})
	meta.MetadataAtVersion.Handle(func(_ *frame.Ctx, a versionArgs) (out scale.Option[opaqueMetadata]) {
		if raw, ok := r.Metadata(a.Version); ok {
			out = scale.Some(opaqueMetadata(raw))
		}
		return out
	})
	meta.MetadataVersions.Handle(func(*frame.Ctx, noArgs) []uint32 { return []uint32{14, 15} })

	nonce := &nonceAPI{}
	nonce.AccountNonce.Handle(func(c *frame.Ctx, a accountArgs) bt.Nonce { return r.system.Account(c, a.Account).Nonce })

	pay := &paymentAPI{}
	info := func(c *frame.Ctx, call frame.RuntimeCall) frame.Info { return r.inForce(c, call, r.table.Info(call)) }
	query := func(i frame.Info, length uint32) dispatchInfo {
		return dispatchInfo{Weight: i.Weight, Class: i.Class, PartialFee: r.payment.Fee(length, i, 0).Total()}
	}
	pay.QueryInfo.Handle(func(c *frame.Ctx, a extrinsicArgs) dispatchInfo {
		if !a.Uxt.IsSigned() {
			i := info(c, a.Uxt.Call)
			return dispatchInfo{Weight: i.Weight, Class: i.Class}
		}
		return query(info(c, a.Uxt.Call), a.Len)
	})
	pay.QueryFeeDetails.Handle(func(c *frame.Ctx, a extrinsicArgs) payment.Details {
		if !a.Uxt.IsSigned() {
			return payment.Details{}
		}
		return r.payment.Fee(a.Len, info(c, a.Uxt.Call), a.Uxt.Tip())
	})
	toFee := func(_ *frame.Ctx, a weightArgs) bt.Rao { return payment.WeightFee(a.Weight) }
	lenFee := func(_ *frame.Ctx, a lengthArgs) bt.Rao { return payment.LengthFee(a.Length) }
	pay.QueryWeightToFee.Handle(toFee)
	pay.QueryLengthToFee.Handle(lenFee)

	calls := &paymentCallAPI{}
	calls.QueryCallInfo.Handle(func(c *frame.Ctx, a callArgs) dispatchInfo { return query(info(c, a.Call), a.Len) })
	calls.QueryCallFeeDetails.Handle(func(c *frame.Ctx, a callArgs) payment.Details { return r.payment.Fee(a.Len, info(c, a.Call), 0) })
	calls.QueryWeightToFee.Handle(toFee)
	calls.QueryLengthToFee.Handle(lenFee)

	queue := &queueAPI{}
	queue.ValidateTransaction.Handle(func(c *frame.Ctx, a validateArgs) scale.Result[Validity, validityError] {
		v, err := r.Validate(c.State, c.Env.Header, a.Tx.Raw, a.Source)
		if bad, ok := err.(*InvalidTransaction); ok {
			return scale.Result[Validity, validityError]{Failed: true, Err: bad.wire()}
		}
		return scale.Result[Validity, validityError]{Ok: v}
	})
	return []frame.API{
		r.coreAPI(),
		{Name: "Metadata", Version: 2, Methods: meta},
		r.blockBuilderAPI(),
		{Name: "TaggedTransactionQueue", Version: 3, Methods: queue},
		{Name: "AccountNonceApi", Version: 1, Methods: nonce},
		{Name: "TransactionPaymentApi", Version: 4, Methods: pay},
		{Name: "TransactionPaymentCallApi", Version: 3, Methods: calls},
		offchainWorkerAPI(), sessionKeysAPI(),
	}
}
