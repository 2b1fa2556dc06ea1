package rpc

import (
	"context"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain"
	"github.com/myelin-go/myelin/internal/hash"
	"github.com/myelin-go/myelin/node/rpc/jsonrpc"
)

// nextJSON is a runtime that the program holds and the chain may go on with.
type nextJSON struct {
	SpecVersion uint32   `json:"specVersion"`
	Code        hexBytes `json:"code"`     // for System.apply_authorized_upgrade and set_code
	CodeHash    bt.Hash  `json:"codeHash"` // for System.authorize_upgrade
}

// upgrade is Myelin's own method for who upgrades a chain: Substrate's clients bring the new runtime as a file, of which there is none here.
func (a *api) upgrade(r *jsonrpc.Registry) { r.Call(a.nextRuntime, "myelin_nextRuntime") }

// nextRuntime is the runtime that follows that of a block's state, or null when the program holds none.
func (a *api) nextRuntime(_ context.Context, p jsonrpc.Params) (any, error) {
	return a.ofRuntime(p, func(rt *chain.Runtime) any {
		next := rt.Next()
		if next == nil {
			return nil
		}
		code := next.Code()
		return nextJSON{SpecVersion: next.Version().SpecVersion, Code: code, CodeHash: hash.Blake256(code)}
	})
}
