// Package laws holds the two laws of the house as tests: which room may import which, and that the chain and the ground floor are
// deterministic. It has no code of its own.
package laws
