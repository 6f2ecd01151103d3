-- Messages about alerts, on their way to people. What was sent, or is not sent any more, stays for a
-- while without its words, so that it can be seen who was told of what, and when.
CREATE TABLE outbox (
  number INTEGER NOT NULL PRIMARY KEY,
  channel TEXT NOT NULL,
  alert TEXT,
  kind TEXT NOT NULL,
  level TEXT NOT NULL,
  body BLOB NOT NULL,
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  state TEXT NOT NULL,
  message TEXT,
  done_at BIGINT,
  problem TEXT
);
CREATE INDEX outbox_due ON outbox (state, channel, due_at);
CREATE INDEX outbox_alert ON outbox (alert);

-- The level at which people were told of an alert: it is told again when it rises.
CREATE TABLE notified (
  alert TEXT NOT NULL PRIMARY KEY,
  level TEXT NOT NULL,
  at BIGINT NOT NULL
);

-- How far changes of alerts were looked at; nothing that is older than this step is told.
INSERT INTO counters (name, value) SELECT 'notified', value FROM counters WHERE name = 'seq';
