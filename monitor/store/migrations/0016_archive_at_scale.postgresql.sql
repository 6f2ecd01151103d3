-- The archive (monitor.archive) of a store that follows Kafka: where each file is and what it holds,
-- purges, legal holds, how far each partition is in it, viewers who are to be taken out.

CREATE TABLE archive_files (
  number INTEGER NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  room TEXT NOT NULL,
  hour BIGINT NOT NULL,
  first BIGINT NOT NULL,
  last BIGINT NOT NULL,
  count INTEGER NOT NULL,
  first_leaf BIGINT,
  last_leaf BIGINT,
  origin TEXT NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size BIGINT NOT NULL,
  at BIGINT NOT NULL,
  versions TEXT NOT NULL,
  purge INTEGER,
  refused TEXT NOT NULL DEFAULT '',
  replaces TEXT NOT NULL DEFAULT '',
  replaced INTEGER,
  removed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX archive_files_room ON archive_files (kind, room, last);
CREATE INDEX archive_files_hour ON archive_files (kind, hour);
CREATE TABLE archive_purges (
  number INTEGER NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  policy TEXT NOT NULL,
  record BYTEA,
  seal BYTEA,
  key TEXT NOT NULL DEFAULT ''
);
CREATE TABLE archive_holds (
  number INTEGER NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  released BIGINT,
  released_by TEXT NOT NULL DEFAULT '',
  released_why TEXT NOT NULL DEFAULT ''
);
CREATE TABLE archive_positions (
  log TEXT NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL,
  until BIGINT
);
CREATE TABLE archive_forgets (
  number INTEGER NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  names TEXT NOT NULL,
  waits TEXT NOT NULL DEFAULT '',
  looked INTEGER NOT NULL DEFAULT 0,
  done BIGINT
);
