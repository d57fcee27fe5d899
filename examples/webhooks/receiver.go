package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/platforma/platforma/webhook"
)

// receiver is a tenant's server. It takes what is signed with its secret, and
// each event once.
type receiver struct {
	server *httptest.Server
	out    io.Writer

	mu     sync.Mutex
	secret webhook.Secret
	seen   map[string]bool
}

func newReceiver(out io.Writer) *receiver {
	r := &receiver{out: out, seen: map[string]bool{}}
	r.server = httptest.NewServer(r)
	return r
}

func (r *receiver) trust(s webhook.Secret) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = s
}

// maxBody is how much a request may bring.
const maxBody = 1 << 20

// ServeHTTP looks at the signature before it looks at anything else.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody))
	if err != nil {
		http.Error(w, "too long", http.StatusRequestEntityTooLarge)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := webhook.Verify(request.Header, body, []webhook.Secret{r.secret}, 0, time.Now()); err != nil {
		fmt.Fprintln(r.out, "refused a request:", err)
		http.Error(w, "not signed", http.StatusUnauthorized)
		return
	}
	id := request.Header.Get(webhook.HeaderID)
	if r.seen[id] {
		return // a repeat, which is taken as it was the first time
	}
	if err := told(r.out, body); err != nil {
		http.Error(w, "not an event", http.StatusBadRequest)
		return
	}
	r.seen[id] = true
}

// forge sends what somebody else has made up.
func forge(ctx context.Context, out io.Writer, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(`{"type":"made.up"}`))
	if err != nil {
		return err
	}
	request.Header.Set(webhook.HeaderID, "evt_made_up")
	request.Header.Set(webhook.HeaderTimestamp, strconv.FormatInt(time.Now().Unix(), 10))
	request.Header.Set(webhook.HeaderSignature, "v1,bm90IGEgc2lnbmF0dXJl")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "who made it up is answered", response.Status)
	return response.Body.Close()
}
