// Package sim is the room of simulations that need no network: a chain in memory (sim/world), random histories on it whose books are checked after every block
// (sim/history), the published figures of Bittensor, computed anew (sim/results), and the books of a small chain, of which docs/economics.md is made (sim/economics).
// They run the chain's own code and arithmetic, so what they show is what the
// chain does.
//
// It deliberately holds no process, no port and no file: those are localnet's and node's.
package sim
