package main

import (
	"encoding/json"
	"net/http"
	"sort"
	"strings"
)

// provider is a service that connectors can link to.
type provider struct {
	ID                string            `json:"id"`
	ProviderSlug      string            `json:"provider_slug"`
	DisplayName       string            `json:"display_name"`
	AuthType          string            `json:"auth_type"`
	ExecutionStrategy string            `json:"execution_strategy"`
	DefaultScopes     []providerScope   `json:"default_scopes"`
	ConfigSchema      any               `json:"config_schema"`
	SetupComplete     bool              `json:"setup_complete"`
	CreatedAt         stamp             `json:"created_at"`
	UpdatedAt         stamp             `json:"updated_at"`
	Links             map[string]string `json:"links,omitempty"`

	fields      map[string]schemaField
	credentials map[string]string
}

type providerScope struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

type schemaField struct {
	Type   string `json:"type"`
	Format string `json:"format,omitempty"`
}

func seedProviders(s settings) []*provider {
	google := "https://www.googleapis.com/auth/"
	oauth := map[string]schemaField{"client_id": {Type: "string"}, "client_secret": {Type: "string"}}
	providers := []*provider{
		{
			ID: "a1b2c3d4-1234-5678-90ab-cdef12345678", ProviderSlug: "google-workspace", DisplayName: "Google Workspace",
			DefaultScopes: []providerScope{
				{google + "gmail.readonly", "Read Gmail messages"}, {google + "calendar", "Read calendar events"},
			},
			fields:        map[string]schemaField{"client_id": {"string", "uuid"}, "client_secret": {Type: "string"}},
			SetupComplete: true,
		},
		{
			ID: "6b0f93d7-2c58-4e1a-9d46-08e5c7a3f1b2", ProviderSlug: "google-drive", DisplayName: "Google Drive",
			DefaultScopes: []providerScope{{google + "drive.readonly", "See files & folders in Drive"}},
			fields:        oauth, SetupComplete: true,
		},
		{
			ID: "d25c81e4-7f90-4b3d-a6e8-3194b0c75da6", ProviderSlug: "slack", DisplayName: "Slack",
			DefaultScopes: []providerScope{{"channels:read", "List channels"}, {"channels:history", "Read messages <public channels>"}},
			fields:        oauth, SetupComplete: true,
		},
		{
			ID: "17e9a4c0-b86d-4f52-8301-ce6d29f7b458", ProviderSlug: "github", DisplayName: "GitHub",
			DefaultScopes: []providerScope{{"repo", "Read repositories"}}, fields: oauth,
		},
		{
			ID: "f8436d1b-09ea-4c75-b2d8-5a7e10c94f3d", ProviderSlug: "salesforce", DisplayName: "Salesforce",
			DefaultScopes: []providerScope{{"api", "Manage user data via APIs"}},
			fields:        map[string]schemaField{"client_id": {Type: "string"}, "client_secret": {Type: "string"}, "instance_url": {"string", "uri"}},
		},
		{
			ID: "40cd7e95-e1f3-4a08-96bb-d8523fa06c17", ProviderSlug: "aws-s3", DisplayName: "Amazon S3", AuthType: "api_key",
			fields: map[string]schemaField{"access_key_id": {Type: "string"}, "secret_access_key": {Type: "string"}},
		},
	}
	for i, p := range providers {
		if p.AuthType == "" {
			p.AuthType = "oauth2"
		}
		p.ExecutionStrategy = "server-side"
		p.CreatedAt = day("2023-10-01T12:00:00Z")
		p.UpdatedAt = stamp{p.CreatedAt.AddDate(0, 0, i)}
		if p.SetupComplete {
			p.credentials = map[string]string{"client_id": p.ProviderSlug + "-client", "client_secret": "seeded-secret"}
		}
		if p.DefaultScopes == nil && s.is("no_scopes", "empty") {
			p.DefaultScopes = []providerScope{}
		}
		p.ConfigSchema = p.fields
		if s.is("config_schema", "json_schema") {
			p.ConfigSchema = map[string]any{"type": "object", "properties": p.fields, "required": p.required()}
		}
		if s.is("more_members", "links") {
			p.Links = map[string]string{"self": "/api-proxy/v1/admin/connector-providers/" + p.ProviderSlug}
		}
	}
	return providers
}

