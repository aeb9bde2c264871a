"""What a Zabbix 6.0 is asked for over its API, and what an agent tells it over the trapper port."""

import itertools
import json
import os
import socket
import struct
import time
import urllib.request
from pathlib import Path

from daemons import Failure, wait

# Every kind of object that an import of 6.0 knows; what a file does not have is left alone.
_ALL = {"createMissing": True, "updateExisting": True}
RULES = {"groups": _ALL, "hosts": _ALL, "templates": _ALL, "templateLinkage": {"createMissing": True}}
RULES.update({kind: _ALL for kind in (
    "discoveryRules", "graphs", "httptests", "items", "templateDashboards", "triggers", "valueMaps")})

FORMATS = {".xml": "xml", ".yaml": "yaml", ".json": "json"}
# The host that is not root's own: loopback is never reached by a proxy that the environment names.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Zabbix:
    """One server, as its administrator sees it."""

    def __init__(self, api, trapper_port):
        self._api = api
        self._trapper = ("127.0.0.1", trapper_port)
        self._numbers = itertools.count(1)
        self._session = os.urandom(16).hex()
        self._token = None
        self._token = self.call("user.login", username="Admin", password="zabbix")

    def call(self, method, parameters=None, **named):
        """The result of one call."""
        body = {"jsonrpc": "2.0", "method": method, "params": named if parameters is None else parameters,
                "id": next(self._numbers)}
        if self._token:
            body["auth"] = self._token
        request = urllib.request.Request(self._api, json.dumps(body).encode(), {"Content-Type": "application/json-rpc"})
        with OPENER.open(request, timeout=60) as response:
            answer = json.loads(response.read())
        if "error" in answer:
            raise Failure(f"{method}: {answer['error'].get('message')} {answer['error'].get('data')}")
        return answer["result"]

    def import_file(self, path):
        self.import_text(Path(path).read_text(encoding="utf-8"), FORMATS[Path(path).suffix])

    def import_text(self, text, form):
        self.call("configuration.import", format=form, rules=RULES, source=text)

    def export(self, template):
        """A template as the server would hand it out, decoded."""
        text = self.call("configuration.export", format="json", options={"templates": [self.template_id(template)]})
        return json.loads(text)["zabbix_export"]

    def template_id(self, name):
        return self.call("template.get", output=["templateid"], filter={"host": [name]})[0]["templateid"]

    def host_id(self, name):
        return self.call("host.get", output=["hostid"], filter={"host": [name]})[0]["hostid"]

    def create_host(self, name, template, macros=(), agent_interface=False):
        """A monitored host with one template."""
        groups = self.call("hostgroup.get", output=["groupid"], filter={"name": ["Tills"]})
        group = groups[0]["groupid"] if groups else self.call("hostgroup.create", name="Tills")["groupids"][0]
        interface = {"type": 1, "main": 1, "useip": 1, "ip": "127.0.0.1", "dns": "", "port": "1"}
        self.call("host.create", host=name, groups=[{"groupid": group}], templates=[{"templateid": self.template_id(template)}],
                  macros=[{"macro": macro, "value": value} for macro, value in dict(macros).items()],
                  interfaces=[interface] if agent_interface else [])

    def items(self, host):
        """Items by key; `state` "1" is not supported, `lastclock` "0" has no value yet."""
        found = self.call("item.get", hostids=self.host_id(host), selectValueMap=["name", "mappings"], output=[
            "itemid", "key_", "name", "type", "lastvalue", "lastclock", "state", "error", "status", "value_type", "units"])
        return {item["key_"]: item for item in found}

    def value(self, host, key):
        """The last value of an item; `None` before the first."""
        item = self.items(host)[key]
        return item["lastvalue"] if item["lastclock"] != "0" else None

    def triggers(self, host):
        return self.call("trigger.get", hostids=self.host_id(host), expandDescription=True, selectDependencies="extend",
                         output=["triggerid", "description", "priority", "value", "state", "error", "status", "manual_close"])

    def problems(self, host):
        """Names of the open problems, with their severity."""
        found = self.call("problem.get", hostids=self.host_id(host), output=["name", "severity"])
        return {problem["name"]: int(problem["severity"]) for problem in found}

    def send_as_agent(self, host, key, value):
        """What an active agent says when it has checked an item. A host that was made just now is not known yet."""
        numbers = itertools.count(1)

        def taken():
            now = time.time()
            entry = {"host": host, "key": key, "value": value, "id": next(numbers), "clock": int(now),
                     "ns": int(now % 1 * 1e9)}
            answer = self._exchange({"request": "agent data", "session": self._session, "data": [entry],
                                     "clock": entry["clock"], "ns": entry["ns"]})
            return "processed: 1;" in answer.get("info", "")

        wait(taken, 20, f"the server takes {key} of {host}")

    def knows_active_check(self, host, key):
        """True when an agent of this host would be told to check this item."""
        answer = self._exchange({"request": "active checks", "host": host})
        return any(check["key"] == key for check in answer.get("data", []))

    def _exchange(self, message):
        data = json.dumps(message).encode()
        with socket.create_connection(self._trapper, 10) as connection, connection.makefile("rb") as answers:
            connection.sendall(b"ZBXD\x01" + struct.pack("<II", len(data), 0) + data)
            head = answers.read(13)
            if head[:5] != b"ZBXD\x01":
                raise Failure(f"no answer of Zabbix's: {head!r}")
            return json.loads(answers.read(struct.unpack("<I", head[5:9])[0]))
