// Command independent serves the contracts "aimable" (documents 000 and 001) and
// "fastapi_platform" (document 002) from memory.
package main

import (
	_ "embed"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

//go:embed choices.yaml
var choicesFile string

// words collects the values of a flag that may be given several times.
type words []string

func (w *words) String() string { return strings.Join(*w, " ") }

func (w *words) Set(value string) error {
	*w = append(*w, value)
	return nil
}

func main() {
	var chosen, contracts words
	port := flag.Int("port", 0, "TCP port, 0 for any that is free")
	flag.Var(&chosen, "choice", "name=value of choices.yaml; repeatable")
	flag.Var(&contracts, "contract", "aimable or fastapi_platform; repeatable (default both)")
	flag.Parse()

	settings, err := readChoices(choicesFile, chosen)
	if err != nil {
		log.Fatal(err)
	}
	if len(contracts) == 0 {
		contracts = words{"aimable", "fastapi_platform"}
	}
	web := &web{settings: settings}
	for _, contract := range contracts {
		switch contract {
		case "aimable":
			newAimable(settings).register(web)
		case "fastapi_platform":
			newPlatform(settings).register(web)
		default:
			log.Fatalf("unknown contract %q: aimable or fastapi_platform", contract)
		}
	}

	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	server := &http.Server{Handler: web, ReadHeaderTimeout: 10 * time.Second}
	server.SetKeepAlivesEnabled(!settings.is("connections", "closed"))
	log.Fatal(server.Serve(listener))
}
