package axon

import (
	"context"
	"crypto/sha3"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/myelin-go/myelin/synapse"
	"github.com/myelin-go/myelin/synapse/pyval"
)

// call is one request on its way.
type call struct {
	axon  *Axon
	w     http.ResponseWriter
	r     *http.Request
	ctl   *http.ResponseController
	start time.Time
	event Event

	route   *route
	msg     synapse.Any
	sending bool // the head of a streamed answer is out
}

// ServeHTTP implements http.Handler.
func (a *Axon) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{axon: a, w: w, r: r, ctl: http.NewResponseController(w), start: time.Now()}
	c.event.Remote = r.RemoteAddr
	defer c.report()
	// Holds until the body is read, also where the server drops a refused request's body. Recorders in tests refuse it.
	_ = c.ctl.SetReadDeadline(c.start.Add(a.cfg.ReadTimeout))
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		w.Header().Set("Allow", "GET, POST")
		c.event.Status = http.StatusMethodNotAllowed
		c.event.Err = fmt.Errorf("method %s", clip(r.Method))
		c.write(http.StatusMethodNotAllowed, []byte(`{"detail":"Method Not Allowed"}`))
		return
	}
	err := c.preprocess()
	if err == nil {
		ctx, cancel := context.WithTimeout(r.Context(), c.timeout())
		defer cancel()
		err = synapse.Chain(a.cfg.Interceptors...)(c.process)(ctx, c.msg)
	}
	if c.sending {
		c.endStream(err)
		return
	}
	if err == nil {
		err = c.answer()
	}
	if err != nil {
		c.refuse(err)
	}
}

func (c *call) report() {
	c.event.Duration = time.Since(c.start)
	if c.axon.cfg.Observe != nil {
		c.axon.cfg.Observe(c.event)
	}
	c.axon.cfg.Log.Debug("request", "name", c.event.Name, "hotkey", c.event.Hotkey, "remote", c.event.Remote,
		"status", int(c.event.Status), "err", c.event.Err, "duration", c.event.Duration)
}

// preprocess finds the class, reads the headers into a message and signs as the answering side.
func (c *call) preprocess() error {
	path := c.r.URL.Path
	if !strings.HasPrefix(path, "/") {
		return synapse.Errorf(synapse.StatusBadRequest, "Improperly formatted request. Could not parser request %s.", clip(path))
	}
	name, _, _ := strings.Cut(path[1:], "/")
	c.event.Name = clip(name)
	a := c.axon
	a.mu.RLock()
	route := a.routes[name]
	names := slices.Clone(a.names)
	a.mu.RUnlock()
	if route == nil {
		list := make([]any, len(names))
		for i, n := range names {
			list[i] = n
		}
		return synapse.Errorf(synapse.StatusNotFound, "Synapse name '%s' not found. Available synapses %s", clip(name), pyval.Repr(list))
	}
	c.route = route
	msg := route.make()
	h := msg.Head()
	if err := h.ReadHeaders(c.r.Header); err != nil {
		return &synapse.Error{Code: synapse.StatusBadRequest,
			Message: fmt.Sprintf("Improperly formatted request. Could not parse headers into synapse of type %s: %v", name, err), Err: err}
	}
	c.event.Hotkey = clip(h.Dendrite.Hotkey)
	if host, port, err := net.SplitHostPort(c.r.RemoteAddr); err == nil {
		h.Dendrite.IP = host
		h.Dendrite.Port, _ = strconv.Atoi(port)
	}
	h.Axon.Version = synapse.Version
	h.Axon.UUID = a.uuid
	h.Axon.Nonce = c.start.UnixNano()
	h.Axon.StatusCode = int(synapse.StatusProcessing)
	h.Axon.StatusMessage, h.Axon.ProcessTime, h.Axon.Signature = "", 0, ""
	c.msg = msg
	return nil
}

// timeout is how long the caller waits, as it says, within our bound.
func (c *call) timeout() time.Duration {
	limit := c.axon.cfg.MaxTimeout
	if s := c.msg.Head().Timeout; s > 0 && s < limit.Seconds() {
		return time.Duration(math.Ceil(s * float64(time.Second)))
	}
	return limit
}

