// Package act reads the signed statements that move a bill: acts, receipts,
// approvals, countersignatures, registrations and rotations, each to the byte.
package act

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// The longest statements that are read, in characters. An act is longer: it
// carries a receipt for each container.
const (
	MaxLength    = 32_768
	MaxActLength = 262_144
)

// The kinds of signed statements.
const (
	TypeAct          = "onebill-act+jws"
	TypeReceipt      = "onebill-receipt+jws"
	TypeApproval     = "onebill-approval+jws"
	TypeRegistration = "onebill-registration+jws"
	TypeRotation     = "onebill-rotation+jws"
	TypeRecovery     = "onebill-recovery+jws"
	TypeCancellation = "onebill-recovery-cancellation+jws"
	TypeCountersign  = "onebill-countersignature+jws"
	TypePossession   = "onebill-possession+jws"
)

const scalarLength = 32 // bytes of r, s, x and y on P-256

var (
	order     = elliptic.P256().Params().N
	halfOrder = new(big.Int).Rsh(order, 1)
)

// Statement is a JWS whose form is right; who signed it is still to be asked.
type Statement struct {
	KeyID        string
	payload      map[string]any
	signingInput string
	r, s         *big.Int
}

// ParseStatement reads a compact JWS of one kind: ES256, header and payload
// canonical, a signature of 64 bytes.
func ParseStatement(text, wantedType string) (*Statement, error) {
	longest := MaxLength
	if wantedType == TypeAct {
		longest = MaxActLength
	}
	if len(text) > longest {
		return nil, fmt.Errorf("longer than %d characters", longest)
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return nil, fmt.Errorf("%d parts where a signed statement has three", len(parts))
	}
	keyID, err := parseHeader(parts[0], wantedType)
	if err != nil {
		return nil, err
	}
	payloadText, err := DecodeBase64(parts[1])
	if err != nil {
		return nil, err
	}
	payload, err := parseObject(payloadText)
	if err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	signature, err := DecodeBase64(parts[2])
	if err != nil {
		return nil, err
	}
	if len(signature) != 2*scalarLength {
		return nil, fmt.Errorf("a signature of %d bytes, not 64", len(signature))
	}
	r := new(big.Int).SetBytes(signature[:scalarLength])
	s := new(big.Int).SetBytes(signature[scalarLength:])
	return &Statement{KeyID: keyID, payload: payload, signingInput: parts[0] + "." + parts[1], r: r, s: s}, nil
}

func parseHeader(part, wantedType string) (string, error) {
	text, err := DecodeBase64(part)
	if err != nil {
		return "", err
	}
	header, err := parseObject(text)
	if err != nil {
		return "", fmt.Errorf("header: %w", err)
	}
	m := membersOf(header)
	algorithm := m.text("alg", anyText)
	keyID := m.text("kid", keyIDForm)
	kind := m.text("typ", anyText)
	if err := m.done(); err != nil {
		return "", fmt.Errorf("header: %w", err)
	}
	if algorithm != "ES256" || kind != wantedType {
		return "", fmt.Errorf("header names %s and %s where ES256 and %s are wanted", algorithm, kind, wantedType)
	}
	return keyID, nil
}

func parseObject(text []byte) (map[string]any, error) {
	value, err := jcs.ParseCanonical(text)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("not an object")
	}
	return object, nil
}

// Hash is the statement's identity: SHA-256 over the signing input, hex. A
// second signature over the same statement is the same statement.
func (s *Statement) Hash() string {
	digest := sha256.Sum256([]byte(s.signingInput))
	return hex.EncodeToString(digest[:])
}

// SignedWith says whether the key made the signature, with r and s in range
// and the low s: the other spelling of the same signature is none. The key is
// not asked whether it is the one that the header names.
func (s *Statement) SignedWith(key bill.PublicKey) bool {
	public, err := parsePublicKey(key)
	if err != nil {
		return false
	}
	if s.r.Sign() == 0 || s.r.Cmp(order) >= 0 || s.s.Sign() == 0 || s.s.Cmp(halfOrder) > 0 {
		return false
	}
	digest := sha256.Sum256([]byte(s.signingInput))
	return ecdsa.Verify(public, digest[:], s.r, s.s)
}

// SignedBy says whether the party's live key made the signature and is the
// one that the header names.
func (s *Statement) SignedBy(party bill.Party) bool {
	return s.KeyID == party.KeyID && s.SignedWith(party.PublicKey)
}

// DecodeBase64 reads base64url without padding and with zero spare bits.
func DecodeBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") { // the library's decoder skips them
		return nil, fmt.Errorf("a line break in base64url")
	}
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("not base64url without padding: %w", err)
	}
	return decoded, nil
}
