package chain

import (
	"fmt"

	"github.com/myelin-go/myelin/scale"
)

// Reason is why a transaction may not be in a block, by Substrate's numbers.
type Reason uint8

// The reasons. Those from UnknownLookup on are of the other kind, "unknown validity".
const (
	BadCall Reason = iota
	Payment
	Future
	Stale
	BadProof
	AncientBirthBlock
	ExhaustsResources
	Custom
	BadMandatory
	MandatoryValidation
	BadSigner
	IndeterminateImplicit
	UnknownOrigin

	UnknownLookup
	NoUnsignedValidator
	Undecodable // not on Substrate's list: the bytes are no extrinsic of this runtime
)

// InvalidTransaction is a transaction that may not be in a block now. Nothing was changed by it.
type InvalidTransaction struct {
	Reason Reason
	Code   uint8  // of Custom
	Detail string // more for a person, when there is more
}

var phrases = [...]string{
	BadCall:               "Transaction call is not expected",
	Payment:               "Inability to pay some fees (e.g. account balance too low)",
	Future:                "Transaction will be valid in the future",
	Stale:                 "Transaction is outdated",
	BadProof:              "Transaction has a bad signature",
	AncientBirthBlock:     "Transaction has an ancient birth block",
	ExhaustsResources:     "Transaction would exhaust the block limits",
	BadMandatory:          "A call was labelled as mandatory, but resulted in an Error.",
	MandatoryValidation:   "Transaction dispatch is mandatory; transactions must not be validated.",
	BadSigner:             "Invalid signing address",
	IndeterminateImplicit: "The implicit data was unable to be calculated",
	UnknownOrigin:         "The transaction extension did not authorize any origin",
	UnknownLookup:         "Could not lookup information required to validate the transaction",
	NoUnsignedValidator:   "Could not find an unsigned validator for the unsigned transaction",
	Undecodable:           "Could not decode the transaction",
}

// Error is Substrate's phrase, which clients look for; "Custom error: N" for a custom code.
func (e *InvalidTransaction) Error() string {
	text := phrases[e.Reason]
	if e.Reason == Custom {
		text = fmt.Sprintf("Custom error: %d", e.Code)
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Phrase is the text without detail.
func (e *InvalidTransaction) Phrase() string {
	return (&InvalidTransaction{Reason: e.Reason, Code: e.Code}).Error()
}

// Unknown tells whether the validity could not be told (error 1011 of the RPC) rather than being bad (1010).
func (e *InvalidTransaction) Unknown() bool {
	return e.Reason == UnknownLookup || e.Reason == NoUnsignedValidator
}

func invalid(r Reason) *InvalidTransaction { return &InvalidTransaction{Reason: r} }

func invalidf(r Reason, format string, args ...any) *InvalidTransaction {
	return &InvalidTransaction{Reason: r, Detail: fmt.Sprintf(format, args...)}
}

// Validity is what the pool needs to know of a valid transaction.
type Validity struct {
	Priority  uint64
	Requires  [][]byte // tags of transactions that must come before
	Provides  [][]byte // tags that it satisfies
	Longevity uint64   // blocks for which it stays valid
	Propagate bool
}

// ScaleName is Substrate's.
func (Validity) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::transaction_validity::ValidTransaction"}
}

// TransactionSource is where a transaction came from.
type TransactionSource uint8

// The sources.
const (
	InBlock TransactionSource = iota
	Local
	External
)

// Variants lists Substrate's names.
func (TransactionSource) Variants() []scale.Variant {
	return scale.Names("InBlock", "Local", "External")
}

// ScaleName is Substrate's.
func (TransactionSource) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::transaction_validity::TransactionSource"}
}

// validityError is InvalidTransaction on the wire.
type validityError struct {
	scale.Enum
	Invalid *invalidWire `index:"0"`
	Unknown *unknownWire `index:"1"`
}

func (validityError) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::transaction_validity::TransactionValidityError"}
}

type invalidWire struct {
	scale.Enum
	Call                  *scale.Unit `index:"0"`
	Payment               *scale.Unit `index:"1"`
	Future                *scale.Unit `index:"2"`
	Stale                 *scale.Unit `index:"3"`
	BadProof              *scale.Unit `index:"4"`
	AncientBirthBlock     *scale.Unit `index:"5"`
	ExhaustsResources     *scale.Unit `index:"6"`
	Custom                *uint8      `index:"7"`
	BadMandatory          *scale.Unit `index:"8"`
	MandatoryValidation   *scale.Unit `index:"9"`
	BadSigner             *scale.Unit `index:"10"`
	IndeterminateImplicit *scale.Unit `index:"11"`
	UnknownOrigin         *scale.Unit `index:"12"`
}

func (invalidWire) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::transaction_validity::InvalidTransaction"}
}

type unknownWire struct {
	scale.Enum
	CannotLookup        *scale.Unit `index:"0"`
	NoUnsignedValidator *scale.Unit `index:"1"`
	Custom              *uint8      `index:"2"`
}

func (unknownWire) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::transaction_validity::UnknownTransaction"}
}

func (e *InvalidTransaction) wire() (w validityError) {
	unit := &scale.Unit{}
	switch e.Reason {
	case UnknownLookup:
		w.Unknown = &unknownWire{CannotLookup: unit}
		return w
	case NoUnsignedValidator:
		w.Unknown = &unknownWire{NoUnsignedValidator: unit}
		return w
	}
	i := &invalidWire{}
	w.Invalid = i
	switch e.Reason {
	case BadCall, Undecodable:
		i.Call = unit
	case Payment:
		i.Payment = unit
	case Future:
		i.Future = unit
	case Stale:
		i.Stale = unit
	case BadProof:
		i.BadProof = unit
	case AncientBirthBlock:
		i.AncientBirthBlock = unit
	case ExhaustsResources:
		i.ExhaustsResources = unit
	case Custom:
		i.Custom = &e.Code
	case BadMandatory:
		i.BadMandatory = unit
	case MandatoryValidation:
		i.MandatoryValidation = unit
	case BadSigner:
		i.BadSigner = unit
	case IndeterminateImplicit:
		i.IndeterminateImplicit = unit
	case UnknownOrigin:
		i.UnknownOrigin = unit
	}
	return w
}
