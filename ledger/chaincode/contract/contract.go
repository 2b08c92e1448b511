// Package contract puts the law of the bill on a Fabric channel: it reads the
// records that an act needs, asks the law, and writes what follows.
package contract

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"unicode/utf8"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"

	"onebill/ledger/chaincode/act"
	"onebill/ledger/chaincode/bill"
	"onebill/ledger/chaincode/jcs"
)

// Name is the chaincode's name on the channel.
const Name = "bill"

// statusRefused answers a request that the law refuses: below 500, which is
// kept for faults.
const statusRefused = 400

// maxArgumentLength is the longest argument that is looked at, in bytes: that
// of a signed act.
const maxArgumentLength = act.MaxActLength

// function is one transaction or query of the contract.
type function struct {
	arguments []int // the numbers of arguments that it takes
	call      func(stub shim.ChaincodeStubInterface, arguments []string) ([]byte, error)
}

var functions = map[string]function{
	"SubmitAct":            {[]int{1, 2}, submitAct},
	"RegisterParty":        {[]int{1}, registerParty},
	"RotateKey":            {[]int{1}, rotateKey},
	"RecoverKey":           {[]int{1}, recoverKey},
	"CancelRecovery":       {[]int{1}, cancelRecovery},
	"CompleteRecovery":     {[]int{2}, completeRecovery},
	"SetPartyStatus":       {[]int{3}, setPartyStatus},
	"SetRules":             {[]int{1}, setRules},
	"Attest":               {[]int{2}, attest},
	"GetBill":              {[]int{1, 2}, getBill},
	"GetParty":             {[]int{1}, getParty},
	"GetRecoveries":        {[]int{1}, getRecoveries},
	"GetRules":             {[]int{0}, getRules},
	"GetPartyTransactions": {[]int{1}, getPartyTransactions},
	"GetActs":              {[]int{2}, getActs},
	"Version":              {[]int{0}, version},
}

// Chaincode is the contract as the peer sees it.
type Chaincode struct{}

// Init does nothing: the channel begins empty.
func (Chaincode) Init(shim.ChaincodeStubInterface) *peer.Response {
	return shim.Success(nil)
}

// Invoke runs one transaction or query. A refusal is answered with status 400
// and the JSON {"message", "reason"}; anything unforeseen with 500.
func (Chaincode) Invoke(stub shim.ChaincodeStubInterface) (response *peer.Response) {
	defer func() {
		if fault := recover(); fault != nil {
			slog.Error("fault", "cause", fault, "stack", string(debug.Stack()))
			response = shim.Error(fmt.Sprintf("fault: %v", fault))
		}
	}()
	payload, err := invoke(stub)
	if err == nil {
		return shim.Success(payload)
	}
	var refusal *bill.Refusal
	if !errors.As(err, &refusal) {
		return shim.Error(err.Error())
	}
	message, err := jcs.Encode(map[string]any{"message": refusal.Message, "reason": string(refusal.Reason)})
	if err != nil {
		return shim.Error(err.Error())
	}
	return &peer.Response{Status: statusRefused, Message: string(message)}
}

func invoke(stub shim.ChaincodeStubInterface) ([]byte, error) {
	name, arguments := stub.GetFunctionAndParameters()
	f, known := functions[name]
	if !known {
		return nil, bill.Refuse(bill.RequestMalformed, "the contract has no function %q", name)
	}
	for _, argument := range arguments {
		if len(argument) > maxArgumentLength {
			return nil, bill.Refuse(bill.RequestMalformed, "an argument is longer than %d bytes", maxArgumentLength)
		}
		if !utf8.ValidString(argument) {
			return nil, bill.Refuse(bill.RequestMalformed, "an argument is not UTF-8")
		}
	}
	for _, count := range f.arguments {
		if len(arguments) == count {
			return f.call(stub, arguments)
		}
	}
	return nil, bill.Refuse(bill.RequestMalformed, "%s does not take %d arguments", name, len(arguments))
}
