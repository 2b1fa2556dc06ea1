package rpc

import (
	"context"
	"fmt"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/payment"
	"github.com/myelin-go/myelin/node/ledger"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
	"github.com/myelin-go/myelin/scale"
)

func (a *api) system(r *jsonrpc.Registry) {
	constant := func(name string, value any) {
		r.Call(func(context.Context, jsonrpc.Params) (any, error) { return value, nil }, name)
	}
	constant("system_name", a.Identity.Name)
	constant("system_version", a.Identity.Version)
	constant("system_chain", a.Identity.Chain)
	constant("system_chainType", a.Identity.ChainType)
	constant("system_properties", a.Identity.Properties)
	constant("system_localPeerId", a.Identity.PeerID)
	constant("system_localListenAddresses", []string{})
	constant("system_nodeRoles", []string{"Authority"})
	constant("system_peers", []any{})
	a.filters(r)
	r.Call(func(context.Context, jsonrpc.Params) (any, error) {
		return map[string]any{
			"peerId": a.Identity.PeerID, "listenedAddresses": []string{}, "externalAddresses": []string{},
			"connectedPeers": map[string]any{}, "notConnectedPeers": map[string]any{}, // of Substrate's network, which this node is not part of
		}, nil
	}, "system_networkState", "system_unstable_networkState")
	r.Call(func(context.Context, jsonrpc.Params) (any, error) {
		peers := 0
		if a.Peers != nil {
			peers = a.Peers()
		}
		return map[string]any{"peers": peers, "isSyncing": false, "shouldHavePeers": false}, nil
	}, "system_health")
	r.Call(func(context.Context, jsonrpc.Params) (any, error) {
		n := a.ledger.Head().Header.Number
		return map[string]any{"startingBlock": 0, "currentBlock": n, "highestBlock": n}, nil
	}, "system_syncState")
	r.Call(a.nextIndex, "system_accountNextIndex", "account_nextIndex")
	r.Call(a.dryRun, "system_dryRun", "system_dryRunAt")
	r.Call(a.paymentCall("query_info"), "payment_queryInfo")
	r.Call(a.paymentCall("query_fee_details"), "payment_queryFeeDetails")
}

// nextIndex is the nonce of an account's next transaction, counting those that are ready in the pool.
func (a *api) nextIndex(_ context.Context, p jsonrpc.Params) (any, error) {
	var who bt.AccountID
	if err := need(p, 1, &who); err != nil {
		return nil, err
	}
	return a.view(nil, func(v *ledger.View) (any, error) {
		raw, err := a.ledger.Runtime().Call(v, v.Header, "AccountNonceApi_account_nonce", who[:])
		if err != nil {
			return nil, err
		}
		var nonce bt.Nonce
		if err := scale.Unmarshal(raw, &nonce); err != nil {
			return nil, err
		}
		for a.pool.HasTag(chain.NonceTag(who, nonce)) {
			nonce++
		}
		return nonce, nil
	})
}

// dryRun judges a transaction without taking it in: the SCALE of Ok(Ok(())), or the reason against it.
func (a *api) dryRun(_ context.Context, p jsonrpc.Params) (any, error) {
	var x hexBytes
	var at *bt.Hash
	if err := need(p, 1, &x, &at); err != nil {
		return nil, err
	}
	return a.view(at, func(v *ledger.View) (any, error) {
		if _, err := a.ledger.Runtime().Validate(v, v.Header, bt.Extrinsic(x), chain.External); err != nil {
			return nil, poolError(err)
		}
		return hexBytes{0, 0}, nil
	})
}

// feeJSON is the runtime's answer about fees as clients know it: numbers in hex or decimal strings.
func feeJSON(method string, raw []byte) (any, error) {
	if method == "query_info" {
		var info struct {
			Weight     frame.Weight
			Class      frame.Class
			PartialFee bt.Rao
		}
		if err := scale.Unmarshal(raw, &info); err != nil {
			return nil, err
		}
		return map[string]any{
			"weight":     map[string]any{"ref_time": info.Weight.RefTime, "proof_size": info.Weight.ProofSize},
			"class":      [...]string{"normal", "operational", "mandatory"}[info.Class],
			"partialFee": fmt.Sprint(uint64(info.PartialFee)),
		}, nil
	}
	var details payment.Details
	if err := scale.Unmarshal(raw, &details); err != nil {
		return nil, err
	}
	out := map[string]any{"inclusionFee": nil}
	if fee, ok := details.InclusionFee.Get(); ok {
		amount := func(v bt.Rao) string { return fmt.Sprintf("0x%x", uint64(v)) }
		out["inclusionFee"] = map[string]any{
			"baseFee": amount(fee.BaseFee), "lenFee": amount(fee.LenFee), "adjustedWeightFee": amount(fee.AdjustedWeightFee),
		}
	}
	return out, nil
}
