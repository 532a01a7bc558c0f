package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
)

const longestBody = 1 << 20

// reply is what a handler answers: no body where it is nil.
type reply struct {
	status int
	body   any
	header map[string]string
}

// envelope wraps what is answered.
type envelope struct {
	Data any `json:"data"`
	Meta any `json:"meta,omitempty"`
}

// detail is one thing wrong with a request.
type detail struct {
	Loc   []string `json:"loc"`
	Msg   string   `json:"msg"`
	Type  string   `json:"type"`
	Input any      `json:"input,omitempty"`
}

// problem is a refused request.
type problem struct {
	status  int
	details []detail
}

func (p *problem) Error() string { return p.details[0].Msg }

func refuse(status int, kind, msg string, loc ...string) *problem {
	return &problem{status, []detail{{Loc: loc, Msg: msg, Type: kind}}}
}

// call is a request on its way through a handler.
type call struct {
	*http.Request
	settings settings
	params   map[string]string
	who      *principal
}

type handler func(*call) (reply, error)

type route struct {
	method  string
	pattern []string
	handle  handler
	refusal func(settings, *problem) any
}

// web finds the handler of a request and writes its answer.
type web struct {
	settings settings
	routes   []route
	requests atomic.Int64
}

func (web *web) handle(method, pattern string, handle handler, refusal func(settings, *problem) any) {
	web.routes = append(web.routes, route{method, strings.Split(pattern, "/"), handle, refusal})
}

func (web *web) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	number := web.requests.Add(1)
	web.commonHeaders(w.Header(), number)
	path := r.URL.EscapedPath()
	if trimmed := strings.TrimRight(path, "/"); trimmed != path && trimmed != "" {
		switch web.settings["trailing_slash"] {
		case "redirect":
			target := url.URL{Path: strings.TrimRight(r.URL.Path, "/"), RawQuery: r.URL.RawQuery}
			http.Redirect(w, r, target.String(), http.StatusTemporaryRedirect)
			return
		case "same":
			path = trimmed
		}
	}

	var allowed []string
	for _, route := range web.routes {
		params, fits := route.match(strings.Split(path, "/"))
		if !fits {
			continue
		}
		asGet := r.Method == http.MethodHead && route.method == http.MethodGet && web.settings.is("head", "as_get")
		if route.method != r.Method && !asGet {
			allowed = append(allowed, route.method)
			continue
		}
		web.answer(w, &call{Request: r, settings: web.settings, params: params}, route)
		return
	}
	web.noRoute(w, r, allowed)
}

func (web *web) commonHeaders(header http.Header, number int64) {
	if web.settings.is("headers", "request_id") {
		header.Set("X-Request-Id", fmt.Sprintf("req-%06d", number))
	}
	if web.settings.is("headers", "cautious") {
		header.Set("Cache-Control", "no-store")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Vary", "Authorization, X-API-Key")
	}
	if web.settings.is("rate_limit_headers", "sent") {
		header.Set("X-RateLimit-Limit", "6000")
		header.Set("X-RateLimit-Remaining", strconv.FormatInt(6000-number%6000, 10))
	}
}

// match compares the pattern with the segments of an escaped path.
func (r route) match(segments []string) (map[string]string, bool) {
	if len(segments) != len(r.pattern) {
		return nil, false
	}
	params := map[string]string{}
	for i, part := range r.pattern {
		text, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, false
		}
		switch {
		case strings.HasPrefix(part, "{"):
			if text == "" {
				return nil, false
			}
			params[strings.Trim(part, "{}")] = text
		case part != text:
			return nil, false
		}
	}
	return params, true
}

func (web *web) noRoute(w http.ResponseWriter, r *http.Request, allowed []string) {
	if len(allowed) == 0 {
		if web.settings.is("unknown_route", "json") {
			web.write(w, r, reply{status: http.StatusNotFound, body: map[string]string{"detail": "Not Found"}})
			return
		}
		http.NotFound(w, r)
		return
	}
	if web.settings.is("head", "as_get") {
		for _, method := range allowed {
			if method == http.MethodGet {
				allowed = append(allowed, http.MethodHead)
			}
		}
	}
	sort.Strings(allowed)
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	switch {
	case r.Method == http.MethodOptions && web.settings.is("options", "204"):
		w.WriteHeader(http.StatusNoContent)
	case web.settings.is("other_method", "404"):
		w.Header().Del("Allow")
		http.NotFound(w, r)
	default:
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	}
}

func (web *web) answer(w http.ResponseWriter, c *call, route route) {
	result, err := route.handle(c)
	var refused *problem
	switch {
	case errors.As(err, &refused):
		if refused.status == http.StatusUnauthorized && web.settings.is("challenge", "sent") {
			w.Header().Set("WWW-Authenticate", `Bearer realm="api"`)
		}
		if web.settings.is("invalid_reports", "first") {
			refused.details = refused.details[:1]
		}
		web.write(w, c.Request, reply{status: refused.status, body: route.refusal(web.settings, refused)})
	case err != nil:
		log.Printf("%s: %v", route.method, err)
		web.write(w, c.Request, reply{
			status: http.StatusInternalServerError,
			body:   route.refusal(web.settings, refuse(http.StatusInternalServerError, "internal", "internal error", "server")),
		})
	default:
		for name, value := range result.header {
			w.Header().Set(name, value)
		}
		web.write(w, c.Request, result)
	}
}

