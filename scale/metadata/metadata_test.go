package metadata

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"testing"
)

func golden(t testing.TB, name string) []byte {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestRecordedMetadataPrintsBack(t *testing.T) {
	for _, name := range []string{"metadata-v14-461.scale.gz", "metadata-v15-461.scale.gz"} {
		raw := golden(t, name)
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
	for _, name := range []string{"metadata-v14-461.scale.gz", "metadata-v15-461.scale.gz"} {
		f.Add(golden(f, name))
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
	})
}
