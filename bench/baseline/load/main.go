// Command load drives one chaincode through a peer's Gateway, each worker
// waiting for the commit of its transaction before it sends the next, and
// prints what it measured as one line of JSON.
//
// Workloads: `create-asset` writes new assets with the baseline chaincode;
// `create-private-asset` puts them into the operator's implicit collection too;
// `transfer` hands bills to and fro, one bill a worker, the policy unchanged;
// `rotate` hands them round parties of three organisations, so that every act
// changes the policy.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
)

const (
	operatorMSP    = "OperatorMSP"
	carrierMSP     = "CarrierMSP"
	portMSP        = "PortMSP"
	leaderAttempts = 40
	leaderPause    = 250 * time.Millisecond
)

type plan struct {
	place
	endorsers                []string
	carrierPeer, carrierKeys string // host:port, and the directory of the carrier's keys
	portPeer, portKeys       string // the same of the port
	workload                 string
	workers                  int
	warmUp, measure          time.Duration
}

// measured is what one run found.
type measured struct {
	Workload     string  `json:"workload"`
	Workers      int     `json:"workers"`
	Seconds      float64 `json:"seconds"`
	Transactions int     `json:"transactions"`
	All          int     `json:"all"` // committed in the whole run, before and after measuring too
	Failed       int     `json:"failed"`
	PerSecond    float64 `json:"per_second"`
	MedianMS     float64 `json:"median_ms"`
	P95MS        float64 `json:"p95_ms"`
	P99MS        float64 `json:"p99_ms"`
	FirstFailure string  `json:"first_failure,omitempty"`
}

// step sends one transaction and waits for its commit.
type step func() error