// process is what interceptors wrap: blacklist, verify, body, priority, forward.
func (c *call) process(ctx context.Context, m synapse.Any) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	r := c.route
	if r.blacklist != nil {
		if refused, reason := r.blacklist(ctx, m); refused {
			return synapse.Errorf(synapse.StatusForbidden, "Forbidden. Key is blacklisted: %s.", reason)
		}
	}
	verify := r.verify
	if verify == nil {
		verify = func(_ context.Context, m synapse.Any) error { return c.axon.Verify(m) }
	}
	if err := verify(ctx, m); err != nil {
		return &synapse.Error{Code: synapse.StatusUnauthorized, Message: fmt.Sprintf("Not Verified with error: %v", err)}
	}
	if err := c.readBody(m); err != nil {
		return err
	}
	if !r.direct {
		if err := c.wait(ctx, m); err != nil {
			return err
		}
		defer c.axon.queue.release()
	}
	// From here on the caller is known: an answer is worth a signature.
	h := m.Head()
	h.Axon.Hotkey = c.axon.hotkey
	h.Axon.Signature = synapse.Sign(c.axon.cfg.Key, synapse.ResponseText(h))
	err = r.forward(ctx, m, c.send)
	if err == nil && r.streams && !c.sending {
		err = c.startStream()
	}
	if err != nil && ctx.Err() != nil {
		return c.timedOut(err)
	}
	return err
}

func (c *call) timedOut(err error) error {
	return &synapse.Error{Code: synapse.StatusTimeout, Err: err,
		Message: fmt.Sprintf("Response timeout after: %ss", pyval.FloatText(c.msg.Head().Timeout))}
}

func (c *call) wait(ctx context.Context, m synapse.Any) error {
	var priority float64
	if c.route.priority != nil {
		priority = c.route.priority(ctx, m)
	}
	ctx, cancel := context.WithTimeout(ctx, c.axon.cfg.QueueWait)
	defer cancel()
	switch err := c.axon.queue.acquire(ctx, priority); {
	case err == nil:
		return nil
	case errors.Is(err, errOverloaded):
		return &synapse.Error{Code: synapse.StatusUnavailable, Message: "Too many requests, more important ones go first"}
	default:
		return c.timedOut(err)
	}
}

// readBody reads and parses the body, compares its hash with the one that the caller signed, and fills the message.
func (c *call) readBody(m synapse.Any) error {
	limit := c.axon.cfg.MaxBody
	tooLarge := func() error {
		return synapse.Errorf(synapse.StatusTooLarge, "Request body is larger than %d bytes", limit)
	}
	if c.r.ContentLength > limit {
		return tooLarge()
	}
	body, err := io.ReadAll(io.LimitReader(c.r.Body, limit+1))
	c.event.BytesIn = int64(len(body))
	if err != nil {
		return &synapse.Error{Code: synapse.StatusBadRequest, Message: "Request body did not arrive whole", Err: err}
	}
	if int64(len(body)) > limit {
		return tooLarge()
	}
	_ = c.ctl.SetReadDeadline(time.Time{})
	got, err := synapse.Decode(m, body)
	if err != nil {
		return err
	}
	hash, err := got.Hash()
	if err != nil {
		return err
	}
	if want := m.Head().ComputedBodyHash; hash != want {
		return toldf("Hash mismatch between header body hash %s and parsed body hash %s", clip(want), hash)
	}
	m.Head().TotalSize = int64(len(body))
	return got.Fill(m, false)
}

// answer sends the filled message.
func (c *call) answer() error {
	h := c.msg.Head()
	status := h.Axon.StatusCode
	if status == 0 || status == int(synapse.StatusProcessing) {
		status = int(synapse.StatusSuccess)
	}
	if status < 200 || status > 599 {
		return fmt.Errorf("handler of %s set status %d, want 200 to 599", h.Name, status)
	}
	h.Axon.StatusCode = status
	if status == int(synapse.StatusSuccess) && h.Axon.StatusMessage == "" {
		h.Axon.StatusMessage = "Success"
	}
	h.Axon.ProcessTime = time.Since(c.start).Seconds()
	enc, err := synapse.Encode(c.msg)
	if err != nil {
		return err
	}
	body, err := enc.Compact()
	if err != nil {
		return fmt.Errorf("answer of %s: %w", h.Name, err)
	}
	hash, err := enc.BodyHash()
	if err != nil {
		return err
	}
	enc.AddHeaders(c.w.Header(), hash)
	c.event.Status = synapse.Status(status)
	c.write(status, body)
	return nil
}

