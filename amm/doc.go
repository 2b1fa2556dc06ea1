// Package amm is the arithmetic of a subnet's pool: a two-asset weighted pool of alpha and TAO with its price, swaps in
// both directions, limit orders, fees, protocol injections, and what the runtime API answers about a swap that nobody
// made yet.
//
// Notation, as in the chain's own description of it: x is the alpha reserve, y the TAO reserve, w1 and w2 their weights
// with w1 + w2 = 1. Amounts are the smallest units of their token (rao for TAO, 1e-9 alpha), weights are parts of 1e18,
// fee rates parts of 65535, limit prices rao per alpha (1e9 is a price of 1).
//
//	price           p  = (w1 * y) / (w2 * x)
//	buy with dy     dx = x * (1 - (y / (y + dy))^(w2/w1))
//	sell dx         dy = y * (1 - (x / (x + dx))^(w1/w2))
//	buy up to p'    dy = y * ((p' / p)^w1 - 1)
//	sell down to p' dx = x * ((p / p')^w2 - 1)
//
// Every result is exact to the last bit against upstream (pallets/swap/src/pallet/{balancer,swap_step,impls}.rs and the
// big-number crate it uses). Powers are the floor of the exact value times 1e18: a 256-bit logarithm and exponential
// with an error bound decide nearly all of them in a few microseconds, and what they cannot decide goes the long way,
// see power.go.
//
// The package keeps no state and moves no money: a Pool is a value, a swap returns what it would do. Who pays, who is
// credited, which storage holds the reserves and when a fee reaches the block author is the business of the pallets.
// Shares in a staking pool have their own room, amm/sharepool.
package amm
