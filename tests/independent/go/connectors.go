package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"sort"
	"strings"
	"time"
)

// connector links a collection to a service.
type connector struct {
	ID           string            `json:"id"`
	CollectionID string            `json:"collection_id"`
	ProviderSlug string            `json:"provider_slug"`
	PrincipalID  string            `json:"principal_id"`
	ScopeConfig  json.RawMessage   `json:"scope_config"`
	Status       string            `json:"status"`
	CreatedAt    stamp             `json:"created_at"`
	UpdatedAt    stamp             `json:"updated_at"`
	Links        map[string]string `json:"links,omitempty"`

	credential map[string]json.RawMessage
}

const (
	handbookDrive = "5c1e7a90-d3b4-4f68-a025-e98b6c0d1f47"
	supportSlack  = "8fa2d6b3-190c-4e57-b4d1-6072ec95a3f8"
	salesDrive    = "2b7d90ef-4a1c-4635-8c8e-f13a05d7b962"
	geologyDrive  = "d9e05c48-7b62-4a1f-93d0-28c6b7fe41a5"
)

func (a *aimable) seedConnectors() {
	folders := json.RawMessage(`{"folder_ids":["1A2B3C4D","5E6F7G8H"]}`)
	channels := json.RawMessage(`{"channel_ids":["C024BE91L"]}`)
	for i, seed := range []connector{
		{ID: handbookDrive, CollectionID: handbook, ProviderSlug: "google-drive", PrincipalID: bruno.id, ScopeConfig: folders},
		{ID: supportSlack, CollectionID: support, ProviderSlug: "slack", PrincipalID: bruno.id, ScopeConfig: channels},
		{ID: salesDrive, CollectionID: contracts, ProviderSlug: "google-drive", PrincipalID: astrid.id, ScopeConfig: folders},
		{ID: geologyDrive, CollectionID: geology, ProviderSlug: "google-drive", PrincipalID: elena.id, ScopeConfig: folders},
	} {
		seed := seed
		seed.Status = "active"
		seed.CreatedAt = stamp{day("2024-02-05T08:30:00Z").AddDate(0, i, 0)}
		seed.UpdatedAt = seed.CreatedAt
		a.connectors = append(a.connectors, &seed)
		finished := stamp{seed.CreatedAt.Add(time.Hour)}
		a.syncs = append(a.syncs, &syncJob{
			ID: strings.Replace(seed.ID, seed.ID[:8], "0000000"+string(rune('1'+i)), 1), CollectionConnectorID: seed.ID, Status: a.settings["finished_status"],
			RecordsFetched: 42, Metadata: map[string]any{}, CreatedAt: stamp{seed.CreatedAt.Add(50 * time.Minute)}, CompletedAt: &finished,
		})
	}
}

// connector finds the connector of the path in the collection of the path; a.mu is held.
func (a *aimable) connector(c *call) (*connector, error) {
	id := c.params["connector_id"]
	if a.settings.is("uuid_case", "ignored") {
		id = strings.ToLower(id)
	}
	for _, each := range a.connectors {
		if each.ID == id && each.CollectionID == c.params["collection_id"] {
			return each, nil
		}
	}
	return nil, refuse(a.settings.status("unknown_connector"), "not_found", "Connector not found", "path", "connector_id")
}

func (a *aimable) listConnectors(c *call) (reply, error) {
	var part window
	err := c.inOrder(
		func() error { return a.enter(c, false) },
		func() (err error) { part, err = c.readWindow(); return err },
	)
	if err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	query := c.URL.Query()
	listed := []connector{}
	for _, each := range a.connectors {
		switch {
		case each.CollectionID != c.params["collection_id"]:
		case query.Has("provider_slug") && each.ProviderSlug != query.Get("provider_slug"):
		case query.Has("status") && each.Status != query.Get("status"):
		case a.settings.is("list_lag", "300_ms") && time.Since(each.CreatedAt.Time) < 300*time.Millisecond:
		default:
			listed = append(listed, *each)
		}
	}
	switch a.settings["connector_order"] {
	case "newest_first":
		for i, j := 0, len(listed)-1; i < j; i, j = i+1, j-1 {
			listed[i], listed[j] = listed[j], listed[i]
		}
	case "recently_updated":
		sort.SliceStable(listed, func(i, j int) bool { return listed[i].UpdatedAt.After(listed[j].UpdatedAt.Time) })
	}
	return reply{status: http.StatusOK, body: page(a.settings, listed, part)}, nil
}

