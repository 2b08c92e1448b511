// Command chaincode serves the contract of the bill to a peer, as a service of
// its own. Settings come from the environment:
//
//	CHAINCODE_ID              package id, as the peer knows it
//	CHAINCODE_SERVER_ADDRESS  host:port to listen on
//	CHAINCODE_TLS_KEY         file of the server's key; without it, no TLS
//	CHAINCODE_TLS_CERT        file of the server's certificate
//	CHAINCODE_CLIENT_CA       file of the roots that the peer's certificate
//	                          must chain to; without it, none is asked for
//
// It answers gRPC health checks on the same address.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hyperledger/fabric-chaincode-go/v2/shim"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"

	"onebill/ledger/chaincode/contract"
)

const (
	maxMessageBytes = 100 << 20 // what the peer may send, as in Fabric itself
	drainTime       = 2 * time.Second
)

type settings struct {
	chaincodeID, address       string
	key, certificate, clientCA string // files, empty: none
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "chaincode:", err)
		os.Exit(1)
	}
}

func run() error {
	s := settings{
		chaincodeID: os.Getenv("CHAINCODE_ID"),
		address:     os.Getenv("CHAINCODE_SERVER_ADDRESS"),
		key:         os.Getenv("CHAINCODE_TLS_KEY"),
		certificate: os.Getenv("CHAINCODE_TLS_CERT"),
		clientCA:    os.Getenv("CHAINCODE_CLIENT_CA"),
	}
	if s.chaincodeID == "" || s.address == "" {
		return errors.New("CHAINCODE_ID and CHAINCODE_SERVER_ADDRESS must be set")
	}
	options := []grpc.ServerOption{
		grpc.MaxRecvMsgSize(maxMessageBytes),
		grpc.MaxSendMsgSize(maxMessageBytes),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: time.Minute, Timeout: 20 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: time.Minute, PermitWithoutStream: true}),
	}
	if s.key != "" {
		transport, err := s.transport()
		if err != nil {
			return err
		}
		options = append(options, grpc.Creds(credentials.NewTLS(transport)))
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := grpc.NewServer(options...)
	peer.RegisterChaincodeServer(server, &shim.ChaincodeServer{CCID: s.chaincodeID, CC: contract.Chaincode{}})
	grpc_health_v1.RegisterHealthServer(server, health.NewServer())
	return serve(server, listener)
}

// serve answers until it is told to stop; then it takes nothing new, and the
// peer's long-lived stream is cut after a moment.
func serve(server *grpc.Server, listener net.Listener) error {
	stop, release := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer release()
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	slog.Info("serving", "address", listener.Addr().String())
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-stop.Done():
	}
	cut := time.AfterFunc(drainTime, server.Stop)
	defer cut.Stop()
	server.GracefulStop()
	return nil
}

func (s settings) transport() (*tls.Config, error) {
	certificate, err := tls.LoadX509KeyPair(s.certificate, s.key)
	if err != nil {
		return nil, fmt.Errorf("read TLS certificate: %w", err)
	}
	transport := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if s.clientCA == "" {
		return transport, nil
	}
	roots, err := os.ReadFile(s.clientCA)
	if err != nil {
		return nil, fmt.Errorf("read client roots: %w", err)
	}
	transport.ClientCAs = x509.NewCertPool()
	if !transport.ClientCAs.AppendCertsFromPEM(roots) {
		return nil, errors.New("CHAINCODE_CLIENT_CA holds no certificate")
	}
	transport.ClientAuth = tls.RequireAndVerifyClientCert
	return transport, nil
}
