package main

import (
	"context"
	"fmt"
	"time"

	"millrace/interop/checks"

	"github.com/IBM/sarama"
)

func (c *cluster) consumeChecks() {
	checks.Check("consumer: reads from an offset, the beginning, the end", []string{"positions"}, c.positions)
	checks.Check("consumer: finds offsets by timestamp", []string{"offsets-by-time"}, c.timestamps)
	checks.Check("consumer: pauses, resumes", []string{"pause"}, c.pause)
	checks.Check("consumer: commits with metadata, and goes on from there", []string{"commits"}, c.commits)
	checks.Check("goes on over a restart of the broker", []string{"restart"}, c.restart)
}

func (c *cluster) positions() {
	topic := c.topic("positions", 1, nil)
	c.produce(topic, 0, checks.Numbers(0, 50))
	checks.Equal(texts(c.read(topic, 0, 5, 45)), checks.Numbers(45, 50), "from an offset")
	checks.Equal(c.read(topic, 0, 1, sarama.OffsetOldest)[0].Offset, int64(0), "from the beginning")
	reader, stop := c.reader(topic, 0, sarama.OffsetNewest)
	defer stop()
	silent(reader, "nothing is behind the end")
	c.produce(topic, 0, []string{"late"})
	checks.Equal(texts(poll(reader, 1)), []string{"late"}, "what came after")
}

// One record for each time after the first, in one batch.
func (c *cluster) produceAt(topic string, first int64, after ...int64) {
	producer := c.producer(func(config *sarama.Config) {
		config.Producer.Compression = sarama.CompressionGZIP
		config.Producer.Flush.Messages = len(after)
	})
	defer producer.Close()
	all := messages(topic, 0, checks.Numbers(0, len(after)))
	for n, ms := range after {
		all[n].Timestamp = time.UnixMilli(first + ms)
	}
	send(producer, all)
}

func (c *cluster) timestamps() {
	topic := c.topic("times", 1, nil)
	first := time.Now().Add(-100 * time.Second).UnixMilli()
	c.produceAt(topic, first, 0, 1000, 2000, 3000, 4000, 5000)
	client := checks.Got(sarama.NewClient([]string{c.bootstrap}, config()))
	defer client.Close()
	for n := range int64(6) {
		checks.Equal(checks.Got(client.GetOffset(topic, 0, first+n*1000)), n, "offset at the time of a record")
	}
	checks.Equal(checks.Got(client.GetOffset(topic, 0, first+3001)), int64(4), "between two")
	checks.Equal(checks.Got(client.GetOffset(topic, 0, first+60_000)), int64(-1), "after the last")
}

func (c *cluster) pause() {
	topic := c.topic("pause", 1, nil)
	reader, stop := c.reader(topic, 0, sarama.OffsetOldest)
	defer stop()
	c.produce(topic, 0, checks.Numbers(0, 5))
	checks.Equal(texts(poll(reader, 5)), checks.Numbers(0, 5), "before the pause")
	reader.Pause()
	// The fetch that is under way when it is paused may still bring something.
	time.Sleep(time.Second)
	c.produce(topic, 0, checks.Numbers(5, 10))
	silent(reader, "a paused partition is not read")
	reader.Resume()
	checks.Equal(texts(poll(reader, 5)), checks.Numbers(5, 10), "after the pause")
	checks.Equal(texts(c.read(topic, 0, 2, 8)), checks.Numbers(8, 10), "from another place")
}

// The offset that a group has committed for the topic's first partition, and what stands beside it.
func (c *cluster) committed(group, topic string) *sarama.OffsetFetchResponseBlock {
	found := checks.Got(c.admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0}}))
	checks.Equal(found.Err, sarama.ErrNoError, "error of the fetch")
	return found.GetBlock(topic, 0)
}

func (c *cluster) commits() {
	topic := c.topic("commits", 2, nil)
	group := checks.Unique("commits")
	c.produce(topic, 0, checks.Numbers(0, 20))
	member := c.join(group, topic)
	read := member.poll(12)
	member.mark(read[11], "twelve")
	member.leave()
	block := c.committed(group, topic)
	checks.Equal([]any{block.Offset, block.Metadata}, []any{int64(12), "twelve"}, "committed")
	other := checks.Got(c.admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {1}})).GetBlock(topic, 1)
	checks.Equal(other.Offset, int64(-1), "nothing is committed for the other partition")
	again := c.join(group, topic)
	checks.Equal(again.poll(8)[0].Offset, int64(12), "goes on")
	again.leave()
}

func (c *cluster) restart() {
	topic := c.topic("restart", 1, nil)
	group := checks.Unique("restart")
	producer := c.producer(idempotent, func(config *sarama.Config) {
		config.Producer.Retry.Max = 100
		config.Metadata.Retry.Max = 100
	})
	defer producer.Close()
	member := c.join(group, topic)
	defer member.leave()
	send(producer, messages(topic, 0, checks.Numbers(0, 100)))
	read := member.poll(100)
	checks.Equal(texts(read), checks.Numbers(0, 100), "before the restart")
	member.mark(read[99], "")
	checks.Until("the commit", func() bool { return c.committed(group, topic).Offset == 100 })
	checks.RestartBroker()
	send(producer, messages(topic, 0, checks.Numbers(100, 200)))
	read = member.poll(100)
	checks.Equal(texts(read), checks.Numbers(100, 200), "after the restart, each once")
	member.mark(read[99], "")
	checks.Until("the commit", func() bool { return c.committed(group, topic).Offset == 200 })
}

// A member of a group that hands its records to the check, which marks them for the commit.
type groupMember struct {
	group   sarama.ConsumerGroup
	records chan handed
	cancel  context.CancelFunc
	ended   chan struct{}
	latest  sarama.ConsumerGroupSession
}

type handed struct {
	record  *sarama.ConsumerMessage
	session sarama.ConsumerGroupSession
}

func (c *cluster) join(name, topic string) *groupMember {
	group := checks.Got(sarama.NewConsumerGroup([]string{c.bootstrap}, name, config(func(config *sarama.Config) {
		config.Consumer.Offsets.AutoCommit.Interval = 100 * time.Millisecond
	})))
	ctx, cancel := context.WithCancel(context.Background())
	member := &groupMember{group: group, records: make(chan handed), cancel: cancel, ended: make(chan struct{})}
	go func() {
		defer close(member.ended)
		// Each call is one session; a lost broker ends it with an error, and the next call joins again.
		for ctx.Err() == nil {
			if err := group.Consume(ctx, []string{topic}, member); err != nil {
				time.Sleep(100 * time.Millisecond)
			}
		}
	}()
	return member
}

func (m *groupMember) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (m *groupMember) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (m *groupMember) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for record := range claim.Messages() {
		select {
		case m.records <- handed{record, session}:
		case <-session.Context().Done():
			return nil
		}
	}
	return nil
}

func (m *groupMember) poll(count int) []*sarama.ConsumerMessage {
	limit := time.After(time.Minute)
	var read []*sarama.ConsumerMessage
	for len(read) < count {
		select {
		case next := <-m.records:
			read = append(read, next.record)
			m.latest = next.session
		case <-limit:
			panic(fmt.Sprintf("records read: expected %d, got %d", count, len(read)))
		}
	}
	return read
}

// Of the session that handed out the newest record.
func (m *groupMember) mark(record *sarama.ConsumerMessage, metadata string) {
	m.latest.MarkMessage(record, metadata)
}

func (m *groupMember) leave() {
	m.cancel()
	<-m.ended
	checks.Done(m.group.Close())
}
