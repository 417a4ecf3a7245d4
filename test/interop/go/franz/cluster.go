package main

import (
	"context"
	"fmt"
	"time"

	"millrace/interop/checks"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

// The broker under test, and the few things that most checks do with it.
type cluster struct {
	bootstrap string
	admin     *kadm.Client
}

var background = context.Background()

func (c *cluster) client(options ...kgo.Opt) *kgo.Client {
	common := []kgo.Opt{
		kgo.SeedBrokers(c.bootstrap),
		kgo.ClientID("interop"),
		kgo.FetchMaxWait(200 * time.Millisecond),
		kgo.RecordPartitioner(kgo.ManualPartitioner()),
	}
	return checks.Got(kgo.NewClient(append(common, options...)...))
}

func (c *cluster) topic(label string, partitions int32, configs map[string]*string) string {
	name := checks.Unique(label)
	checks.Got(c.admin.CreateTopic(background, partitions, 1, configs, name))
	return name
}

// Sends values to a partition, in order, and returns their offsets.
func (c *cluster) produce(topic string, partition int32, values []string, options ...kgo.Opt) []int64 {
	client := c.client(options...)
	defer client.Close()
	records := make([]*kgo.Record, len(values))
	for n, value := range values {
		records[n] = &kgo.Record{Topic: topic, Partition: partition, Value: []byte(value)}
	}
	return send(client, records)
}

func send(client *kgo.Client, records []*kgo.Record) []int64 {
	checks.Done(client.ProduceSync(background, records...).FirstErr())
	offsets := make([]int64, len(records))
	for n, record := range records {
		offsets[n] = record.Offset
	}
	return offsets
}

// Reads until count records have come, or a minute has passed.
func poll(client *kgo.Client, count int) []*kgo.Record {
	limit, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	var records []*kgo.Record
	for len(records) < count && limit.Err() == nil {
		fetches := client.PollRecords(limit, count-len(records))
		if limit.Err() == nil {
			checks.Done(fetches.Err())
		}
		records = append(records, fetches.Records()...)
	}
	checks.Equal(len(records), count, "records read")
	return records
}

func (c *cluster) read(topic string, partition int32, count int, from kgo.Offset) []*kgo.Record {
	client := c.client(at(topic, partition, from))
	defer client.Close()
	return poll(client, count)
}

// Reads a partition, without a group.
func at(topic string, partition int32, from kgo.Offset) kgo.Opt {
	return kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: {partition: from}})
}

func start() kgo.Offset { return kgo.NewOffset().AtStart() }

func inGroup(group string, topics ...string) []kgo.Opt {
	return []kgo.Opt{
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(start()),
		kgo.SessionTimeout(6 * time.Second),
		kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.DisableAutoCommit(),
	}
}

func texts(records []*kgo.Record) []string {
	values := make([]string, len(records))
	for n, record := range records {
		values[n] = string(record.Value)
	}
	return values
}

// 0, 1, 2, …
func upTo(count int) []int64 {
	numbers := make([]int64, count)
	for n := range numbers {
		numbers[n] = int64(n)
	}
	return numbers
}

func setting(name, value string) map[string]*string { return map[string]*string{name: &value} }

// The only answer there should be.
func only[T any](answers []T, what string) T {
	checks.Equal(len(answers), 1, fmt.Sprintf("answers: %s", what))
	return answers[0]
}
