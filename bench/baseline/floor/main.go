// Command floor measures what one signature costs: the processor time of a
// P-256 verification and of a signature with the library that peers use. It
// prints one line of JSON, microseconds each.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"syscall"
	"time"
)

func main() {
	measure := flag.Duration("measure", time.Second, "time spent on each of both")
	flag.Parse()
	if err := run(*measure); err != nil {
		fmt.Fprintln(os.Stderr, "floor:", err)
		os.Exit(1)
	}
}

func run(measure time.Duration) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	digest := sha256.Sum256([]byte("an endorsement"))
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest[:])
	if err != nil {
		return err
	}
	verify := each(measure, func() { ecdsa.VerifyASN1(&key.PublicKey, digest[:], signature) })
	sign := each(measure, func() { _, _ = ecdsa.SignASN1(rand.Reader, key, digest[:]) })
	return json.NewEncoder(os.Stdout).Encode(map[string]float64{"verify_us": verify, "sign_us": sign})
}

// each returns the microseconds of processor time that one call takes.
func each(measure time.Duration, call func()) float64 {
	count, end, before := 0, time.Now().Add(measure), spent()
	for time.Now().Before(end) {
		for range 50 {
			call()
		}
		count += 50
	}
	return float64((spent() - before).Microseconds()) / float64(count)
}

// spent is the processor time of this process so far: a busy machine takes
// away time, and it is not the signature's.
func spent() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err) // the system always answers for the process itself
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
