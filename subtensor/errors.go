package subtensor

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/myelin-go/myelin/subtensor/codec"
	"github.com/myelin-go/myelin/subtensor/jsonrpc"
)

// Rejected is what a node says of an extrinsic that does not enter its pool.
type Rejected struct {
	Code    int    // 1010 is invalid, 1011 of unknown validity; see author_* of Substrate for others
	Message string // "Invalid Transaction"
	Reason  string // the node's words, such as "Custom error: 6"
}

// Error prints the reason, with the name of a custom error.
func (r *Rejected) Error() string {
	reason := r.Reason
	if n, ok := r.Custom(); ok {
		if name := CustomName(n); name != "" {
			reason += ", " + name
		}
	}
	if reason == "" {
		return fmt.Sprintf("extrinsic rejected: %s (code %d)", r.Message, r.Code)
	}
	return fmt.Sprintf("extrinsic rejected: %s: %s (code %d)", r.Message, reason, r.Code)
}

var customError = regexp.MustCompile(`(?i)custom(?: error:|"?:) ?(\d+)`)

// Custom is the number of Subtensor's own reasons; see CustomName.
func (r *Rejected) Custom() (uint8, bool) {
	m := customError.FindStringSubmatch(r.Message + " " + r.Reason)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseUint(m[1], 10, 8)
	return uint8(n), err == nil
}

// StaleNonce tells whether the nonce was used before: the extrinsic may be signed again with a newer one.
func (r *Rejected) StaleNonce() bool {
	const tooLow = 1014
	return r.Code == tooLow || strings.Contains(r.Reason, "outdated") || strings.Contains(r.Reason, "Stale")
}

// CustomName names a number of Custom as upstream does, or is empty.
func CustomName(n uint8) string {
	names := [...]string{
		"ColdkeyInSwapSchedule", "StakeAmountTooLow", "BalanceTooLow", "SubnetNotExists", "HotkeyAccountDoesntExist",
		"NotEnoughStakeToWithdraw", "RateLimitExceeded", "InsufficientLiquidity", "SlippageTooHigh", "TransferDisallowed",
		"HotKeyNotRegisteredInNetwork", "InvalidIpAddress", "ServingRateLimitExceeded", "InvalidPort", "ZeroMaxAmount",
		"InvalidRevealRound", "CommitNotFound", "CommitBlockNotInRevealRange", "InputLengthsUnequal", "UidNotFound",
		"EvmKeyAssociateRateLimitExceeded", "ColdkeySwapDisputed", "InvalidRealAccount", "FailedShieldedTxParsing",
		"InvalidShieldedTxPubKeyHash", "NonAssociatedColdKey", "DelegateTakeTooLow", "DelegateTakeTooHigh",
	}
	const badRequest = 255
	switch {
	case int(n) < len(names):
		return names[n]
	case n == badRequest:
		return "BadRequest"
	}
	return ""
}

// rejection makes a node's answer to a submission a Rejected, and leaves other errors.
func rejection(err error) error {
	var answer *jsonrpc.Error
	if errors.As(err, &answer) {
		return &Rejected{Code: answer.Code, Message: answer.Message, Reason: answer.Text()}
	}
	return err
}

// Dropped is the end of an extrinsic that entered the pool but no block.
type Dropped struct {
	Status string // usurped, dropped, invalid, finalityTimeout
}

// Error prints the status.
func (d *Dropped) Error() string { return "extrinsic left the pool without a block: " + d.Status }

// DispatchError is the failure of a call within a block.
type DispatchError struct {
	// Pallet and Name are those of a pallet's error. For other kinds Pallet is empty and Name the kind, such as BadOrigin or Token.FundsUnavailable.
	Pallet, Name string
	Docs         string // of the pallet's error
	// Via is the event of the wrapper that swallowed the error, such as Sudo.Sudid; empty when the extrinsic itself failed.
	Via string
}

// Error prints Pallet.Name and the documentation.
func (e *DispatchError) Error() string {
	text := "call failed: " + e.FullName()
	if e.Docs != "" {
		text += ": " + e.Docs
	}
	if e.Via != "" {
		text += " (told by " + e.Via + ")"
	}
	return text
}

// FullName is Pallet.Name, or the kind.
func (e *DispatchError) FullName() string {
	if e.Pallet == "" {
		return e.Name
	}
	return e.Pallet + "." + e.Name
}

// dispatchError names a decoded sp_runtime::DispatchError.
func dispatchError(c *codec.Codec, v any) *DispatchError {
	kind, ok := v.(codec.Variant)
	if !ok {
		return &DispatchError{Name: fmt.Sprint(v)}
	}
	if m, ok := kind.Value.(map[string]any); ok && kind.Name == "Module" {
		pallet, _ := m["index"].(uint64)
		var index uint8
		switch e := m["error"].(type) {
		case []byte: // four bytes, of which the first counts
			if len(e) > 0 {
				index = e[0]
			}
		case uint64: // older runtimes
			index = uint8(e)
		}
		found, ok := c.Error(uint8(pallet), index)
		if !ok {
			return &DispatchError{Pallet: found.Pallet, Name: fmt.Sprintf("error %d of pallet %d", index, pallet)}
		}
		return &DispatchError{Pallet: found.Pallet, Name: found.Name, Docs: strings.TrimSpace(strings.Join(found.Docs, " "))}
	}
	if inner, ok := kind.Value.(codec.Variant); ok {
		return &DispatchError{Name: kind.Name + "." + inner.Name}
	}
	return &DispatchError{Name: kind.Name}
}

// wrappers are the events that tell the fate of inner calls, with the field that does.
var wrappers = map[string]string{
	"Sudo.Sudid": "sudo_result", "Sudo.SudoAsDone": "sudo_result", "Proxy.ProxyExecuted": "result",
	"Multisig.MultisigExecuted": "result", "Utility.ItemFailed": "error", "Utility.BatchInterrupted": "error", "Utility.DispatchedAs": "result",
}

// failure finds the first failure that the events of one extrinsic tell; nil when there is none.
func failure(c *codec.Codec, events []codec.Event) *DispatchError {
	var inner *DispatchError
	for _, e := range events {
		if e.Is("System", "ExtrinsicFailed") {
			return dispatchError(c, e.Field("dispatch_error"))
		}
		field, ok := wrappers[e.String()]
		if !ok || inner != nil {
			continue
		}
		v := e.Field(field)
		if result, ok := v.(codec.Variant); ok && field != "error" {
			if result.Name != "Err" {
				continue
			}
			v = result.Value
		}
		if v == nil {
			continue
		}
		inner = dispatchError(c, v)
		inner.Via = e.String()
	}
	return inner
}
