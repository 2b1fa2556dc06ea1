// Package node is the process around the chain: it opens the store, joins it with the runtime, runs an engine that makes blocks, and serves
// RPC and metrics.
//
//	cfg ──New──▶ ready ──Run──▶ running ──(ctx ends, or an error)──▶ stopped ──Close──▶ closed
//
// New opens everything that can fail for a person's reasons: the base path, the chain in it, the ports. When it fails it has closed what it
// had opened. A node that New returned must be closed.
//
// Run makes blocks and answers until its context ends, which is no error, or something fails; it may be called once. When it returns, no
// goroutine of the node is left and no block is half written.
//
// Close releases the store and the ports. It may be called at any time and more than once; when Run is under way, end its context first.
//
// It deliberately holds no rule of the chain (chain) and no wallet: a node knows no keys but its own consensus key.
package node
