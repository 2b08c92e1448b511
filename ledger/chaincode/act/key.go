package act

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"fmt"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// Thumbprint is the key id of a public key: RFC 7638 with SHA-256, base64url.
func Thumbprint(key bill.PublicKey) (string, error) {
	canonical, err := jcs.Marshal(key)
	if err != nil {
		return "", err
	}
	digest := sha256.Sum256(canonical)
	return base64.RawURLEncoding.EncodeToString(digest[:]), nil
}

// parsePublicKey reads a point that lies on P-256.
func parsePublicKey(key bill.PublicKey) (*ecdsa.PublicKey, error) {
	if key.Curve != "P-256" || key.Type != "EC" {
		return nil, fmt.Errorf("a key %s on %s where EC on P-256 is wanted", key.Type, key.Curve)
	}
	point := []byte{4} // uncompressed
	for _, coordinate := range []string{key.X, key.Y} {
		decoded, err := DecodeBase64(coordinate)
		if err != nil {
			return nil, err
		}
		if len(decoded) != scalarLength {
			return nil, fmt.Errorf("a coordinate of %d bytes, not 32", len(decoded))
		}
		point = append(point, decoded...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("the key is not a point of P-256: %w", err)
	}
	return public, nil
}

// readPublicKey reads the member of that name and checks key id and point.
func readPublicKey(m *members, keyID string) bill.PublicKey {
	inner := m.object("publicKey")
	key := bill.PublicKey{
		Curve: inner.text("crv", anyText),
		Type:  inner.text("kty", anyText),
		X:     inner.text("x", keyIDForm),
		Y:     inner.text("y", keyIDForm),
	}
	if err := inner.done(); err != nil {
		m.fail("publicKey: %v", err)
		return key
	}
	if _, err := parsePublicKey(key); err != nil {
		m.fail("publicKey: %v", err)
		return key
	}
	thumbprint, err := Thumbprint(key)
	if err != nil {
		m.fail("publicKey: %v", err)
	} else if thumbprint != keyID {
		m.fail("kid is not the thumbprint of publicKey")
	}
	return key
}
