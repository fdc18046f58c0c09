// Reads events with the CloudEvents SDK for Go: BOOTSTRAP COUNT TOPIC…
// Prints each as one line of JSON, and ends when it has read COUNT of them.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
)

const deadline = 60 * time.Second

type line struct {
	Topic      string            `json:"topic"`
	Partition  int32             `json:"partition"`
	Offset     int64             `json:"offset"`
	ID         string            `json:"id"`
	Source     string            `json:"source"`
	Type       string            `json:"type"`
	Subject    string            `json:"subject"`
	TimeMs     int64             `json:"time_ms"`
	DataSchema string            `json:"dataschema"`
	Extensions map[string]string `json:"extensions"`
	Data       json.RawMessage   `json:"data"`
}

func read(message *sarama.ConsumerMessage) (line, error) {
	event, err := binding.ToEvent(context.Background(),
		kafka_sarama.NewMessageFromConsumerMessage(message))
	if err == nil {
		err = event.Validate()
	}
	if err != nil {
		return line{}, fmt.Errorf("%s %d:%d: %w", message.Topic, message.Partition,
			message.Offset, err)
	}
	extensions := map[string]string{}
	for name, value := range event.Extensions() {
		// kafkatopic, kafkapartition and kafkaoffset are this SDK's own, in binary mode
		if !strings.HasPrefix(name, "kafka") {
			extensions[name] = fmt.Sprint(value)
		}
	}
	return line{message.Topic, message.Partition, message.Offset, event.ID(), event.Source(),
		event.Type(), event.Subject(), event.Time().UnixMilli(), event.DataSchema(),
		extensions, event.Data()}, nil
}

// follow sends every message of the topics' partitions to one channel.
func follow(consumer sarama.Consumer, topics []string) (<-chan *sarama.ConsumerMessage, error) {
	all := make(chan *sarama.ConsumerMessage)
	for _, topic := range topics {
		partitions, err := consumer.Partitions(topic)
		if err != nil {
			return nil, err
		}
		for _, partition := range partitions {
			from, err := consumer.ConsumePartition(topic, partition, sarama.OffsetOldest)
			if err != nil {
				return nil, err
			}
			go func() {
				for message := range from.Messages() {
					all <- message
				}
			}()
		}
	}
	return all, nil
}

func run(bootstrap string, count int, topics []string) error {
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	config.Consumer.IsolationLevel = sarama.ReadCommitted
	consumer, err := sarama.NewConsumer([]string{bootstrap}, config)
	if err != nil {
		return err
	}
	messages, err := follow(consumer, topics)
	if err != nil {
		return err
	}
	end := time.After(deadline)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for seen := 0; seen < count; seen++ {
		select {
		case message := <-messages:
			event, err := read(message)
			if err != nil {
				return err
			}
			if err := out.Encode(event); err != nil {
				return err
			}
		case <-end:
			return fmt.Errorf("only %d of %d events came within %s", seen, count, deadline)
		}
	}
	return nil
}

func main() {
	count, err := strconv.Atoi(os.Args[2])
	if err == nil {
		err = run(os.Args[1], count, os.Args[3:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
