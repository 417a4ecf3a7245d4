"""
confluent-kafka, and with it the newest librdkafka: BOOTSTRAP. Its quirks, as met here:

- a delivery report comes in poll() or flush(), and an error is a value there, an exception in a future;
- librdkafka resumes a paused partition from where the application had come to, not from what was fetched;
- describe_topics asks with Metadata, and names a topic's id.
"""

import sys
import time

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    Consumer,
    ConsumerGroupTopicPartitions,
    ElectionType,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from checks import CODECS, check, codec_values, equal, holds, restart_broker, unique, until

BOOTSTRAP = sys.argv[1]
admin = AdminClient({"bootstrap.servers": BOOTSTRAP, "client.id": "interop"})


def results(futures):
    """What each future of an admin call brought, by its key."""
    return {key: future.result(30) for key, future in futures.items()}


def refused(code, body, *args):
    try:
        body(*args)
    except KafkaException as error:
        equal(error.args[0].name(), KafkaError(code).name(), "refusal")
        return
    raise AssertionError(f"expected {KafkaError(code).name()}, got no error")


def new_topic(label, partitions=1, config=None):
    name = unique(label)
    results(admin.create_topics([NewTopic(name, num_partitions=partitions, replication_factor=1, config=config or {})]))
    return name


def produce(topic, values, partition=0, keys=None, timestamps=None, **settings):
    """Sends values and returns their offsets, in their order."""
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "client.id": "interop", "linger.ms": 5, **settings})
    offsets = {}
    problems = []

    def delivered(n):
        def report(error, message):
            if error is not None:
                problems.append(error)
            else:
                offsets[n] = message.offset()

        return report

    for n, value in enumerate(values):
        extra = {} if timestamps is None else {"timestamp": timestamps[n]}
        producer.produce(
            topic, value, key=None if keys is None else keys[n], partition=partition, on_delivery=delivered(n), **extra
        )
        producer.poll(0)
    equal(producer.flush(60), 0, "messages left unsent")
    if problems:
        raise KafkaException(problems[0])
    return [offsets[n] for n in range(len(offsets))]


def consumer(group=None, **settings):
    return Consumer(
        {
            "bootstrap.servers": BOOTSTRAP,
            "client.id": "interop",
            "group.id": group or unique("reader"),
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 6000,
            "heartbeat.interval.ms": 500,
            "fetch.wait.max.ms": 200,
            **settings,
        }
    )


def poll(reader, count, limit_s=60):
    messages = []
    deadline = time.monotonic() + limit_s
    while len(messages) < count and time.monotonic() < deadline:
        for message in reader.consume(count - len(messages), timeout=0.2):
            if message.error() is not None:
                raise KafkaException(message.error())
            messages.append(message)
    equal(len(messages), count, "messages read")
    return messages


def read(topic, count, offset=OFFSET_BEGINNING, partition=0):
    reader = consumer()
    try:
        reader.assign([TopicPartition(topic, partition, offset)])
        return poll(reader, count)
    finally:
        reader.close()


def texts(messages):
    return [None if each.value() is None else each.value().decode() for each in messages]


# Produce


def acks(level):
    topic = new_topic("acks")
    produce(topic, ["one", "two"], acks=level)
    equal(texts(read(topic, 2)), ["one", "two"], "values")


def codec(name, idempotent):
    topic = new_topic("codec")
    values = codec_values(3000)
    settings = {"compression.type": name, "enable.idempotence": idempotent, "acks": "all"}
    equal(produce(topic, values, **settings), list(range(3000)), "offsets answered")
    messages = read(topic, 3000)
    equal(texts(messages), values, "values")
    equal([each.offset() for each in messages], list(range(3000)), "offsets read")


def fields():
    topic = new_topic("fields")
    producer = Producer({"bootstrap.servers": BOOTSTRAP})
    headers = [("colour", b"blue"), ("none", None), ("colour", b"")]
    producer.produce(topic, "v1", key="k1", headers=headers, timestamp=1_700_000_000_000)
    producer.produce(topic, None, key="k2")
    producer.produce(topic, "v3")
    producer.flush()
    first, second, third = read(topic, 3)
    equal((first.key(), first.value(), first.headers()), (b"k1", b"v1", headers), "first")
    equal(first.timestamp()[1], 1_700_000_000_000, "timestamp")
    equal((second.key(), second.value()), (b"k2", None), "null value")
    equal((third.key(), third.value()), (None, b"v3"), "null key")


