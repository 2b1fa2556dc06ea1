// Package sharepool divides one growing or shrinking value among keys: the stake of a hotkey on a subnet among the
// coldkeys behind it. A pool is a shared value (smallest units of alpha), a denominator, and a share per key; a key's
// value is value * share / denominator. Raising the shared value raises everyone's part in one step.
//
// Shares and denominators are SafeFloat, a decimal number with 21 digits, so that moving one unit shows in the shares and
// moving less does not. The arithmetic is upstream's, digit for digit (primitives/share-pool/src/lib.rs).
//
// Storage is behind the small interface Store; which items hold what, and the older binary shares that are still to be
// migrated, belong to the pallet.
package sharepool
