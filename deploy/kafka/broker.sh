#!/usr/bin/env bash
# A real Kafka broker without containers: KRaft mode, from Maven Central's artefacts.
#   deploy/kafka/broker.sh start|stop|status|fetch
# KAFKA_DIR (var/kafka), KAFKA_PORT (9092) and KAFKA_HEAP (512m) may be set.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${KAFKA_DIR:-$here/../../var/kafka}
port=${KAFKA_PORT:-9092}
heap=${KAFKA_HEAP:-512m}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
lib=${KAFKA_LIB:-$dir/lib}
pid_file="$dir/broker.pid"
log="$dir/broker.log"

running() { [ -f "$pid_file" ] && kill -0 "$(cat "$pid_file")" 2>/dev/null; }

# One at a time, so that two brokers of one folder that start together do not both fetch.
install_jars() {
  [ -f "$lib/.complete" ] && return
  mkdir -p "$lib"
  exec 8>"$lib/.fetching"
  flock 8
  [ -f "$lib/.complete" ] && { exec 8>&-; return; }
  for tool in java mvn; do
    command -v "$tool" >/dev/null || { echo "the broker needs $tool. On Debian: apt-get install default-jre-headless maven" >&2; exit 4; }
  done
  echo "fetching the broker's artefacts (43 MB)"
  mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$lib" >&2
  touch "$lib/.complete"
  exec 8>&-
}

case "${1:-}" in
start)
  if running; then echo "broker runs on 127.0.0.1:$port (pid $(cat "$pid_file"))"; exit 0; fi
  install_jars
  properties="$dir/server.properties"
  sed -e "s#\${PORT}#$port#g" -e "s#\${CONTROLLER_PORT}#$((port + 1))#g" -e "s#\${DATA}#$dir/data#g" \
    "$here/server.properties" >"$properties"
  [ -n "${KAFKA_PROPERTIES:-}" ] && cat "$KAFKA_PROPERTIES" >>"$properties"
  options="-Xmx$heap -Xms$heap -Dlog4j2.level=WARN"
  if [ ! -f "$dir/data/meta.properties" ]; then
    # 16 random bytes, as `kafka-storage random-uuid` gives them after a second's start of Java.
    id=$(head -c 16 /dev/urandom | base64 | tr -d '=' | tr '+/' 'Zz')
    java -cp "$lib/*" kafka.tools.StorageTool format -t "$id" -c "$properties" >>"$log" 2>&1
  fi
  # shellcheck disable=SC2086  the options are several words
  nohup java $options -cp "$lib/*" kafka.Kafka "$properties" >>"$log" 2>&1 &
  echo $! >"$pid_file"
  tries=0
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || nc -z 127.0.0.1 "$port" 2>/dev/null; do
    tries=$((tries + 1))
    # Five seconds on a machine that has nothing else to do, minutes on one that is busy.
    if ! running || [ "$tries" -gt 960 ]; then
      echo "the broker did not start; the end of $log:" >&2; tail -20 "$log" >&2
      if running; then kill "$(cat "$pid_file")"; fi
      rm -f "$pid_file"
      exit 4
    fi
    sleep 0.25
  done
  echo "broker runs on 127.0.0.1:$port"
  ;;
stop)
  if running; then
    pid=$(cat "$pid_file"); kill "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.2; done
  fi
  rm -f "$pid_file"
  echo "broker stopped"
  ;;
status)
  if running; then echo "broker runs on 127.0.0.1:$port (pid $(cat "$pid_file"))"; else echo "no broker runs"; exit 1; fi
  ;;
fetch) install_jars ;;
*) echo "usage: broker.sh start|stop|status|fetch" >&2; exit 2 ;;
esac