def large_batches():
    topic = new_topic("large", 3)
    value = "x" * 10_000
    settings = {"batch.size": 1_000_000, "linger.ms": 100, "message.max.bytes": 1_000_000}
    for partition in range(3):
        offsets = produce(topic, [value] * 400, partition=partition, **settings)
        equal(offsets, list(range(400)), "offsets answered")
    for partition in range(3):
        messages = read(topic, 400, partition=partition)
        holds(all(each.value() == value.encode() for each in messages), "every value is whole")


def too_large():
    topic = new_topic("bounded", config={"max.message.bytes": "20000"})
    refused(KafkaError.MSG_SIZE_TOO_LARGE, produce, topic, ["x" * 50_000])
    equal(produce(topic, ["small"]), [0], "offset of the next one")


def auto_create():
    topic = unique("auto")
    equal(produce(topic, ["one"]), [0], "offset")
    equal(texts(read(topic, 1)), ["one"], "value")


# Consume


def positions():
    topic = new_topic("positions")
    produce(topic, [str(n) for n in range(50)])
    equal(texts(read(topic, 5, 45)), [str(n) for n in range(45, 50)], "from an offset")
    equal(read(topic, 1)[0].offset(), 0, "from the beginning")
    reader = consumer()
    equal(reader.get_watermark_offsets(TopicPartition(topic, 0)), (0, 50), "bounds")
    reader.assign([TopicPartition(topic, 0, OFFSET_END)])
    equal(reader.consume(1, timeout=1), [], "nothing is behind the end")
    produce(topic, ["late"])
    equal(texts(poll(reader, 1)), ["late"], "what came after")
    reader.close()


def timestamps():
    topic = new_topic("times")
    start = int(time.time() * 1000) - 100_000
    produce(topic, list("0123456789"), timestamps=[start + n * 1000 for n in range(10)], **{"compression.type": "gzip"})
    reader = consumer()

    def at(when):
        return reader.offsets_for_times([TopicPartition(topic, 0, when)], timeout=10)[0].offset

    for n in range(10):
        equal(at(start + n * 1000), n, f"offset at the time of {n}")
    equal(at(start + 4001), 5, "between two")
    equal(at(start + 60_000), OFFSET_END, "after the last")
    reader.close()


def pause():
    topic = new_topic("pause")
    produce(topic, [str(n) for n in range(20)])
    partition = TopicPartition(topic, 0, 0)
    reader = consumer()
    reader.assign([partition])
    equal(texts(poll(reader, 5)), list("01234"), "before the pause")
    reader.pause([partition])
    equal(reader.consume(1, timeout=0.5), [], "a paused partition is not read")
    reader.resume([partition])
    equal(texts(poll(reader, 3)), list("567"), "after the pause")
    reader.seek(TopicPartition(topic, 0, 18))
    equal(texts(poll(reader, 2)), ["18", "19"], "after the seek")
    equal(reader.position([partition])[0].offset, 20, "position")
    reader.close()


def commits():
    topic = new_topic("commits", 2)
    group = unique("commits")
    produce(topic, [str(n) for n in range(20)])
    reader = consumer(group)
    reader.subscribe([topic])
    poll(reader, 12)
    reader.commit(offsets=[TopicPartition(topic, 0, 12, "twelve", 0)], asynchronous=False)
    reader.close()
    again = consumer(group)
    found = again.committed([TopicPartition(topic, 0), TopicPartition(topic, 1)], timeout=10)
    equal([(each.offset, each.metadata) for each in found], [(12, "twelve"), (-1001, None)], "committed")
    again.subscribe([topic])
    equal(poll(again, 8)[0].offset(), 12, "goes on")
    again.close()


def simple_commits():
    topic = new_topic("simple")
    group = unique("simple")
    produce(topic, ["one", "two"])
    reader = consumer(group)
    reader.assign([TopicPartition(topic, 0, 0)])
    poll(reader, 1)
    reader.commit(asynchronous=False)
    equal(reader.committed([TopicPartition(topic, 0)], timeout=10)[0].offset, 1, "committed")
    reader.close()


