package frame

import (
	"fmt"

	"github.com/myelin-go/myelin/scale"
)

// Error is a pallet's declared error: a field of the pallet's Error struct with tags `index:"n"` and `doc:"…"`. Handlers return it as it
// is: return p.Error.SubnetNotExists. Index and documentation are wire format; official clients print the documentation.
type Error struct {
	Pallet uint8
	Index  uint8
	Name   string
	Module string // the pallet's name
}

// Error prints Module.Name, as clients do.
func (e Error) Error() string { return e.Module + "." + e.Name }

// Dispatch is the wire form.
func (e Error) Dispatch() DispatchError {
	return DispatchError{Module: &ModuleError{Index: e.Pallet, Error: [4]byte{e.Index}}}
}

// ModuleError is a pallet's error on the wire.
type ModuleError struct {
	Index uint8
	Error [4]byte
}

// ScaleName is Substrate's.
func (ModuleError) ScaleName() scale.Name { return scale.Name{Path: "sp_runtime::ModuleError"} }

// DispatchError is why a dispatched call failed, on the wire.
type DispatchError struct {
	scale.Enum
	Other             *scale.Unit         `index:"0"`
	CannotLookup      *scale.Unit         `index:"1"`
	BadOrigin         *scale.Unit         `index:"2"`
	Module            *ModuleError        `index:"3"`
	ConsumerRemaining *scale.Unit         `index:"4"`
	NoProviders       *scale.Unit         `index:"5"`
	TooManyConsumers  *scale.Unit         `index:"6"`
	Token             *TokenError         `index:"7"`
	Arithmetic        *ArithmeticError    `index:"8"`
	Transactional     *TransactionalError `index:"9"`
	Exhausted         *scale.Unit         `index:"10"`
	Corruption        *scale.Unit         `index:"11"`
	Unavailable       *scale.Unit         `index:"12"`
	RootNotAllowed    *scale.Unit         `index:"13"`
	Trie              *TrieError          `index:"14"`
}

// ScaleName is Substrate's.
func (DispatchError) ScaleName() scale.Name { return scale.Name{Path: "sp_runtime::DispatchError"} }

// TokenError is why an amount could not be moved.
type TokenError uint8

// The token errors.
const (
	FundsUnavailable TokenError = iota
	OnlyProvider
	BelowMinimum
	CannotCreate
	UnknownAsset
	Frozen
	Unsupported
	CannotCreateHold
	NotExpendable
	Blocked
)

// Variants lists Substrate's names.
func (TokenError) Variants() []scale.Variant {
	return scale.Names("FundsUnavailable", "OnlyProvider", "BelowMinimum", "CannotCreate", "UnknownAsset", "Frozen", "Unsupported",
		"CannotCreateHold", "NotExpendable", "Blocked")
}

// ScaleName is Substrate's.
func (TokenError) ScaleName() scale.Name { return scale.Name{Path: "sp_runtime::TokenError"} }

// Error prints Token and the variant.
func (e TokenError) Error() string { return fmt.Sprintf("Token(%s)", e.Variants()[e].Name) }

// Dispatch is the wire form.
func (e TokenError) Dispatch() DispatchError { return DispatchError{Token: &e} }

// ArithmeticError is an arithmetic failure.
type ArithmeticError uint8

// The arithmetic errors.
const (
	Underflow ArithmeticError = iota
	Overflow
	DivisionByZero
)

// Variants lists Substrate's names.
func (ArithmeticError) Variants() []scale.Variant {
	return scale.Names("Underflow", "Overflow", "DivisionByZero")
}

// ScaleName is Substrate's.
func (ArithmeticError) ScaleName() scale.Name {
	return scale.Name{Path: "sp_arithmetic::ArithmeticError"}
}

// Error prints Arithmetic and the variant.
func (e ArithmeticError) Error() string { return fmt.Sprintf("Arithmetic(%s)", e.Variants()[e].Name) }

// Dispatch is the wire form.
func (e ArithmeticError) Dispatch() DispatchError { return DispatchError{Arithmetic: &e} }

// TransactionalError is a failure of nested transactions.
type TransactionalError uint8

// Variants lists Substrate's names.
func (TransactionalError) Variants() []scale.Variant { return scale.Names("LimitReached", "NoLayer") }

// ScaleName is Substrate's.
func (TransactionalError) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::TransactionalError"}
}

// TrieError is a failure of the state trie; it stands in the metadata only.
type TrieError uint8

// Variants lists Substrate's names.
func (TrieError) Variants() []scale.Variant {
	return scale.Names("InvalidStateRoot", "IncompleteDatabase", "ValueAtIncompleteKey", "DecoderError", "InvalidHash", "DuplicateKey",
		"ExtraneousNode", "ExtraneousValue", "ExtraneousHashReference", "InvalidChildReference", "ValueMismatch", "IncompleteProof",
		"RootMismatch", "DecodeError")
}

// ScaleName is Substrate's.
func (TrieError) ScaleName() scale.Name {
	return scale.Name{Path: "sp_runtime::proving_trie::TrieError"}
}

// plainError is a dispatch error without content.
type plainError struct {
	name string
	wire func(*DispatchError)
}

func (e *plainError) Error() string { return e.name }

func (e *plainError) Dispatch() (d DispatchError) {
	e.wire(&d)
	return d
}

// Errors that any handler may return.
var (
	BadOrigin         error = &plainError{"BadOrigin", func(d *DispatchError) { d.BadOrigin = &scale.Unit{} }}
	CannotLookup      error = &plainError{"CannotLookup", func(d *DispatchError) { d.CannotLookup = &scale.Unit{} }}
	ConsumerRemaining error = &plainError{"ConsumerRemaining", func(d *DispatchError) { d.ConsumerRemaining = &scale.Unit{} }}
	NoProviders       error = &plainError{"NoProviders", func(d *DispatchError) { d.NoProviders = &scale.Unit{} }}
	TooManyConsumers  error = &plainError{"TooManyConsumers", func(d *DispatchError) { d.TooManyConsumers = &scale.Unit{} }}
	RootNotAllowed    error = &plainError{"RootNotAllowed", func(d *DispatchError) { d.RootNotAllowed = &scale.Unit{} }}
	Exhausted         error = &plainError{"Exhausted", func(d *DispatchError) { d.Exhausted = &scale.Unit{} }}
	Corrupt           error = &plainError{"Corruption", func(d *DispatchError) { d.Corruption = &scale.Unit{} }}
	Unavailable       error = &plainError{"Unavailable", func(d *DispatchError) { d.Unavailable = &scale.Unit{} }}
)

// OtherError is a dispatch error that only has a text, which does not travel.
type OtherError string

// Error prints Other and the text.
func (e OtherError) Error() string { return fmt.Sprintf("Other(%s)", string(e)) }

// Dispatch is the wire form.
func (e OtherError) Dispatch() DispatchError { return DispatchError{Other: &scale.Unit{}} }

// ToDispatch is the wire form of an error that a handler returned. Errors from outside this package are a mistake in the pallet, so it panics on
// them.
func ToDispatch(err error) DispatchError {
	if d, ok := err.(interface{ Dispatch() DispatchError }); ok {
		return d.Dispatch()
	}
	panic(fmt.Sprintf("a call failed with %T %v, which has no wire form", err, err))
}

// ToResult is the wire form of how a call ended.
func ToResult(err error) scale.Result[scale.Unit, DispatchError] {
	if err == nil {
		return scale.Result[scale.Unit, DispatchError]{}
	}
	return scale.Result[scale.Unit, DispatchError]{Failed: true, Err: ToDispatch(err)}
}
