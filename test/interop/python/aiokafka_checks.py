"""
aiokafka, Python throughout: BOOTSTRAP. Its quirks, as met here:

- an answer of its admin is mostly the protocol's own object, with errors as codes; create_partitions raises;
- a rebalance listener hears of everything given up at once: it has no cooperative assignor.
"""

import asyncio
import sys
import time

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import InvalidPartitionsError, MessageSizeTooLargeError, for_code
from aiokafka.structs import OffsetAndMetadata

from checks import CODECS, check_async, codec_values, equal, holds, restart_broker, unique

BOOTSTRAP = sys.argv[1]


async def until(what, condition, limit_s=30):
    deadline = time.monotonic() + limit_s
    while True:
        value = await condition()
        if value:
            return value
        holds(time.monotonic() < deadline, f"waited {limit_s} s for {what}")
        await asyncio.sleep(0.05)


class Producer:
    """Sends to partition 0 unless told otherwise; used as `async with`."""

    def __init__(self, **settings):
        self.inner = AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, client_id="interop", **settings)

    async def __aenter__(self):
        await self.inner.start()
        return self

    async def __aexit__(self, *_):
        await self.inner.stop()

    async def send(self, topic, values, partition=0, timestamps=None):
        """Their offsets, in their order."""
        times = timestamps or [None] * len(values)
        sent = [
            await self.inner.send(topic, value.encode(), partition=partition, timestamp_ms=when)
            for value, when in zip(values, times)
        ]
        return [(await each).offset for each in sent]


class Consumer:
    def __init__(self, *topics, group=None, **settings):
        self.inner = AIOKafkaConsumer(
            *topics,
            bootstrap_servers=BOOTSTRAP,
            client_id="interop",
            group_id=group,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            session_timeout_ms=6000,
            heartbeat_interval_ms=500,
            fetch_max_wait_ms=200,
            **settings,
        )

    async def __aenter__(self):
        await self.inner.start()
        return self

    async def __aexit__(self, *_):
        await self.inner.stop()

    async def poll(self, count):
        records = []
        deadline = time.monotonic() + 60
        while len(records) < count and time.monotonic() < deadline:
            for batch in (await self.inner.getmany(timeout_ms=200, max_records=count - len(records))).values():
                records.extend(batch)
        equal(len(records), count, "records read")
        return records


def texts(records):
    return [None if each.value is None else each.value.decode() for each in records]


async def new_topic(admin, label, partitions=1, configs=None):
    name = unique(label)
    answer = await admin.create_topics([NewTopic(name, partitions, 1, topic_configs=configs or {})])
    equal([each[1] for each in answer.topic_errors], [0], "error of the creation")
    return name


async def produce(topic, values, timestamps=None, partition=0, **settings):
    async with Producer(**settings) as producer:
        return await producer.send(topic, values, partition, timestamps)


async def read(topic, count, offset=0, partition=0):
    async with Consumer() as consumer:
        place = TopicPartition(topic, partition)
        consumer.inner.assign([place])
        consumer.inner.seek(place, offset)
        return await consumer.poll(count)


# Produce


async def acks(admin, level):
    topic = await new_topic(admin, "acks")
    async with Producer(acks=level) as producer:
        await producer.inner.send(topic, b"one", partition=0)
        await producer.inner.send(topic, b"two", partition=0)
        await producer.inner.flush()
    equal(texts(await read(topic, 2)), ["one", "two"], "values")


async def codec(admin, name, idempotent):
    topic = await new_topic(admin, "codec")
    values = codec_values(2000)
    compression = None if name == "none" else name
    settings = {"compression_type": compression, "enable_idempotence": idempotent, "acks": "all", "linger_ms": 5}
    equal(await produce(topic, values, **settings), list(range(2000)), "offsets answered")
    records = await read(topic, 2000)
    equal(texts(records), values, "values")
    equal([each.offset for each in records], list(range(2000)), "offsets read")


async def fields(admin):
    topic = await new_topic(admin, "fields")
    headers = [("colour", b"blue"), ("none", None), ("colour", b"")]
    async with Producer() as producer:
        send = producer.inner.send_and_wait
        await send(topic, b"v1", key=b"k1", headers=headers, timestamp_ms=1_700_000_000_000)
        await send(topic, None, key=b"k2")
        await send(topic, b"v3")
    first, second, third = await read(topic, 3)
    equal((first.key, first.value, list(first.headers)), (b"k1", b"v1", headers), "first")
    equal((first.timestamp, first.timestamp_type), (1_700_000_000_000, 0), "timestamp")
    equal((second.key, second.value), (b"k2", None), "null value")
    equal((third.key, third.value), (None, b"v3"), "null key")


