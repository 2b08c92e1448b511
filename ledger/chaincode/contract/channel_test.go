package contract

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/ledger/queryresult"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/pen"
)

// fakeChannel is a channel in memory: the state that transactions have left.
type fakeChannel struct {
	t        *testing.T
	now      time.Time
	state    map[string][]byte
	policies map[string][]byte
	history  map[string][]*queryresult.KeyModification
	count    int
}

func newChannel(t *testing.T) *fakeChannel {
	return &fakeChannel{
		t: t, now: time.Date(2026, 11, 23, 8, 0, 0, 500, time.UTC),
		state: map[string][]byte{}, policies: map[string][]byte{}, history: map[string][]*queryresult.KeyModification{},
	}
}

// transaction is one simulation: it sees the state of the channel and notes
// what it reads and writes. Functions that it does not have fail the test by a
// nil call.
type transaction struct {
	shim.ChaincodeStubInterface
	channel   *fakeChannel
	id        string
	submitter string
	arguments []string
	reads     []string
	trips     int // round trips to the peer for reading
	writes    map[string][]byte
	deletes   map[string]bool
	policies  map[string][]byte
	events    map[string]string
	batch     int
}

// simulate runs a function without recording anything.
func (c *fakeChannel) simulate(submitter, function string, arguments ...string) (*transaction, *peer.Response) {
	c.count++
	tx := &transaction{
		channel: c, id: fmt.Sprintf("tx-%d", c.count), submitter: submitter, arguments: append([]string{function}, arguments...),
		writes: map[string][]byte{}, deletes: map[string]bool{}, policies: map[string][]byte{}, events: map[string]string{},
	}
	return tx, Chaincode{}.Invoke(tx)
}

// submit runs a function that must succeed, and records what it wrote.
func (c *fakeChannel) submit(submitter, function string, arguments ...string) (*transaction, string) {
	c.t.Helper()
	tx, response := c.simulate(submitter, function, arguments...)
	if response.Status != shim.OK {
		c.t.Fatalf("%s was answered %d %s", function, response.Status, response.Message)
	}
	for key, value := range tx.writes {
		c.state[key] = value
		modification := &queryresult.KeyModification{TxId: tx.id, Value: value}
		c.history[key] = append([]*queryresult.KeyModification{modification}, c.history[key]...)
	}
	for key := range tx.deletes {
		delete(c.state, key)
	}
	maps.Copy(c.policies, tx.policies)
	c.now = c.now.Add(time.Second)
	return tx, string(response.Payload)
}

// refuse runs a function that must be refused for that reason and must write
// nothing at all.
func (c *fakeChannel) refuse(reason bill.Reason, submitter, function string, arguments ...string) string {
	c.t.Helper()
	tx, response := c.simulate(submitter, function, arguments...)
	var answer struct{ Message, Reason string }
	if response.Status != statusRefused || json.Unmarshal([]byte(response.Message), &answer) != nil {
		c.t.Fatalf("%s: wanted %s, got %d %s", function, reason, response.Status, response.Message)
	}
	if answer.Reason != string(reason) || answer.Message == "" || response.Payload != nil {
		c.t.Fatalf("%s: wanted %s, got %s", function, reason, response.Message)
	}
	if len(tx.writes)+len(tx.deletes)+len(tx.policies)+len(tx.events) != 0 {
		c.t.Fatalf("%s was refused and left a trace: %v %v %v %v", function, tx.writes, tx.deletes, tx.policies, tx.events)
	}
	return answer.Message
}

func (c *fakeChannel) bill(reference string) *bill.Bill {
	c.t.Helper()
	record := &bill.Bill{}
	if err := json.Unmarshal(c.state["BILL_"+reference], record); err != nil {
		c.t.Fatalf("bill %s: %v", reference, err)
	}
	return record
}

func (tx *transaction) GetFunctionAndParameters() (string, []string) {
	return tx.arguments[0], tx.arguments[1:]
}
func (tx *transaction) GetChannelID() string { return "onebill" }
func (tx *transaction) GetTxTimestamp() (*timestamppb.Timestamp, error) {
	return timestamppb.New(tx.channel.now), nil
}
func (tx *transaction) GetCreator() ([]byte, error) {
	return proto.Marshal(&msp.SerializedIdentity{Mspid: tx.submitter})
}

func (tx *transaction) GetState(key string) ([]byte, error) {
	values, err := tx.GetMultipleStates(key)
	return values[0], err
}

func (tx *transaction) GetMultipleStates(keys ...string) ([][]byte, error) {
	tx.trips++
	values := make([][]byte, len(keys))
	for i, key := range keys {
		if slices.Contains(tx.reads, key) {
			tx.channel.t.Errorf("%s is read twice", key)
		}
		tx.reads = append(tx.reads, key)
		values[i] = tx.channel.state[key]
	}
	return values, nil
}

