"""A broker of its own for tests, through the script that `make kafka` uses."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.deploy.tools import free_port

ROOT = Path(__file__).parents[4]
SCRIPT = ROOT / "deploy" / "kafka" / "broker.sh"
JARS = ROOT / "var" / "kafka" / "lib"
#: Of a broker that lives for minutes, Java's second compiler and a collector with threads of its own
#: take more than they give.
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

INSTRUCTION = (
    "needs a Kafka broker: either Java and Maven (Debian: apt-get install default-jre-headless"
    " maven), or LIVEWATCH_KAFKA=host:port of one that may be used"
)


class Broker:
    """Starts, stops and starts again; keeps its data in between."""

    def __init__(self, folder: Path, *, port: int | None = None, properties: str = "") -> None:
        #: The next one is the controller's.
        self.port = port if port is not None else free_port(2)
        self.address = f"127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "KAFKA_DIR": str(folder),
            "KAFKA_PORT": str(self.port),
            "KAFKA_HEAP": "256m",
            "KAFKA_LIB": str(JARS),
            "JAVA_TOOL_OPTIONS": SHORT_LIVED,
        }
        if properties:
            path = folder / "more.properties"
            path.write_text(properties, encoding="utf-8")
            self._environment["KAFKA_PROPERTIES"] = str(path)

    @staticmethod
    def missing() -> list[str]:
        """What is not installed that a broker needs."""
        wanted = ["java"] if (JARS / ".complete").exists() else ["java", "mvn"]
        return [tool for tool in wanted if shutil.which(tool) is None]

    def start(self) -> None:
        self._run("start")

    def stop(self) -> None:
        self._run("stop")

    def _run(self, command: str) -> None:
        # The broker inherits what it is given, so there must be no pipe to wait for.
        subprocess.run(
            [str(SCRIPT), command],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=300,
        )
