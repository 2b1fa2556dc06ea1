package comet

import (
	"math"

	cometed25519 "github.com/cometbft/cometbft/crypto/ed25519"
	"github.com/cometbft/cometbft/types"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/pallets/aura"
)

// rotation tells who is due to make the block of each height, by CometBFT's own rule over the validators that the network began with. Where a proposer fails another
// one makes that block; that changes nothing for the heights that follow.
type rotation struct {
	keys  map[[20]byte]ConsensusKey
	first *types.ValidatorSet // at height 1

	set    *types.ValidatorSet // at height
	height int64
	round  int64 // after so many heights the turns come again as at first
}

func newRotation(n *Network) *rotation {
	r := &rotation{keys: map[[20]byte]ConsensusKey{}, height: 1}
	var vs []*types.Validator
	var total, divisor int64
	for _, v := range n.Validators {
		r.keys[v.Key.address()] = v.Key
		vs = append(vs, types.NewValidator(cometed25519.PubKey(v.Key[:]), v.Power))
		total, divisor = total+v.Power, gcd(divisor, v.Power)
	}
	r.first, r.round = types.NewValidatorSet(vs), total/divisor
	r.set = r.first.Copy()
	return r
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// after is who is due at the two heights that follow one. Going on by a height is cheap.
func (r *rotation) after(height int64) (next, afterNext ConsensusKey) {
	if height+1 < r.height {
		r.set, r.height = r.first.Copy(), 1
	}
	steps := (height + 1 - r.height) % r.round
	for steps > 0 {
		n := min(steps, math.MaxInt32)
		r.set.IncrementProposerPriority(int32(n))
		steps -= n
	}
	r.height = height + 1
	key := func(set *types.ValidatorSet) ConsensusKey { return r.keys[[20]byte(set.GetProposer().Address)] }
	return key(r.set), key(r.set.CopyIncrementProposerPriority(1))
}

// digest is what a block's header says of its proposer and of who is due for the two blocks that follow; nothing when the proposer is no validator.
func (r *rotation) digest(height int64, proposer []byte) []bt.DigestItem {
	if len(proposer) != len([20]byte{}) {
		return nil
	}
	own, ok := r.keys[[20]byte(proposer)]
	if !ok {
		return nil
	}
	next, afterNext := r.after(height)
	return []bt.DigestItem{aura.Order([]aura.AuthorityID{aura.AuthorityID(own), aura.AuthorityID(next), aura.AuthorityID(afterNext)})}
}
