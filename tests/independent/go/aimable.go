package main

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// aimable is the state of the contract "aimable".
type aimable struct {
	settings settings

	mu         sync.Mutex
	providers  []*provider
	connectors []*connector
	syncs      []*syncJob
	created    map[idempotencyKey]creation
}

func newAimable(s settings) *aimable {
	a := &aimable{settings: s, providers: seedProviders(s), created: map[idempotencyKey]creation{}}
	a.seedConnectors()
	return a
}

func (a *aimable) register(web *web) {
	const (
		providers  = "/api-proxy/v1/admin/connector-providers"
		connectors = "/api-proxy/v1/spaces/{space_id}/collections/{collection_id}/connectors"
		connector  = connectors + "/{connector_id}"
	)
	add := func(method, pattern string, handle handler) { web.handle(method, pattern, handle, aimableRefusal) }
	add(http.MethodGet, providers, a.listProviders)
	add(http.MethodGet, providers+"/{provider_slug}", a.getProvider)
	add(http.MethodPost, providers+"/{provider_slug}/setup", a.setUpProvider)
	add(http.MethodDelete, providers+"/{provider_slug}/setup", a.resetProvider)
	add(http.MethodGet, connectors, a.listConnectors)
	add(http.MethodPost, connectors, a.createConnector)
	add(http.MethodGet, connector, a.getConnector)
	add(http.MethodPatch, connector, a.updateConnector)
	add(http.MethodDelete, connector, a.deleteConnector)
	add(http.MethodGet, connector+"/browse", a.browse)
	add(http.MethodGet, connector+"/sync", a.listSyncs)
	add(http.MethodPost, connector+"/sync", a.triggerSync)
	add(http.MethodPost, connector+"/sync/cancel", a.cancelSync)
	add(http.MethodGet, connector+"/sync/{sync_id}", a.getSync)
}

// aimableRefusal is the body of a refusal. The documents show that of invalid input.
func aimableRefusal(s settings, p *problem) any {
	if p.status == http.StatusUnprocessableEntity {
		return map[string]any{"detail": p.details}
	}
	switch s["refusal_body"] {
	case "text":
		return p.Error()
	case "detail_text":
		return map[string]any{"detail": p.Error()}
	case "error_object":
		return map[string]any{"error": map[string]any{"code": p.details[0].Type, "message": p.Error()}}
	case "problem":
		return map[string]any{"type": "about:blank", "title": http.StatusText(p.status), "status": p.status, "detail": p.Error()}
	}
	return map[string]any{"detail": p.details}
}

var (
	uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
)

// enter checks that the user may use the collection of the path. write: to change what is in it.
func (a *aimable) enter(c *call, write bool) error {
	if err := c.authenticate(true); err != nil {
		return err
	}
	for _, name := range []string{"space_id", "collection_id"} {
		if !uuidForm.MatchString(c.params[name]) && a.settings.is("malformed_ids", "422") {
			return refuse(http.StatusUnprocessableEntity, "uuid_parsing", "Input should be a valid UUID", "path", name)
		}
		if a.settings.is("uuid_case", "ignored") {
			c.params[name] = strings.ToLower(c.params[name])
		}
	}
	space, collection := c.params["space_id"], c.params["collection_id"]
	owned, exists := spaces[space]
	if !exists {
		return refuse(a.settings.status("unknown_space"), "not_found", "Space not found", "path", "space_id")
	}
	allowed, member := c.who.collections[space]
	if !member {
		return refuse(http.StatusForbidden, "forbidden", "Insufficient permissions for the space", "path", "space_id")
	}
	if !contains(owned, collection) {
		return refuse(a.settings.status("unknown_collection"), "not_found", "Collection not found", "path", "collection_id")
	}
	if !contains(allowed, collection) || write && !c.who.write {
		return refuse(http.StatusForbidden, "forbidden", "Insufficient permissions for the collection", "path", "collection_id")
	}
	return nil
}

var largestPage = 100

// window is the part of a list that is asked for.
type window struct {
	limit, offset int
}

// readWindow reads limit and the parameter that the way of paging has beside it.
func (c *call) readWindow() (window, error) {
	result := window{limit: c.settings.status("default_limit")}
	query := c.URL.Query()
	smallest := 1
	if c.settings.is("smallest_limit", "0") {
		smallest = 0
	}
	if query.Has("limit") {
		limit, err := readInt(query.Get("limit"), "limit", smallest)
		if err != nil {
			return result, err
		}
		if limit > largestPage {
			return result, &problem{http.StatusUnprocessableEntity, []detail{{
				Loc: []string{"query", "limit"}, Msg: "Input should be less than or equal to 100", Type: "less_than_equal",
				Input: query.Get("limit"),
			}}}
		}
		result.limit = limit
	}
	paging := c.settings["paging"]
	if !query.Has(paging) {
		return result, nil
	}
	switch paging {
	case "offset", "cursor":
		offset, err := readInt(query.Get(paging), paging, 0)
		result.offset = offset
		return result, err
	default:
		page, err := readInt(query.Get(paging), paging, 1)
		if page > 1 {
			result.offset = (page - 1) * result.limit
		}
		return result, err
	}
}

func readInt(text, name string, smallest int) (int, error) {
	number, err := strconv.Atoi(text)
	if err != nil {
		return 0, &problem{http.StatusUnprocessableEntity, []detail{{
			Loc: []string{"query", name}, Msg: "Input should be a valid integer", Type: "int_parsing", Input: text,
		}}}
	}
	if number < smallest {
		return 0, &problem{http.StatusUnprocessableEntity, []detail{{
			Loc: []string{"query", name}, Msg: "Input should be greater than or equal to " + strconv.Itoa(smallest),
			Type: "greater_than_equal", Input: text,
		}}}
	}
	return number, nil
}

// page answers a window of a list.
func page[T any](s settings, items []T, w window) envelope {
	total := len(items)
	start := w.offset
	if start > total || start < 0 {
		start = total
	}
	end := start + w.limit
	if end > total {
		end = total
	}
	result := envelope{Data: append([]T{}, items[start:end]...)}
	meta := map[string]any{}
	if s.is("list_meta", "totals") {
		meta = map[string]any{"total": total, "limit": w.limit, "offset": w.offset}
	}
	if s.is("list_meta", "next") || s.is("paging", "cursor") {
		meta["has_more"] = end < total
		meta["next_"+s["paging"]] = w.next(s["paging"], end, total)
	}
	if len(meta) > 0 {
		result.Meta = meta
	}
	return result
}

// next is the value of the parameter of paging with which the next part of a list is asked for, or nil.
func (w window) next(paging string, end, total int) any {
	switch {
	case end >= total:
		return nil
	case paging == "cursor":
		return strconv.Itoa(end)
	case paging == "page" && w.limit > 0:
		return end/w.limit + 1
	}
	return end
}

// idempotencyKey and creation remember what an Idempotency-Key has created.
type idempotencyKey struct{ scope, key string }

type creation struct {
	input  string
	answer connector
	at     time.Time
}

// connectorInput is the body of a creation and of an update.
type connectorInput struct {
	ProviderSlug *string                    `json:"provider_slug"`
	Credential   map[string]json.RawMessage `json:"credential"`
	ScopeConfig  *jsonObject                `json:"scope_config"`
}

// jsonObject is an object that is answered as it was given.
type jsonObject struct{ json.RawMessage }

func (o *jsonObject) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	o.RawMessage = append(json.RawMessage(nil), text...)
	return nil
}
