"""
A member of a group, by confluent-kafka: BOOTSTRAP TOPIC GROUP STRATEGY [INSTANCE-ID]. It speaks as
harness/group-of-three.mjs wants it.
"""

import signal
import sys

from confluent_kafka import Consumer, KafkaException

from checks import say

bootstrap, topic, group, strategy, *instance = sys.argv[1:]
leaving = False


def leave(*_):
    global leaving
    leaving = True


def numbers(partitions):
    return [each.partition for each in partitions]


signal.signal(signal.SIGTERM, leave)
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "client.id": "member",
        "group.id": group,
        "partition.assignment.strategy": strategy,
        "auto.offset.reset": "earliest",
        "auto.commit.interval.ms": 200,
        "session.timeout.ms": 30000 if instance else 6000,
        "heartbeat.interval.ms": 500,
        "fetch.wait.max.ms": 200,
        **({"group.instance.id": instance[0]} if instance else {}),
    }
)
consumer.subscribe(
    [topic],
    on_assign=lambda _, partitions: say({"granted": numbers(partitions)}),
    on_revoke=lambda _, partitions: say({"revoked": numbers(partitions)}),
    on_lost=lambda _, partitions: say({"revoked": numbers(partitions)}),
)
while not leaving:
    message = consumer.poll(0.2)
    if message is None:
        continue
    if message.error() is not None:
        raise KafkaException(message.error())
    say({"partition": message.partition(), "offset": message.offset(), "value": message.value().decode()})
consumer.close()
