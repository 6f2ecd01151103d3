-- Time stamps (RFC 3161) of the heads of the Merkle logs, as the authorities answered.
CREATE TABLE head_stamps (
  head INTEGER NOT NULL,
  authority TEXT NOT NULL,
  at BIGINT NOT NULL,
  token BLOB NOT NULL,
  PRIMARY KEY (head, authority)
);