def pattern():
    name = unique("pattern")
    first, second = f"{name}-x", f"{name}-y"
    results(admin.create_topics([NewTopic(first, 1, 1)]))
    produce(first, ["one"])
    reader = consumer(**{"topic.metadata.refresh.interval.ms": 500})
    reader.subscribe([f"^{name}-.*"])
    equal(texts(poll(reader, 1)), ["one"], "of the topic that was there")
    reader.commit(asynchronous=False)
    results(admin.create_topics([NewTopic(second, 1, 1)]))
    produce(second, ["two"])
    equal(texts(poll(reader, 1)), ["two"], "of a topic made later")
    reader.close()


def restart():
    topic = new_topic("restart")
    group = unique("restart")
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "enable.idempotence": True, "linger.ms": 0})
    reader = consumer(group)
    reader.subscribe([topic])
    for n in range(100):
        producer.produce(topic, str(n), partition=0)
    producer.flush(30)
    equal(texts(poll(reader, 100)), [str(n) for n in range(100)], "before the restart")
    reader.commit(asynchronous=False)
    restart_broker()
    for n in range(100, 200):
        producer.produce(topic, str(n), partition=0)
    equal(producer.flush(60), 0, "messages left unsent")
    equal(texts(poll(reader, 100)), [str(n) for n in range(100, 200)], "after the restart, each once")
    reader.commit(asynchronous=False)
    equal(reader.committed([TopicPartition(topic, 0)], timeout=10)[0].offset, 200, "committed")
    reader.close()


# Admin


def cluster():
    described = admin.describe_cluster(include_authorized_operations=True).result(10)
    equal(len(described.nodes), 1, "brokers")
    node = described.nodes[0]
    equal(f"{node.host}:{node.port}", BOOTSTRAP.replace("localhost", "127.0.0.1"), "address")
    equal(described.controller.id, node.id, "controller")
    holds(len(described.cluster_id) > 0, "the cluster has an id")


def topics():
    name = new_topic("topics", 3, {"retention.ms": "12345"})
    holds(name in admin.list_topics(timeout=10).topics, "the topic is listed")
    [described] = results(admin.describe_topics(TopicCollection([name]))).values()
    equal(len(described.partitions), 3, "partitions")
    equal([len(each.isr) for each in described.partitions], [1, 1, 1], "in-sync replicas")
    first_id = described.topic_id

    def make(topic):
        return results(admin.create_topics([topic]))

    refused(KafkaError.TOPIC_ALREADY_EXISTS, make, NewTopic(name, 1, 1))
    refused(KafkaError.TOPIC_EXCEPTION, make, NewTopic("no spaces", 1, 1))
    refused(KafkaError.INVALID_REPLICATION_FACTOR, make, NewTopic(unique("many"), 1, 3))
    refused(KafkaError.INVALID_CONFIG, make, NewTopic(unique("odd"), 1, 1, config={"retention.ms": "soon"}))
    validated = unique("validated")
    results(admin.create_topics([NewTopic(validated, 1, 1)], validate_only=True))
    results(admin.delete_topics([name]))
    until("the topic to be gone", lambda: name not in admin.list_topics(timeout=10).topics)
    holds(validated not in admin.list_topics(timeout=10).topics, "a topic that is validated is not made")
    refused(KafkaError.UNKNOWN_TOPIC_OR_PART, lambda: results(admin.delete_topics([name])))
    make(NewTopic(name, 1, 1))
    [again] = results(admin.describe_topics(TopicCollection([name]))).values()
    holds(str(again.topic_id) != str(first_id), "a new topic has a new id")


def partitions():
    topic = new_topic("grow")
    results(admin.create_partitions([NewPartitions(topic, 3)]))
    until("three partitions", lambda: len(admin.list_topics(topic, timeout=10).topics[topic].partitions) == 3)
    equal(produce(topic, ["one"], partition=2), [0], "the new partition takes records")
    refused(KafkaError.INVALID_PARTITIONS, lambda: results(admin.create_partitions([NewPartitions(topic, 2)])))


def settings_of(topic):
    resource = ConfigResource(ResourceType.TOPIC, topic)
    [found] = results(admin.describe_configs([resource])).values()
    return found


