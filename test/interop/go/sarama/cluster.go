package main

import (
	"time"

	"millrace/interop/checks"

	"github.com/IBM/sarama"
)

// The broker under test, and the few things that most checks do with it.
type cluster struct {
	bootstrap string
	admin     sarama.ClusterAdmin
}

func config(changes ...func(*sarama.Config)) *sarama.Config {
	config := sarama.NewConfig()
	config.ClientID = "interop"
	config.Version = sarama.MaxVersion
	config.Producer.Return.Successes = true
	// Its default is the leader alone, whose answer says nothing of what others may read yet.
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Partitioner = sarama.NewManualPartitioner
	config.Consumer.MaxWaitTime = 200 * time.Millisecond
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.Group.Session.Timeout = 6 * time.Second
	config.Consumer.Group.Heartbeat.Interval = 500 * time.Millisecond
	config.Consumer.Group.Rebalance.Timeout = 6 * time.Second
	for _, change := range changes {
		change(config)
	}
	return config
}

func (c *cluster) topic(label string, partitions int32, configs map[string]*string) string {
	name := checks.Unique(label)
	detail := &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: 1, ConfigEntries: configs}
	checks.Done(c.admin.CreateTopic(name, detail, false))
	return name
}

func (c *cluster) producer(changes ...func(*sarama.Config)) sarama.SyncProducer {
	return checks.Got(sarama.NewSyncProducer([]string{c.bootstrap}, config(changes...)))
}

// Sends values to a partition, in order, and returns their offsets.
func (c *cluster) produce(topic string, partition int32, values []string, changes ...func(*sarama.Config)) []int64 {
	producer := c.producer(changes...)
	defer producer.Close()
	return send(producer, messages(topic, partition, values))
}

func messages(topic string, partition int32, values []string) []*sarama.ProducerMessage {
	all := make([]*sarama.ProducerMessage, len(values))
	for n, value := range values {
		all[n] = &sarama.ProducerMessage{Topic: topic, Partition: partition, Value: sarama.StringEncoder(value)}
	}
	return all
}

func send(producer sarama.SyncProducer, all []*sarama.ProducerMessage) []int64 {
	checks.Done(producer.SendMessages(all))
	offsets := make([]int64, len(all))
	for n, message := range all {
		offsets[n] = message.Offset
	}
	return offsets
}

// A partition read without a group; stop ends it.
func (c *cluster) reader(topic string, partition int32, from int64) (reader sarama.PartitionConsumer, stop func()) {
	consumer := checks.Got(sarama.NewConsumer([]string{c.bootstrap}, config()))
	reader = checks.Got(consumer.ConsumePartition(topic, partition, from))
	return reader, func() {
		checks.Done(reader.Close())
		checks.Done(consumer.Close())
	}
}

func poll(reader sarama.PartitionConsumer, count int) []*sarama.ConsumerMessage {
	limit := time.After(time.Minute)
	var read []*sarama.ConsumerMessage
	for len(read) < count {
		select {
		case message := <-reader.Messages():
			read = append(read, message)
		case <-limit:
			checks.Equal(len(read), count, "records read")
		}
	}
	return read
}

func silent(reader sarama.PartitionConsumer, what string) {
	select {
	case <-reader.Messages():
		panic(what)
	case <-time.After(500 * time.Millisecond):
	}
}

func (c *cluster) read(topic string, partition int32, count int, from int64) []*sarama.ConsumerMessage {
	reader, stop := c.reader(topic, partition, from)
	defer stop()
	return poll(reader, count)
}

func texts(read []*sarama.ConsumerMessage) []string {
	values := make([]string, len(read))
	for n, message := range read {
		values[n] = string(message.Value)
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
