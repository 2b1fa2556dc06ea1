// Package economics keeps the books of a small chain: a subnet with validators, miners, stakers and root stake runs for some epochs, and every rao and every
// unit of alpha that came or moved in a window of blocks is followed to where it went. Docs/economics.md and its picture are made of these figures.
//
// What it reports it does not work out by the rules of emission: it reads it from the chain's state before and after each block, and says so where the books do not
// balance to the last unit. It deliberately plays one fixed story; what must hold in any story is checked by sim/history.
package economics
