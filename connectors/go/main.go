// Ships an order when its payment settles, once, however often the event is delivered.
//
//	reader BOOTSTRAP_SERVERS GROUP TOPIC
//
// What has been handled is remembered by ce_id in shop.sqlite3, in the transaction of the effect.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	_ "github.com/mattn/go-sqlite3"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

const tables = `CREATE TABLE IF NOT EXISTS seen (ce_id TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS shipments (order_id TEXT PRIMARY KEY, amount TEXT);`

type event struct {
	Payment struct {
		OrderID     string `json:"order_id"`
		GrossAmount string `json:"gross_amount"` // a decimal: never make a float of it
	} `json:"payment"`
}

// handle is yours. It runs in the open transaction; an error undoes it.
func handle(tx *sql.Tx, e event, headers map[string]string) error {
	order, amount, status := e.Payment.OrderID, e.Payment.GrossAmount, headers["ce_orderstatus"]
	// the order decides, not the attempt: two attempts may pay for one, or money may have gone back
	if status == "paid" {
		first, err := insert(tx, "INSERT OR IGNORE INTO shipments VALUES (?, ?)", order, amount)
		if err != nil {
			return err
		}
		if first {
			fmt.Println("ship", order, amount, status)
			return nil
		}
	}
	fmt.Println("not shipped", order, status, headers["ce_anomaly"])
	return nil
}

// insert says whether the row is new.
func insert(tx *sql.Tx, statement string, values ...any) (bool, error) {
	result, err := tx.Exec(statement, values...)
	if err != nil {
		return false, err
	}
	rows, err := result.RowsAffected()
	return rows == 1, err
}

func handleOnce(database *sql.DB, record *kgo.Record) error {
	headers := map[string]string{}
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	if headers["ce_type"] != "sinyal.payment.settled.v1" {
		log.Println("skipped", headers["ce_type"])
		return nil
	}
	var e event
	if err := json.Unmarshal(record.Value, &e); err != nil {
		return err
	}
	if headers["ce_id"] == "" || e.Payment.OrderID == "" { // Go reads what is missing as ""
		return errors.New("ce_id or payment.order_id is missing")
	}
	tx, err := database.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after a commit
	first, err := insert(tx, "INSERT OR IGNORE INTO seen VALUES (?)", headers["ce_id"])
	if err != nil || !first { // an error, or delivered again
		return err
	}
	if err := handle(tx, e, headers); err != nil {
		return err
	}
	return tx.Commit()
}

// find fails where there is no such topic, or no right to it: franz-go would wait without a word.
func find(ctx context.Context, client *kgo.Client, topic string) error {
	request := kmsg.NewPtrMetadataRequest()
	request.Topics = []kmsg.MetadataRequestTopic{{Topic: &topic}}
	answer, err := request.RequestWith(ctx, client)
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(answer.Topics[0].ErrorCode)
}

// read returns when it is told to stop, or with an error; nothing of that event is committed.
func read(stop context.Context, client *kgo.Client, database *sql.DB, topic string) error {
	if err := find(stop, client, topic); err != nil {
		return fmt.Errorf("the topic %s cannot be read at %s: %w", topic, os.Args[1], err)
	}
	for {
		fetches := client.PollRecords(stop, 100)
		if stop.Err() != nil {
			return nil
		}
		if err := fetches.Err(); err != nil {
			return err
		}
		for _, record := range fetches.Records() {
			if err := handleOnce(database, record); err != nil {
				return fmt.Errorf("%s[%d]@%d: %w", record.Topic, record.Partition, record.Offset, err)
			}
		}
		if err := client.CommitRecords(context.Background(), fetches.Records()...); err != nil {
			log.Println("not committed, so it comes again:", err)
		}
		client.AllowRebalance()
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: reader BOOTSTRAP_SERVERS GROUP TOPIC")
		os.Exit(2)
	}
	database, err := sql.Open("sqlite3", "shop.sqlite3")
	if err == nil {
		_, err = database.Exec(tables)
	}
	if err != nil {
		log.Fatal(err)
	}
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Args[1], ",")...),
		kgo.ConsumerGroup(os.Args[2]),
		kgo.ConsumeTopics(os.Args[3]),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), // franz-go's default shows what was taken back
		kgo.DisableAutoCommit(),
		kgo.SessionTimeout(10*time.Second), // how long the group waits for one that was killed
		kgo.BlockRebalanceOnPoll(),         // no partition moves while its records are at work
	)
	if err != nil {
		log.Fatal(err)
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	err = read(stop, client, database, os.Args[3])
	cancel()                        // a second Ctrl-C ends it at once
	client.CloseAllowingRebalance() // leaves the group, so that the next one need not wait
	if err != nil {
		log.Fatal(err)
	}
}
