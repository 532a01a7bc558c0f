package main

import (
	"context"
	"net/http"
	"strings"
	"time"
)

const (
	syncSteps = 6
	syncPace  = 100 * time.Millisecond
)

// syncJob is an execution of an import of data.
type syncJob struct {
	ID                    string         `json:"id"`
	CollectionConnectorID string         `json:"collection_connector_id"`
	Status                string         `json:"status"`
	RecordsFetched        int            `json:"records_fetched"`
	Metadata              map[string]any `json:"metadata"`
	CreatedAt             stamp          `json:"created_at"`
	CompletedAt           *stamp         `json:"completed_at"`

	cancel context.CancelFunc
}

// shown is a sync as it is answered.
func (job *syncJob) shown(s settings) any {
	if job.CompletedAt != nil || s.is("not_completed", "null") {
		return *job
	}
	return struct {
		syncJob
		CompletedAt *stamp `json:"completed_at,omitempty"`
	}{syncJob: *job}
}

// stop ends the goroutine of a sync.
func (job *syncJob) stop() {
	if job.cancel != nil {
		job.cancel()
	}
}

// ended: the sync will not change any more.
func (job *syncJob) ended() bool { return job.CompletedAt != nil }

// running is the newest sync of a connector that has not ended; a.mu is held.
func (a *aimable) running(connectorID string) *syncJob {
	for i := len(a.syncs) - 1; i >= 0; i-- {
		if job := a.syncs[i]; job.CollectionConnectorID == connectorID && !job.ended() {
			return job
		}
	}
	return nil
}

func (a *aimable) triggerSync(c *call) (reply, error) {
	if err := a.enter(c, true); err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	found, err := a.connector(c)
	if err != nil {
		return reply{}, err
	}
	if running := a.running(found.ID); running != nil {
		switch a.settings["second_sync"] {
		case "409":
			return reply{}, refuse(http.StatusConflict, "conflict", "A sync is running", "path", "connector_id")
		case "same":
			return reply{status: http.StatusAccepted, body: envelope{Data: running.shown(a.settings)}}, nil
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	job := &syncJob{
		ID:                    a.settings.newID("sync"),
		CollectionConnectorID: found.ID,
		Status:                a.settings["first_status"],
		Metadata:              map[string]any{},
		CreatedAt:             a.settings.now(),
		cancel:                cancel,
	}
	a.syncs = append(a.syncs, job)
	go a.progress(ctx, job, 5*count(roots(found.ProviderSlug)))
	return reply{status: http.StatusAccepted, body: envelope{Data: job.shown(a.settings)}}, nil
}

// progress imports the records of a sync, until it is finished or cancelled.
func (a *aimable) progress(ctx context.Context, job *syncJob, total int) {
	ticker := time.NewTicker(syncPace)
	defer ticker.Stop()
	for step := 1; step <= syncSteps; step++ {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		a.mu.Lock()
		if ctx.Err() == nil {
			a.advance(job, step, total)
		}
		a.mu.Unlock()
	}
}

// advance makes a step of a sync; a.mu is held.
func (a *aimable) advance(job *syncJob, step, total int) {
	job.Status = "running"
	job.RecordsFetched = total * step / syncSteps
	if step == syncSteps {
		job.Status = a.settings["finished_status"]
		if a.settings.is("sync_metadata", "counts") {
			job.Metadata = map[string]any{"pages": syncSteps, "skipped": 0}
		}
		a.complete(job)
	}
}

func (a *aimable) complete(job *syncJob) {
	now := a.settings.now()
	job.CompletedAt = &now
	job.stop()
}

func (a *aimable) listSyncs(c *call) (reply, error) {
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
	listed := []any{}
	for i := range a.syncs {
		job := a.syncs[len(a.syncs)-1-i]
		if a.settings.is("sync_order", "oldest_first") {
			job = a.syncs[i]
		}
		if job.CollectionConnectorID != found.ID || query.Has("status") && job.Status != query.Get("status") {
			continue
		}
		listed = append(listed, job.shown(a.settings))
	}
	return reply{status: http.StatusOK, body: page(a.settings, listed, part)}, nil
}

func (a *aimable) getSync(c *call) (reply, error) {
	if err := a.enter(c, false); err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	found, err := a.connector(c)
	if err != nil {
		return reply{}, err
	}
	id := c.params["sync_id"]
	if a.settings.is("uuid_case", "ignored") {
		id = strings.ToLower(id)
	}
	for _, job := range a.syncs {
		if job.ID == id && job.CollectionConnectorID == found.ID {
			return reply{status: http.StatusOK, body: envelope{Data: job.shown(a.settings)}}, nil
		}
	}
	return reply{}, refuse(http.StatusNotFound, "not_found", "Sync not found", "path", "sync_id")
}

func (a *aimable) cancelSync(c *call) (reply, error) {
	if err := a.enter(c, true); err != nil {
		return reply{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	found, err := a.connector(c)
	if err != nil {
		return reply{}, err
	}
	job := a.running(found.ID)
	if job == nil {
		if a.settings.is("nothing_to_cancel", "204") {
			return reply{status: http.StatusNoContent}, nil
		}
		return reply{}, refuse(a.settings.status("nothing_to_cancel"), "conflict", "No sync is running", "path", "connector_id")
	}
	job.stop()
	if a.settings.is("cancelling", "by_way_of_cancelling") && job.Status != "cancelling" {
		job.Status = "cancelling"
		time.AfterFunc(200*time.Millisecond, func() {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.markCancelled(job)
		})
	} else {
		a.markCancelled(job)
	}
	if a.settings.is("cancelled", "204") {
		return reply{status: http.StatusNoContent}, nil
	}
	return reply{status: a.settings.status("cancelled"), body: envelope{Data: job.shown(a.settings)}}, nil
}

// markCancelled ends a sync that was cancelled; a.mu is held.
func (a *aimable) markCancelled(job *syncJob) {
	if job.ended() {
		return
	}
	job.Status = a.settings["cancelled_status"]
	a.complete(job)
}