func main() {
	var p plan
	flag.StringVar(&p.workload, "workload", "transfer", "create-asset, create-private-asset, transfer or rotate")
	flag.IntVar(&p.workers, "workers", 64, "transactions under way at once")
	flag.DurationVar(&p.warmUp, "warm-up", 3*time.Second, "time before measuring begins")
	flag.DurationVar(&p.measure, "measure", 15*time.Second, "time measured")
	flag.StringVar(&p.peer, "peer", "", "host:port of the peer")
	flag.StringVar(&p.mspID, "msp", "OperatorMSP", "MSP id of the client")
	flag.StringVar(&p.tlsRoots, "tls-roots", "", "file of the peer's TLS roots")
	flag.StringVar(&p.tlsCertificate, "tls-certificate", "", "file of the client's TLS certificate")
	flag.StringVar(&p.tlsKey, "tls-key", "", "file of the client's TLS key")
	flag.StringVar(&p.certificate, "certificate", "", "file of the client's certificate")
	flag.StringVar(&p.key, "key", "", "file of the client's key")
	flag.StringVar(&p.carrierPeer, "carrier-peer", "", "host:port of the carrier's peer; for transfer")
	flag.StringVar(&p.carrierKeys, "carrier-keys", "", "directory of the carrier's TLS roots and client; for transfer")
	flag.StringVar(&p.portPeer, "port-peer", "", "host:port of the port's peer; for transfer")
	flag.StringVar(&p.portKeys, "port-keys", "", "directory of the port's TLS roots and client; for transfer")
	flag.StringVar(&p.channel, "channel", "onebill", "channel")
	flag.StringVar(&p.chaincode, "chaincode", "bill", "chaincode")
	flag.Func("endorse", "organisations that endorse, by MSP id and comma; the Gateway's own choice otherwise", func(names string) error {
		p.endorsers = strings.Split(names, ",")
		return nil
	})
	flag.Parse()
	found, err := p.run()
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err == nil && found.Failed > 0 {
		err = fmt.Errorf("%d transactions failed: %s", found.Failed, found.FirstFailure)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// voucher is the place of an organisation that vouches for some of the parties.
func (p plan) voucher(mspID, peer, keys string) place {
	client := filepath.Join(keys, "client")
	return place{
		peer: peer, mspID: mspID, channel: p.channel, chaincode: p.chaincode,
		tlsRoots:       filepath.Join(keys, "tls-ca.pem"),
		tlsCertificate: filepath.Join(client, "tls", "client.crt"),
		tlsKey:         filepath.Join(client, "tls", "client.key"),
		certificate:    filepath.Join(client, "certificate.pem"),
		key:            filepath.Join(client, "key.pem"),
	}
}

func (p plan) run() (measured, error) {
	contract, shut, err := p.connect()
	if err != nil {
		return measured{}, err
	}
	defer shut()
	steps, err := p.prepare(contract)
	if err != nil {
		return measured{}, err
	}
	found := p.drive(steps)
	if p.workload == "transfer" || p.workload == "rotate" {
		found.All += p.workers // the bills' issue
	}
	return found, nil
}

// prepare makes one endless source of transactions for each worker.
func (p plan) prepare(contract *client.Contract) ([]step, error) {
	switch p.workload {
	case "create-asset":
		return p.prepareAssets(contract, "CreateAsset"), nil
	case "create-private-asset":
		return p.prepareAssets(contract, "CreatePrivateAsset"), nil
	case "transfer", "rotate":
		return p.prepareBills(contract)
	}
	return nil, fmt.Errorf("no workload %q", p.workload)
}

func (p plan) prepareAssets(contract *client.Contract, function string) []step {
	send, steps := p.through(contract), make([]step, p.workers)
	for i := range steps {
		steps[i] = func() error {
			_, err := send(nil, function, random())
			return err
		}
	}
	return steps
}

func (p plan) prepareBills(contract *client.Contract) ([]step, error) {
	carriers, shut, err := p.voucher(carrierMSP, p.carrierPeer, p.carrierKeys).connect()
	if err != nil {
		return nil, err
	}
	defer shut()
	ports, shutPorts, err := p.voucher(portMSP, p.portPeer, p.portKeys).connect()
	if err != nil {
		return nil, err
	}
	defer shutPorts()
	parties, err := registerPlayers(p.channel, contract, carriers, ports)
	var unsubmitted *client.SubmitError
	for attempt := 1; attempt < leaderAttempts && errors.As(err, &unsubmitted); attempt++ {
		// The orderer is choosing its leader; others are registered then.
		time.Sleep(leaderPause)
		parties, err = registerPlayers(p.channel, contract, carriers, ports)
	}
	if err != nil {
		return nil, err
	}
	steps, failures := make([]step, p.workers), make([]error, p.workers)
	var working sync.WaitGroup
	for i := range p.workers {
		working.Go(func() {
			bill, err := issueBill(p.through(contract), p.channel, parties, p.workload == "rotate")
			failures[i] = err
			steps[i] = bill.transfer
		})
	}
	working.Wait()
	return steps, errors.Join(failures...)
}

// through sends by a contract, endorsed by the named organisations.
func (p plan) through(contract *client.Contract) sending {
	return func(endorsers []string, function string, arguments ...string) ([]byte, error) {
		if len(endorsers) == 0 {
			endorsers = p.endorsers
		}
		options := []client.ProposalOption{client.WithArguments(arguments...)}
		if len(endorsers) > 0 {
			options = append(options, client.WithEndorsingOrganizations(endorsers...))
		}
		return contract.Submit(function, options...)
	}
}

// drive lets every worker send until time is up, and counts what was
// committed after the warm-up. A worker that fails stops.
func (p plan) drive(steps []step) measured {
	begin := time.Now().Add(p.warmUp)
	end := begin.Add(p.measure)
	found := measured{Workload: p.workload, Workers: p.workers}
	var latencies []time.Duration
	var noting sync.Mutex
	var working sync.WaitGroup
	for _, send := range steps {
		working.Go(func() {
			for time.Now().Before(end) {
				sent := time.Now()
				err := send()
				committed := time.Now()
				noting.Lock()
				if err != nil {
					found.Failed++
					found.FirstFailure = describe(err)
				} else if found.All++; committed.After(begin) && committed.Before(end) {
					latencies = append(latencies, committed.Sub(sent))
				}
				noting.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	working.Wait()
	found.Seconds = p.measure.Seconds()
	found.Transactions = len(latencies)
	found.PerSecond = float64(len(latencies)) / found.Seconds
	found.MedianMS, found.P95MS, found.P99MS = quantile(latencies, 0.5), quantile(latencies, 0.95), quantile(latencies, 0.99)
	return found
}

// describe tells where a transaction failed, and with which code where it was
// committed as invalid.
func describe(err error) string {
	var commit *client.CommitError
	if errors.As(err, &commit) {
		return fmt.Sprintf("committed with code %d %s", int32(commit.Code), commit.Code)
	}
	said := err.Error()
	var unendorsed *client.EndorseError
	if errors.As(err, &unendorsed) {
		for _, each := range unendorsed.GRPCStatus().Details() {
			said += fmt.Sprintf("; %v", each)
		}
	}
	return said
}

func quantile(latencies []time.Duration, share float64) float64 {
	if len(latencies) == 0 {
		return 0
	}
	slices.Sort(latencies)
	at := latencies[int(share*float64(len(latencies)-1))]
	return float64(at.Microseconds()) / 1000
}
