// Package state declares all of SubtensorModule's storage items, events, errors and constants in one place, with the types they hold.
// The rooms beside it (registration, staking, weights, epoch, coinbase, subnets, serving, info) work on a *State and share nothing else.
//
// It deliberately holds no rule of the chain: only names, types, indices and defaults, which are wire format. What upstream has at spec 461 and is
// left out here belongs to root baskets and miner collateral, except for what clients read before ordinary commands (BasketRate, BasketClaimed), which
// stays empty; what it dropped since 425 and clients still read is kept (RootClaimType, NumRootClaim); what is about consensus modes
// (SubnetEpochConsensus …) and LastPowRegistrationBlock came after 461.
package state

// State is SubtensorModule's declaration. The pallet embeds it, so that its parts are compiled with the calls. New makes one.
type State struct {
	Settings  Settings
	Storage   Storage
	Constants Constants
	Event     Event
	Error     Error
}
