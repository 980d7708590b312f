"""What every client of ours does with the real broker."""

from projections.broker.address import Address
from projections.broker.messages import Message
from projections.broker.opening import open_reader, open_sender
from projections.broker.topics import FACTS


def test_what_was_sent_is_read_in_the_order_of_its_key(kafka: Address) -> None:
    sender = open_sender(kafka, "one")
    sent = [Message(FACTS, b"s-1", str(n).encode(), (("n", b"%d" % n),)) for n in range(100)]
    sender.send(sent)
    reader = open_reader(kafka, [FACTS])
    seen: list[Message] = []
    while len(seen) < 100:
        seen += [each.message for each in reader.read(1.0)]
    assert seen == sent
    sender.close()
    reader.close()
