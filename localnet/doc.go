// Package localnet runs a living network in one process: a sealed chain, funded wallets, a text subnet that is registered on it as anybody
// would, its validators and miners, and a table that shows how the network rewards quality.
//
// The parts share nothing but what they would share between machines: participants know the chain through RPC, and each other through
// axon and dendrite. The report is drawn from the chain, by RPC too; only what validators counted comes from them directly.
//
// It deliberately has no rule of its own: what it shows is what chain and neurons do.
package localnet
