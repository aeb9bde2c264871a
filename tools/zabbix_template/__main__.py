"""Writes config/zabbix/template_getad.yaml.

    tools/zabbix-template           writes it
    tools/zabbix-template --check   says whether it is what this would write
"""

import sys
from pathlib import Path

import dashboard
import items
import triggers
from form import uuid_of, yaml

TARGET = Path(__file__).resolve().parents[2] / "config/zabbix/template_getad.yaml"
GROUP = "Templates/getad"

# Template, what feeds its master item, and the type of that. Both are alike in all else; Zabbix has no master item that
# can be fed in two ways.
TEMPLATES = {
    "getad": ("getad.json", {"type": "TRAP", "delay": "0"}, {},
              "Состояние касс (ККТ) рабочего места. Данные присылает сам getad: getad metrics --push."),
    "getad by Zabbix agent": ("getad.json", {"type": "ZABBIX_ACTIVE", "delay": "{$GETAD.INTERVAL}"}, triggers.AGENT_MACROS,
                              "Состояние касс (ККТ) рабочего места. Данные забирает агент Zabbix, см. getad.conf."),
}

DISCARD = {"error_handler": "DISCARD_VALUE"}

# A register has no first document that waits when none does. One item has to say both: of two, the one would for a moment
# stand beside what the other was before, and triggers would fire on that.
AGE = ("var kkt = JSON.parse(value); var age = kkt.ofd_unsent_count === 0 ? 0 : kkt.ofd_first_unsent_age_days; "
       "return String(age);")


def main(arguments):
    text = yaml({"zabbix_export": {
        "version": "6.0",
        "groups": [{"uuid": uuid_of("group"), "name": GROUP}],
        "templates": [template(name) for name in TEMPLATES],
    }})
    if arguments == ["--check"]:
        if text == TARGET.read_text(encoding="utf-8"):
            return 0
        print(f"{TARGET} is not what tools/zabbix-template writes: run it", file=sys.stderr)
        return 1
    if arguments:
        print(__doc__.strip())
        return 0 if arguments in (["-h"], ["--help"]) else 2
    TARGET.write_text(text, encoding="utf-8")
    return 0


def template(name):
    master, feed, macros, description = TEMPLATES[name]
    return {
        "uuid": uuid_of(name),
        "template": name,
        "name": name,
        "description": description,
        "groups": [{"name": GROUP}],
        "items": [master_item(name, master, feed), *(host_item(name, master, item) for item in items.HOST)],
        "discovery_rules": [discovery(name, master)],
        "tags": [{"tag": "class", "value": "kkt"}, {"tag": "target", "value": "getad"}],
        "macros": [{"macro": macro, "value": value, "description": text}
                   for macro, (value, text) in sorted({**triggers.MACROS, **macros}.items())],
        "dashboards": [dashboard.dashboard(name)],
        "valuemaps": [{"uuid": uuid_of(f"{name}/map/{title}"), "name": title, "mappings": [
            {"value": value, "newvalue": text} for value, text in mappings.items()]}
            for title, mappings in items.VALUE_MAPS.items()],
    }


def master_item(name, key, feed):
    nodata = triggers.HOST[0]
    return {"uuid": uuid_of(f"{name}/{key}"), "name": "Данные getad", "type": feed["type"], "key": key,
            "delay": feed["delay"], "history": "1d", "trends": "0", "value_type": "TEXT",
            "description": "Все кассы рабочего места одним документом; остальные элементы берут из него.",
            "tags": component("getad"), "triggers": [trigger(name, nodata, key, prototype=False)]}


def host_item(name, master, item):
    key = f"getad.{item.key}"
    own = [trigger(name, entry, master, prototype=False) for entry in triggers.HOST[1:] if f"{{{item.key}}}" in entry.expression]
    return {**dependent(name, master, item, key, item.source), "tags": component(item.component), "triggers": own}


def discovery(name, master):
    return {
        "uuid": uuid_of(f"{name}/discovery"),
        "name": "Кассы",
        "type": "DEPENDENT",
        "key": "getad.kkt.discovery",
        "delay": "0",
        "lifetime": "{$GETAD.LIFETIME}",
        "item_prototypes": [item_prototype(name, master, item) for item in items.REGISTER],
        "trigger_prototypes": [trigger(name, entry, master, prototype=True) for entry in triggers.REGISTER],
        "graph_prototypes": dashboard.graph_prototypes(name),
        "master_item": {"key": master},
        "lld_macro_paths": [{"lld_macro": "{#BRAND}", "path": "$.brand"}, {"lld_macro": "{#SERIAL}", "path": "$.serial"}],
        "preprocessing": [{"type": "JSONPATH", "parameters": ["$.registers"], **DISCARD}],
    }