def describe_configs():
    topic = new_topic("configs", config={"retention.ms": "12345"})
    found = settings_of(topic)
    equal((found["retention.ms"].value, found["retention.ms"].is_default), ("12345", False), "given")
    equal((found["cleanup.policy"].value, found["cleanup.policy"].is_default), ("delete", True), "default")
    broker = str(admin.describe_cluster().result(10).nodes[0].id)
    [of_broker] = results(admin.describe_configs([ConfigResource(ResourceType.BROKER, broker)])).values()
    holds("log.dirs" in of_broker or "log.dir" in of_broker, "the broker tells its directories")
    refused(KafkaError.UNKNOWN_TOPIC_OR_PART, settings_of, unique("nowhere"))


def alter_configs():
    topic = new_topic("replaced", config={"retention.ms": "12345"})
    results(admin.alter_configs([ConfigResource(ResourceType.TOPIC, topic, set_config={"segment.bytes": "2000000"})]))
    found = until("the change", lambda: (s := settings_of(topic))["segment.bytes"].value == "2000000" and s)
    holds(found["retention.ms"].is_default, "what is not named is as by default")


def incremental_configs():
    topic = new_topic("changed", config={"retention.ms": "12345"})

    def change(name, operation, value=None):
        entry = ConfigEntry(name, value, incremental_operation=operation)
        resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[entry])
        results(admin.incremental_alter_configs([resource]))

    change("segment.bytes", AlterConfigOpType.SET, "2000000")
    change("cleanup.policy", AlterConfigOpType.APPEND, "compact")
    found = until("the change", lambda: (s := settings_of(topic))["cleanup.policy"].value == "delete,compact" and s)
    equal((found["segment.bytes"].value, found["retention.ms"].value), ("2000000", "12345"), "set and kept")
    change("cleanup.policy", AlterConfigOpType.SUBTRACT, "compact")
    change("retention.ms", AlterConfigOpType.DELETE)
    found = until("the change", lambda: (s := settings_of(topic))["retention.ms"].is_default and s)
    equal(found["cleanup.policy"].value, "delete", "subtracted")
    refused(KafkaError.INVALID_CONFIG, change, "retention.ms", AlterConfigOpType.SET, "soon")


def list_offsets():
    topic = new_topic("offsets")
    start = int(time.time() * 1000) - 100_000
    produce(topic, list("0123456789"), timestamps=[start + n * 1000 for n in range(10)])
    partition = TopicPartition(topic, 0)

    def offset(spec):
        [found] = results(
            admin.list_offsets({partition: spec}, isolation_level=IsolationLevel.READ_UNCOMMITTED)
        ).values()
        return found.offset

    equal(offset(OffsetSpec.earliest()), 0, "earliest")
    equal(offset(OffsetSpec.latest()), 10, "latest")
    equal(offset(OffsetSpec.for_timestamp(start + 3000)), 3, "by time")
    equal(offset(OffsetSpec.for_timestamp(start + 60_000)), -1, "after the last")


def max_timestamp():
    topic = new_topic("newest")
    start = int(time.time() * 1000) - 100_000
    produce(topic, list("0123"), timestamps=[start + n for n in (0, 5000, 3000, 1000)])
    [found] = results(admin.list_offsets({TopicPartition(topic, 0): OffsetSpec.max_timestamp()})).values()
    equal((found.offset, found.timestamp), (1, start + 5000), "newest")


def delete_records():
    topic = new_topic("trimmed")
    produce(topic, [str(n) for n in range(20)])
    [deleted] = results(admin.delete_records([TopicPartition(topic, 0, 12)])).values()
    equal(deleted.low_watermark, 12, "low watermark")
    reader = consumer()
    equal(reader.get_watermark_offsets(TopicPartition(topic, 0), timeout=10), (12, 20), "bounds")
    reader.close()
    equal(read(topic, 8)[0].offset(), 12, "first record left")
    refused(KafkaError.OFFSET_OUT_OF_RANGE, lambda: results(admin.delete_records([TopicPartition(topic, 0, 99)])))


def groups():
    topic = new_topic("described", 2)
    group = unique("described")
    produce(topic, ["one"])
    reader = consumer(group)
    reader.subscribe([topic])
    poll(reader, 1)
    listed = admin.list_consumer_groups().result(10)
    equal(listed.errors, [], "errors of the listing")
    [found] = [each for each in listed.valid if each.group_id == group]
    equal((found.is_simple_consumer_group, found.state.name), (False, "STABLE"), "listing")
    [described] = results(admin.describe_consumer_groups([group])).values()
    equal((described.state.name, described.partition_assignor), ("STABLE", "range"), "description")
    [member] = described.members
    equal((member.client_id, member.host), ("interop", "/127.0.0.1"), "member")
    assigned = sorted((each.topic, each.partition) for each in member.assignment.topic_partitions)
    equal(assigned, [(topic, 0), (topic, 1)], "assignment")
    reader.close()
    [described] = results(admin.describe_consumer_groups([group])).values()
    equal(described.state.name, "EMPTY", "state afterwards")


