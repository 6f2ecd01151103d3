-- The archive of what arrived (monitor.archive): where each file is and what it holds, purges, legal
-- holds. SQLite only, like the event log that the archive is written from.

CREATE TABLE archive_files (
  number INTEGER NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  room TEXT NOT NULL,
  hour BIGINT NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  count INTEGER NOT NULL,
  first_leaf INTEGER,
  last_leaf INTEGER,
  origin TEXT NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  size INTEGER NOT NULL,
  at BIGINT NOT NULL,
  versions TEXT NOT NULL,
  purge INTEGER,
  refused TEXT NOT NULL DEFAULT ''
);
CREATE INDEX archive_files_room ON archive_files (kind, room, last);
CREATE INDEX archive_files_hour ON archive_files (kind, hour);
CREATE TABLE archive_purges (
  number INTEGER NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  who TEXT NOT NULL,
  why TEXT NOT NULL,
  policy TEXT NOT NULL,
  record BLOB,
  seal BLOB,
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
-- Frames of captures as they were received, until the archive has them.
CREATE TABLE raw_frames (
  position INTEGER NOT NULL PRIMARY KEY,
  room TEXT NOT NULL,
  event TEXT NOT NULL,
  source TEXT NOT NULL,
  arrived BIGINT NOT NULL,
  data BLOB NOT NULL
);
CREATE INDEX raw_frames_event ON raw_frames (room, event);
INSERT INTO counters (name, value) VALUES ('archived', 0);
INSERT INTO counters (name, value) VALUES ('archived_raw', 0);
INSERT INTO counters (name, value) VALUES ('raw', 0);
