package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of the Standard Webhooks specification, in the form that Go gives
// them: their case means nothing.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// ContentType is that of the requests' body: one event, as CloudEvents JSON.
const ContentType = "application/cloudevents+json"

// scheme begins a signature: the symmetric one of the specification.
const scheme = "v1,"

// signature is the signature of a message with one key.
func signature(key []byte, id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return scheme + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// sign sets the headers of a message, with a signature for each secret.
func sign(h http.Header, id string, at time.Time, body []byte, secrets []Secret) error {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	all := make([]string, len(secrets))
	for i, s := range secrets {
		key, err := s.bytes()
		if err != nil {
			return err
		}
		all[i] = signature(key, id, timestamp, body)
	}
	h.Set(HeaderID, id)
	h.Set(HeaderTimestamp, timestamp)
	h.Set(HeaderSignature, strings.Join(all, " "))
	return nil
}
