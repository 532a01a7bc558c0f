package main

import (
	"encoding/json"
	"net/http"
	"sort"
	"strings"
	"sync"
)

// platform is the state of the contract "fastapi_platform".
type platform struct {
	settings settings

	mu      sync.RWMutex
	systems map[string]map[string]*integration
}

// integration is a connector provider of document 002.
type integration struct {
	ProviderSlug       string      `json:"provider_slug"`
	Name               string      `json:"name"`
	Description        string      `json:"description"`
	Capabilities       []string    `json:"capabilities"`
	Requirements       []parameter `json:"requirements"`
	Configured         *bool       `json:"is_configured,omitempty"`
	Status             string      `json:"status,omitempty"`
	ConfiguredAt       *stamp      `json:"configured_at"`
	ConfiguredKeys     []string    `json:"configured_keys,omitempty"`
	DocumentationLinks *string     `json:"documentation_url"`

	config map[string]json.RawMessage
}

// parameter is something that the setup of a provider takes.
type parameter struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Required bool   `json:"required"`
}

// integrationSummary is an entry of a short list.
type integrationSummary struct {
	ProviderSlug string `json:"provider_slug"`
	Name         string `json:"name"`
}

var platformKeys = map[string]bool{"fp_live_9c1f47d2": true, "fp_live_e83b05a6": true}

// integrations are the providers of a system, as its operator installed them.
func integrations(s settings) map[string]*integration {
	config := parameter{"config_key", "string", s.is("config_key", "required")}
	result := map[string]*integration{}
	for _, each := range []integration{
		{ProviderSlug: "github", Name: "GitHub", Description: "Repositories, issues & pull requests", Capabilities: []string{"read", "webhooks"}},
		{ProviderSlug: "google-drive", Name: "Google Drive", Description: "Files and folders", Capabilities: []string{"read", "browse"}},
		{ProviderSlug: "slack", Name: "Slack", Description: "Channels and messages", Capabilities: []string{"read", "write"}},
		{ProviderSlug: "zendesk", Name: "Zendesk", Description: "Tickets", Capabilities: []string{"read"}},
	} {
		each := each
		each.Requirements = []parameter{config, {"region", "string", false}}
		result[each.ProviderSlug] = &each
	}
	since := day("2024-06-03T07:45:00Z")
	slack := result["slack"]
	slack.config = map[string]json.RawMessage{"config_key": json.RawMessage(`"seeded-slack-secret"`)}
	slack.ConfiguredAt = &since
	return result
}

func newPlatform(s settings) *platform {
	p := &platform{settings: s, systems: map[string]map[string]*integration{"": integrations(s)}}
	for key := range platformKeys {
		p.systems[key] = integrations(s)
	}
	return p
}

func (p *platform) register(web *web) {
	const providers = "/v1/admin/connector-providers"
	web.handle(http.MethodGet, providers, p.list, platformRefusal)
	web.handle(http.MethodGet, providers+"/{provider_slug}", p.get, platformRefusal)
	web.handle(http.MethodPost, providers+"/{provider_slug}/setup", p.setUp, platformRefusal)
	web.handle(http.MethodDelete, providers+"/{provider_slug}/setup", p.reset, platformRefusal)
}

// platformRefusal is the body of a refusal, of which document 002 says nothing.
func platformRefusal(s settings, refused *problem) any {
	switch s["platform_refusal"] {
	case "text":
		return refused.Error()
	case "detail_text":
		return map[string]any{"detail": refused.Error()}
	case "detail_list":
		return map[string]any{"detail": refused.details}
	case "problem":
		return map[string]any{"type": "about:blank", "title": http.StatusText(refused.status), "status": refused.status, "detail": refused.Error()}
	}
	return map[string]any{"error": map[string]any{"code": refused.details[0].Type, "message": refused.Error()}}
}

// system finds the providers that a request sees.
func (p *platform) system(c *call) (map[string]*integration, error) {
	key := c.Header.Get("X-API-Key")
	if key != "" && !platformKeys[key] && !p.settings.is("wrong_key", "ignored") {
		return nil, refuse(p.settings.status("wrong_key"), "invalid_api_key", "Invalid API key", "header", "X-API-Key")
	}
	if p.settings.is("systems", "by_key") && platformKeys[key] {
		return p.systems[key], nil
	}
	return p.systems[""], nil
}

func (p *platform) find(c *call, system map[string]*integration) (*integration, error) {
	slug := c.params["provider_slug"]
	if p.settings.is("slug_case", "ignored") {
		slug = strings.ToLower(slug)
	}
	found, exists := system[slug]
	if !exists {
		return nil, refuse(http.StatusNotFound, "provider_not_found", "No such connector provider", "path", "provider_slug")
	}
	return found, nil
}

