package main

import (
	"strings"
	"time"

	"millrace/interop/checks"

	"github.com/IBM/sarama"
)

func (c *cluster) produceChecks() {
	levels := map[string]sarama.RequiredAcks{"0": sarama.NoResponse, "1": sarama.WaitForLocal, "all": sarama.WaitForAll}
	for name, level := range levels {
		checks.Check("producer: acks="+name, []string{"acks"}, func() { c.acks(level) })
	}
	compressions := map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
		"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	}
	for _, name := range checks.Codecs {
		var shows []string
		if name != "none" {
			shows = []string{name}
		}
		compression := func(config *sarama.Config) { config.Producer.Compression = compressions[name] }
		checks.Check("producer: 3,000 records, "+name, shows, func() { c.codec(compression) })
		checks.Check("producer: 3,000 records, idempotent, "+name, append(shows, "idempotence"), func() { c.codec(compression, idempotent) })
	}
	checks.Check("producer: keys, null keys, null values, headers, timestamps", []string{"fields"}, c.fields)
	checks.Check("producer: batches of a megabyte over three partitions", []string{"large-batches"}, c.largeBatches)
	checks.Check("producer: a record too large is refused, and the next one taken", []string{"too-large"}, c.tooLarge)
	checks.Check("producer: creates a topic by writing to it", []string{"auto-create"}, c.autoCreate)
}

func idempotent(config *sarama.Config) {
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Net.MaxOpenRequests = 1
}

func (c *cluster) acks(level sarama.RequiredAcks) {
	topic := c.topic("acks", 1, nil)
	c.produce(topic, 0, []string{"one", "two"}, func(config *sarama.Config) { config.Producer.RequiredAcks = level })
	checks.Equal(texts(c.read(topic, 0, 2, sarama.OffsetOldest)), []string{"one", "two"}, "values")
}

func (c *cluster) codec(changes ...func(*sarama.Config)) {
	topic := c.topic("codec", 1, nil)
	values := checks.Values(3000)
	checks.Equal(c.produce(topic, 0, values, changes...), upTo(3000), "offsets answered")
	read := c.read(topic, 0, 3000, sarama.OffsetOldest)
	checks.Equal(texts(read), values, "values")
	for n, message := range read {
		checks.Equal(message.Offset, int64(n), "offset read")
	}
}

func (c *cluster) fields() {
	topic := c.topic("fields", 1, nil)
	when := time.UnixMilli(1_700_000_000_000)
	headers := []sarama.RecordHeader{{Key: []byte("colour"), Value: []byte("blue")}, {Key: []byte("colour"), Value: []byte{}}}
	producer := c.producer()
	defer producer.Close()
	send(producer, []*sarama.ProducerMessage{
		{Topic: topic, Key: sarama.StringEncoder("k1"), Value: sarama.StringEncoder("v1"), Headers: headers, Timestamp: when},
		{Topic: topic, Key: sarama.StringEncoder("k2")},
		{Topic: topic, Value: sarama.StringEncoder("v3")},
	})
	read := c.read(topic, 0, 3, sarama.OffsetOldest)
	checks.Equal(string(read[0].Key)+string(read[0].Value), "k1v1", "first")
	checks.Equal(len(read[0].Headers), 2, "headers")
	for n, header := range read[0].Headers {
		checks.Equal(string(header.Key)+string(header.Value), string(headers[n].Key)+string(headers[n].Value), "header")
	}
	checks.Equal(read[0].Timestamp.UnixMilli(), when.UnixMilli(), "timestamp")
	checks.Holds(read[1].Value == nil, "a null value stays one")
	checks.Holds(read[2].Key == nil, "a null key stays one")
}

func (c *cluster) largeBatches() {
	topic := c.topic("large", 3, nil)
	value := strings.Repeat("x", 10_000)
	producer := c.producer(func(config *sarama.Config) {
		config.Producer.Flush.Bytes = 900_000
		config.Producer.Flush.Frequency = 50 * time.Millisecond
	})
	defer producer.Close()
	var all []*sarama.ProducerMessage
	for n := range 1200 {
		all = append(all, &sarama.ProducerMessage{Topic: topic, Partition: int32(n % 3), Value: sarama.StringEncoder(value)})
	}
	for n, offset := range send(producer, all) {
		checks.Equal(offset, int64(n/3), "offset answered")
	}
	for partition := range int32(3) {
		for _, message := range c.read(topic, partition, 400, sarama.OffsetOldest) {
			checks.Holds(string(message.Value) == value, "every value is whole")
		}
	}
}

func (c *cluster) tooLarge() {
	topic := c.topic("bounded", 1, setting("max.message.bytes", "20000"))
	producer := c.producer()
	defer producer.Close()
	_, _, err := producer.SendMessage(messages(topic, 0, []string{strings.Repeat("x", 50_000)})[0])
	checks.Refused(err, sarama.ErrMessageSizeTooLarge)
	checks.Equal(send(producer, messages(topic, 0, []string{"small"})), []int64{0}, "offset of the next one")
}

func (c *cluster) autoCreate() {
	topic := checks.Unique("auto")
	checks.Equal(c.produce(topic, 0, []string{"one"}), []int64{0}, "offset")
	checks.Equal(texts(c.read(topic, 0, 1, sarama.OffsetOldest)), []string{"one"}, "value")
}
