"""A consumer that hands out what a test gives it, and is strict about what it is asked to do."""
from collections import deque

from confluent_kafka import KafkaError


class Message:
    def __init__(self, record=None, error=None):
        self._record, self._error = record, error

    def error(self):
        return self._error

    def topic(self):
        return self._record.topic

    def partition(self):
        return self._record.partition

    def offset(self):
        return self._record.offset

    def key(self):
        return self._record.key

    def value(self):
        return self._record.value

    def headers(self):
        return list(self._record.headers)


class FakeConsumer:
    """Records in order; those of a paused partition wait."""

    def __init__(self, records):
        self.waiting = deque(Message(record) for record in records)
        self.paused, self.committed, self.closed = set(), {}, False

    def subscribe(self, topics, on_revoke, on_lost):
        self.topics, self.on_revoke, self.on_lost = topics, on_revoke, on_lost

    def fail(self, code):
        self.waiting.appendleft(Message(error=KafkaError(code)))

    def poll(self, _timeout):
        for message in list(self.waiting):
            place = None if message.error() else (message.topic(), message.partition())
            if place not in self.paused:
                self.waiting.remove(message)
                return message
        return None

    def consume(self, count, _timeout):
        found = []
        while len(found) < count and (message := self.poll(0)) is not None:
            found.append(message)
        return found

    def pause(self, partitions):
        self.paused |= {(each.topic, each.partition) for each in partitions}

    def resume(self, partitions):
        self.paused -= {(each.topic, each.partition) for each in partitions}

    def commit(self, offsets, asynchronous):
        assert not asynchronous
        for each in offsets:
            place = (each.topic, each.partition)
            assert each.offset > self.committed.get(place, -1), "a position moved back"
            self.committed[place] = each.offset

    def close(self):
        assert not self.closed
        self.closed = True