func (web *web) write(w http.ResponseWriter, r *http.Request, result reply) {
	if text, plain := result.body.(string); plain {
		http.Error(w, text, result.status)
		return
	}
	if result.body == nil {
		w.WriteHeader(result.status)
		return
	}
	body := web.encode(result.body)
	header := w.Header()
	contentType := "application/json"
	if web.settings.is("content_type", "charset") {
		contentType = "application/json; charset=utf-8"
	}
	header.Set("Content-Type", contentType)
	if web.settings.is("etags", "sent") && r.Method == http.MethodGet && result.status == http.StatusOK {
		sum := sha256.Sum256(body)
		tag := `"` + hex.EncodeToString(sum[:8]) + `"`
		header.Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if web.settings.is("compression", "gzip") && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		header.Set("Content-Encoding", "gzip")
		header.Add("Vary", "Accept-Encoding")
		var packed bytes.Buffer
		writer := gzip.NewWriter(&packed)
		writer.Write(body)
		writer.Close()
		body = packed.Bytes()
	}
	if web.settings.is("transfer", "chunked") {
		w.WriteHeader(result.status)
		half := len(body) / 2
		w.Write(body[:half])
		w.(http.Flusher).Flush()
		w.Write(body[half:])
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(result.status)
	w.Write(body)
}

// encode spells a value as JSON.
func (web *web) encode(value any) []byte {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(web.settings.is("escaping", "html"))
	if web.settings.is("layout", "indented") {
		encoder.SetIndent("", "  ")
	}
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	if !web.settings.is("absent", "omitted") && !web.settings.is("member_order", "alphabetical") {
		return buffer.Bytes()
	}
	var loose any
	decoder := json.NewDecoder(&buffer)
	decoder.UseNumber()
	if err := decoder.Decode(&loose); err != nil {
		panic(err)
	}
	if web.settings.is("absent", "omitted") {
		dropNulls(loose, 2)
	}
	buffer.Reset()
	if err := encoder.Encode(loose); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}

// dropNulls removes members without a value, down to the members of what an envelope holds.
func dropNulls(value any, levels int) {
	switch value := value.(type) {
	case []any:
		for _, each := range value {
			dropNulls(each, levels)
		}
	case map[string]any:
		for name, member := range value {
			if member == nil {
				delete(value, name)
			} else if levels > 1 {
				dropNulls(member, levels-1)
			}
		}
	}
}

// inOrder makes the two kinds of checks, in the order that is chosen.
func (c *call) inOrder(access, input func() error) error {
	if c.settings.is("check_order", "input_first") {
		access, input = input, access
	}
	if err := access(); err != nil {
		return err
	}
	return input()
}

// readObject decodes the body, a JSON object, into a pointer. Details are what is wrong in its members.
func (c *call) readObject(into any) ([]detail, error) {
	if c.settings.is("media_type", "415") {
		if kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			return nil, refuse(http.StatusUnsupportedMediaType, "media_type", "Content-Type must be application/json", "header", "Content-Type")
		}
	}
	body, err := io.ReadAll(io.LimitReader(c.Body, longestBody+1))
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "body", "the body cannot be read", "body")
	}
	if len(body) > longestBody {
		return nil, refuse(http.StatusRequestEntityTooLarge, "too_large", "the body is too large", "body")
	}
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] != '{' && json.Valid(trimmed) {
		return nil, refuse(http.StatusUnprocessableEntity, "object_type", "Input should be an object", "body")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if c.settings.is("unknown_members", "refused") {
		decoder.DisallowUnknownFields()
	}
	err = decoder.Decode(into)
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		name, _, _ := strings.Cut(wrongType.Field, ".")
		return []detail{{Loc: []string{"body", name}, Msg: "Input should be of type " + jsonType(wrongType), Type: "type_error"}}, nil
	case err != nil && strings.Contains(err.Error(), "unknown field"):
		name := strings.Trim(strings.TrimPrefix(err.Error(), "json: unknown field "), `"`)
		return []detail{{Loc: []string{"body", name}, Msg: "Extra inputs are not permitted", Type: "extra_forbidden"}}, nil
	case err != nil:
		return nil, refuse(c.settings.status("bad_json"), "json_invalid", "JSON decode error", "body")
	}
	if _, err := decoder.Token(); err != io.EOF && c.settings.is("trailing_data", "refused") {
		return nil, refuse(c.settings.status("bad_json"), "json_invalid", "JSON decode error", "body")
	}
	return nil, nil
}

func jsonType(err *json.UnmarshalTypeError) string {
	if err.Type.Kind().String() == "string" {
		return "string"
	}
	return "object"
}