// required is the sorted names of the fields that a setup needs.
func (p *provider) required() []string {
	names := []string{}
	for name := range p.fields {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func (a *aimable) requireAdmin(c *call) error {
	if err := c.authenticate(a.settings.is("key_for_providers", "suffices")); err != nil {
		return err
	}
	if !c.who.admin {
		return refuse(http.StatusForbidden, "forbidden", "Administrative access is required", "header", "Authorization")
	}
	return nil
}

func (a *aimable) checkSlug(c *call) error {
	slug := c.params["provider_slug"]
	if a.settings.is("slug_case", "ignored") {
		slug = strings.ToLower(slug)
		c.params["provider_slug"] = slug
	}
	if slugForm.MatchString(slug) {
		return nil
	}
	return &problem{http.StatusUnprocessableEntity, []detail{{
		Loc: []string{"path", "provider_slug"}, Msg: "Invalid provider slug", Type: "value_error", Input: slug,
	}}}
}

// provider finds a provider; a.mu is held.
func (a *aimable) provider(slug string) *provider {
	for _, p := range a.providers {
		if p.ProviderSlug == slug {
			return p
		}
	}
	return nil
}

func (a *aimable) unknownProvider(c *call) error {
	p := refuse(a.settings.status("unknown_provider"), "not_found", "Provider not found", "path", "provider_slug")
	p.details[0].Input = c.params["provider_slug"]
	return p
}

func (a *aimable) listProviders(c *call) (reply, error) {
	var part window
	err := c.inOrder(
		func() error { return a.requireAdmin(c) },
		func() (err error) { part, err = c.readWindow(); return err },
	)
	if err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	listed := []provider{}
	for _, p := range a.providers {
		listed = append(listed, *p)
	}
	if a.settings.is("provider_order", "by_name") {
		sort.Slice(listed, func(i, j int) bool { return listed[i].DisplayName < listed[j].DisplayName })
	}
	if a.settings.is("provider_pages", "none") {
		return reply{status: http.StatusOK, body: envelope{Data: listed}}, nil
	}
	return reply{status: http.StatusOK, body: page(a.settings, listed, part)}, nil
}

func (a *aimable) getProvider(c *call) (reply, error) {
	err := c.inOrder(
		func() error { return a.requireAdmin(c) },
		func() error { return a.checkSlug(c) },
	)
	if err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.provider(c.params["provider_slug"])
	if p == nil {
		return reply{}, a.unknownProvider(c)
	}
	return reply{status: http.StatusOK, body: envelope{Data: *p}}, nil
}

func (a *aimable) setUpProvider(c *call) (reply, error) {
	var given map[string]json.RawMessage
	err := c.inOrder(
		func() error { return a.requireAdmin(c) },
		func() error {
			if err := a.checkSlug(c); err != nil {
				return err
			}
			_, err := c.readObject(&given)
			return err
		},
	)
	if err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.provider(c.params["provider_slug"])
	if p == nil {
		return reply{}, a.unknownProvider(c)
	}
	credentials, details := a.readCredentials(p, given)
	if len(details) > 0 {
		return reply{}, &problem{http.StatusUnprocessableEntity, details}
	}
	if p.SetupComplete && a.settings.is("setup_twice", "409") {
		return reply{}, refuse(http.StatusConflict, "conflict", "Provider is set up already", "path", "provider_slug")
	}
	p.credentials = credentials
	p.SetupComplete = true
	p.UpdatedAt = a.settings.now()
	return reply{status: http.StatusOK, body: envelope{Data: *p}}, nil
}

// readCredentials takes the fields of the provider's config_schema from a body.
func (a *aimable) readCredentials(p *provider, given map[string]json.RawMessage) (map[string]string, []detail) {
	credentials := map[string]string{}
	var details []detail
	for _, name := range p.required() {
		text, exists := given[name]
		var value *string
		switch err := json.Unmarshal(text, &value); {
		case !exists:
			details = append(details, detail{Loc: []string{"body", name}, Msg: "Field required", Type: "missing"})
		case err != nil || value == nil:
			details = append(details, detail{Loc: []string{"body", name}, Msg: "Input should be a valid string", Type: "string_type"})
		case *value == "":
			details = append(details, detail{Loc: []string{"body", name}, Msg: "String should have at least 1 character", Type: "string_too_short"})
		case p.fields[name].Format == "uri" && !strings.Contains(*value, "://"):
			details = append(details, detail{Loc: []string{"body", name}, Msg: "Input should be a valid URL", Type: "url_parsing"})
		default:
			credentials[name] = *value
		}
	}
	if a.settings.is("unknown_members", "refused") {
		for name := range given {
			if _, known := p.fields[name]; !known {
				details = append(details, detail{Loc: []string{"body", name}, Msg: "Extra inputs are not permitted", Type: "extra_forbidden"})
			}
		}
	}
	return credentials, details
}

func (a *aimable) resetProvider(c *call) (reply, error) {
	err := c.inOrder(
		func() error { return a.requireAdmin(c) },
		func() error { return a.checkSlug(c) },
	)
	if err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	p := a.provider(c.params["provider_slug"])
	if p == nil {
		return reply{}, a.unknownProvider(c)
	}
	if !p.SetupComplete && a.settings.is("reset_twice", "409") {
		return reply{}, refuse(http.StatusConflict, "conflict", "Provider is not set up", "path", "provider_slug")
	}
	if p.SetupComplete || a.settings.is("reset_twice", "touches") {
		p.UpdatedAt = a.settings.now()
	}
	p.credentials = nil
	p.SetupComplete = false
	if a.settings.is("reset_answer", "bare") {
		return reply{status: http.StatusOK, body: *p}, nil
	}
	return reply{status: http.StatusOK, body: envelope{Data: *p}}, nil
}
