package contract

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// pageSize is how many acts one answer of GetActs holds at most.
const pageSize = 50

var nonceForm = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,64}$`)

// version answers with the contract's name and the version of its rules. It
// reads nothing: whoever has every organisation endorse it knows that the
// network is ready.
func version(shim.ChaincodeStubInterface, []string) ([]byte, error) {
	return []byte(Name + " 1"), nil
}

// attest answers with what stands on the bill now, for peers to sign. It reads
// the bill, and the recoveries of possessor and title holder, and no other key;
// it writes nothing.
func attest(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	reference, nonce := arguments[0], arguments[1]
	if !nonceForm.MatchString(nonce) {
		return nil, bill.Refuse(bill.NonceMalformed, "a nonce is 1 to 64 characters of A-Z, a-z, 0-9 and ._~-")
	}
	record, err := readBill(stub, reference)
	if err != nil {
		return nil, err
	}
	pending, err := isRecoveryPending(stub, record.Possessor, record.TitleHolder)
	if err != nil {
		return nil, err
	}
	now, err := transactionTime(stub)
	if err != nil {
		return nil, err
	}
	return jcs.Encode(map[string]any{
		"asOf":                       bill.FormatTime(now),
		"chaincode":                  Name,
		"channel":                    stub.GetChannelID(),
		"headActHash":                record.HeadActHash,
		"hold":                       record.Held(),
		"nonce":                      nonce,
		"pledge":                     record.Pledge != nil,
		"possessor":                  string(record.Possessor),
		"recoveryPending":            pending,
		"sequence":                   record.Sequence,
		"state":                      string(record.State),
		"titleHolder":                string(record.TitleHolder),
		"transportDocumentReference": reference,
	})
}

// getBill answers with {"bill": record, "acts": what the party may do next}.
// Without a party, acts is empty.
func getBill(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	record, err := readBill(stub, arguments[0])
	if err != nil {
		return nil, err
	}
	possible := []bill.Possibility{}
	if len(arguments) == 2 {
		now, err := transactionTime(stub)
		if err != nil {
			return nil, err
		}
		party, err := readParty(stub, arguments[1])
		if err != nil {
			return nil, err
		}
		possible = record.Possible(party, now)
	}
	return jcs.Marshal(struct {
		Acts []bill.Possibility `json:"acts"`
		Bill *bill.Bill         `json:"bill"`
	}{possible, record})
}

// getParty answers with the record of a party.
func getParty(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	party, err := readParty(stub, arguments[0])
	if err != nil {
		return nil, err
	}
	return jcs.Marshal(party)
}

// recordedAct is an act as GetActs answers it, with the transaction in which
// it was recorded, and who keeps the key that signed it.
type recordedAct struct {
	Act           string          `json:"act"`
	KeyCustody    bill.KeyCustody `json:"keyCustody"`
	Sequence      int64           `json:"sequence"`
	TransactionID string          `json:"transactionId"`
}

// getActs answers with {"acts": [...], "more": boolean}: the bill's acts from
// a sequence number on, fifty at most.
func getActs(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	reference := arguments[0]
	from, err := strconv.ParseInt(arguments[1], 10, 64)
	if err != nil || from < 1 {
		return nil, bill.Refuse(bill.RequestMalformed, "the first sequence number is not an integer from 1")
	}
	record, err := readBill(stub, reference)
	if err != nil {
		return nil, err
	}
	last := min(record.Sequence, from+pageSize-1)
	answer := struct {
		Acts []recordedAct `json:"acts"`
		More bool          `json:"more"`
	}{Acts: []recordedAct{}, More: last < record.Sequence}
	actors := &reader{}
	for sequence := from; sequence <= last; sequence++ {
		history, err := historyOf(stub, actKey(reference, sequence))
		if err != nil {
			return nil, err
		}
		if len(history) != 1 {
			return nil, fmt.Errorf("act %d of bill %s was written %d times", sequence, reference, len(history))
		}
		custody, err := custodyOf(stub, actors, string(history[0].value))
		if err != nil {
			return nil, err
		}
		answer.Acts = append(answer.Acts, recordedAct{
			Act: string(history[0].value), KeyCustody: custody, Sequence: sequence, TransactionID: history[0].transactionID,
		})
	}
	return jcs.Marshal(answer)
}

// custodyOf says who keeps the key that signed an act.
func custodyOf(stub shim.ChaincodeStubInterface, actors *reader, signed string) (bill.KeyCustody, error) {
	a, err := act.Parse(signed)
	if err != nil {
		return "", err
	}
	actors.want(partyKey(a.Actor))
	if err := actors.read(stub); err != nil {
		return "", err
	}
	parties, err := actors.parties([]bill.PartyID{a.Actor})
	if err != nil {
		return "", err
	}
	return parties[a.Actor].CustodyOf(a.Statement.KeyID), nil
}

// getPartyTransactions answers with {"transactions": [ids]}: all that made the
// party's record what it is, oldest first. Before the one that completed a
// recovery stands the one with which it began.
func getPartyTransactions(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error) {
	party, err := readParty(stub, arguments[0])
	if err != nil {
		return nil, err
	}
	history, err := historyOf(stub, partyKey(party.Party))
	if err != nil {
		return nil, err
	}
	ids := make([]any, 0, len(history))
	had := map[string]bool{}
	for _, change := range slices.Backward(history) { // the ledger answers newest first
		var then bill.Party
		if err := json.Unmarshal(change.value, &then); err != nil {
			return nil, fmt.Errorf("record of party %s: %w", party.Party, err)
		}
		for _, key := range then.AllKeys() {
			if !had[key.KeyID] && key.How == bill.ByRecovery {
				began, err := transactionOfRecovery(stub, party.Party, key.KeyID)
				if err != nil {
					return nil, err
				}
				ids = append(ids, began)
			}
			had[key.KeyID] = true
		}
		ids = append(ids, change.transactionID)
	}
	return jcs.Encode(map[string]any{"transactions": ids})
}

type change struct {
	transactionID string
	value         []byte
}

// historyOf lists the values that a key has had, newest first.
func historyOf(stub shim.ChaincodeStubInterface, key string) (changes []change, err error) {
	iterator, err := stub.GetHistoryForKey(key)
	if err != nil {
		return nil, fmt.Errorf("read history: %w", err)
	}
	defer func() {
		if closeErr := iterator.Close(); err == nil {
			err = closeErr
		}
	}()
	for iterator.HasNext() {
		modification, err := iterator.Next()
		if err != nil {
			return nil, fmt.Errorf("read history: %w", err)
		}
		changes = append(changes, change{modification.TxId, modification.Value})
	}
	return changes, nil
}

func readBill(stub shim.ChaincodeStubInterface, reference string) (*bill.Bill, error) {
	unknown := bill.Refuse(bill.Unknown, "there is no bill %s", reference)
	if !act.IsBillReference(reference) {
		return nil, unknown
	}
	value, err := stub.GetState(billKey(reference))
	if err != nil {
		return nil, fmt.Errorf("read bill: %w", err)
	}
	if value == nil {
		return nil, unknown
	}
	record := &bill.Bill{}
	if err := json.Unmarshal(value, record); err != nil {
		return nil, fmt.Errorf("record of bill %s: %w", reference, err)
	}
	return record, nil
}

func readParty(stub shim.ChaincodeStubInterface, id string) (bill.Party, error) {
	unknown := bill.Refuse(bill.PartyUnknown, "no party %s is registered", id)
	if !act.IsParty(id) {
		return bill.Party{}, unknown
	}
	value, err := stub.GetState(partyKey(bill.PartyID(id)))
	if err != nil {
		return bill.Party{}, fmt.Errorf("read party: %w", err)
	}
	if value == nil {
		return bill.Party{}, unknown
	}
	var party bill.Party
	if err := json.Unmarshal(value, &party); err != nil {
		return bill.Party{}, fmt.Errorf("record of party %s: %w", id, err)
	}
	return party, nil
}