async def large_batches(admin):
    topic = await new_topic(admin, "large", 3)
    value = "x" * 10_000
    async with Producer(max_batch_size=1_000_000, max_request_size=1_000_000, linger_ms=50) as producer:
        answers = await asyncio.gather(*(producer.send(topic, [value] * 300, partition) for partition in range(3)))
    for offsets in answers:
        equal(offsets, list(range(300)), "offsets answered")
    for partition in range(3):
        records = await read(topic, 300, partition=partition)
        holds(all(each.value == value.encode() for each in records), "every value is whole")


async def too_large(admin):
    topic = await new_topic(admin, "bounded", configs={"max.message.bytes": "20000"})
    async with Producer() as producer:
        try:
            await producer.send(topic, ["x" * 50_000])
        except MessageSizeTooLargeError:
            equal(await producer.send(topic, ["small"]), [0], "offset of the next one")
            return
    raise AssertionError("expected MessageSizeTooLargeError, got no error")


async def auto_create(_admin):
    topic = unique("auto")
    equal(await produce(topic, ["one"]), [0], "offset")
    equal(texts(await read(topic, 1)), ["one"], "value")


# Consume


async def positions(admin):
    topic = await new_topic(admin, "positions")
    place = TopicPartition(topic, 0)
    await produce(topic, [str(n) for n in range(50)])
    equal(texts(await read(topic, 5, 45)), [str(n) for n in range(45, 50)], "from an offset")
    async with Consumer() as consumer:
        inner = consumer.inner
        inner.assign([place])
        equal((await inner.beginning_offsets([place]))[place], 0, "beginning")
        equal((await inner.end_offsets([place]))[place], 50, "end")
        await inner.seek_to_beginning(place)
        equal((await consumer.poll(1))[0].offset, 0, "from the beginning")
        await inner.seek_to_end(place)
        equal(await inner.position(place), 50, "position at the end")
        await produce(topic, ["late"])
        equal(texts(await consumer.poll(1)), ["late"], "what came after")


async def timestamps(admin):
    topic = await new_topic(admin, "times")
    place = TopicPartition(topic, 0)
    start = int(time.time() * 1000) - 100_000
    times = [start + n * 1000 for n in range(10)]
    await produce(topic, list("0123456789"), times, compression_type="gzip", linger_ms=100)
    async with Consumer() as consumer:
        for n, when in enumerate(times):
            found = (await consumer.inner.offsets_for_times({place: when}))[place]
            equal((found.offset, found.timestamp), (n, when), f"at the time of {n}")
        equal((await consumer.inner.offsets_for_times({place: start + 4001}))[place].offset, 5, "between two")
        equal((await consumer.inner.offsets_for_times({place: start + 60_000}))[place], None, "after the last")


async def pause(admin):
    topic = await new_topic(admin, "pause")
    place = TopicPartition(topic, 0)
    await produce(topic, [str(n) for n in range(20)])
    async with Consumer() as consumer:
        consumer.inner.assign([place])
        equal(texts(await consumer.poll(5)), list("01234"), "before the pause")
        consumer.inner.pause(place)
        equal(await consumer.inner.getmany(timeout_ms=500), {}, "a paused partition is not read")
        consumer.inner.resume(place)
        equal(texts(await consumer.poll(3)), list("567"), "after the pause")
        consumer.inner.seek(place, 18)
        equal(texts(await consumer.poll(2)), ["18", "19"], "after the seek")


async def commits(admin):
    topic = await new_topic(admin, "commits", 2)
    group = unique("commits")
    place = TopicPartition(topic, 0)
    await produce(topic, [str(n) for n in range(20)])
    async with Consumer(topic, group=group) as consumer:
        await consumer.poll(12)
        await consumer.inner.commit({place: (12, "twelve")})
    equal(await admin.list_consumer_group_offsets(group), {place: OffsetAndMetadata(12, "twelve")}, "as the admin has it")
    async with Consumer(topic, group=group) as consumer:
        equal(await consumer.inner.committed(place), 12, "committed")
        equal(await consumer.inner.committed(TopicPartition(topic, 1)), None, "nothing committed")
        equal((await consumer.poll(8))[0].offset, 12, "goes on")


