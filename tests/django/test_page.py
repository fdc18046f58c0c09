"""What the Django page tells its reader to type, typed."""
import pathlib
import re
import sys

from events import ROOT, make_topics, publish, settled

sys.path.insert(0, str(ROOT / "tests" / "support"))

from pages import Page  # noqa: E402  pylint: disable=wrong-import-position


def test_the_pages_commands_lead_to_a_handler_that_fires(kafka, tmp_path, unique):
    topic = f"{unique}.payment.settled"
    make_topics(kafka, topic)
    publish(kafka, topic, settled("DEMO-VA-a6291697"))
    page = Page(ROOT / "connectors" / "django" / "README.md", tmp_path / "copy")
    try:
        page.start({"127.0.0.1:9092": kafka.address,
                    '"GROUP": "shop-django"': f'"GROUP": "{unique}"',
                    '"TOPIC_PREFIX": "midtrans"': f'"TOPIC_PREFIX": "{unique}"'})
        (promised,) = re.findall("^It prints `(ship [^`]+)`", page.page.read_text(), re.M)
        page.wait_for(lambda: promised in page.lines, "the handler's line")
        assert page.stop() == 0
    finally:
        page.kill()
    assert pathlib.Path(tmp_path / "copy" / "site1" / "db.sqlite3").exists()
