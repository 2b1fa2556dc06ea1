package commitments

import (
	"bytes"
	"cmp"
	"reflect"
	"slices"

	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/scale"
)

func named(name string) scale.Name { return scale.Name{Path: "pallet_commitments::types::" + name} }

func boundedOf(element reflect.Type) scale.Name {
	return scale.Name{Path: "bounded_collections::bounded_vec::BoundedVec", Params: []scale.Param{{Name: "T", Type: element}, {Name: "S"}}}
}

// Fields are the fields of a commitment.
type Fields []Data

// ScaleName is Substrate's.
func (Fields) ScaleName() scale.Name { return boundedOf(reflect.TypeFor[Data]()) }

// CommitmentInfo is what a hotkey commits.
type CommitmentInfo struct{ Fields Fields }

// ScaleName is upstream's.
func (CommitmentInfo) ScaleName() scale.Name {
	n := named("CommitmentInfo")
	n.Params = []scale.Param{{Name: "FieldLimit"}}
	return n
}

// Registration is a commitment as it is stored.
type Registration struct {
	Deposit bt.Rao // reserved of the hotkey
	Block   uint32 // when it was made
	Info    CommitmentInfo
}

// ScaleName is upstream's.
func (Registration) ScaleName() scale.Name {
	n := named("Registration")
	n.Params = []scale.Param{
		{Name: "Balance", Type: reflect.TypeFor[bt.Rao]()}, {Name: "MaxFields"}, {Name: "BlockNumber", Type: reflect.TypeFor[uint32]()},
	}
	return n
}

// UsageTracker is how much space a hotkey has used in an epoch of the subnet.
type UsageTracker struct {
	LastEpoch uint64
	UsedSpace uint64 // bytes
}

// ScaleName is upstream's.
func (UsageTracker) ScaleName() scale.Name { return named("UsageTracker") }

// Revealed is opened bytes with the block that they were opened in.
type Revealed = scale.Pair[[]byte, uint64]

// Place is a hotkey on a subnet.
type Place = scale.Pair[bt.NetUID, bt.AccountID]

// Places is a set of places in ascending order (a BTreeSet on the wire).
type Places []Place

// ScaleName is Rust's.
func (Places) ScaleName() scale.Name {
	return scale.Name{Path: "BTreeSet", Params: []scale.Param{{Name: "T", Type: reflect.TypeFor[Place]()}}}
}

func order(a, b Place) int { return cmp.Or(cmp.Compare(a.A, b.A), bytes.Compare(a.B[:], b.B[:])) }

// with is the set and one more; without is the set less one.
func (s Places) with(p Place) Places {
	at, found := slices.BinarySearchFunc(s, p, order)
	if found {
		return s
	}
	return slices.Insert(s, at, p)
}

func (s Places) without(p Place) Places {
	at, found := slices.BinarySearchFunc(s, p, order)
	if !found {
		return s
	}
	return slices.Delete(s, at, at+1)
}

// RevealFailure is why a timelocked field could not be opened.
type RevealFailure uint8

// The failures.
const (
	SignatureDeserialize RevealFailure = iota
	CiphertextDeserialize
	Decrypt
	EmptyPlaintext
	PulseExpired  // the chain no longer holds the round
	RoundMismatch // the ciphertext names another round than the field
)

// Variants lists upstream's names.
func (RevealFailure) Variants() []scale.Variant {
	return scale.Names("SignatureDeserialize", "CiphertextDeserialize", "Decrypt", "EmptyPlaintext", "PulseExpired", "RoundMismatch")
}

// ScaleName is upstream's.
func (RevealFailure) ScaleName() scale.Name { return named("RevealFailure") }

// The fields of the events.
type (
	Committed struct {
		NetUID bt.NetUID `name:"netuid"`
		Who    bt.AccountID
	}
	Timelocked struct {
		NetUID      bt.NetUID `name:"netuid"`
		Who         bt.AccountID
		RevealRound uint64
	}
	Failed struct {
		NetUID      bt.NetUID `name:"netuid"`
		Who         bt.AccountID
		RevealRound uint64
		Error       RevealFailure
	}
)

// The arguments of the calls.
type (
	SetCommitment struct {
		NetUID bt.NetUID `name:"netuid"`
		Info   CommitmentInfo
	}
	SetMaxSpace struct{ NewLimit uint32 }
)