// shown is a provider as it is answered, never with its configuration.
func (p *platform) shown(i *integration) integration {
	shown := *i
	configured := i.config != nil
	shown.Configured = &configured
	if p.settings.is("state_member", "status") {
		shown.Configured = nil
		shown.Status = "disconnected"
		if configured {
			shown.Status = "connected"
		}
	}
	if p.settings.is("configured_keys", "named") {
		for name := range i.config {
			shown.ConfiguredKeys = append(shown.ConfiguredKeys, name)
		}
		sort.Strings(shown.ConfiguredKeys)
	}
	return shown
}

func (p *platform) list(c *call) (reply, error) {
	system, err := p.system(c)
	if err != nil {
		return reply{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	listed := []any{}
	for _, slug := range p.slugs(system) {
		if p.settings.is("list_entries", "short") {
			listed = append(listed, integrationSummary{slug, system[slug].Name})
			continue
		}
		listed = append(listed, p.shown(system[slug]))
	}
	var body any = listed
	switch p.settings["list_shape"] {
	case "data":
		body = envelope{Data: listed}
	case "items":
		body = map[string]any{"items": listed, "total": len(listed)}
	case "providers":
		body = map[string]any{"providers": listed}
	}
	return reply{status: http.StatusOK, body: body}, nil
}

// slugs is the order of the list.
func (p *platform) slugs(system map[string]*integration) []string {
	slugs := []string{}
	for slug := range system {
		slugs = append(slugs, slug)
	}
	if p.settings.is("platform_order", "as_iterated") {
		return slugs
	}
	sort.Strings(slugs)
	return slugs
}

func (p *platform) get(c *call) (reply, error) {
	system, err := p.system(c)
	if err != nil {
		return reply{}, err
	}
	p.mu.RLock()
	defer p.mu.RUnlock()
	found, err := p.find(c, system)
	if err != nil {
		return reply{}, err
	}
	return reply{status: http.StatusOK, body: p.single(found)}, nil
}

func (p *platform) single(found *integration) any {
	if p.settings.is("detail_shape", "data") {
		return envelope{Data: p.shown(found)}
	}
	return p.shown(found)
}

func (p *platform) setUp(c *call) (reply, error) {
	system, err := p.system(c)
	if err != nil {
		return reply{}, err
	}
	var config map[string]json.RawMessage
	if _, err := c.readObject(&config); err != nil {
		return reply{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	found, err := p.find(c, system)
	if err != nil {
		return reply{}, err
	}
	if err := p.checkConfig(found, config); err != nil {
		return reply{}, err
	}
	if found.config != nil && p.settings.is("setup_twice", "409") {
		return reply{}, refuse(http.StatusConflict, "conflict", "The provider is set up already", "path", "provider_slug")
	}
	now := p.settings.now()
	found.config = config
	found.ConfiguredAt = &now
	return p.changed(found, "Provider configured"), nil
}

// checkConfig compares a configuration with what the provider requires.
func (p *platform) checkConfig(found *integration, config map[string]json.RawMessage) error {
	invalid := func(name, message string) error {
		return refuse(p.settings.status("invalid_status"), "invalid_configuration", message, "body", name)
	}
	if len(config) == 0 {
		return invalid("config_key", "The configuration is empty")
	}
	for _, each := range found.Requirements {
		value, given := config[each.Name]
		if each.Required && !given {
			return invalid(each.Name, each.Name+" is required")
		}
		var text *string
		if given && p.settings.is("config_values", "checked") && (json.Unmarshal(value, &text) != nil || text == nil) {
			return invalid(each.Name, each.Name+" must be a string")
		}
	}
	if p.settings.is("unknown_members", "refused") {
		for name := range config {
			if name != "config_key" && name != "region" {
				return invalid(name, "the configuration has an unknown parameter")
			}
		}
	}
	return nil
}

// changed answers a setup or a reset.
func (p *platform) changed(found *integration, message string) reply {
	switch p.settings["change_answer"] {
	case "message":
		return reply{status: http.StatusOK, body: map[string]any{"message": message}}
	case "success":
		return reply{status: http.StatusOK, body: map[string]any{"success": true, "provider_slug": found.ProviderSlug}}
	}
	return reply{status: http.StatusOK, body: p.single(found)}
}

func (p *platform) reset(c *call) (reply, error) {
	system, err := p.system(c)
	if err != nil {
		return reply{}, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	found, err := p.find(c, system)
	if err != nil {
		return reply{}, err
	}
	if found.config == nil && p.settings.is("reset_twice", "409") {
		return reply{}, refuse(http.StatusConflict, "conflict", "The provider is not set up", "path", "provider_slug")
	}
	found.config = nil
	found.ConfiguredAt = nil
	return p.changed(found, "Provider reset"), nil
}