// refuse answers with an error: {"message": …} and the synapse's headers.
func (c *call) refuse(err error) {
	var e *synapse.Error
	if !errors.As(err, &e) {
		id := newUUID()
		c.axon.cfg.Log.Error("request failed", "id", id, "name", c.event.Name, "hotkey", c.event.Hotkey, "err", err)
		e = &synapse.Error{Code: synapse.StatusInternal, Message: "Internal Server Error #" + id}
	}
	code := int(e.Code)
	if code < 400 || code > 599 {
		code = int(synapse.StatusInternal)
	}
	c.event.Status, c.event.Err = synapse.Status(code), err
	h := &synapse.Info{Name: "Synapse", Timeout: synapse.DefaultTimeout}
	if c.msg != nil {
		h = c.msg.Head()
	}
	h.Axon.StatusCode = code
	h.Axon.StatusMessage = e.Message
	h.Axon.ProcessTime = time.Since(c.start).Seconds()
	h.AddHeaders(c.w.Header(), emptyHash)
	d := new(pyval.Dict)
	d.Set("message", strings.ToValidUTF8(e.Message, "\uFFFD"))
	body, err := pyval.AppendCompact(nil, d)
	if err != nil {
		body = []byte(`{"message":"Internal Server Error"}`)
	}
	c.write(code, body)
}

// emptyHash is the body hash of a class without hash fields.
var emptyHash = func() string { s := sha3.Sum256(nil); return hex.EncodeToString(s[:]) }()

func (c *call) write(status int, body []byte) {
	h := c.w.Header()
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Content-Type", "application/json")
	_ = c.ctl.SetWriteDeadline(time.Now().Add(c.axon.cfg.ReadTimeout + time.Duration(len(body))*time.Microsecond/10))
	c.w.WriteHeader(status)
	n, err := c.w.Write(body)
	c.event.BytesOut += int64(n)
	if err != nil && c.event.Err == nil {
		c.event.Err = err
	}
	_ = c.ctl.SetWriteDeadline(time.Time{})
}

// send puts out one piece of a streamed answer; the first brings the headers along.
func (c *call) send(chunk []byte) error {
	if !c.route.streams {
		return errors.New("the class is not attached as a stream")
	}
	_ = c.ctl.SetWriteDeadline(time.Now().Add(c.axon.cfg.ReadTimeout))
	if !c.sending {
		if err := c.startStream(); err != nil {
			return err
		}
	}
	n, err := c.w.Write(chunk)
	c.event.BytesOut += int64(n)
	if err != nil {
		return err
	}
	return c.ctl.Flush()
}

func (c *call) startStream() error {
	h := c.msg.Head()
	h.Axon.StatusCode, h.Axon.StatusMessage = int(synapse.StatusSuccess), "Success"
	h.Axon.ProcessTime = time.Since(c.start).Seconds()
	enc, err := synapse.Encode(c.msg)
	if err != nil {
		return err
	}
	hash, err := enc.BodyHash()
	if err != nil {
		return err
	}
	enc.AddHeaders(c.w.Header(), hash)
	c.w.Header().Set("Content-Type", "text/event-stream")
	c.w.WriteHeader(http.StatusOK)
	c.sending = true
	return nil
}

// endStream finishes a streamed answer. After an error the connection is cut without the final chunk: the only way left to
// tell the caller.
func (c *call) endStream(err error) {
	c.event.Status, c.event.Err = synapse.StatusSuccess, err
	if err != nil {
		c.event.Status = synapse.CodeOf(err)
		c.axon.cfg.Log.Error("stream failed", "name", c.event.Name, "hotkey", c.event.Hotkey, "err", err)
		panic(http.ErrAbortHandler)
	}
}
