-- The spine: event log, room states, alerts and their handling.

CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES ('position', 0), ('seq', 0), ('alert', 0);

CREATE TABLE event_log (
  position INTEGER NOT NULL PRIMARY KEY,
  room TEXT NOT NULL,
  event TEXT NOT NULL,
  source TEXT NOT NULL,
  arrived BIGINT NOT NULL,
  ends BIGINT NOT NULL,
  data BLOB NOT NULL
);
CREATE UNIQUE INDEX event_log_identity ON event_log (room, event);

CREATE TABLE alerts (
  number INTEGER NOT NULL PRIMARY KEY,
  id TEXT NOT NULL,
  seq BIGINT NOT NULL,
  version INTEGER NOT NULL,
  digest BLOB NOT NULL,
  rule TEXT NOT NULL,
  level TEXT NOT NULL,
  focus TEXT NOT NULL,
  platform TEXT NOT NULL,
  room TEXT NOT NULL,
  last_at BIGINT NOT NULL,
  hits INTEGER NOT NULL,
  status TEXT NOT NULL,
  who TEXT,
  status_at BIGINT,
  close_reason TEXT,
  note TEXT,
  words TEXT NOT NULL
);
CREATE UNIQUE INDEX alerts_id ON alerts (id);
CREATE UNIQUE INDEX alerts_seq ON alerts (seq);
CREATE INDEX alerts_rule ON alerts (rule, number);
CREATE INDEX alerts_room ON alerts (platform, room, number);
CREATE INDEX alerts_status ON alerts (status, level, number);

CREATE TABLE alert_versions (
  alert TEXT NOT NULL,
  version INTEGER NOT NULL,
  level TEXT NOT NULL,
  since BIGINT NOT NULL,
  body BLOB NOT NULL,
  PRIMARY KEY (alert, version)
);

CREATE TABLE alert_hits (
  alert TEXT NOT NULL,
  at BIGINT NOT NULL,
  hits INTEGER NOT NULL,
  PRIMARY KEY (alert, at)
) WITHOUT ROWID;

CREATE TABLE transitions (
  number INTEGER NOT NULL PRIMARY KEY,
  alert TEXT NOT NULL,
  old TEXT NOT NULL,
  new TEXT NOT NULL,
  who TEXT NOT NULL,
  at BIGINT NOT NULL,
  reason TEXT,
  note TEXT,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX transitions_alert ON transitions (alert, number);
CREATE TRIGGER transitions_are_not_changed BEFORE UPDATE ON transitions
BEGIN SELECT RAISE(ABORT, 'transitions are append-only'); END;
CREATE TRIGGER transitions_are_not_deleted BEFORE DELETE ON transitions
BEGIN SELECT RAISE(ABORT, 'transitions are append-only'); END;

CREATE TABLE rooms (
  platform TEXT NOT NULL,
  room TEXT NOT NULL,
  title TEXT,
  host TEXT,
  operator TEXT,
  session TEXT,
  ended TEXT,
  viewers BIGINT,
  watched_since BIGINT,
  last_event_at BIGINT,
  last_arrival_ms BIGINT NOT NULL,
  events BIGINT NOT NULL,
  due_at BIGINT,
  PRIMARY KEY (platform, room)
) WITHOUT ROWID;
CREATE INDEX rooms_due ON rooms (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE room_parts (
  room TEXT NOT NULL,
  part TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (room, part)
);

CREATE TABLE dead_letters (
  number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
  digest BLOB NOT NULL,
  stage TEXT NOT NULL,
  source TEXT NOT NULL,
  reason TEXT NOT NULL,
  rule TEXT,
  event TEXT,
  first_at BIGINT NOT NULL,
  last_at BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  data BLOB NOT NULL
);
CREATE UNIQUE INDEX dead_letters_digest ON dead_letters (digest);
