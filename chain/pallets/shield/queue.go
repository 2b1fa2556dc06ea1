package shield

import "github.com/myelin-go/myelin/chain/frame"

// StoreEncrypted queues an encrypted call.
func (p *Pallet) StoreEncrypted(c *frame.Ctx, a StoreEncrypted) error {
	who, err := c.Signer()
	if err != nil {
		return err
	}
	s, st := c.State, &p.Storage
	count, index := st.CounterForPendingExtrinsics.Get(s), st.NextPendingExtrinsicIndex.Get(s)
	if count >= st.MaxPendingExtrinsicsLimit.Get(s) {
		return p.Error.TooManyPendingExtrinsics
	}
	st.PendingExtrinsics.Set(s, index, PendingExtrinsic{Who: who, EncryptedCall: a.EncryptedCall, SubmittedAt: c.Env.Number})
	st.CounterForPendingExtrinsics.Set(s, count+1)
	st.NextPendingExtrinsicIndex.Set(s, index+1)
	p.Event.ExtrinsicStored.Emit(c, ExtrinsicStored{Index: index, Who: who})
	return nil
}

// SetMaxPendingExtrinsicsNumber sets how many encrypted calls may wait.
func (p *Pallet) SetMaxPendingExtrinsicsNumber(c *frame.Ctx, a SetNumber) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	p.Storage.MaxPendingExtrinsicsLimit.Set(c.State, a.Value)
	p.Event.MaxPendingExtrinsicsNumberSet.Emit(c, NumberSet(a))
	return nil
}

// SetStoredExtrinsicLifetime sets how many blocks an encrypted call waits at most.
func (p *Pallet) SetStoredExtrinsicLifetime(c *frame.Ctx, a SetNumber) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	p.Storage.ExtrinsicLifetime.Set(c.State, a.Value)
	p.Event.ExtrinsicLifetimeSet.Emit(c, NumberSet(a))
	return nil
}

// SetOnInitializeWeight sets the reference time that waiting calls may take of a block.
func (p *Pallet) SetOnInitializeWeight(c *frame.Ctx, a SetWeight) error {
	if err := p.mayWeigh(c, a.Value); err != nil {
		return err
	}
	p.Storage.OnInitializeWeight.Set(c.State, a.Value)
	p.Event.OnInitializeWeightSet.Emit(c, WeightSet(a))
	return nil
}

// SetMaxExtrinsicWeight sets the reference time that one waiting call may take.
func (p *Pallet) SetMaxExtrinsicWeight(c *frame.Ctx, a SetWeight) error {
	if err := p.mayWeigh(c, a.Value); err != nil {
		return err
	}
	p.Storage.MaxExtrinsicWeight.Set(c.State, a.Value)
	p.Event.MaxExtrinsicWeightSet.Emit(c, WeightSet(a))
	return nil
}

func (p *Pallet) mayWeigh(c *frame.Ctx, refTime uint64) error {
	if err := c.EnsureRoot(); err != nil {
		return err
	}
	if refTime > maxWeight {
		return p.Error.WeightExceedsAbsoluteMax
	}
	return nil
}

// Work makes the calls that wait, in their order, up to the weight that root has set for them.
//
// Like upstream it looks for as many indices as calls wait, back from the newest one.
func (p *Pallet) Work(c *frame.Ctx, _ frame.Weight) frame.Weight {
	s, st := c.State, &p.Storage
	next, count := st.NextPendingExtrinsicIndex.Get(s), st.CounterForPendingExtrinsics.Get(s)
	w := frame.WeightOf(0, 0, 2, 0)
	for index := next - min(next, count); index < next; index++ {
		used, more := p.make(c, index, w)
		if w = w.Add(used); !more {
			break
		}
	}
	return w
}

// make makes one call that waits, or drops it; so far tells the weight that the queue took before. There are no more when a call has to wait on.
func (p *Pallet) make(c *frame.Ctx, index uint32, soFar frame.Weight) (used frame.Weight, more bool) {
	s, st := c.State, &p.Storage
	waiting, ok := st.PendingExtrinsics.TryGet(s, index)
	if !ok {
		return frame.WeightOf(0, 0, 1, 0), true
	}
	drop := func() {
		st.PendingExtrinsics.Delete(s, index)
		st.CounterForPendingExtrinsics.Mutate(s, func(n *uint32) { *n -= min(*n, 1) })
		used = frame.WeightOf(0, 0, 1, 2)
	}
	if c.Env.Number-min(c.Env.Number, waiting.SubmittedAt) > st.ExtrinsicLifetime.Get(s) {
		drop()
		p.Event.ExtrinsicExpired.Emit(c, AtIndex{Index: index})
		return used, true
	}
	var call frame.RuntimeCall
	if ok = p.open != nil; ok {
		call, ok = p.open(c, waiting.EncryptedCall)
	}
	if !ok {
		drop()
		p.Event.ExtrinsicDecodeFailed.Emit(c, AtIndex{Index: index})
		return used, true
	}
	cost := c.Env.Table.Info(call).Weight
	switch most := st.OnInitializeWeight.Get(s); {
	case cost.RefTime > st.MaxExtrinsicWeight.Get(s) || cost.ProofSize > 0:
		drop()
		p.Event.ExtrinsicWeightExceeded.Emit(c, AtIndex{Index: index})
		return used, true
	case soFar.Add(frame.WeightOf(0, 0, 0, 2)).Add(cost).RefTime > most:
		p.Event.ExtrinsicPostponed.Emit(c, AtIndex{Index: index})
		return used, false
	}
	drop()
	end := c.Dispatch(frame.Signed(waiting.Who), call)
	if end.Err != nil {
		p.Event.ExtrinsicDispatchFailed.Emit(c, ExtrinsicDispatchFailed{Index: index, Error: frame.ToDispatch(end.Err)})
		return used.Add(cost), true
	}
	if end.Actual != nil {
		cost = *end.Actual
	}
	p.Event.ExtrinsicDispatched.Emit(c, AtIndex{Index: index})
	return used.Add(cost), true
}