func (a *aimable) createConnector(c *call) (reply, error) {
	var input connectorInput
	key := c.Header.Get("Idempotency-Key")
	err := c.inOrder(
		func() error { return a.enter(c, true) },
		func() error { return a.readCreation(c, key, &input) },
	)
	if err != nil {
		return reply{}, err
	}
	remembered := a.idempotencyKey(c, key)
	fingerprint := fingerprint(c.params["collection_id"], input)

	a.mu.Lock()
	defer a.mu.Unlock()
	if earlier, used := a.created[remembered]; used {
		if answer, err, replayed := a.replay(earlier, fingerprint); replayed {
			return answer, err
		}
	}
	p := a.provider(*input.ProviderSlug)
	if p == nil {
		return reply{}, refuse(http.StatusUnprocessableEntity, "value_error", "Unknown provider", "body", "provider_slug")
	}
	if !p.SetupComplete && !a.settings.is("provider_not_set_up", "allowed") {
		return reply{}, refuse(a.settings.status("provider_not_set_up"), "value_error", "Provider is not set up", "body", "provider_slug")
	}
	if a.settings.is("same_provider", "409") {
		for _, each := range a.connectors {
			if each.CollectionID == c.params["collection_id"] && each.ProviderSlug == p.ProviderSlug && string(each.ScopeConfig) == string(a.scope(input.ScopeConfig)) {
				return reply{}, refuse(http.StatusConflict, "conflict", "The collection has this connector", "body", "scope_config")
			}
		}
	}
	now := a.settings.now()
	created := connector{
		ID:           a.settings.newID("conn"),
		CollectionID: c.params["collection_id"],
		ProviderSlug: p.ProviderSlug,
		PrincipalID:  c.who.id,
		ScopeConfig:  a.scope(input.ScopeConfig),
		Status:       "active",
		CreatedAt:    now,
		UpdatedAt:    now,
		credential:   input.Credential,
	}
	self := strings.TrimRight(c.URL.Path, "/") + "/" + created.ID
	if a.settings.is("more_members", "links") {
		created.Links = map[string]string{"self": self, "syncs": self + "/sync"}
	}
	a.connectors = append(a.connectors, &created)
	a.created[remembered] = creation{fingerprint, created, time.Now()}
	return a.createdReply(http.StatusCreated, created, self), nil
}

func (a *aimable) createdReply(status int, created connector, self string) reply {
	answer := reply{status: status, body: envelope{Data: created}, header: map[string]string{}}
	if a.settings.is("location", "sent") && self != "" {
		answer.header["Location"] = self
	}
	return answer
}

// scope is what a connector is answered to sync, given in a body or not.
func (a *aimable) scope(given *jsonObject) json.RawMessage {
	if given != nil {
		return a.spell(given.RawMessage)
	}
	if a.settings.is("no_scope", "null") {
		return json.RawMessage("null")
	}
	return json.RawMessage("{}")
}

// spell keeps an object as it was given, or as a map of Go has it.
func (a *aimable) spell(object json.RawMessage) json.RawMessage {
	if a.settings.is("numbers", "as_given") {
		return object
	}
	var members map[string]any
	if err := json.Unmarshal(object, &members); err != nil {
		return object
	}
	text, err := json.Marshal(members)
	if err != nil {
		return object
	}
	return text
}

func (a *aimable) readCreation(c *call, key string, input *connectorInput) error {
	var details []detail
	if strings.TrimSpace(key) == "" {
		missing := detail{Loc: []string{"header", "Idempotency-Key"}, Msg: "Field required", Type: "missing"}
		if a.settings.is("no_idempotency_key", "400") {
			return &problem{http.StatusBadRequest, []detail{missing}}
		}
		details = append(details, missing)
	}
	if len(key) > 255 {
		details = append(details, detail{Loc: []string{"header", "Idempotency-Key"}, Msg: "String should have at most 255 characters", Type: "string_too_long"})
	}
	wrong, err := c.readObject(input)
	if err != nil {
		return err
	}
	details = append(details, wrong...)
	needed := func(name string, given bool) {
		for _, each := range wrong {
			given = given || each.Loc[len(each.Loc)-1] == name
		}
		if !given {
			details = append(details, detail{Loc: []string{"body", name}, Msg: "Field required", Type: "missing"})
		}
	}
	needed("provider_slug", input.ProviderSlug != nil)
	needed("credential", input.Credential != nil)
	if input.ProviderSlug != nil && !slugForm.MatchString(*input.ProviderSlug) && len(wrong) == 0 {
		details = append(details, detail{Loc: []string{"body", "provider_slug"}, Msg: "Invalid provider slug", Type: "value_error"})
	}
	if input.Credential != nil && len(input.Credential) == 0 && a.settings.is("empty_credential", "refused") {
		details = append(details, detail{Loc: []string{"body", "credential"}, Msg: "Credential is empty", Type: "value_error"})
	}
	if len(details) > 0 {
		return &problem{http.StatusUnprocessableEntity, details}
	}
	return nil
}

func (a *aimable) idempotencyKey(c *call, key string) idempotencyKey {
	switch a.settings["idempotency_scope"] {
	case "collection":
		return idempotencyKey{c.params["collection_id"], key}
	case "principal":
		return idempotencyKey{c.who.id, key}
	}
	return idempotencyKey{c.who.id + " " + c.params["collection_id"], key}
}

