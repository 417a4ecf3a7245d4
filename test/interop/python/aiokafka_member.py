"""A member of a group, by aiokafka: BOOTSTRAP TOPIC GROUP ASSIGNOR [INSTANCE-ID]. It speaks as harness/group-of-three.mjs wants it."""

import asyncio
import signal
import sys

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from checks import say

ASSIGNORS = {"range": RangePartitionAssignor, "sticky": StickyPartitionAssignor}


class Listener(ConsumerRebalanceListener):
    """Tells what it owns."""

    def on_partitions_revoked(self, revoked):
        say({"assigned": []})

    def on_partitions_assigned(self, assigned):
        say({"assigned": sorted(each.partition for each in assigned)})


async def main():
    bootstrap, topic, group, assignor, *instance = sys.argv[1:]
    leaving = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leaving.set)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        client_id="member",
        group_id=group,
        group_instance_id=instance[0] if instance else None,
        partition_assignment_strategy=(ASSIGNORS[assignor],),
        auto_offset_reset="earliest",
        auto_commit_interval_ms=200,
        session_timeout_ms=30000 if instance else 6000,
        heartbeat_interval_ms=500,
        fetch_max_wait_ms=200,
    )
    consumer.subscribe([topic], listener=Listener())
    await consumer.start()
    try:
        while not leaving.is_set():
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for each in records:
                    say({"partition": each.partition, "offset": each.offset, "value": each.value.decode()})
    finally:
        await consumer.stop()


asyncio.run(main())
