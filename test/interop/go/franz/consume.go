package main

import (
	"context"
	"fmt"
	"time"

	"millrace/interop/checks"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func (c *cluster) consumeChecks() {
	checks.Check("consumer: reads from an offset, the beginning, the end", []string{"positions"}, c.positions)
	checks.Check("consumer: finds offsets by timestamp", []string{"offsets-by-time"}, c.timestamps)
	checks.Check("consumer: seeks, pauses, resumes", []string{"pause"}, c.pause)
	checks.Check("consumer: fifty partitions, of which few gain records", []string{"fetch-sessions"}, c.manyPartitions)
	checks.Check("consumer: commits with metadata, and goes on from there", []string{"commits"}, c.commits)
	checks.Check("consumer: a pattern finds topics, and those made later", []string{"pattern"}, c.pattern)
	checks.Check("goes on over a restart of the broker", []string{"restart"}, c.restart)
}

func (c *cluster) positions() {
	topic := c.topic("positions", 1, nil)
	c.produce(topic, 0, checks.Numbers(0, 50))
	checks.Equal(texts(c.read(topic, 0, 5, kgo.NewOffset().At(45))), checks.Numbers(45, 50), "from an offset")
	checks.Equal(c.read(topic, 0, 1, start())[0].Offset, int64(0), "from the beginning")
	checks.Equal(texts(c.read(topic, 0, 2, kgo.NewOffset().AtEnd().Relative(-2))), checks.Numbers(48, 50), "before the end")
	client := c.client(at(topic, 0, kgo.NewOffset().AtEnd()))
	defer client.Close()
	silent(client, "nothing is behind the end")
	c.produce(topic, 0, []string{"late"})
	checks.Equal(texts(poll(client, 1)), []string{"late"}, "what came after")
}

// Half a second without a record.
func silent(client *kgo.Client, what string) {
	limit, cancel := context.WithTimeout(background, 500*time.Millisecond)
	defer cancel()
	checks.Equal(client.PollFetches(limit).NumRecords(), 0, what)
}

func (c *cluster) timestamps() {
	topic := c.topic("times", 1, nil)
	first := time.Now().Add(-100 * time.Second).UnixMilli()
	c.produceAt(topic, first, 0, 1000, 2000, 3000, 4000, 5000)
	read := func(when int64) int64 {
		return c.read(topic, 0, 1, kgo.NewOffset().AfterMilli(when))[0].Offset
	}
	for n := range int64(6) {
		checks.Equal(read(first+n*1000), n, "offset at the time of a record")
	}
	checks.Equal(read(first+3001), int64(4), "between two")
}

// One record for each time after the first.
func (c *cluster) produceAt(topic string, first int64, after ...int64) {
	client := c.client(kgo.ProducerLinger(50 * time.Millisecond))
	defer client.Close()
	records := make([]*kgo.Record, len(after))
	for n, ms := range after {
		records[n] = &kgo.Record{Topic: topic, Value: []byte(fmt.Sprint(n)), Timestamp: time.UnixMilli(first + ms)}
	}
	send(client, records)
}

func (c *cluster) pause() {
	topic := c.topic("pause", 1, nil)
	c.produce(topic, 0, checks.Numbers(0, 20))
	client := c.client(at(topic, 0, start()))
	defer client.Close()
	partition := map[string][]int32{topic: {0}}
	checks.Equal(texts(poll(client, 5)), checks.Numbers(0, 5), "before the pause")
	client.PauseFetchPartitions(partition)
	silent(client, "a paused partition is not read")
	client.ResumeFetchPartitions(partition)
	checks.Equal(texts(poll(client, 3)), checks.Numbers(5, 8), "after the pause")
	client.SetOffsets(map[string]map[int32]kgo.EpochOffset{topic: {0: {Epoch: -1, Offset: 18}}})
	checks.Equal(texts(poll(client, 2)), checks.Numbers(18, 20), "after the seek")
}

func (c *cluster) manyPartitions() {
	const partitions = 50
	topic := c.topic("many", partitions, nil)
	offsets := map[int32]kgo.Offset{}
	for partition := range int32(partitions) {
		offsets[partition] = start()
	}
	client := c.client(kgo.ConsumePartitions(map[string]map[int32]kgo.Offset{topic: offsets}))
	defer client.Close()
	next := map[int32]int64{}
	for round := range 20 {
		partition := int32(round * 7 % partitions)
		value := fmt.Sprint(round)
		c.produce(topic, partition, []string{value})
		record := poll(client, 1)[0]
		checks.Equal([]any{record.Partition, record.Offset, string(record.Value)}, []any{partition, next[partition], value}, "record")
		next[partition]++
	}
}

func (c *cluster) commits() {
	topic := c.topic("commits", 2, nil)
	group := checks.Unique("commits")
	c.produce(topic, 0, checks.Numbers(0, 20))
	client := c.client(inGroup(group, topic)...)
	poll(client, 12)
	offset := kadm.Offset{Topic: topic, Partition: 0, At: 12, LeaderEpoch: 0, Metadata: "twelve"}
	client.CommitOffsetsSync(background, map[string]map[int32]kgo.EpochOffset{topic: {0: {Epoch: 0, Offset: 12}}}, nil)
	client.Close()
	found := checks.Got(c.admin.FetchOffsets(background, group))
	committed, _ := found.Lookup(topic, 0)
	checks.Equal(committed.At, int64(12), "committed")
	_, other := found.Lookup(topic, 1)
	checks.Holds(!other, "nothing is committed for the other partition")

	offsets := kadm.Offsets{}
	offsets.Add(offset)
	checks.Done(c.admin.CommitAllOffsets(background, group, offsets))
	committed, _ = checks.Got(c.admin.FetchOffsets(background, group)).Lookup(topic, 0)
	checks.Equal([]any{committed.At, committed.Metadata, committed.LeaderEpoch}, []any{int64(12), "twelve", int32(0)}, "with metadata")

	again := c.client(inGroup(group, topic)...)
	defer again.Close()
	checks.Equal(poll(again, 8)[0].Offset, int64(12), "goes on")
}

func (c *cluster) pattern() {
	name := checks.Unique("pattern")
	first, second := name+"-x", name+"-y"
	checks.Got(c.admin.CreateTopic(background, 1, 1, nil, first))
	c.produce(first, 0, []string{"one"})
	client := c.client(append(inGroup(name, "^"+name+"-.*"), kgo.ConsumeRegex(), kgo.MetadataMinAge(100*time.Millisecond),
		kgo.MetadataMaxAge(500*time.Millisecond))...)
	defer client.Close()
	checks.Equal(texts(poll(client, 1)), []string{"one"}, "of the topic that was there")
	checks.Done(client.CommitUncommittedOffsets(background))
	checks.Got(c.admin.CreateTopic(background, 1, 1, nil, second))
	c.produce(second, 0, []string{"two"})
	checks.Equal(texts(poll(client, 1)), []string{"two"}, "of a topic made later")
}

func (c *cluster) restart() {
	topic := c.topic("restart", 1, nil)
	group := checks.Unique("restart")
	producer := c.client()
	defer producer.Close()
	reader := c.client(inGroup(group, topic)...)
	defer reader.Close()
	sendNumbers := func(from, to int) {
		var records []*kgo.Record
		for _, value := range checks.Numbers(from, to) {
			records = append(records, &kgo.Record{Topic: topic, Value: []byte(value)})
		}
		send(producer, records)
	}
	sendNumbers(0, 100)
	checks.Equal(texts(poll(reader, 100)), checks.Numbers(0, 100), "before the restart")
	checks.Done(reader.CommitUncommittedOffsets(background))
	checks.RestartBroker()
	sendNumbers(100, 200)
	// What a lost connection interrupts is told as an error of the fetch, and the next fetch goes on.
	var records []*kgo.Record
	checks.Until("what was written after the restart", func() bool {
		records = append(records, reader.PollRecords(background, 100).Records()...)
		return len(records) >= 100
	})
	checks.Equal(texts(records), checks.Numbers(100, 200), "after the restart, each once")
	checks.Done(reader.CommitUncommittedOffsets(background))
	// The admin's own connection is of before the restart: its first use may find that out.
	checks.Until("the offset to be committed", func() bool {
		found, err := c.admin.FetchOffsets(background, group)
		committed, _ := found.Lookup(topic, 0)
		return err == nil && committed.At == 200
	})
}