async def pattern(admin):
    name = unique("pattern")
    first, second = f"{name}-x", f"{name}-y"
    await admin.create_topics([NewTopic(first, 1, 1)])
    await produce(first, ["one"])
    async with Consumer(group=unique("pattern"), metadata_max_age_ms=500) as consumer:
        consumer.inner.subscribe(pattern=f"^{name}-.*")
        equal(texts(await consumer.poll(1)), ["one"], "of the topic that was there")
        await consumer.inner.commit()
        await admin.create_topics([NewTopic(second, 1, 1)])
        await produce(second, ["two"])
        equal(texts(await consumer.poll(1)), ["two"], "of a topic made later")


async def restart(admin):
    topic = await new_topic(admin, "restart")
    group = unique("restart")
    place = TopicPartition(topic, 0)
    async with Producer(enable_idempotence=True) as producer, Consumer(topic, group=group) as consumer:
        await producer.send(topic, [str(n) for n in range(100)])
        equal(texts(await consumer.poll(100)), [str(n) for n in range(100)], "before the restart")
        await consumer.inner.commit()
        # In a thread: the clients go on meanwhile.
        await asyncio.to_thread(restart_broker)
        await producer.send(topic, [str(n) for n in range(100, 200)])
        equal(texts(await consumer.poll(100)), [str(n) for n in range(100, 200)], "after the restart, each once")
        await consumer.inner.commit()
        equal(await consumer.inner.committed(place), 200, "committed")


# Admin


async def cluster(admin):
    described = await admin.describe_cluster()
    equal(len(described["brokers"]), 1, "brokers")
    [broker] = described["brokers"]
    equal(f"{broker['host']}:{broker['port']}", BOOTSTRAP.replace("localhost", "127.0.0.1"), "address")
    equal(described["controller_id"], broker["node_id"], "controller")
    holds(len(described["cluster_id"]) > 0, "the cluster has an id")


def error_names(rows, place=1):
    return [for_code(each[place]).__name__ for each in rows]


async def topics(admin):
    name = await new_topic(admin, "topics", 3, {"retention.ms": "12345"})
    holds(name in await admin.list_topics(), "the topic is listed")
    [described] = await admin.describe_topics([name])
    equal(sorted(each["partition"] for each in described["partitions"]), [0, 1, 2], "partitions")

    async def refusal(topic):
        return error_names((await admin.create_topics([topic])).topic_errors)

    equal(await refusal(NewTopic(name, 1, 1)), ["TopicAlreadyExistsError"], "a second one")
    equal(await refusal(NewTopic("no spaces", 1, 1)), ["InvalidTopicError"], "a bad name")
    equal(await refusal(NewTopic(unique("none"), 0, 1)), ["InvalidPartitionsError"], "no partitions")
    equal(await refusal(NewTopic(unique("many"), 1, 3)), ["InvalidReplicationFactorError"], "too many replicas")
    odd = NewTopic(unique("odd"), 1, 1, topic_configs={"retention.ms": "soon"})
    equal(await refusal(odd), ["InvalidConfigurationError"], "a bad setting")
    equal(error_names((await admin.delete_topics([name])).topic_error_codes), ["NoError"], "deletion")

    async def gone():
        return name not in await admin.list_topics()

    await until("the topic to be gone", gone)
    answer = await admin.delete_topics([name])
    equal(error_names(answer.topic_error_codes), ["UnknownTopicOrPartitionError"], "a second deletion")


async def partitions(admin):
    topic = await new_topic(admin, "grow")
    answer = await admin.create_partitions({topic: NewPartitions(3)})
    equal(error_names(answer.topic_errors), ["NoError"], "growth")
    equal(await produce(topic, ["one"], partition=2), [0], "the new partition takes records")
    try:
        await admin.create_partitions({topic: NewPartitions(2)})
    except InvalidPartitionsError:
        return
    raise AssertionError("expected InvalidPartitionsError, got no error")


async def settings_of(admin, kind, name):
    [answer] = await admin.describe_configs([ConfigResource(kind, name)])
    [(code, _message, _kind, _name, entries)] = answer.resources
    return for_code(code).__name__, {each[0]: each[1] for each in entries}


