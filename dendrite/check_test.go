package dendrite_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/myelin-go/myelin/dendrite"
	"github.com/myelin-go/myelin/keys"
	"github.com/myelin-go/myelin/synapse"
)

// TestChecksTheAxonsSignature answers as axons that lack, borrow or repeat a signature.
func TestChecksTheAxonsSignature(t *testing.T) {
	bob, charlie := pair(t, "//Bob"), pair(t, "//Charlie")
	for _, c := range []struct {
		name              string
		key               *keys.Pair // nil does not sign
		age               time.Duration
		present, required synapse.Status
	}{
		{"good", bob, 0, 200, 200},
		{"none", nil, 0, 200, 401},
		{"another's", charlie, 0, 401, 401},
		{"old", bob, time.Hour, 401, 401},
		{"from the future", bob, -time.Hour, 401, 401},
	} {
		t.Run(c.name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				m := synapse.New(synapse.Ping{})
				if err := m.ReadHeaders(r.Header); err != nil {
					t.Error(err)
				}
				m.Axon.StatusCode, m.Axon.StatusMessage = 200, "Success"
				m.Axon.Nonce, m.Axon.UUID = time.Now().Add(-c.age).UnixNano(), "u"
				if c.key != nil {
					m.Axon.Signature = synapse.Sign(c.key, synapse.ResponseText(&m.Info))
				}
				m.Axon.Hotkey = charlie.Public().String() // what it calls itself must not count
				w.Header().Set("Content-Type", "application/json")
				m.AddHeaders(w.Header(), "")
				_, _ = w.Write([]byte("{}"))
			}))
			defer srv.Close()
			to := dendrite.Target{Addr: srv.Listener.Addr().(*net.TCPAddr).AddrPort(), Hotkey: bob.Public()}
			for check, want := range map[dendrite.Check]synapse.Status{dendrite.CheckNothing: 200, dendrite.CheckPresent: c.present, dendrite.CheckRequired: c.required} {
				d := client(t, dendrite.Config{Check: check})
				m, err := dendrite.Call(t.Context(), d, to, synapse.Ping{})
				if synapse.CodeOf(err) != want || m.Dendrite.StatusCode != int(want) {
					t.Errorf("check %d: %v, head says %d, want %d", check, err, m.Dendrite.StatusCode, want)
				}
				if m.Axon.Hotkey != bob.Public().String() {
					t.Errorf("the axon renamed itself %s", m.Axon.Hotkey)
				}
				d.Close()
			}
		})
	}
}

func TestNewRefusesKeysThatAxonsCannotVerify(t *testing.T) {
	ed, err := keys.FromURIScheme(keys.Ed25519, "//Alice")
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []*keys.Pair{nil, ed} {
		if _, err := dendrite.New(dendrite.Config{Key: key}); err == nil {
			t.Errorf("made a dendrite with key %v", key)
		}
	}
}
