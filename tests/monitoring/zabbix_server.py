"""A Zabbix 6.0 of its own on loopback: PostgreSQL behind a unix socket, the server, the API, an agent when wanted.

Debian's packages are used as they lie; nothing of the machine's configuration is read or changed.
"""

import gzip
import glob
import re
import signal
import subprocess
from pathlib import Path

from daemons import Failure, listening

FRONTEND = "/usr/share/zabbix"
SCHEMA = Path("/usr/share/zabbix-server-pgsql")
SERVER = "/usr/sbin/zabbix_server"
AGENT = "/usr/sbin/zabbix_agentd"
# Longest time of a check by the agent, as Zabbix ships it. The server must be more patient, or it takes the host for dead.
AGENT_TIMEOUT = 3


class ZabbixServer:
    """The running server: `api` and `trapper_port` are where to reach it."""

    def __init__(self, daemons):
        self._daemons = daemons
        self._sockets = daemons.folder / "s"
        self._programs = Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        self._start_database()
        self.trapper_port = self._start_server()
        self.api = f"http://127.0.0.1:{self._start_frontend()}/api_jsonrpc.php"

    def start_agent(self, host, user_parameters):
        """An agent that does the active checks of a host. It asks for them when it starts and then once a minute, so the
        host has to be there already."""
        name = f"agent-{host}"
        configuration = self._daemons.folder / f"{name}.conf"

        def arguments(port):
            configuration.write_text(AGENT_CONF.format(
                port=port, trapper_port=self.trapper_port, host=host, timeout=AGENT_TIMEOUT,
                folder=self._daemons.folder, include=user_parameters))
            return [AGENT, "-f", "-c", configuration]

        # It may run as root, and has to where the tested program lies in a folder of root's.
        return self._daemons.start_on_a_port(name, arguments, privileged=True)

    def log(self):
        """The end of what the server said."""
        return self._daemons.said("server")

    def _start_database(self):
        data = self._daemons.folder / "db"
        self._daemons.run("mkdir", self._sockets)
        self._daemons.run(self._programs / "initdb", "-D", data, "-U", "zabbix", "--auth=trust", "--no-sync",
                          "--no-locale", "-E", "UTF8")
        settings = ["listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off",
                    "wal_level=minimal", "max_wal_senders=0", "max_connections=60"]
        self._daemons.start("postgres", [self._programs / "postgres", "-D", data, "-k", self._sockets, "-p", "5432",
                                         *(part for setting in settings for part in ("-c", setting))],
                            ready=lambda: self._sql_works(), stop=signal.SIGINT)
        self._sql("create database zabbix", "postgres")
        self._sql(schema())

    def _sql(self, text, database="zabbix"):
        self._daemons.run(self._programs / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", self._sockets, "-U", "zabbix",
                          "-d", database, text=text)

    def _sql_works(self):
        try:
            self._sql("select 1", "postgres")
        except Failure:
            return False
        return True

    def _start_server(self):
        configuration = self._daemons.folder / "server.conf"

        def arguments(port):
            configuration.write_text(SERVER_CONF.format(
                port=port, sockets=self._sockets, folder=self._daemons.folder, timeout=AGENT_TIMEOUT + 2))
            return [SERVER, "-f", "-c", configuration]

        def ready(port):
            reload = self._daemons.command(SERVER, "-c", configuration, "-R", "config_cache_reload")
            return listening(port) and subprocess.run(reload, capture_output=True, check=False).returncode == 0

        return self._daemons.start_on_a_port("server", arguments, ready)

    def _start_frontend(self):
        """Debian's frontend reads its configuration from a fixed place in /etc, a constant of one class. Given that class
        with our place before anything else is loaded, it serves as it lies."""
        folder = self._daemons.folder
        (folder / "zabbix.conf.php").write_text(FRONTEND_CONF.format(
            sockets=self._sockets, trapper_port=self.trapper_port))
        source = Path(FRONTEND, "include/classes/core/CConfigFile.php").read_text()
        source, found = re.subn(r"const CONFIG_FILE_PATH = [^;]+;",
                                f"const CONFIG_FILE_PATH = '{folder}/zabbix.conf.php';", source)
        if found != 1:
            raise Failure("the frontend keeps the path of its configuration elsewhere now")
        (folder / "CConfigFile.php").write_text(source)
        self._daemons.run("mkdir", folder / "sessions")
        settings = {
            "auto_prepend_file": folder / "CConfigFile.php", "session.save_path": folder / "sessions",
            "memory_limit": "512M", "post_max_size": "64M", "max_execution_time": 120, "date.timezone": "UTC",
            "display_errors": 0, "log_errors": 1, "error_log": folder / "php.log"}
        return self._daemons.start_on_a_port("frontend", lambda port: [
            "php", *(part for name, value in settings.items() for part in ("-d", f"{name}={value}")),
            "-S", f"127.0.0.1:{port}", "-t", FRONTEND])


def schema():
    """Tables, and of the shipped data all but hosts and templates, which are most of it and not needed."""
    text = {name: gzip.open(SCHEMA / f"{name}.sql.gz", "rt", encoding="utf-8").read()
            for name in ("schema", "images", "data")}
    data, _, _ = text["data"].partition("\nINSERT INTO hosts ")
    return f"{text['schema']}\n{text['images']}\n{data}\nCOMMIT;\n"


# The smallest set of processes that still does items, discovery, triggers. CacheUpdateFrequency: new hosts and items are
# known to the server after a second, not a minute.
SERVER_CONF = """\
ListenIP=127.0.0.1
SourceIP=127.0.0.1
ListenPort={port}
LogType=console
PidFile={folder}/server.pid
SocketDir={sockets}
DBHost={sockets}
DBPort=5432
DBName=zabbix
DBUser=zabbix
CacheUpdateFrequency=1
Timeout={timeout}
StartPollers=1
StartPollersUnreachable=1
StartTrappers=2
StartPreprocessors=1
StartLLDProcessors=1
StartDBSyncers=1
StartEscalators=1
StartTimers=1
StartAlerters=1
StartHistoryPollers=1
StartPingers=0
StartDiscoverers=0
StartHTTPPollers=0
StartODBCPollers=0
"""

AGENT_CONF = """\
Server=127.0.0.1
ServerActive=127.0.0.1:{trapper_port}
Hostname={host}
ListenIP=127.0.0.1
ListenPort={port}
LogType=console
PidFile={folder}/agent-{host}.pid
RefreshActiveChecks=60
BufferSend=1
StartAgents=1
Timeout={timeout}
AllowRoot=1
Include={include}
"""

FRONTEND_CONF = """\
<?php
$DB['TYPE'] = 'POSTGRESQL';
$DB['SERVER'] = '{sockets}';
$DB['PORT'] = '5432';
$DB['DATABASE'] = 'zabbix';
$DB['USER'] = 'zabbix';
$DB['PASSWORD'] = '';
$DB['SCHEMA'] = '';
$DB['ENCRYPTION'] = false;
$DB['DOUBLE_IEEE754'] = true;
$ZBX_SERVER = '127.0.0.1';
$ZBX_SERVER_PORT = '{trapper_port}';
$ZBX_SERVER_NAME = 'test';
$IMAGE_FORMAT_DEFAULT = IMAGE_FORMAT_PNG;
"""
