// Command asset is the plainest chaincode that writes: create an asset of a
// few fields under a key that must be new. Acts are measured against it. Its
// settings are those of the bill's chaincode.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

type asset struct {
	Color string `json:"color"`
	ID    string `json:"id"`
	Owner string `json:"owner"`
	Size  int    `json:"size"`
	Value int    `json:"value"`
}

type chaincode struct{}

func (chaincode) Init(shim.ChaincodeStubInterface) *peer.Response { return shim.Success(nil) }

// operators is the collection that every organisation has without defining it.
const operators = "_implicit_org_OperatorMSP"

// Invoke knows CreateAsset(id), and CreatePrivateAsset(id), which writes the
// same into a collection that the operator alone keeps.
func (chaincode) Invoke(stub shim.ChaincodeStubInterface) *peer.Response {
	function, arguments := stub.GetFunctionAndParameters()
	if (function != "CreateAsset" && function != "CreatePrivateAsset") || len(arguments) != 1 {
		return shim.Error("only CreateAsset(id) and CreatePrivateAsset(id) are known")
	}
	id := arguments[0]
	existing, err := stub.GetState(id)
	if err != nil {
		return shim.Error(err.Error())
	}
	if existing != nil {
		return shim.Error("asset " + id + " exists")
	}
	value, err := json.Marshal(asset{Color: "blue", ID: id, Owner: "Tomoko", Size: 5, Value: 300})
	if err != nil {
		return shim.Error(err.Error())
	}
	if err := stub.PutState(id, value); err != nil {
		return shim.Error(err.Error())
	}
	if function == "CreatePrivateAsset" {
		if err := stub.PutPrivateData(operators, id, value); err != nil {
			return shim.Error(err.Error())
		}
	}
	return shim.Success(nil)
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "asset:", err)
		os.Exit(1)
	}
}

func run() error {
	properties := shim.TLSProperties{Disabled: os.Getenv("CHAINCODE_TLS_KEY") == ""}
	if !properties.Disabled {
		for target, name := range map[*[]byte]string{
			&properties.Key: "CHAINCODE_TLS_KEY", &properties.Cert: "CHAINCODE_TLS_CERT", &properties.ClientCACerts: "CHAINCODE_CLIENT_CA",
		} {
			text, err := os.ReadFile(os.Getenv(name))
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			*target = text
		}
	}
	server := &shim.ChaincodeServer{
		CCID: os.Getenv("CHAINCODE_ID"), Address: os.Getenv("CHAINCODE_SERVER_ADDRESS"), CC: chaincode{}, TLSProps: properties,
	}
	return server.Start()
}
