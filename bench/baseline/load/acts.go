package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

const (
	lagAttempts = 50
	lagPause    = 20 * time.Millisecond
)

type object = map[string]any

// sending sends one transaction and waits for its commit; the named
// organisations endorse, or those of the whole run where none is named.
type sending func(endorsers []string, function string, arguments ...string) ([]byte, error)

// holder is who may possess a bill, and who endorses what it does with it.
type holder struct {
	pen       *pen.Pen
	endorsers []string
}

// hand is one bill and the parties that hand it on in a circle. Where the same
// organisation vouches for all of them, the bill's policy never changes.
type hand struct {
	send        sending
	channel     string
	reference   string
	circle      []holder
	at          int
	sequence    int64
	headActHash string
}

// players are the parties of a run: one that is operator, shipper and delivery
// agent at once, one to hand the bill to, the carrier with its agent in one,
// and terminal and customs in one, each vouched for by who may.
type players struct{ all, other, carrier, port, atPort, atCarrier *pen.Pen }

// circle is in which order a bill goes round: between two parties of the
// operator's, or from one organisation's party to the next one's.
func (p players) circle(isRotated bool) []holder {
	if !isRotated {
		return []holder{{pen: p.all}, {pen: p.other}}
	}
	return []holder{
		{p.all, []string{operatorMSP, portMSP}},
		{p.atPort, []string{operatorMSP, portMSP}},
		{p.atCarrier, []string{operatorMSP, carrierMSP, portMSP}},
	}
}

func registerPlayers(channel string, operators, carriers, ports *client.Contract) (players, error) {
	rulebook, err := rulebookInForce(operators)
	if err != nil {
		return players{}, err
	}
	p := players{
		pen.New(random()), pen.New(random()), pen.New(random()), pen.New(random()), pen.New(random()), pen.New(random()),
	}
	for _, each := range []struct {
		by        *client.Contract
		vouchedBy string
		party     *pen.Pen
		roles     []string
	}{
		{carriers, carrierMSP, p.carrier, []string{"CARRIER", "CARRIERS_AGENT"}},
		{ports, portMSP, p.port, []string{"CUSTOMS", "TERMINAL"}},
		{operators, operatorMSP, p.all, []string{"DELIVERY_AGENT", "OPERATOR", "SHIPPER"}},
		{operators, operatorMSP, p.other, []string{"CONSIGNEE"}},
		{ports, portMSP, p.atPort, []string{"CONSIGNEE"}},
		{carriers, carrierMSP, p.atCarrier, []string{"CONSIGNEE"}},
	} {
		payload := each.party.Registration(bill.FormatTime(time.Now()), channel, rulebook, each.vouchedBy, each.roles...)
		registration := each.party.Sign(act.TypeRegistration, payload)
		if _, err := each.by.SubmitTransaction("RegisterParty", registration); err != nil {
			return players{}, fmt.Errorf("register a party: %w", err)
		}
	}
	return p, nil
}

// rulebookInForce is what every party signs when it is registered.
func rulebookInForce(contract *client.Contract) (pen.Rulebook, error) {
	answer, err := contract.EvaluateTransaction("GetRules")
	if err != nil {
		return pen.Rulebook{}, fmt.Errorf("read the rules: %w", err)
	}
	var rules bill.Rules
	if err := json.Unmarshal(answer, &rules); err != nil {
		return pen.Rulebook{}, fmt.Errorf("read the rules: %w", err)
	}
	return pen.Rulebook{Version: rules.RulebookVersion, Hash: rules.RulebookHash}, nil
}

// issueBill issues a blank bill over one container to its own issuer.
func issueBill(send sending, channel string, p players, isRotated bool) (*hand, error) {
	all := p.all
	h := &hand{
		send: send, channel: channel, reference: "OB" + base32.StdEncoding.EncodeToString(randomBytes(10)),
		circle: p.circle(isRotated),
	}
	now := bill.FormatTime(time.Now())
	container, document := hexOf(random()), hexOf(random())
	receipt := p.carrier.Sign(act.TypeReceipt, object{
		"channel": channel, "transportDocumentReference": h.reference, "receiptType": "TAKEN_IN_CHARGE", "carrier": p.carrier.Party,
		"legSequence": int64(1), "containerKey": container, "equipmentHash": hexOf("e"), "sealHash": hexOf("s"),
		"placeHash": hexOf("p"), "eventDateTime": now,
	})
	approval := all.Sign(act.TypeApproval, object{
		"channel": channel, "transportDocumentReference": h.reference, "shipper": all.Party, "issueTo": all.Party, "documentHash": document,
		"approvedDateTime": now,
	})
	terms := object{
		"transportDocumentTypeCode": "BOL", "isToOrder": true, "shipper": all.Party, "deliveryAgent": all.Party,
		"carriersAgent": p.carrier.Party, "terminal": p.port.Party, "customs": []any{p.port.Party}, "firstCarrier": p.carrier.Party,
		"documentHash": document, "certificateHash": hexOf("c"), "takingInChargeDate": now[:len(time.DateOnly)],
		"isClean": true, "approval": approval,
		"containers": []any{object{"containerKey": container, "receipt": receipt}},
		"conditions": object{
			"receiverCharges": true, "masterDocuments": true, "customs": true, "terminalCharges": true,
			"generalAverage": false, "gateOne": bill.GateOneSurrenderAccepted,
		},
	}
	return h, h.submit("ISSUE", all.Party, terms)
}

// transfer hands the bill to the next in its circle, one act a call.
func (h *hand) transfer() error {
	next := (h.at + 1) % len(h.circle)
	if err := h.submit("TRANSFER", h.circle[next].pen.Party, object{}); err != nil {
		return err
	}
	h.at = next
	return nil
}

// submit signs the bill's next act and waits until it is committed.
func (h *hand) submit(code, recipient string, terms object) error {
	now := time.Now()
	from := h.circle[h.at]
	payload := object{
		"channel": h.channel, "transportDocumentReference": h.reference, "sequence": h.sequence + 1, "actionCode": code,
		"actor": from.pen.Party, "recipient": recipient, "actionDateTime": bill.FormatTime(now),
		"expiryDateTime": bill.FormatTime(now.Add(time.Hour)), "detailsHash": hexOf("d"), "terms": terms,
	}
	if h.sequence > 0 {
		payload["previousActHash"] = h.headActHash
	}
	hash, err := h.record(from.endorsers, from.pen.Sign(act.TypeAct, payload))
	if err != nil {
		return fmt.Errorf("%s: %w", code, err)
	}
	h.sequence++
	h.headActHash = string(hash)
	return nil
}

// record has a signed act endorsed and committed. The peer that answered for
// the act before may be a block ahead of the others, which then disagree with
// it about the head; as every patient courier does, it asks again.
func (h *hand) record(endorsers []string, signed string) ([]byte, error) {
	for attempt := 1; ; attempt++ {
		hash, err := h.send(endorsers, "SubmitAct", signed)
		var unendorsed *client.EndorseError
		if err == nil || attempt == lagAttempts || !errors.As(err, &unendorsed) {
			return hash, err
		}
		time.Sleep(lagPause)
	}
}

func randomBytes(count int) []byte {
	value := make([]byte, count)
	if _, err := rand.Read(value); err != nil {
		panic(err) // the system has no randomness: nothing can go on
	}
	return value
}

func random() string { return hex.EncodeToString(randomBytes(16)) }

func hexOf(text string) string {
	digest := sha256.Sum256([]byte(text))
	return hex.EncodeToString(digest[:])
}
