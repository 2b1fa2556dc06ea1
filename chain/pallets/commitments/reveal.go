package commitments

import (
	"slices"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
	"github.com/myelin-go/myelin/tlock"
)

// Work opens the timelocked fields whose rounds the chain holds. It weighs the database accesses, as upstream counts them, and takes no heed of the weight
// that is left: rounds come one at a time, and the space of hotkeys bounds what waits for each.
func (p *Pallet) Work(c *frame.Ctx, _ frame.Weight) frame.Weight {
	set := p.Storage.TimelockedIndex.Get(c.State)
	w := frame.WeightOf(0, 0, 2, 0)
	if len(set) == 0 {
		return w
	}
	oldest := p.rounds.Storage.OldestStoredRound.Get(c.State)
	for _, place := range set {
		w = w.Add(p.reveal(c, place, oldest))
	}
	return w
}

// Awaited lists the rounds that commitments wait for, in ascending order.
func (p *Pallet) Awaited(c *frame.Ctx) (rounds []uint64) {
	for _, at := range p.Storage.TimelockedIndex.Get(c.State) {
		for _, d := range p.Storage.CommitmentOf.Get(c.State, at.A, at.B).Info.Fields {
			if d.Kind == TimelockEncrypted {
				rounds = append(rounds, d.Round)
			}
		}
	}
	slices.Sort(rounds)
	return slices.Compact(rounds)
}

// reveal opens what can be opened of one commitment and keeps the rest.
func (p *Pallet) reveal(c *frame.Ctx, at Place, oldest uint64) frame.Weight {
	s, st := c.State, &p.Storage
	reads, writes := uint64(1), uint64(0)
	forget := func() {
		st.TimelockedIndex.Mutate(s, func(set *Places) { *set = set.without(at) })
		reads, writes = reads+1, writes+1
	}
	entry, ok := st.CommitmentOf.TryGet(s, at.A, at.B)
	if !ok {
		forget()
		return frame.WeightOf(0, 0, reads, writes)
	}
	var rest Fields
	var opened [][]byte
	waits, changed := false, false
	for _, d := range entry.Info.Fields {
		if d.Kind != TimelockEncrypted {
			rest = append(rest, d)
			continue
		}
		reads++
		signature, held := p.rounds.Signature(c, d.Round)
		if !held && d.Round >= oldest {
			waits = true
			rest = append(rest, d)
			continue
		}
		changed = true
		message, why := []byte(nil), PulseExpired
		if held {
			message, why = open(d, signature)
		}
		if len(message) > 0 {
			opened = append(opened, message)
			continue
		}
		p.Event.CommitmentRevealFailed.Emit(c, Failed{NetUID: at.A, Who: at.B, RevealRound: d.Round, Error: why})
		d.Kind = TimelockRevealFailed
		rest = append(rest, d)
	}
	if len(opened) > 0 {
		p.keep(c, at, opened)
		reads, writes = reads+1, writes+1
	}
	if changed {
		if entry.Info.Fields = rest; len(rest) == 0 {
			st.CommitmentOf.Delete(s, at.A, at.B)
		} else {
			st.CommitmentOf.Set(s, at.A, at.B, entry)
		}
		writes++
	}
	if !waits {
		forget()
	}
	return frame.WeightOf(0, 0, reads, writes)
}

// keep appends opened fields to the last ones.
func (p *Pallet) keep(c *frame.Ctx, at Place, opened [][]byte) {
	all := p.Storage.RevealedCommitments.Get(c.State, at.A, at.B)
	for _, message := range opened {
		all = append(all, Revealed{A: message, B: uint64(c.Env.Number)})
		p.Event.CommitmentRevealed.Emit(c, Committed{NetUID: at.A, Who: at.B})
	}
	if n := len(all) - maxRevealed; n > 0 {
		all = slices.Delete(all, 0, n)
	}
	p.Storage.RevealedCommitments.Set(c.State, at.A, at.B, all)
}

// open decrypts a field with the signature of its round. There is no message when it fails, which why then tells.
func open(d Data, signature []byte) (message []byte, why RevealFailure) {
	key, err := tlock.ParseSignature(signature)
	if err != nil {
		return nil, SignatureDeserialize
	}
	ciphertext, rest, err := tlock.ParseCiphertext(d.Bytes)
	if err != nil || len(rest) > 0 {
		if ciphertext, why = unwrap(d); ciphertext == nil {
			return nil, why
		}
	}
	if message, err = ciphertext.Decrypt(key); err != nil {
		return nil, Decrypt
	}
	return message, EmptyPlaintext
}

// envelope is a ciphertext with its round, as clients' timelock tools write it.
type envelope struct {
	Ciphertext []byte
	Round      uint64
}

func unwrap(d Data) (*tlock.Ciphertext, RevealFailure) {
	var e envelope
	if scale.Unmarshal(d.Bytes, &e) != nil {
		return nil, CiphertextDeserialize
	}
	c, rest, err := tlock.ParseCiphertext(e.Ciphertext)
	switch {
	case err != nil || len(rest) > 0:
		return nil, CiphertextDeserialize
	case e.Round != d.Round:
		return nil, RoundMismatch
	}
	return c, Decrypt
}
