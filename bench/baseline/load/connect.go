package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-gateway/pkg/hash"
	"github.com/hyperledger/fabric-gateway/pkg/identity"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

// place says whose peer is spoken to, and as whom.
type place struct {
	peer, mspID                          string
	tlsRoots, tlsCertificate, tlsKey     string // files
	certificate, key, channel, chaincode string
}

// connect opens a Gateway connection with the deadlines of a patient client.
func (p place) connect() (*client.Contract, func(), error) {
	transport, err := p.transport()
	if err != nil {
		return nil, nil, err
	}
	connection, err := grpc.NewClient(p.peer, grpc.WithTransportCredentials(credentials.NewTLS(transport)))
	if err != nil {
		return nil, nil, fmt.Errorf("connect to the peer: %w", err)
	}
	id, sign, err := p.identity()
	if err != nil {
		return nil, nil, err
	}
	gateway, err := client.Connect(id,
		client.WithSign(sign), client.WithHash(hash.SHA256), client.WithClientConnection(connection),
		client.WithEndorseTimeout(30*time.Second), client.WithSubmitTimeout(30*time.Second),
		client.WithCommitStatusTimeout(time.Minute), client.WithEvaluateTimeout(30*time.Second))
	if err != nil {
		return nil, nil, fmt.Errorf("connect to the Gateway: %w", err)
	}
	shut := func() {
		_ = gateway.Close()
		_ = connection.Close()
	}
	return gateway.GetNetwork(p.channel).GetContract(p.chaincode), shut, nil
}

func (p place) transport() (*tls.Config, error) {
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(p.tlsRoots)
	if err != nil {
		return nil, fmt.Errorf("read TLS roots: %w", err)
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, errors.New("the TLS roots hold no certificate")
	}
	own, err := tls.LoadX509KeyPair(p.tlsCertificate, p.tlsKey)
	if err != nil {
		return nil, fmt.Errorf("read TLS certificate: %w", err)
	}
	return &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{own}, MinVersion: tls.VersionTLS12}, nil
}

func (p place) identity() (*identity.X509Identity, identity.Sign, error) {
	pem, err := os.ReadFile(p.certificate)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate: %w", err)
	}
	certificate, err := identity.CertificateFromPEM(pem)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate: %w", err)
	}
	id, err := identity.NewX509Identity(p.mspID, certificate)
	if err != nil {
		return nil, nil, fmt.Errorf("read certificate: %w", err)
	}
	pem, err = os.ReadFile(p.key)
	if err != nil {
		return nil, nil, fmt.Errorf("read key: %w", err)
	}
	key, err := identity.PrivateKeyFromPEM(pem)
	if err != nil {
		return nil, nil, fmt.Errorf("read key: %w", err)
	}
	sign, err := identity.NewPrivateKeySign(key)
	if err != nil {
		return nil, nil, fmt.Errorf("read key: %w", err)
	}
	return id, sign, nil
}
