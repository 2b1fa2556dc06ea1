package metadata

import (
	"bytes"
	"testing"

	"github.com/myelin-go/myelin/internal/vectors"
)

func TestRecordedMetadataPrintsBack(t *testing.T) {
	for _, name := range []string{"codec/metadata-v14-461.scale", "codec/metadata-v15-461.scale"} {
		raw := vectors.Bytes(t, name)
		m, err := Decode(raw)
		if err != nil {
			t.Fatal(name, err)
		}
		if out := m.Encode(); !bytes.Equal(out, raw) {
			t.Errorf("%s: %d bytes printed back as %d others", name, len(raw), len(out))
		}
		p := m.Pallet("SubtensorModule")
		if p == nil || m.PalletAt(7) != p || m.CallNamed(p, "set_weights").Index != 0 || m.CallAt(p, 0).Name != "set_weights" {
			t.Errorf("%s: SubtensorModule.set_weights is not call 0 of pallet 7", name)
		}
		if e := p.Entry("Bonds"); e == nil || len(e.Hashers) != 2 || e.Hashers[0] != Identity || m.Type(e.Key).Kind != Tuple {
			t.Errorf("%s: SubtensorModule.Bonds is %+v", name, e)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, name := range []string{"codec/metadata-v14-461.scale", "codec/metadata-v15-461.scale"} {
		f.Add(vectors.Bytes(f, name))
	}
	f.Add([]byte("meta\x0e\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := Decode(raw)
		if err != nil {
			if m != nil {
				t.Fatal("a result beside an error")
			}
			return
		}
		if out := m.Encode(); !bytes.Equal(out, raw) {
			t.Fatalf("%x printed back as %x", raw, out)
		}
		if h, err := m.Digest(finney); (err != nil) != (h == [32]byte{}) {
			t.Fatalf("a digest %x beside the error %v", h, err)
		}
	})
}