def group_offsets(topic, group):
    [found] = results(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])])).values()
    return found.topic_partitions[0].offset


def alter_group_offsets():
    topic = new_topic("set")
    group = unique("set")
    produce(topic, [str(n) for n in range(10)])
    results(admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 7)])]))
    equal(group_offsets(topic, group), 7, "offset set")
    reader = consumer(group)
    reader.subscribe([topic])
    equal(poll(reader, 3)[0].offset(), 7, "goes on from there")
    reader.close()


def delete_groups():
    topic = new_topic("forgotten")
    group = unique("forgotten")
    produce(topic, ["one"])
    reader = consumer(group)
    reader.subscribe([topic])
    poll(reader, 1)
    reader.commit(asynchronous=False)
    refused(KafkaError.NON_EMPTY_GROUP, lambda: results(admin.delete_consumer_groups([group])))
    reader.close()
    results(admin.delete_consumer_groups([group]))
    equal([each for each in admin.list_consumer_groups().result(10).valid if each.group_id == group], [], "listed")
    equal(group_offsets(topic, group), -1001, "offset left")
    refused(KafkaError.GROUP_ID_NOT_FOUND, lambda: results(admin.delete_consumer_groups([group])))


def elections():
    topic = new_topic("elected", 2)
    found = admin.elect_leaders(ElectionType.PREFERRED, [TopicPartition(topic, 0), TopicPartition(topic, 7)]).result(10)
    by_partition = {each.partition: error and error.name() for each, error in found.items()}
    equal(by_partition, {0: "ELECTION_NOT_NEEDED", 7: "UNKNOWN_TOPIC_OR_PART"}, "answers")


def main():
    for level in ("0", "1", "all"):
        check(f"producer: acks={level}", ["acks"], acks, level)
    for name in CODECS:
        shows = [] if name == "none" else [name]
        check(f"producer: 3,000 records, {name}", shows, codec, name, False)
        check(f"producer: 3,000 records, {name}, idempotent", [*shows, "idempotence"], codec, name, True)
    check("producer: keys, null keys, null values, headers, timestamps", ["fields"], fields)
    check("producer: batches of a megabyte over three partitions", ["large-batches"], large_batches)
    check("producer: a record too large is refused, and the next one taken", ["too-large"], too_large)
    check("producer: creates a topic by writing to it", ["auto-create"], auto_create)
    check("consumer: reads from an offset, the beginning, the end", ["positions"], positions)
    check("consumer: finds offsets by timestamp", ["offsets-by-time"], timestamps)
    check("consumer: seeks, pauses, resumes", ["pause"], pause)
    check("consumer: commits with metadata, and goes on from there", ["commits"], commits)
    check("consumer: commits without a group's membership", ["commits"], simple_commits)
    check("consumer: a pattern finds topics, and those made later", ["pattern"], pattern)
    check("admin: describes the cluster", ["cluster"], cluster)
    check("admin: creates, lists, describes, deletes topics, and refuses what makes no sense", ["topics"], topics)
    check("admin: adds partitions", ["partitions"], partitions)
    check("admin: describes settings", ["describe-configs"], describe_configs)
    check("admin: replaces settings", ["alter-configs"], alter_configs)
    check("admin: changes settings one by one", ["incremental-configs"], incremental_configs)
    check("admin: lists offsets", ["list-offsets"], list_offsets)
    check("admin: lists the offset of the newest timestamp", ["max-timestamp"], max_timestamp)
    check("admin: deletes records", ["delete-records"], delete_records)
    check("admin: lists and describes groups", ["groups"], groups)
    check("admin: sets a group's offsets", ["group-offsets"], alter_group_offsets)
    check("admin: deletes groups, and not one with members", ["delete-groups"], delete_groups)
    check("admin: elects leaders", ["elections"], elections)
    check("goes on over a restart of the broker", ["restart"], restart)


main()
