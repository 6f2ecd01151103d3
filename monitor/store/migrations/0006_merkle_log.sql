-- The Merkle log of what arrived, its signed heads and their time stamps (monitor.evidence). SQLite
-- only, like the event log. Hashes are kept as tiles of 256; heads are never changed or taken out.

CREATE TABLE merkle_logs (
  log TEXT NOT NULL PRIMARY KEY,
  origin TEXT NOT NULL,
  size INTEGER NOT NULL
);
CREATE TABLE merkle_tiles (
  log TEXT NOT NULL,
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (log, level, number)
);
CREATE TABLE merkle_runs (
  log TEXT NOT NULL,
  leaf INTEGER NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (log, leaf)
);
CREATE TABLE merkle_heads (
  number INTEGER NOT NULL PRIMARY KEY,
  log TEXT NOT NULL,
  size INTEGER NOT NULL,
  at BIGINT NOT NULL,
  key TEXT NOT NULL,
  note BLOB NOT NULL
);
CREATE INDEX merkle_heads_size ON merkle_heads (log, size);
CREATE TRIGGER heads_are_not_changed BEFORE UPDATE ON merkle_heads
BEGIN SELECT RAISE(ABORT, 'heads are append-only'); END;
CREATE TRIGGER heads_are_not_deleted BEFORE DELETE ON merkle_heads
BEGIN SELECT RAISE(ABORT, 'heads are append-only'); END;

-- Who did what with evidence. Rows are appended, never changed.
CREATE TABLE custody (
  number INTEGER NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  act TEXT NOT NULL,
  who TEXT NOT NULL,
  role TEXT NOT NULL,
  subject TEXT NOT NULL,
  why TEXT NOT NULL,
  detail TEXT NOT NULL,
  version TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX custody_subject ON custody (subject, number);
CREATE TRIGGER custody_is_not_changed BEFORE UPDATE ON custody
BEGIN SELECT RAISE(ABORT, 'custody is append-only'); END;
CREATE TRIGGER custody_is_not_deleted BEFORE DELETE ON custody
BEGIN SELECT RAISE(ABORT, 'custody is append-only'); END;
