// Package laws holds the laws of the house as tests: which room may import which, that the chain and the ground floor are deterministic, that
// every package says what it is, and that no file grows long. It has no code of its own.
package laws
