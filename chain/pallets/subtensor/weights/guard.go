package weights

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/epoch"
	"github.com/myelin-go/myelin/scale"
)

// Check refuses a call about weights before it is dispatched: these calls are free, so what cannot succeed must not fill blocks. Lengths come first,
// then stake, then the permit on subnets without consensus, then what a reveal needs, then the rate limit. Other calls pass.
func (r *Room) Check(c *frame.Ctx, who bt.AccountID, args any) error {
	switch a := args.(type) {
	case *SetWeights:
		return r.checkSet(c, who, a.NetUID, 0)
	case *SetMechanismWeights:
		return r.checkSet(c, who, a.NetUID, a.Mecid)
	case *CommitWeights:
		return r.checkCommit(c, who, a.NetUID, 0)
	case *CommitMechanismWeights:
		return r.checkCommit(c, who, a.NetUID, a.Mecid)
	case *RevealWeights:
		return r.checkReveal(c, who, a.NetUID, 0, CommitHash(who, epoch.Index(a.NetUID, 0), a.Uids, a.Values, a.Salt, a.VersionKey))
	case *RevealMechanismWeights:
		return r.checkReveal(c, who, a.NetUID, a.Mecid, CommitHash(who, epoch.Index(a.NetUID, a.Mecid), a.Uids, a.Values, a.Salt, a.VersionKey))
	case *CommitTimelocked:
		return r.checkTimelocked(c, who, a.NetUID, a.Commit, a.RevealRound)
	case *CommitTimelockedMechanism:
		return r.checkTimelocked(c, who, a.NetUID, a.Commit, a.RevealRound)
	case *CommitCRV3Mechanism:
		return r.checkTimelocked(c, who, a.NetUID, a.Commit, a.RevealRound)
	case *BatchSetWeights:
		if len(a.Netuids) != len(a.Weights) || len(a.Netuids) != len(a.VersionKeys) {
			return r.st.Error.InputLengthsUnequal
		}
		return r.checkStakes(c, who, a.Netuids)
	case *BatchCommitWeights:
		if len(a.Netuids) != len(a.CommitHashes) {
			return r.st.Error.InputLengthsUnequal
		}
		return r.checkStakes(c, who, a.Netuids)
	case *BatchRevealWeights:
		n := len(a.UidsList)
		if n != len(a.ValuesList) || n != len(a.SaltsList) || n != len(a.VersionKeys) {
			return r.st.Error.InputLengthsUnequal
		}
		hashes := make([]bt.Hash, n)
		for i := range n {
			hashes[i] = CommitHash(who, epoch.Index(a.NetUID, 0), a.UidsList[i], a.ValuesList[i], a.SaltsList[i], a.VersionKeys[i])
		}
		return r.checkReveal(c, who, a.NetUID, 0, hashes...)
	}
	return nil
}

func (r *Room) checkSet(c *frame.Ctx, who bt.AccountID, id bt.NetUID, mechanism bt.MechID) error {
	if err := r.checkJudge(c, who, id); err != nil {
		return err
	}
	if !r.st.Storage.CommitRevealWeightsEnabled.Get(c.State, id) && r.tooFast(c, who, id, mechanism) {
		return r.st.Error.SettingWeightsTooFast
	}
	return nil
}

func (r *Room) checkCommit(c *frame.Ctx, who bt.AccountID, id bt.NetUID, mechanism bt.MechID) error {
	if err := r.checkJudge(c, who, id); err != nil {
		return err
	}
	if r.tooFast(c, who, id, mechanism) {
		return r.st.Error.CommittingWeightsTooFast
	}
	return nil
}

func (r *Room) checkReveal(c *frame.Ctx, who bt.AccountID, id bt.NetUID, mechanism bt.MechID, hashes ...bt.Hash) error {
	if err := r.checkJudge(c, who, id); err != nil {
		return err
	}
	queue, ok := r.st.Storage.WeightCommits.TryGet(c.State, epoch.Index(id, mechanism), who)
	if !ok {
		return r.st.Error.NoWeightsCommitFound
	}
	for _, h := range hashes {
		at := find(queue, h)
		if at < 0 {
			return r.st.Error.NoWeightsCommitFound
		}
		if !r.epoch.Revealable(c, id, queue[at].B) {
			return r.st.Error.RevealTooEarly
		}
	}
	return nil
}

// checkTimelocked refuses commits that are too long, and those to rounds that are over: anybody could read them at once.
func (r *Room) checkTimelocked(c *frame.Ctx, who bt.AccountID, id bt.NetUID, commit Timelocked, round uint64) error {
	if err := r.checkJudge(c, who, id); err != nil {
		return err
	}
	if len(commit) > r.mostTimelocked(c, id) {
		return r.st.Error.CommitPayloadTooLarge
	}
	if round < r.drand.LastRound(c) {
		return r.st.Error.InvalidRevealRound
	}
	return nil
}

func (r *Room) checkStakes(c *frame.Ctx, who bt.AccountID, ids []scale.Compact[bt.NetUID]) error {
	for _, id := range ids {
		if err := r.checkJudge(c, who, id.V); err != nil {
			return err
		}
	}
	return nil
}

// checkJudge refuses who could not set weights on a subnet, whatever they are.
func (r *Room) checkJudge(c *frame.Ctx, who bt.AccountID, id bt.NetUID) error {
	if !r.EnoughStake(c, who, id) {
		return r.st.Error.NotEnoughStakeToSetWeights
	}
	return r.mayJudge(c, who, id)
}

// tooFast tells whether a registered hotkey must wait for its rate limit; strangers fail at dispatch.
func (r *Room) tooFast(c *frame.Ctx, who bt.AccountID, id bt.NetUID, mechanism bt.MechID) bool {
	uid, registered := r.st.Storage.Uids.TryGet(c.State, id, who)
	return registered && !r.RateOK(c, id, mechanism, uid)
}
