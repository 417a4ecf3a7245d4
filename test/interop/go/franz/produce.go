package main

import (
	"strings"
	"time"

	"millrace/interop/checks"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

func (c *cluster) produceChecks() {
	levels := map[string]kgo.Acks{"0": kgo.NoAck(), "1": kgo.LeaderAck(), "all": kgo.AllISRAcks()}
	for name, level := range levels {
		checks.Check("producer: acks="+name, []string{"acks"}, func() { c.acks(level) })
	}
	compressions := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for _, name := range checks.Codecs {
		var shows []string
		if name != "none" {
			shows = []string{name}
		}
		compression := kgo.ProducerBatchCompression(compressions[name])
		checks.Check("producer: 3,000 records, idempotent, "+name, append(shows, "idempotence"), func() { c.codec(compression) })
		checks.Check("producer: 3,000 records, "+name, shows, func() { c.codec(compression, kgo.DisableIdempotentWrite()) })
	}
	checks.Check("producer: keys, null keys, null values, headers, timestamps", []string{"fields"}, c.fields)
	checks.Check("producer: batches of a megabyte over three partitions", []string{"large-batches"}, c.largeBatches)
	checks.Check("producer: a record too large is refused, and the next one taken", []string{"too-large"}, c.tooLarge)
	checks.Check("producer: creates a topic by writing to it", []string{"auto-create"}, c.autoCreate)
}

func (c *cluster) acks(level kgo.Acks) {
	topic := c.topic("acks", 1, nil)
	c.produce(topic, 0, []string{"one", "two"}, kgo.RequiredAcks(level), kgo.DisableIdempotentWrite())
	checks.Equal(texts(c.read(topic, 0, 2, start())), []string{"one", "two"}, "values")
}

func (c *cluster) codec(options ...kgo.Opt) {
	topic := c.topic("codec", 1, nil)
	values := checks.Values(3000)
	checks.Equal(c.produce(topic, 0, values, options...), upTo(3000), "offsets answered")
	records := c.read(topic, 0, 3000, start())
	checks.Equal(texts(records), values, "values")
	for n, record := range records {
		checks.Equal(record.Offset, int64(n), "offset read")
	}
}

func (c *cluster) fields() {
	topic := c.topic("fields", 1, nil)
	when := time.UnixMilli(1_700_000_000_000)
	headers := []kgo.RecordHeader{{Key: "colour", Value: []byte("blue")}, {Key: "none"}, {Key: "colour", Value: []byte{}}}
	client := c.client()
	defer client.Close()
	send(client, []*kgo.Record{
		{Topic: topic, Key: []byte("k1"), Value: []byte("v1"), Headers: headers, Timestamp: when},
		{Topic: topic, Key: []byte("k2")},
		{Topic: topic, Value: []byte("v3")},
	})
	records := c.read(topic, 0, 3, start())
	checks.Equal(string(records[0].Key)+string(records[0].Value), "k1v1", "first")
	checks.Equal(records[0].Headers, headers, "headers")
	checks.Equal(records[0].Timestamp.UnixMilli(), when.UnixMilli(), "timestamp")
	checks.Holds(records[1].Value == nil, "a null value stays one")
	checks.Holds(records[2].Key == nil, "a null key stays one")
}

func (c *cluster) largeBatches() {
	topic := c.topic("large", 3, nil)
	value := strings.Repeat("x", 10_000)
	client := c.client(kgo.ProducerLinger(50*time.Millisecond), kgo.ProducerBatchMaxBytes(1_000_000),
		kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer client.Close()
	var records []*kgo.Record
	for n := range 1200 {
		records = append(records, &kgo.Record{Topic: topic, Partition: int32(n % 3), Value: []byte(value)})
	}
	for n, offset := range send(client, records) {
		checks.Equal(offset, int64(n/3), "offset answered")
	}
	for partition := range int32(3) {
		for _, record := range c.read(topic, partition, 400, start()) {
			checks.Holds(string(record.Value) == value, "every value is whole")
		}
	}
}

func (c *cluster) tooLarge() {
	topic := c.topic("bounded", 1, setting("max.message.bytes", "20000"))
	client := c.client(kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer client.Close()
	large := &kgo.Record{Topic: topic, Value: []byte(strings.Repeat("x", 50_000))}
	checks.Refused(client.ProduceSync(background, large).FirstErr(), kerr.MessageTooLarge)
	checks.Equal(c.produce(topic, 0, []string{"small"}), []int64{0}, "offset of the next one")
}

func (c *cluster) autoCreate() {
	topic := checks.Unique("auto")
	checks.Equal(c.produce(topic, 0, []string{"one"}, kgo.AllowAutoTopicCreation()), []int64{0}, "offset")
	checks.Equal(texts(c.read(topic, 0, 1, start())), []string{"one"}, "value")
}