// fingerprint tells one creation from another.
func fingerprint(collection string, input connectorInput) string {
	var scope any
	if input.ScopeConfig != nil {
		json.Unmarshal(input.ScopeConfig.RawMessage, &scope)
	}
	text, err := json.Marshal([]any{collection, input.ProviderSlug, input.Credential, scope})
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// replay answers a request with a key that was used. It is a new creation where replayed is false.
func (a *aimable) replay(earlier creation, fingerprint string) (answer reply, err error, replayed bool) {
	if a.settings.is("idempotency_lifetime", "minute") && time.Since(earlier.at) > time.Minute {
		return reply{}, nil, false
	}
	if earlier.input != fingerprint && !a.settings.is("other_body", "first_answer") {
		return reply{}, refuse(a.settings.status("other_body"), "idempotency", "Idempotency-Key was used with another body", "header", "Idempotency-Key"), true
	}
	current := earlier.answer
	exists := false
	for _, each := range a.connectors {
		if each.ID == current.ID {
			exists = true
			if a.settings.is("replay_body", "current") {
				current = *each
			}
		}
	}
	if !exists && a.settings.is("replay_after_delete", "creates_anew") {
		return reply{}, nil, false
	}
	if !exists && a.settings.is("replay_after_delete", "409") {
		return reply{}, refuse(http.StatusConflict, "idempotency", "The connector was deleted", "header", "Idempotency-Key"), true
	}
	answer = a.createdReply(a.settings.status("replay_status"), current, "")
	if a.settings.is("replay_header", "sent") {
		answer.header["Idempotency-Replayed"] = "true"
	}
	return answer, nil, true
}

func (a *aimable) getConnector(c *call) (reply, error) {
	if err := a.enter(c, false); err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	found, err := a.connector(c)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: envelope{Data: *found}}, nil
}

func (a *aimable) updateConnector(c *call) (reply, error) {
	var input connectorInput
	err := c.inOrder(
		func() error { return a.enter(c, true) },
		func() error {
			details, err := c.readObject(&input)
			if err == nil && len(details) > 0 {
				return &problem{http.StatusUnprocessableEntity, details}
			}
			return err
		},
	)
	if err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	found, err := a.connector(c)
	if err != nil {
		return reply{}, err
	}
	if input.ProviderSlug != nil && *input.ProviderSlug != found.ProviderSlug && a.settings.is("other_provider", "422") {
		return reply{}, refuse(http.StatusUnprocessableEntity, "frozen_field", "The provider cannot be changed", "body", "provider_slug")
	}
	changed := false
	if input.ScopeConfig != nil {
		scope := a.spell(input.ScopeConfig.RawMessage)
		if a.settings.is("scope_update", "merged") {
			scope = merged(found.ScopeConfig, scope)
		}
		changed = changed || string(scope) != string(found.ScopeConfig)
		found.ScopeConfig = scope
	}
	if input.Credential != nil {
		found.credential = input.Credential
		changed = true
	}
	if changed || a.settings.is("empty_update", "touches") {
		found.UpdatedAt = a.settings.now()
	}
	return reply{status: http.StatusOK, body: envelope{Data: *found}}, nil
}

// merged lays the members of an object over those of another.
func merged(under, over json.RawMessage) json.RawMessage {
	members := map[string]json.RawMessage{}
	json.Unmarshal(under, &members)
	if members == nil {
		members = map[string]json.RawMessage{}
	}
	json.Unmarshal(over, &members)
	text, err := json.Marshal(members)
	if err != nil {
		return over
	}
	return text
}

func (a *aimable) deleteConnector(c *call) (reply, error) {
	if err := a.enter(c, true); err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	found, err := a.connector(c)
	if err != nil {
		return reply{}, err
	}
	if running := a.running(found.ID); running != nil && a.settings.is("delete_while_syncing", "409") {
		return reply{}, refuse(http.StatusConflict, "conflict", "A sync is running", "path", "connector_id")
	}
	if a.settings.is("delete_takes_effect", "after_300_ms") {
		time.AfterFunc(300*time.Millisecond, func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.remove(found.ID)
		})
	} else {
		a.remove(found.ID)
	}
	if a.settings.is("deleted", "200") {
		return reply{status: http.StatusOK, body: envelope{Data: *found}}, nil
	}
	return reply{status: http.StatusNoContent}, nil
}

// remove forgets a connector with its syncs; a.mu is held.
func (a *aimable) remove(id string) {
	connectors := []*connector{}
	for _, each := range a.connectors {
		if each.ID != id {
			connectors = append(connectors, each)
		}
	}
	a.connectors = connectors
	syncs := []*syncJob{}
	for _, each := range a.syncs {
		if each.CollectionConnectorID == id {
			each.stop()
			continue
		}
		syncs = append(syncs, each)
	}
	a.syncs = syncs
}
