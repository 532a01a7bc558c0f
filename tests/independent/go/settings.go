package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// settings holds the value of every choice.
type settings map[string]string

func (s settings) is(name, value string) bool { return s[name] == value }

// status is the HTTP status that a choice gives.
func (s settings) status(name string) int {
	var status int
	if _, err := fmt.Sscanf(s[name], "%d", &status); err != nil {
		panic(fmt.Sprintf("choice %s is not a status: %q", name, s[name]))
	}
	return status
}

var choiceLine = regexp.MustCompile(`(?m)^- \{name: (\w+), .*?values: \[(.*?)\], default: "?(\w+)"?,`)

// readChoices takes the defaults of choices.yaml, which has one choice a line, and those chosen.
func readChoices(file string, chosen []string) (settings, error) {
	result := settings{}
	offered := map[string][]string{}
	for _, match := range choiceLine.FindAllStringSubmatch(file, -1) {
		result[match[1]] = match[3]
		offered[match[1]] = strings.Split(strings.ReplaceAll(match[2], `"`, ""), ", ")
	}
	for _, each := range chosen {
		name, value, _ := strings.Cut(each, "=")
		known := false
		for _, candidate := range offered[name] {
			known = known || candidate == value
		}
		if !known {
			return nil, fmt.Errorf("unknown choice %q: %s has the values %v", each, name, offered[name])
		}
		result[name] = value
	}
	return result, nil
}

// newID makes an identifier for a new connector or sync.
func (s settings) newID(prefix string) string {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		panic(err)
	}
	switch s["ids"] {
	case "prefixed":
		return prefix + "_" + hex.EncodeToString(random[:12])
	case "uuid7":
		millis := uint64(time.Now().UnixMilli())
		for i := 0; i < 6; i++ {
			random[i] = byte(millis >> (40 - 8*i))
		}
		random[6] = random[6]&0x0f | 0x70
	default:
		random[6] = random[6]&0x0f | 0x40
	}
	random[8] = random[8]&0x3f | 0x80
	text := hex.EncodeToString(random)
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

// now is the time of a change, in the resolution of the clock.
func (s settings) now() stamp {
	now := time.Now().UTC()
	switch s["times"] {
	case "seconds":
		now = now.Truncate(time.Second)
	case "millis", "amsterdam":
		now = now.Truncate(time.Millisecond)
	}
	if s.is("times", "amsterdam") {
		now = now.In(time.FixedZone("CET", 3600))
	}
	return stamp{now}
}

// stamp is a time that is written as RFC 3339 with as many digits as it needs.
type stamp struct{ time.Time }

func day(text string) stamp {
	parsed, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return stamp{parsed}
}
