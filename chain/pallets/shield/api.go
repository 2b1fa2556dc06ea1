package shield

import (
	"crypto/mlkem"

	"github.com/myelin-go/myelin/chain/frame"
	"github.com/myelin-go/myelin/scale"
)

type (
	uxtArg  struct{ Uxt frame.Extrinsic }
	hashArg struct{ KeyHash [16]byte }
	openArg struct {
		DecKeyBytes []byte
		ShieldedTx  Envelope
	}
)

type methods struct {
	TryDecodeShieldedTx       frame.Method[uxtArg, scale.Option[Envelope]]         `doc:"The envelope that a signed submit_encrypted carries. The signature is not verified."`
	IsShieldedUsingCurrentKey frame.Method[hashArg, bool]                          `doc:"Whether the next block's author can open what was encrypted with a key."`
	TryUnshieldTx             frame.Method[openArg, scale.Option[frame.Extrinsic]] `doc:"The extrinsic in an envelope, by the 64 bytes that a secret key of ML-KEM-768 is expanded from."`
}

// API is the pallet's runtime functions.
func (p *Pallet) API() frame.API {
	m := &methods{}
	m.TryDecodeShieldedTx.Handle(func(_ *frame.Ctx, a uxtArg) scale.Option[Envelope] {
		carrier, ok := a.Uxt.Call.Args.(*SubmitEncrypted)
		if !ok || !a.Uxt.IsSigned() {
			return scale.None[Envelope]()
		}
		e, err := ParseEnvelope(carrier.Ciphertext)
		return scale.Option[Envelope]{Set: err == nil, Value: e}
	})
	m.IsShieldedUsingCurrentKey.Handle(func(c *frame.Ctx, a hashArg) bool { return p.Opens(c.State, a.KeyHash) })
	m.TryUnshieldTx.Handle(func(c *frame.Ctx, a openArg) scale.Option[frame.Extrinsic] {
		secret, err := mlkem.NewDecapsulationKey768(a.DecKeyBytes)
		if err != nil {
			return scale.None[frame.Extrinsic]()
		}
		plain, err := a.ShieldedTx.Open(secret)
		if err != nil {
			return scale.None[frame.Extrinsic]()
		}
		d := scale.NewDecoder(plain)
		d.Context = c.Env.Table
		var x frame.Extrinsic
		x.DecodeScale(d)
		return scale.Option[frame.Extrinsic]{Set: d.Err() == nil, Value: x}
	})
	return frame.API{Name: "ShieldApi", Version: 1, Methods: m}
}