func (tx *transaction) PutState(key string, value []byte) error {
	tx.writes[key] = value
	return nil
}

func (tx *transaction) DelState(key string) error {
	tx.deletes[key] = true
	return nil
}

func (tx *transaction) SetStateValidationParameter(key string, policy []byte) error {
	tx.policies[key] = policy
	return nil
}

func (tx *transaction) SetEvent(name string, payload []byte) error {
	tx.events[name] = string(payload)
	return nil
}

func (tx *transaction) StartWriteBatch() { tx.batch++ }

func (tx *transaction) FinishWriteBatch() error {
	tx.batch--
	return nil
}

func (tx *transaction) GetHistoryForKey(key string) (shim.HistoryQueryIteratorInterface, error) {
	return &fakeHistory{tx.channel.history[key]}, nil
}

type fakeHistory struct {
	rest []*queryresult.KeyModification
}

func (h *fakeHistory) HasNext() bool { return len(h.rest) > 0 }
func (h *fakeHistory) Close() error  { return nil }
func (h *fakeHistory) Next() (*queryresult.KeyModification, error) {
	next := h.rest[0]
	h.rest = h.rest[1:]
	return next, nil
}

// The cast: who vouches for each, and its role.
var cast = map[string]struct{ vouchedBy, role string }{
	"operator":        {Operator, "OPERATOR"},
	"seller":          {Operator, "SHIPPER"},
	"first-bank":      {Operator, "BANK"},
	"issuing-bank":    {PartnerPort, "BANK"},
	"buyer":           {PartnerPort, "CONSIGNEE"},
	"delivery-agent":  {PartnerPort, "DELIVERY_AGENT"},
	"terminal":        {PartnerPort, "TERMINAL"},
	"customs":         {PartnerPort, "CUSTOMS"},
	"home-customs":    {Port, "CUSTOMS"},
	"haulier":         {Carrier, "CARRIER"},
	"line":            {Carrier, "CARRIER"},
	"carriers-agent":  {Carrier, "CARRIERS_AGENT"},
	"trader-at-home":  {Port, "CONSIGNEE"},
	"carriers-trader": {Carrier, "CONSIGNEE"},
}

const (
	reference = "OBABCDEFGHIJKLMNOP"
	otherBill = "OBPONMLKJIHGFEDCBA"
)

var (
	box      = strings.Repeat("b0", 32)
	document = strings.Repeat("d0", 32)
	aHash    = strings.Repeat("a0", 32)
	passHash = strings.Repeat("e0", 32)
)

type object = map[string]any

// table is a channel with the cast registered, and their pens.
type table struct {
	*fakeChannel
	pens map[string]*pen.Pen
}

func newTable(t *testing.T) *table {
	t.Helper()
	c := &table{newChannel(t), map[string]*pen.Pen{}}
	c.agreeOnRules(rules())
	for _, name := range slices.Sorted(maps.Keys(cast)) {
		c.pens[name] = pen.New(name)
		c.submit(cast[name].vouchedBy, "RegisterParty", c.registration(name))
	}
	return c
}

var rulebook = pen.Rulebook{Version: 1, Hash: strings.Repeat("f0", 32)}

const recoveryDelay = 72 * time.Hour

// rules are those that the founding organisations agree on.
func rules() object {
	return object{
		"organisations": []any{
			object{"kind": "CARRIER", "mspId": Carrier}, object{"kind": "OPERATOR", "mspId": Operator},
			object{"kind": "PORT", "mspId": PartnerPort}, object{"kind": "PORT", "mspId": Port},
		},
		"recoveryDelaySeconds": int64(recoveryDelay / time.Second),
		"rulebookHash":         rulebook.Hash, "rulebookVersion": rulebook.Version,
	}
}

// agreeOnRules has three founding organisations ask for the same.
func (c *fakeChannel) agreeOnRules(rules object) {
	c.t.Helper()
	for _, organisation := range []string{PartnerPort, Operator, Carrier} {
		c.submit(organisation, "SetRules", string(pen.JSON(rules)))
	}
}

func (c *table) registration(name string) string {
	return c.registrationOf(c.pens[name], cast[name].vouchedBy, cast[name].role)
}

func (c *table) registrationOf(newcomer *pen.Pen, vouchedBy string, roles ...string) string {
	return newcomer.Sign("onebill-registration+jws", newcomer.Registration(c.at(0), "onebill", rulebook, vouchedBy, roles...))
}

func (c *table) party(name string) string { return c.pens[name].Party }

func (c *table) at(offset time.Duration) string { return bill.FormatTime(c.now.Add(offset)) }

