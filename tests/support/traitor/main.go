// Traitor: a consenter with real keys that passes its peers' authentication and then lies to them.
//
// It dials every other orderer as Fabric's own orderers do, signs the authentication of the
// cluster's service with the consenter's key, and sends what no honest consenter would: bytes
// that are no message, messages without their parts, proposals that nobody asked for and that
// differ from one listener to the next, votes and views that contradict one another. A line on
// standard output counts, kind by kind, what went out on a stream that then stayed open, and how
// often it was not let in; it goes on until its standard input ends.
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"math/big"
	mathrand "math/rand/v2"
	"os"
	"strconv"
	"strings"
	"time"

	bft "github.com/hyperledger-labs/SmartBFT/smartbftprotos"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"github.com/hyperledger/fabric/orderer/common/cluster"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// So many messages a second to each listener: enough to be in the way, not a flood.
const pause = 20 * time.Millisecond

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "traitor:", err)
		os.Exit(1)
	}
}

func run() error {
	channel := flag.String("channel", "", "the channel whose consenter this is")
	id := flag.Uint64("id", 0, "the consenter's number")
	key := flag.String("key", "", "its signing key, PEM")
	certificate := flag.String("tls-certificate", "", "its TLS certificate, PEM")
	tlsKey := flag.String("tls-key", "", "its TLS key, PEM")
	roots := flag.String("roots", "", "the others' TLS authorities, PEM")
	others := flag.String("others", "", "NUMBER=HOST:PORT of every other consenter, by commas")
	seed := flag.Uint64("seed", 0, "of what is said")
	flag.Parse()
	signer, err := readSigner(*key)
	if err != nil {
		return err
	}
	secure, err := transport(*certificate, *tlsKey, *roots)
	if err != nil {
		return err
	}
	taken := make(chan string)
	for _, other := range strings.Split(*others, ",") {
		number, address, _ := strings.Cut(other, "=")
		to, err := strconv.ParseUint(number, 10, 64)
		if err != nil {
			return err
		}
		connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(secure))
		if err != nil {
			return err
		}
		liar := &liar{
			channel: *channel, id: *id, to: to, signer: signer, taken: taken,
			client: orderer.NewClusterNodeServiceClient(connection),
			chance: mathrand.New(mathrand.NewPCG(*seed, to)),
		}
		go liar.lie()
	}
	go tell(taken)
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// tell prints, kind by kind, how many messages went out on streams that stayed open.
func tell(taken <-chan string) {
	count := map[string]int{}
	for kind := range taken {
		count[kind]++
		fmt.Printf("%s %d\n", kind, count[kind])
	}
}

// liar speaks to one listener.
type liar struct {
	channel string
	id, to  uint64
	signer  *signer
	taken   chan<- string
	client  orderer.ClusterNodeServiceClient
	chance  *mathrand.Rand
}

func (l *liar) lie() {
	for {
		// A listener ends the stream on bytes that are no message: begin again.
		if status.Code(l.stream()) == codes.Unauthenticated {
			l.taken <- "UNAUTHENTICATED"
		}
		time.Sleep(pause)
	}
}

func (l *liar) stream() error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	step, err := l.client.Step(ctx)
	if err != nil {
		return err
	}
	stream := &cluster.NodeClientStream{
		StepClient: step, SourceNodeID: l.id, DestinationNodeID: l.to,
		Signer: l.signer, Channel: l.channel,
	}
	if err := stream.Auth(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() {
		_, err := stream.Recv()
		ended <- err
	}()
	for {
		kind, request := l.lies()
		if stream.Send(request) != nil {
			// Why, is said to who reads.
			return <-ended
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(pause):
			l.taken <- kind
		}
	}
}

// lies draws what is said next, and its name.
func (l *liar) lies() (string, *orderer.StepRequest) {
	if l.chance.IntN(20) == 0 {
		return "BYTES", consensus(l.channel, l.bytes())
	}
	if l.chance.IntN(20) == 0 {
		return "ENVELOPE", &orderer.StepRequest{Payload: &orderer.StepRequest_SubmitRequest{
			SubmitRequest: &orderer.SubmitRequest{
				Channel: l.channel,
				Payload: &common.Envelope{Payload: l.bytes(), Signature: l.bytes()},
			},
		}}
	}
	kind, message := l.message()
	data, err := proto.Marshal(message)
	if err != nil {
		panic(err)
	}
	return kind, consensus(l.channel, data)
}

func consensus(channel string, payload []byte) *orderer.StepRequest {
	return &orderer.StepRequest{Payload: &orderer.StepRequest_ConsensusRequest{
		ConsensusRequest: &orderer.ConsensusRequest{Channel: channel, Payload: payload},
	}}
}

