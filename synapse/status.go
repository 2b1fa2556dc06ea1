package synapse

import (
	"errors"
	"fmt"
)

// Status is the outcome of a call, an HTTP status code.
type Status int

// The codes that axons and dendrites give. An axon's handler may give others of HTTP's.
const (
	StatusProcessing   Status = 100 // the axon has the request in hand and no outcome yet
	StatusSuccess      Status = 200 // the handler answered
	StatusBadRequest   Status = 400 // the request's path or headers, or the answer's payload, are malformed
	StatusUnauthorized Status = 401 // the request's signature or nonce was not accepted
	StatusForbidden    Status = 403 // the caller is blacklisted
	StatusNotFound     Status = 404 // the axon serves no synapse of that name
	StatusTimeout      Status = 408 // no answer within the timeout, or no free worker on the axon
	StatusTooLarge     Status = 413 // the body is larger than the axon reads
	StatusUnparsed     Status = 422 // what came cannot be understood as a synapse
	StatusInternal     Status = 500 // the handler failed, or the body does not match its hash
	StatusUnavailable  Status = 503 // the axon cannot be reached, hung up, or is overloaded
	StatusServerLate   Status = 504 // the server was reached and then stayed silent
)

// String names the status in a sentence.
func (s Status) String() string {
	switch s {
	case StatusProcessing:
		return "The request is in hand."
	case StatusSuccess:
		return "The handler answered."
	case StatusBadRequest:
		return "The request or the payload is malformed."
	case StatusUnauthorized:
		return "The signature or the nonce was not accepted."
	case StatusForbidden:
		return "The caller is blacklisted."
	case StatusNotFound:
		return "The axon serves no synapse of that name."
	case StatusTimeout:
		return "There was no answer in time."
	case StatusTooLarge:
		return "The body is too large."
	case StatusUnparsed:
		return "What came cannot be understood as a synapse."
	case StatusInternal:
		return "The handler failed, or the body does not match its hash."
	case StatusUnavailable:
		return "The axon cannot be reached or is overloaded."
	case StatusServerLate:
		return "The server was reached and then stayed silent."
	}
	return fmt.Sprintf("Status %d.", int(s))
}

// Error is an outcome other than success. Its Message is what the other side is told; Err is for the log only.
type Error struct {
	Code    Status
	Message string
	Err     error
}

// Errorf makes an Error whose message the other side sees.
func Errorf(code Status, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Error prints code, message and, after a colon, the inner error unless the message already tells it.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("status %d: %s (%v)", int(e.Code), e.Message, e.Err)
	}
	return fmt.Sprintf("status %d: %s", int(e.Code), e.Message)
}

// Unwrap returns the inner error.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf is the status that an error carries: success for nil, internal for errors of other types.
func CodeOf(err error) Status {
	if err == nil {
		return StatusSuccess
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return StatusInternal
}
