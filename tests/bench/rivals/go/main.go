// What a user would write in Go: verify, append with acks=all, answer 200 after the ack.
package main

import (
	"crypto/sha512"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
)

type notification struct {
	OrderID      string `json:"order_id"`
	StatusCode   string `json:"status_code"`
	GrossAmount  string `json:"gross_amount"`
	SignatureKey string `json:"signature_key"`
}

func main() {
	topic, key := os.Getenv("TOPIC"), os.Getenv("SERVER_KEY")
	// Idempotent and acks=all are its defaults, murmur2 by key too.
	producer, err := kgo.NewClient(kgo.SeedBrokers(os.Getenv("KAFKA")),
		kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(time.Millisecond),
		kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("POST /notifications", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 262144))
		var n notification
		if err != nil || json.Unmarshal(body, &n) != nil {
			http.Error(w, "malformed", http.StatusBadRequest)
			return
		}
		digest := sha512.Sum512([]byte(n.OrderID + n.StatusCode + n.GrossAmount + key))
		wanted := hex.EncodeToString(digest[:])
		if subtle.ConstantTimeCompare([]byte(wanted), []byte(n.SignatureKey)) != 1 {
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		record := &kgo.Record{Key: []byte("G141532850:payment:" + n.OrderID), Value: body}
		if err := producer.ProduceSync(r.Context(), record).FirstErr(); err != nil {
			http.Error(w, "not stored", http.StatusGatewayTimeout)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"status":"ok"}`)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