async def describe_configs(admin):
    topic = await new_topic(admin, "configs", configs={"retention.ms": "12345"})
    _, found = await settings_of(admin, ConfigResourceType.TOPIC, topic)
    equal((found["retention.ms"], found["cleanup.policy"]), ("12345", "delete"), "given and default")
    broker = str((await admin.describe_cluster())["brokers"][0]["node_id"])
    _, of_broker = await settings_of(admin, ConfigResourceType.BROKER, broker)
    holds("log.dirs" in of_broker or "log.dir" in of_broker, "the broker tells its directories")
    error, _ = await settings_of(admin, ConfigResourceType.TOPIC, unique("nowhere"))
    equal(error, "UnknownTopicOrPartitionError", "an unknown topic")


async def alter_configs(admin):
    topic = await new_topic(admin, "replaced", configs={"retention.ms": "12345"})
    [answer] = await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"segment.bytes": "2000000"})])
    equal(error_names(answer.resources, 0), ["NoError"], "answer")

    async def changed():
        _, found = await settings_of(admin, ConfigResourceType.TOPIC, topic)
        return found["segment.bytes"] == "2000000" and found

    found = await until("the change", changed)
    equal(found["retention.ms"], "604800000", "what is not named is as by default")


async def delete_records(admin):
    topic = await new_topic(admin, "trimmed")
    place = TopicPartition(topic, 0)
    await produce(topic, [str(n) for n in range(20)])
    equal(await admin.delete_records({place: RecordsToDelete(12)}), {place: 12}, "low watermarks")
    async with Consumer() as consumer:
        consumer.inner.assign([place])
        await consumer.inner.seek_to_beginning(place)
        equal((await consumer.poll(8))[0].offset, 12, "first record left")


async def groups(admin):
    topic = await new_topic(admin, "described", 2)
    group = unique("described")
    await produce(topic, ["one"])
    async with Consumer(topic, group=group) as consumer:
        await consumer.poll(1)
        await consumer.inner.commit()
        holds((group, "consumer") in await admin.list_consumer_groups(), "the group is listed")
        [answer] = await admin.describe_consumer_groups([group])
        [(code, name, state, kind, protocol, members, *_)] = answer.groups
        equal((code, name, state, kind), (0, group, "Stable", "consumer"), "description")
        holds(protocol != "", "it has a protocol")
        equal([(each[-4], each[-3]) for each in members], [("interop", "/127.0.0.1")], "member")
    [answer] = await admin.describe_consumer_groups([group])
    equal(answer.groups[0][2], "Empty", "state afterwards")
    equal((await admin.list_consumer_group_offsets(group))[TopicPartition(topic, 0)].offset, 1, "its offset")


async def main():
    admin = AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP, client_id="interop")
    await admin.start()
    for level in (0, 1, "all"):
        await check_async(f"producer: acks={level}", ["acks"], acks, admin, level)
    for name in CODECS:
        shows = [] if name == "none" else [name]
        await check_async(f"producer: 2,000 records, {name}", shows, codec, admin, name, False)
        await check_async(
            f"producer: 2,000 records, {name}, idempotent", [*shows, "idempotence"], codec, admin, name, True
        )
    for name, feature, body in (
        ("producer: keys, null keys, null values, headers, timestamps", "fields", fields),
        ("producer: batches of a megabyte over three partitions", "large-batches", large_batches),
        ("producer: a record too large is refused, and the next one taken", "too-large", too_large),
        ("producer: creates a topic by writing to it", "auto-create", auto_create),
        ("consumer: reads from an offset, the beginning, the end", "positions", positions),
        ("consumer: finds offsets by timestamp", "offsets-by-time", timestamps),
        ("consumer: seeks, pauses, resumes", "pause", pause),
        ("consumer: commits with metadata, and goes on from there", "commits", commits),
        ("consumer: a pattern finds topics, and those made later", "pattern", pattern),
        ("admin: describes the cluster", "cluster", cluster),
        ("admin: creates, lists, describes, deletes topics, and refuses what makes no sense", "topics", topics),
        ("admin: adds partitions", "partitions", partitions),
        ("admin: describes settings", "describe-configs", describe_configs),
        ("admin: replaces settings", "alter-configs", alter_configs),
        ("admin: deletes records", "delete-records", delete_records),
        ("admin: lists and describes groups", "groups", groups),
        ("goes on over a restart of the broker", "restart", restart),
    ):
        await check_async(name, [feature], body, admin)
    await admin.close()


asyncio.run(main())