// payload is an act that follows the head of the bill.
func (c *table) payload(reference, code, actor, recipient string, terms object) object {
	if terms == nil {
		terms = object{}
	}
	payload := object{
		"channel": "onebill", "transportDocumentReference": reference, "sequence": int64(1), "actionCode": code,
		"actor": c.party(actor), "actionDateTime": c.at(0), "expiryDateTime": c.at(time.Hour),
		"detailsHash": aHash, "terms": terms,
	}
	if recipient != "" {
		payload["recipient"] = c.party(recipient)
	}
	if c.state["BILL_"+reference] != nil {
		record := c.bill(reference)
		payload["sequence"] = record.Sequence + 1
		payload["previousActHash"] = record.HeadActHash
	}
	return payload
}

func (c *table) act(code, actor, recipient string, terms object) string {
	return c.pens[actor].Sign("onebill-act+jws", c.payload(reference, code, actor, recipient, terms))
}

func (c *table) receipt(reference, kind, carrier string, leg int64, boxKey string) string {
	return c.pens[carrier].Sign("onebill-receipt+jws", object{
		"channel": "onebill", "transportDocumentReference": reference, "receiptType": kind, "carrier": c.party(carrier),
		"legSequence": leg, "containerKey": boxKey, "equipmentHash": aHash, "sealHash": aHash, "placeHash": aHash,
		"eventDateTime": c.at(0),
	})
}

func (c *table) approval(reference, issueTo string) string {
	return c.pens["seller"].Sign("onebill-approval+jws", object{
		"channel": "onebill", "transportDocumentReference": reference, "shipper": c.party("seller"),
		"issueTo": c.party(issueTo), "endorsee": c.party("issuing-bank"), "documentHash": document, "approvedDateTime": c.at(0),
	})
}

func (c *table) issueTerms(reference string) object {
	return object{
		"transportDocumentTypeCode": "BOL", "isToOrder": true, "shipper": c.party("seller"),
		"endorsee": c.party("issuing-bank"), "deliveryAgent": c.party("delivery-agent"),
		"carriersAgent": c.party("carriers-agent"), "terminal": c.party("terminal"),
		"customs": []any{c.party("customs")}, "firstCarrier": c.party("haulier"), "documentHash": document,
		"certificateHash": aHash, "takingInChargeDate": c.now.Format(time.DateOnly), "isClean": true,
		"containers": []any{object{"containerKey": box, "receipt": c.receipt(reference, "TAKEN_IN_CHARGE", "haulier", 1, box)}},
		"approval":   c.approval(reference, "seller"),
		"conditions": object{
			"receiverCharges": true, "masterDocuments": true, "customs": true, "terminalCharges": true,
			"generalAverage": false, "gateOne": "SURRENDER_ACCEPTED",
		},
	}
}

func (c *table) issueAct(reference string) string {
	return c.pens["operator"].Sign("onebill-act+jws",
		c.payload(reference, "ISSUE", "operator", "seller", c.issueTerms(reference)))
}

func (c *table) do(code, actor, recipient string, terms object) (*transaction, string) {
	c.t.Helper()
	return c.submit(Carrier, "SubmitAct", c.act(code, actor, recipient, terms))
}

func issuedTable(t *testing.T) *table {
	t.Helper()
	c := newTable(t)
	c.submit(Operator, "SubmitAct", c.issueAct(reference))
	return c
}

func (c *table) surrenderTerms() object {
	return object{"surrenderRequestReference": "S-1", "deliverTo": c.party("buyer")}
}

func (c *table) releaseTerms() object {
	return object{"passHash": passHash, "containerKeys": []any{box}, "validUntil": c.at(24 * time.Hour)}
}

// surrendered brings the bill to the buyer and through its surrender.
func (c *table) surrendered() *table {
	c.t.Helper()
	c.do("TRANSFER", "seller", "issuing-bank", nil)
	c.do("ENDORSE_TO_ORDER", "issuing-bank", "buyer", nil)
	c.do("TRANSFER", "issuing-bank", "buyer", nil)
	c.do("SURRENDER_FOR_DELIVERY", "buyer", "delivery-agent", c.surrenderTerms())
	c.do("ACCEPT_SURRENDER", "delivery-agent", "", object{"surrenderRequestReference": "S-1"})
	return c
}

func (c *table) released() *table {
	c.t.Helper()
	c.surrendered()
	c.do("RELEASE_CUSTOMS", "customs", "", nil)
	c.do("RELEASE_MASTER", "carriers-agent", "", nil)
	c.do("CONFIRM_PAYMENT", "terminal", "", object{"of": "TERMINAL"})
	c.do("CONFIRM_PAYMENT", "operator", "", object{"of": "RECEIVER_CHARGES"})
	c.do("RELEASE_TERMINAL", "delivery-agent", "haulier", c.releaseTerms())
	return c
}

func keysOf[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func mustHaveKeys(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s %v, wanted %v", what, got, want)
	}
}
