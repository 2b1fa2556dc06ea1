package genesis

// Bittensor is the chain of a specification with everything that makes it Bittensor's.
func Bittensor(s Spec, more ...Extension) *Chain {
	return New(s, append([]Extension{Subtensor}, more...)...)
}
