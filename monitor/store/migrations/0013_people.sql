-- People who sign in, their sessions and the tokens of their programs. Of what lets somebody in, only
-- digests are stored.
CREATE TABLE users (
  name TEXT NOT NULL PRIMARY KEY,
  folded TEXT NOT NULL UNIQUE,
  role TEXT NOT NULL,
  password TEXT,
  subject TEXT UNIQUE,
  locked INTEGER NOT NULL,
  made_at BIGINT NOT NULL,
  seen_at BIGINT
);
CREATE TABLE sessions (
  digest TEXT NOT NULL PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  person TEXT NOT NULL,
  method TEXT NOT NULL,
  address TEXT NOT NULL,
  agent TEXT NOT NULL,
  began_at BIGINT NOT NULL,
  seen_at BIGINT NOT NULL,
  ends_at BIGINT NOT NULL
);
CREATE INDEX sessions_person ON sessions (person);
CREATE TABLE api_tokens (
  id TEXT NOT NULL PRIMARY KEY,
  digest TEXT NOT NULL,
  person TEXT NOT NULL,
  label TEXT NOT NULL,
  scopes TEXT NOT NULL,
  made_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  used_at BIGINT,
  revoked_at BIGINT
);
CREATE INDEX api_tokens_person ON api_tokens (person);
-- Who signed in or tried to, and who changed what about people; chained like the transitions. What is
-- older than the configuration says is taken out at the beginning of the chain.
CREATE TABLE sign_ins (
  number INTEGER NOT NULL PRIMARY KEY,
  at BIGINT NOT NULL,
  act TEXT NOT NULL,
  person TEXT NOT NULL,
  by_whom TEXT NOT NULL,
  address TEXT NOT NULL,
  detail TEXT NOT NULL,
  previous TEXT NOT NULL,
  hash TEXT NOT NULL
);
CREATE INDEX sign_ins_at ON sign_ins (at);
