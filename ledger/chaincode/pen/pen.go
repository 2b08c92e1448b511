// Package pen signs what a party would sign with its own key, for tests and
// the load generator. The contract itself holds no key and signs nothing.
package pen

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"maps"
	"math/big"
	"strings"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// Pen is a party's id and key.
type Pen struct {
	Party string
	KeyID string
	Key   bill.PublicKey
	key   *ecdsa.PrivateKey
}

// New makes a party id out of a name, and a new key.
func New(name string) *Pen {
	digest := sha256.Sum256([]byte(name))
	id := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(digest[:16])
	p := &Pen{Party: "P" + id}
	p.NewKey()
	return p
}

// NewKey gives the party another key.
func (p *Pen) NewKey() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	point, err := key.PublicKey.Bytes()
	if err != nil {
		panic(err)
	}
	p.key = key
	p.Key = bill.PublicKey{Curve: "P-256", Type: "EC", X: Base64(point[1:33]), Y: Base64(point[33:])}
	if p.KeyID, err = act.Thumbprint(p.Key); err != nil {
		panic(err)
	}
}

// Sign writes a JWS of that kind over the payload.
func (p *Pen) Sign(kind string, payload map[string]any) string {
	header := map[string]any{"alg": "ES256", "kid": p.KeyID, "typ": kind}
	return p.SignText(string(JSON(header)), string(JSON(payload)))
}

// SignText signs header and payload as they are, right or wrong.
func (p *Pen) SignText(header, payload string) string {
	input := Base64([]byte(header)) + "." + Base64([]byte(payload))
	r, s := p.Scalars(input)
	return input + "." + Base64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// Scalars are r and low s of a signature over the input.
func (p *Pen) Scalars(input string) (r, s *big.Int) {
	digest := sha256.Sum256([]byte(input))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, digest[:])
	if err != nil {
		panic(err)
	}
	order := elliptic.P256().Params().N
	if s.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
		s.Sub(order, s)
	}
	return r, s
}

// Rulebook is the version and the hash of a rulebook that parties sign.
type Rulebook struct {
	Version int64
	Hash    string
}

// Registration is the payload of the party's registration.
func (p *Pen) Registration(at, channel string, rulebook Rulebook, vouchedBy string, roles ...string) map[string]any {
	list := make([]any, len(roles))
	for i, role := range roles {
		list[i] = role
	}
	hash := strings.Repeat("0", 64) // of evidence that only the organisation that vouches has seen
	return map[string]any{
		"actionDateTime": at, "channel": channel, "identityHash": hash, "keyCustody": string(bill.OwnKey),
		"kid": p.KeyID, "party": p.Party, "publicKey": p.PublicKey(), "roles": list,
		"rulebookHash": rulebook.Hash, "rulebookVersion": rulebook.Version, "screeningHash": hash,
		"vouchingOrganisation": vouchedBy,
	}
}

// Countersign is the pen's word on the whole of a signed act.
func (p *Pen) Countersign(signedAct string) string {
	return p.Sign(act.TypeCountersign, map[string]any{"actHash": signingHash(signedAct)})
}

// Show adds to a statement the pen's word that the key which it names is here.
func (p *Pen) Show(statement map[string]any) map[string]any {
	shown := maps.Clone(statement)
	shown["possession"] = p.Sign(act.TypePossession, map[string]any{"statementHash": Hash(statement)})
	return shown
}

// Hash is SHA-256 of a statement's canonical encoding, hex.
func Hash(statement map[string]any) string {
	digest := sha256.Sum256(JSON(statement))
	return hex.EncodeToString(digest[:])
}

// Watched is the payload of a registration that asks for four eyes.
func (p *Pen) Watched(registration map[string]any, approver *Pen) map[string]any {
	watched := maps.Clone(registration)
	watched["approverKey"] = map[string]any{"kid": approver.KeyID, "publicKey": approver.PublicKey()}
	return approver.Show(watched)
}

func signingHash(token string) string {
	digest := sha256.Sum256([]byte(token[:strings.LastIndex(token, ".")]))
	return hex.EncodeToString(digest[:])
}

// PublicKey is the key as members of an object.
func (p *Pen) PublicKey() map[string]any {
	return map[string]any{"crv": p.Key.Curve, "kty": p.Key.Type, "x": p.Key.X, "y": p.Key.Y}
}

// JSON is the canonical encoding of a value.
func JSON(value any) []byte {
	text, err := jcs.Encode(value)
	if err != nil {
		panic(err)
	}
	return text
}

// Base64 is base64url without padding.
func Base64(value []byte) string {
	return base64.RawURLEncoding.EncodeToString(value)
}
