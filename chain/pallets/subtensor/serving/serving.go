// Package serving keeps where neurons can be reached: their axons, the keys for encrypted connections, and their metrics.
//
// It deliberately opens no connection: it only notes what hotkeys say.
package serving

import (
	"github.com/myelin-go/myelin/bt"
	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/stakepool"
	"github.com/myelin-go/myelin/chain/pallets/subtensor/state"
	"github.com/myelin-go/myelin/scale"
)

// Room runs the calls of this package.
type Room struct{ *stakepool.Pools }

// ServeAxon is the call's arguments. IPv4 addresses stand in the low 32 bits of IP.
type ServeAxon struct {
	NetUID       bt.NetUID `name:"netuid"`
	Version      uint32
	IP           scale.Uint128
	Port         uint16
	IPType       uint8
	Protocol     uint8
	Placeholder1 uint8 `name:"placeholder1"`
	Placeholder2 uint8 `name:"placeholder2"`
}

// ServeAxonTLS is the call's arguments.
type ServeAxonTLS struct {
	NetUID       bt.NetUID `name:"netuid"`
	Version      uint32
	IP           scale.Uint128
	Port         uint16
	IPType       uint8
	Protocol     uint8
	Placeholder1 uint8 `name:"placeholder1"`
	Placeholder2 uint8 `name:"placeholder2"`
	Certificate  []byte
}

// Axon is the arguments without the certificate.
func (a ServeAxonTLS) Axon() ServeAxon {
	return ServeAxon{
		NetUID: a.NetUID, Version: a.Version, IP: a.IP, Port: a.Port, IPType: a.IPType, Protocol: a.Protocol,
		Placeholder1: a.Placeholder1, Placeholder2: a.Placeholder2,
	}
}

// ServePrometheus is the call's arguments.
type ServePrometheus struct {
	NetUID  bt.NetUID `name:"netuid"`
	Version uint32
	IP      scale.Uint128
	Port    uint16
	IPType  uint8
}

// ServeAxon notes where the signer, a registered hotkey, listens.
func (r *Room) ServeAxon(c *frame.Ctx, a ServeAxon) error {
	hotkey, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.CheckAxon(c, hotkey, a); err != nil {
		return err
	}
	r.serve(c, hotkey, a)
	return nil
}

// longestCertificate is one byte for the algorithm and 64 of the key.
const longestCertificate = 65

// ServeAxonTLS is ServeAxon with a key for encrypted connections. One that is empty or too long is not noted.
func (r *Room) ServeAxonTLS(c *frame.Ctx, a ServeAxonTLS) error {
	hotkey, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.CheckAxon(c, hotkey, a.Axon()); err != nil {
		return err
	}
	if n := len(a.Certificate); n > 0 && n <= longestCertificate {
		r.Storage.NeuronCertificates.Set(c.State, a.NetUID, hotkey, state.NeuronCertificate{
			Algorithm: a.Certificate[0], PublicKey: a.Certificate[1:],
		})
	}
	r.serve(c, hotkey, a.Axon())
	return nil
}

func (r *Room) serve(c *frame.Ctx, hotkey bt.AccountID, a ServeAxon) {
	r.Storage.Axons.Set(c.State, a.NetUID, hotkey, state.AxonInfo{
		Block: stakepool.Now(c), Version: a.Version, IP: a.IP, Port: a.Port, IPType: a.IPType, Protocol: a.Protocol,
		Placeholder1: a.Placeholder1, Placeholder2: a.Placeholder2,
	})
	r.Event.AxonServed.Emit(c, state.AxonServed{NetUID: a.NetUID, Hotkey: hotkey})
}

// ServePrometheus notes where the signer serves its metrics.
func (r *Room) ServePrometheus(c *frame.Ctx, a ServePrometheus) error {
	hotkey, err := c.Signer()
	if err != nil {
		return err
	}
	if err := r.CheckPrometheus(c, hotkey, a); err != nil {
		return err
	}
	r.Storage.Prometheus.Set(c.State, a.NetUID, hotkey, state.PrometheusInfo{
		Block: stakepool.Now(c), Version: a.Version, IP: a.IP, Port: a.Port, IPType: a.IPType,
	})
	r.Event.PrometheusServed.Emit(c, state.PrometheusServed{NetUID: a.NetUID, Hotkey: hotkey})
	return nil
}

// CheckAxon tells why an axon cannot be noted, or nil. An address of 0 takes an axon down.
func (r *Room) CheckAxon(c *frame.Ctx, hotkey bt.AccountID, a ServeAxon) error {
	switch {
	case !r.Storage.Uids.Has(c.State, a.NetUID, hotkey):
		return r.Error.HotKeyNotRegisteredInNetwork
	case !knownType(a.IPType):
		return r.Error.InvalidIpType
	case !reachable(a.IPType, a.IP):
		return r.Error.InvalidIpAddress
	case r.tooSoon(c, a.NetUID, r.lastAxon(c, a.NetUID, hotkey)):
		return r.Error.ServingRateLimitExceeded
	case a.Port == 0:
		return r.Error.InvalidPort
	}
	return nil
}

// CheckPrometheus tells why a metrics endpoint cannot be noted, or nil.
func (r *Room) CheckPrometheus(c *frame.Ctx, hotkey bt.AccountID, a ServePrometheus) error {
	last, _ := r.Storage.Prometheus.TryGet(c.State, a.NetUID, hotkey)
	switch {
	case !knownType(a.IPType):
		return r.Error.InvalidIpType
	case a.IP == scale.Uint128{} || !reachable(a.IPType, a.IP):
		return r.Error.InvalidIpAddress
	case !r.Storage.Uids.Has(c.State, a.NetUID, hotkey):
		return r.Error.HotKeyNotRegisteredInNetwork
	case r.tooSoon(c, a.NetUID, last.Block):
		return r.Error.ServingRateLimitExceeded
	case a.Port == 0:
		return r.Error.InvalidPort
	}
	return nil
}

func (r *Room) lastAxon(c *frame.Ctx, netuid bt.NetUID, hotkey bt.AccountID) uint64 {
	axon, _ := r.Storage.Axons.TryGet(c.State, netuid, hotkey)
	return axon.Block
}

// tooSoon tells whether the pause since the block last is not over; 0 stands for never.
func (r *Room) tooSoon(c *frame.Ctx, netuid bt.NetUID, last uint64) bool {
	limit := r.Storage.ServingRateLimit.Get(c.State, netuid)
	return limit != 0 && last != 0 && stakepool.Now(c)-min(last, stakepool.Now(c)) < limit
}

// The kinds of addresses.
const (
	ipv4 = 4
	ipv6 = 6
)

func knownType(t uint8) bool { return t == ipv4 || t == ipv6 }

// reachable refuses the addresses that name nobody else: the highest ones and a machine's own.
func reachable(t uint8, ip scale.Uint128) bool {
	const (
		broadcast = 1<<32 - 1
		localhost = 0x7f000001
	)
	switch t {
	case ipv4:
		return ip.Hi == 0 && ip.Lo < broadcast && ip.Lo != localhost
	case ipv6:
		return ip != scale.Uint128{Lo: 1<<64 - 1, Hi: 1<<64 - 1} && ip != scale.Uint128{Lo: 1}
	}
	return true
}
