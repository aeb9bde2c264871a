"""The template of the zabbix-atol script, which many servers still have, rebuilt from what is known of it.

`legacy-items.tsv` and `legacy-triggers.tsv` hold what decides: keys, types, JSON keys, replacements, expressions; its
mistakes included, as the data for it has to live with them.
"""

import uuid
from pathlib import Path
from xml.etree import ElementTree

HERE = Path(__file__).parent
NAME = "KKT"
# Where the script keeps its file, read by the agent; on it hang all other items.
DATA_FILE = r"C:\Program Files\Zabbix Agent\data.json"
MASTER = f"vfs.file.contents[{DATA_FILE},utf-8]"


def xml():
    """The template in the form of Zabbix 5.4, as it was exported."""
    export = ElementTree.Element("zabbix_export")
    add(export, version="5.4", date="2021-12-01T00:00:00Z")
    add(child(export, "groups", "group"), uuid=uuid_of("group"), name="Templates/KKT")
    template = child(export, "templates", "template")
    add(template, uuid=uuid_of("template"), template=NAME, name=NAME)
    add(child(template, "groups", "group"), name="Templates/KKT")
    items = child(template, "items")
    for row in rows("legacy-items.tsv", 8):
        add_item(child(items, "item"), *row)
    triggers = child(export, "triggers")
    for severity, name, expression, opdata, number in rows("legacy-triggers.tsv", 5):
        add(child(triggers, "trigger"), uuid=number, expression=expression, name=name, opdata=opdata, priority=severity,
            manual_close="YES")
    return ElementTree.tostring(export, encoding="unicode")


def add_item(item, key, name, kind, value, status, json_key, replacements, delay):
    dependent = kind == "DEPENDENT"
    add(item, uuid=uuid_of(key), name=name, type=kind.replace("ZABBIX_PASSIVE", ""), key=key,
        delay="0" if dependent else delay, trends="0" if value == "TEXT" else "", value_type=value.replace("UNSIGNED", ""),
        status=status.replace("ENABLED", ""))
    if not dependent:
        return
    steps = child(item, "preprocessing")
    add_step(steps, "JSONPATH", f"$.{json_key}")
    for replacement in filter(None, replacements.split("; ")):
        add_step(steps, "STR_REPLACE", *replacement.split("→"))
    add(child(item, "master_item"), key=MASTER)


def add_step(steps, kind, *parameters):
    step = child(steps, "step")
    add(step, type=kind)
    values = child(step, "parameters")
    for parameter in parameters:
        child(values, "parameter").text = parameter


def add(parent, **texts):
    """Child elements in this order; those without a text are left out, which means Zabbix's default."""
    for name, text in texts.items():
        if text:
            child(parent, name).text = text


def child(parent, *path):
    for name in path:
        parent = ElementTree.SubElement(parent, name)
    return parent


def rows(name, columns):
    """Rows of a table; cells that are missing at the end are empty."""
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
            yield cells + [""] * (columns - len(cells))


def uuid_of(text):
    """A UUID that is the same for the same text and has the version that Zabbix wants to see."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"legacy-kkt/{text}")
    return uuid.UUID(int=number.int & ~(0xF << 76) | (4 << 76)).hex
