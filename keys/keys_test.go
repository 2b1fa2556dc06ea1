package keys

import "testing"

func TestPublishedDerivations(t *testing.T) {
	const leopard = "old leopard transfer rib spatial phone calm indicate online fire caution review"
	for uri, want := range map[string]string{
		leopard:             "5HDvhV6WDCjCKyrXqGQSDYqQAzkzabNhctmiDYEqgBC66BsX",
		leopard + "//Alice": "5FEiH8iuDUw271xbqWTWuB6WrDjv5dnCeDX1CyHubAniXDNN",
		leopard + "/Alice":  "5GNXbA46ma5dg19GXdiKi5JH3mnkZ8Yea3bBtZAvj7t99P9i",
		"//Alice":           "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
		"//PathNameLongerThan32BytesWhichShouldBeHashed": "5GR5pfZeNs1uQiSWVxZaQiZou3wdZiX894eqgvfNfHbEh7W2",
	} {
		p, err := FromURI(uri)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.Public().String(); got != want {
			t.Errorf("%q gives %v, want %v", uri, got, want)
		}
		msg := []byte("x")
		sig := p.Sign(msg)
		if !Verify(Sr25519, p.Public(), msg, sig) {
			t.Errorf("%q: own signature refused", uri)
		}
	}
}
