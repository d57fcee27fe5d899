package main

import (
	"context"
	"os"
	"path/filepath"

	"github.com/platforma/platforma/storage"
	"github.com/platforma/platforma/storage/sqlite"
)

// home is where the example keeps what it makes.
type home struct {
	// database names the database for people, backend is the data center's file.
	database, backend string
	// again are the flags that lead here again.
	again string
	open  func(context.Context) (storage.Driver, error)
}

// locate finds the home that the options ask for.
func locate(o options) (home, error) {
	if o.postgres != "" {
		return locatePostgres(o)
	}
	if o.db == "" {
		folder, err := os.MkdirTemp("", "platforma-quickstart-")
		if err != nil {
			return home{}, err
		}
		o.db = filepath.Join(folder, "cloud.db")
	}
	h := home{database: "SQLite, " + o.db, backend: o.backend, again: "-db " + o.db}
	if h.backend == "" {
		h.backend = o.db + ".datacenter.jsonl"
	} else {
		h.again += " -backend " + h.backend
	}
	h.open = func(ctx context.Context) (storage.Driver, error) { return sqlite.Open(ctx, o.db, nil) }
	return h, nil
}
