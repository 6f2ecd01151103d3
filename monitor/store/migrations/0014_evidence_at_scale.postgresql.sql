-- A store that follows Kafka keeps a Merkle log for each partition of the events, one of custody and
-- one of the versions of alerts; their signed heads with time stamps; what alerts name as their
-- evidence; and which bundles were asked for. Heads are never changed or taken out.

CREATE TABLE merkle_logs (
  log TEXT NOT NULL PRIMARY KEY,
  origin TEXT NOT NULL,
  size BIGINT NOT NULL
);
CREATE TABLE merkle_tiles (
  log TEXT NOT NULL,
  level INTEGER NOT NULL,
  number BIGINT NOT NULL,
  hashes BYTEA NOT NULL,
  PRIMARY KEY (log, level, number)
);
CREATE TABLE merkle_runs (
  log TEXT NOT NULL,
  leaf BIGINT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (log, leaf)
);
CREATE TABLE merkle_heads (
  number INTEGER NOT NULL PRIMARY KEY,
  log TEXT NOT NULL,
  size BIGINT NOT NULL,
  at BIGINT NOT NULL,
  key TEXT NOT NULL,
  note BYTEA NOT NULL
);
CREATE INDEX merkle_heads_size ON merkle_heads (log, size);
CREATE FUNCTION heads_refuse() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN RAISE EXCEPTION ''heads are append-only''; END';
CREATE OR REPLACE TRIGGER heads_are_not_changed BEFORE UPDATE ON merkle_heads
FOR EACH STATEMENT EXECUTE FUNCTION heads_refuse();
CREATE OR REPLACE TRIGGER heads_are_not_deleted BEFORE DELETE OR TRUNCATE ON merkle_heads
FOR EACH STATEMENT EXECUTE FUNCTION heads_refuse();

CREATE TABLE head_stamps (
  head INTEGER NOT NULL,
  authority TEXT NOT NULL,
  at BIGINT NOT NULL,
  token BYTEA NOT NULL,
  PRIMARY KEY (head, authority)
);

CREATE TABLE bundles (
  id TEXT NOT NULL PRIMARY KEY,
  alerts TEXT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  case_number TEXT NOT NULL,
  redacted INTEGER NOT NULL,
  state TEXT NOT NULL,
  asked BIGINT NOT NULL,
  done BIGINT,
  name TEXT NOT NULL DEFAULT '',
  payload TEXT NOT NULL DEFAULT '',
  size BIGINT NOT NULL DEFAULT 0,
  records BIGINT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX bundles_asked ON bundles (asked);

CREATE TABLE held_records (
  log TEXT NOT NULL,
  position BIGINT NOT NULL,
  room TEXT NOT NULL,
  event TEXT NOT NULL,
  source TEXT NOT NULL,
  arrived BIGINT NOT NULL,
  data BYTEA NOT NULL,
  PRIMARY KEY (log, position)
);
CREATE INDEX held_records_event ON held_records (room, event);
CREATE TABLE held_for (
  alert TEXT NOT NULL,
  log TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (alert, log, position)
);
CREATE INDEX held_for_position ON held_for (log, position);
INSERT INTO counters (name, value) VALUES ('held', 0);

CREATE TABLE alert_leaves (
  alert TEXT NOT NULL,
  version INTEGER NOT NULL,
  leaf BIGINT NOT NULL,
  written BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  PRIMARY KEY (alert, version)
);