func (l *liar) message() (string, *bft.Message) {
	view, sequence := l.number(), l.number()
	switch l.chance.IntN(12) {
	case 0:
		return "NOTHING", &bft.Message{}
	case 1:
		// Without its parts.
		return "EMPTY", l.empty()
	case 2, 3:
		return "PRE_PREPARE", &bft.Message{Content: &bft.Message_PrePrepare{
			PrePrepare: &bft.PrePrepare{
				View: view, Seq: sequence, Proposal: l.proposal(view, sequence),
				PrevCommitSignatures: l.signatures(),
			},
		}}
	case 4:
		return "PREPARE", &bft.Message{Content: &bft.Message_Prepare{
			Prepare: &bft.Prepare{View: view, Seq: sequence, Digest: l.digest(), Assist: l.coin()},
		}}
	case 5:
		return "COMMIT", &bft.Message{Content: &bft.Message_Commit{
			Commit: &bft.Commit{
				View: view, Seq: sequence, Digest: l.digest(), Assist: l.coin(),
				Signature: l.signatures()[0],
			},
		}}
	case 6:
		return "VIEW_CHANGE", &bft.Message{Content: &bft.Message_ViewChange{
			ViewChange: &bft.ViewChange{NextView: view, Reason: "because"},
		}}
	case 7:
		return "VIEW_DATA", &bft.Message{Content: &bft.Message_ViewData{
			ViewData: l.viewData(view, sequence),
		}}
	case 8:
		return "NEW_VIEW", &bft.Message{Content: &bft.Message_NewView{
			NewView: &bft.NewView{SignedViewData: []*bft.SignedViewData{
				l.viewData(view, sequence), l.viewData(view, sequence), {},
			}},
		}}
	case 9:
		return "HEARTBEAT", &bft.Message{Content: &bft.Message_HeartBeat{
			HeartBeat: &bft.HeartBeat{View: view, Seq: sequence},
		}}
	case 10:
		return "HEARTBEAT_RESPONSE", &bft.Message{Content: &bft.Message_HeartBeatResponse{
			HeartBeatResponse: &bft.HeartBeatResponse{View: view},
		}}
	default:
		return "STATE", &bft.Message{Content: &bft.Message_StateTransferResponse{
			StateTransferResponse: &bft.StateTransferResponse{ViewNum: view, Sequence: sequence},
		}}
	}
}

func (l *liar) empty() *bft.Message {
	return []*bft.Message{
		{Content: &bft.Message_PrePrepare{PrePrepare: &bft.PrePrepare{}}},
		{Content: &bft.Message_Commit{Commit: &bft.Commit{}}},
		{Content: &bft.Message_ViewData{ViewData: &bft.SignedViewData{}}},
		{Content: &bft.Message_NewView{NewView: &bft.NewView{}}},
		{Content: &bft.Message_StateTransferRequest{
			StateTransferRequest: &bft.StateTransferRequest{},
		}},
	}[l.chance.IntN(5)]
}

// number draws a view or a sequence: mostly one that may be current, now and then a huge one.
func (l *liar) number() uint64 {
	switch l.chance.IntN(8) {
	case 0:
		return math.MaxUint64 - uint64(l.chance.IntN(3))
	case 1:
		return uint64(l.chance.IntN(1 << 30))
	default:
		return uint64(l.chance.IntN(60))
	}
}

func (l *liar) proposal(view, sequence uint64) *bft.Proposal {
	metadata := must(proto.Marshal(&bft.ViewMetadata{
		ViewId: view, LatestSequence: sequence, BlackList: []uint64{l.to},
	}))
	header := must(asn1.Marshal(struct {
		Number             *big.Int
		Previous, DataHash []byte
	}{new(big.Int).SetUint64(sequence), l.bytes(), l.bytes()}))
	return &bft.Proposal{
		Header: header, Payload: l.bytes(), Metadata: metadata,
		VerificationSequence: uint64(l.chance.IntN(3)),
	}
}

func (l *liar) signatures() []*bft.Signature {
	said := l.bytes()
	return []*bft.Signature{
		{Signer: l.id, Value: must(l.signer.Sign(said)), Msg: said},
		{Signer: l.to, Value: l.bytes(), Msg: said},
	}
}

func (l *liar) viewData(view, sequence uint64) *bft.SignedViewData {
	raw := must(proto.Marshal(&bft.ViewData{
		NextView: view, LastDecision: l.proposal(view, sequence),
		LastDecisionSignatures: l.signatures(),
		InFlightProposal:       l.proposal(view, sequence+1), InFlightPrepared: l.coin(),
	}))
	return &bft.SignedViewData{RawViewData: raw, Signer: l.id, Signature: must(l.signer.Sign(raw))}
}

func (l *liar) digest() string {
	return fmt.Sprintf("%x", sha256.Sum256(l.bytes()))
}

func (l *liar) coin() bool {
	return l.chance.IntN(2) == 0
}

func (l *liar) bytes() []byte {
	data := make([]byte, 1+l.chance.IntN(2000))
	for at := range data {
		data[at] = byte(l.chance.Uint32())
	}
	return data
}

// signer signs as the consenter that it was.
type signer struct {
	key *ecdsa.PrivateKey
}

func readSigner(path string) (*signer, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no PEM in " + path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, isEC := parsed.(*ecdsa.PrivateKey)
	if !isEC {
		return nil, errors.New("no EC key in " + path)
	}
	return &signer{key}, nil
}

// Sign signs with a low S, as Fabric wants it.
func (s *signer) Sign(message []byte) ([]byte, error) {
	digest := sha256.Sum256(message)
	r, low, err := ecdsa.Sign(rand.Reader, s.key, digest[:])
	if err != nil {
		return nil, err
	}
	order := s.key.Params().N
	if low.Cmp(new(big.Int).Rsh(order, 1)) > 0 {
		low.Sub(order, low)
	}
	return asn1.Marshal(struct{ R, S *big.Int }{r, low})
}

func transport(certificate, key, roots string) (credentials.TransportCredentials, error) {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(roots)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(data) {
		return nil, errors.New("no certificates in " + roots)
	}
	return credentials.NewTLS(&tls.Config{
		Certificates: []tls.Certificate{pair}, RootCAs: pool, ServerName: "localhost",
		MinVersion: tls.VersionTLS12,
	}), nil
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}