def item_prototype(name, master, item):
    register = '$.registers[?(@.serial == "{#SERIAL}")]'
    path = {"present": f"{register}.length()", "age": f"{register}.first()"}.get(
        item.kind, f"{register}.{item.source or item.key}.first()")
    entry = dependent(name, master, item, register_key(item.key), path)
    entry["name"] = f"Касса {{#SERIAL}}: {item.name}"
    return {**entry, "tags": [*component(item.component), {"tag": "kkt", "value": "{#SERIAL}"},
                              {"tag": "brand", "value": "{#BRAND}"}]}


def dependent(name, master, item, key, path):
    texts = item.kind in ("text", "report", "bits")
    value = "TEXT" if texts else "FLOAT" if item.kind in ("number", "age") else ""
    return {"uuid": uuid_of(f"{name}/{key}"), "name": item.name, "type": "DEPENDENT", "key": key, "delay": "0",
            "trends": "0" if texts else "", "value_type": value, "units": item.units, "description": item.description,
            "valuemap": {"name": item.value_map} if item.value_map else "",
            "preprocessing": preprocessing(item, path), "master_item": {"key": master}}


def preprocessing(item, path):
    """What is unknown reads "null" after a JSONPath, and fails the second step, which then drops the value."""
    known = {
        "number": [{"type": "MATCHES_REGEX", "parameters": ["^-?[0-9]+$"], **DISCARD}],
        "present": [],
        "age": [{"type": "JAVASCRIPT", "parameters": [AGE]},
                {"type": "MATCHES_REGEX", "parameters": ["^[0-9]+$"], **DISCARD}],
        "flag": [{"type": "BOOL_TO_DECIMAL", "parameters": [""], **DISCARD}],
        "text": [{"type": "NOT_MATCHES_REGEX", "parameters": ["^(null)?$"], **DISCARD}],
        "report": [{"type": "NOT_MATCHES_REGEX", "parameters": ["^null$"], **DISCARD}],
        "bits": [{"type": "MATCHES_REGEX", "parameters": ["^[0-9]+$"], **DISCARD},
                 {"type": "JAVASCRIPT", "parameters": [named_bits(*item.bits) if item.bits else ""]}],
    }[item.kind]
    return [{"type": "JSONPATH", "parameters": [path], **DISCARD}, *known,
            {"type": "DISCARD_UNCHANGED_HEARTBEAT", "parameters": [items.HEARTBEAT]}]


def named_bits(zero, names):
    listed = ", ".join(f"'{name}'" for name in names)
    return (f"var names = [{listed}]; "
            "return names.filter(function (_, bit) { return value & (1 << bit); }).join('; ') || '" + zero + "';")


def trigger(name, entry, master, prototype):
    """Of a register when `prototype`: such ones name it."""
    prefix = "Касса {#SERIAL}: " if prototype else ""
    prefixed = {other.id: other for other in triggers.REGISTER}
    return {
        "uuid": uuid_of(f"{name}/trigger/{entry.id}"),
        "expression": expression(name, entry.expression, master, prototype),
        "name": prefix + entry.name,
        "opdata": entry.opdata,
        "priority": entry.severity,
        "description": entry.description,
        "manual_close": "YES",
        "dependencies": [{"name": prefix + prefixed[other].name,
                          "expression": expression(name, prefixed[other].expression, master, prototype)}
                         for other in entry.depends],
        "tags": [{"tag": "scope", "value": scope(entry)}],
    }


def scope(entry):
    return "notice" if entry.severity in ("INFO", "WARNING") else "availability"


def expression(name, text, master, prototype):
    text = text.replace("{MASTER}", f"/{name}/{master}")
    for item in items.REGISTER if prototype else items.HOST:
        key = register_key(item.key) if prototype else f"getad.{item.key}"
        text = text.replace(f"{{{item.key}}}", f"/{name}/{key}")
    return text


def register_key(key):
    return f"getad.kkt.{key}[{{#SERIAL}}]"


def component(name):
    return [{"tag": "component", "value": name}]


sys.exit(main(sys.argv[1:]))
