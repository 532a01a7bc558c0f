package main

import (
	"net/http"
	"strings"
)

// principal is a user of the platform. collections: those the user may see, by space; write: may change them.
type principal struct {
	id          string
	admin       bool
	write       bool
	collections map[string][]string
}

const (
	harbour      = "3f0c8a6e-52d1-4b7e-9a14-c6d2e8f01b35"
	harbourSales = "b84d17c9-0e6f-4a32-8d5b-71f39c2ea604"
	quarry       = "e61a5d20-97bc-4f48-a3e1-5c08d7b9f216"

	handbook  = "0d9b7f34-c8a1-4e65-b2f7-93a6105ed84c"
	support   = "92e4c0b8-6f1d-4357-8ac9-de20714b5f63"
	contracts = "5ab3e7d1-4c90-4862-9f0e-1b8d6a2c7f95"
	geology   = "c7f20e9a-b356-4d18-8e47-f09a5d13b6c2"
)

// spaces lists the collections of every space.
var spaces = map[string][]string{
	harbour:      {handbook, support},
	harbourSales: {contracts},
	quarry:       {geology},
}

var (
	astrid = &principal{"usr_astrid", true, true, map[string][]string{
		harbour: {handbook, support}, harbourSales: {contracts},
	}}
	bruno = &principal{"usr_bruno", false, true, map[string][]string{
		harbour: {handbook, support}, harbourSales: {contracts},
	}}
	chiara = &principal{"usr_chiara", false, true, map[string][]string{harbour: {handbook}}}
	dmitri = &principal{"usr_dmitri", false, false, map[string][]string{harbour: {handbook, support}}}
	elena  = &principal{"usr_elena", false, true, map[string][]string{quarry: {geology}}}
)

var tokens = map[string]*principal{
	"aim_at_astrid_6f1d0b": astrid,
	"aim_at_bruno_93c27e":  bruno,
	"aim_at_chiara_d4810a": chiara,
	"aim_at_dmitri_27be55": dmitri,
	"aim_at_elena_b0c963":  elena,
}

var apiKeys = map[string]*principal{
	"aim_key_astrid_41c8": astrid,
	"aim_key_bruno_7d2e":  bruno,
	"aim_key_elena_0a9f":  elena,
}

func contains(list []string, wanted string) bool {
	for _, each := range list {
		if each == wanted {
			return true
		}
	}
	return false
}

// bearer is the access token of a request.
func (c *call) bearer() (string, bool) {
	scheme, token, found := strings.Cut(c.Header.Get("Authorization"), " ")
	if !found {
		return "", false
	}
	if c.settings.is("scheme_case", "exact") {
		return token, scheme == "Bearer"
	}
	return token, strings.EqualFold(scheme, "bearer")
}

// authenticate finds the user of a request. keySuffices: an API key alone is enough.
func (c *call) authenticate(keySuffices bool) error {
	unauthorized := refuse(http.StatusUnauthorized, "unauthorized", "Missing or invalid access token", "header", "Authorization")
	key := c.Header.Get("X-API-Key")
	if c.Header.Get("Authorization") == "" {
		if c.who = apiKeys[key]; c.who == nil || !keySuffices {
			return unauthorized
		}
		return nil
	}
	token, isBearer := c.bearer()
	if c.who = tokens[token]; !isBearer || c.who == nil {
		return unauthorized
	}
	if key != "" && c.settings.is("key_beside_token", "must_be_valid") && apiKeys[key] == nil {
		return refuse(http.StatusUnauthorized, "unauthorized", "Invalid API key", "header", "X-API-Key")
	}
	return nil
}
