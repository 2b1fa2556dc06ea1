// Package emission is the arithmetic of issuance and of the prices that follow it: how much a block mints, how subnets share
// it, what of a subnet's part enters its pool and what is paid out, moving prices, and what registrations cost.
//
// Everything is a function of its arguments, exact to the last bit against upstream (pallets/subtensor/src/coinbase,
// subnets/registration.rs, utils/misc.rs; spec 425), but for the emission gate, which came with spec 440. Amounts are rao or smallest units of alpha; vectors run over the
// subnets in the caller's order.
//
// Not here: which subnets emit, storage, events, the epoch that shares alpha among neurons (yuma), the split between a
// child key and its parents (delegation), and the flow-based shares that upstream carries along without using them.
package emission
