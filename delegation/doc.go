// Package delegation is the arithmetic between a hotkey and those it shares stake with on a subnet: parents, who lend it a
// proportion of theirs, and children, to whom it lends. Stake flows to the child for weighing, dividends flow back to the
// parents, less the child's take and the burn between different owners. It ends with the split of a hotkey's dividend
// between holders of alpha and holders of root stake.
//
// Everything is exact to the last bit against upstream (pallets/subtensor/src/staking/stake_utils.rs and
// coinbase/run_coinbase.rs, spec 425). Proportions are parts of 2^64-1; the TAO weight and the child key burn are
// fractions made with emission.Fraction; takes are parts of 65535.
//
// Who is whose parent, who owns which key, and where dividends are booked is the pallet's business.
package delegation
