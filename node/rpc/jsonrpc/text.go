package jsonrpc

import (
	"encoding/json"
	"errors"
)

// text is a message on its way out: what is its own, what it may share with the messages to others, and what closes it. It becomes one piece when it is
// written, so that what thousands of clients are told of a block is kept once while they do not read.
type text struct {
	head, body []byte
	tail       string
}

func (t text) len() int { return len(t.head) + len(t.body) + len(t.tail) }

// bytes is the message in one piece, which must not be changed.
func (t text) bytes() []byte {
	if len(t.body)+len(t.tail) == 0 {
		return t.head
	}
	return t.appendTo(make([]byte, 0, t.len()))
}

func (t text) appendTo(dst []byte) []byte {
	return append(append(append(dst, t.head...), t.body...), t.tail...)
}

var nullID = json.RawMessage("null")

func failure(id json.RawMessage, err error) text {
	if len(id) == 0 {
		id = nullID
	}
	var e *Error
	if !errors.As(err, &e) {
		e = Errorf(CodeInternal, "Internal error: %v", err)
	}
	e = &Error{Code: e.Code, Message: shorten(e.Message), Data: e.Data}
	if said, ok := e.Data.(string); ok {
		e.Data = shorten(said)
	}
	out, merr := json.Marshal(response{Version: "2.0", ID: id, Error: e})
	if merr != nil {
		out, _ = json.Marshal(response{Version: "2.0", ID: id, Error: Errorf(CodeInternal, "%s", e.Message)})
	}
	return text{head: out}
}

func success(id json.RawMessage, result any) text {
	head := make([]byte, 0, len(id)+60)
	head = append(head, `{"jsonrpc":"2.0","id":`...)
	head = append(head, id...)
	head = append(head, `,"result":`...)
	if a, ok := result.(Appender); ok {
		return text{head: a.AppendJSON(head), tail: "}"}
	}
	raw, ok := result.(json.RawMessage)
	if !ok {
		var err error
		if raw, err = json.Marshal(result); err != nil {
			return failure(id, err)
		}
	}
	return text{head: head, body: raw, tail: "}"}
}

// notification is what all notifications of a subscription begin with; closing closes them.
func notification(method, id string) []byte {
	return []byte(`{"jsonrpc":"2.0","method":"` + method + `","params":{"subscription":"` + id + `","result":`)
}

const closing = `}}`
