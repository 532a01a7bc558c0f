package main

import (
	"net/http"
)

// resource is a folder, a file, a channel or a repository of a service.
type resource struct {
	ID          string  `json:"id"`
	Name        string  `json:"name"`
	Type        string  `json:"type"`
	ParentID    *string `json:"parent_id"`
	HasChildren bool    `json:"has_children"`
}

type node struct {
	id, name, kind string
	children       []node
}

// folders and files of Google's services, channels of Slack, and what the others have.
var (
	drive = []node{
		{"1A2B3C4D", "Handbook", "folder", []node{
			{"2C9D0E1F", "Onboarding", "folder", []node{
				{"3D4A7B20", "First week.gdoc", "file", nil},
				{"3D4A7B21", "Accounts & keys.gdoc", "file", nil},
			}},
			{"2C9D0E20", "Travel policy.pdf", "file", nil},
			{"2C9D0E21", "Übersicht <2024>.gsheet", "file", nil},
		}},
		{"5E6F7G8H", "Press", "folder", []node{
			{"6A7B8C9D", "Logo.svg", "file", nil},
			{"6A7B8C9E", "Drafts", "folder", []node{}},
		}},
		{"9Z8Y7X6W", "Read me.txt", "file", nil},
	}
	slackChannels = []node{
		{"C024BE91L", "general", "channel", []node{{"T1700000001", "Release 4.2", "thread", nil}}},
		{"C03F7K2QD", "support", "channel", []node{}},
	}
	otherRoots = []node{
		{"root-1", "Documents", "folder", []node{{"item-1", "Notes.md", "file", nil}}},
	}
)

func roots(slug string) []node {
	switch slug {
	case "google-drive", "google-workspace":
		return drive
	case "slack":
		return slackChannels
	}
	return otherRoots
}

// children finds those of a node anywhere in a tree. found is false where the node does not exist.
func children(nodes []node, id string) (list []node, found bool) {
	for _, each := range nodes {
		if each.id == id {
			return each.children, true
		}
		if list, found := children(each.children, id); found {
			return list, true
		}
	}
	return nil, false
}

func count(nodes []node) int {
	total := 0
	for _, each := range nodes {
		total += 1 + count(each.children)
	}
	return total
}

func (a *aimable) browse(c *call) (reply, error) {
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
	found, err := a.connector(c)
	if err != nil {
		return reply{}, err
	}
	query := c.URL.Query()
	nodes := roots(found.ProviderSlug)
	var parent *string
	if id := query.Get("parent_id"); id != "" {
		list, exists := children(nodes, id)
		if !exists && !a.settings.is("unknown_parent", "empty") {
			return reply{}, refuse(a.settings.status("unknown_parent"), "not_found", "Resource not found", "query", "parent_id")
		}
		nodes, parent = list, &id
	}
	resources := []resource{}
	for _, each := range nodes {
		if query.Has("type") && each.kind != query.Get("type") {
			continue
		}
		resources = append(resources, resource{each.id, each.name, each.kind, parent, len(each.children) > 0})
	}
	return reply{status: http.StatusOK, body: page(a.settings, resources, part)}, nil
}
