-- Words of an alert that those may search who may not see viewers' accounts: an account that is a word
-- stands in `words` as any other does. NULL: an older version wrote the row, and they do not find it yet.
ALTER TABLE alerts ADD COLUMN open_words TEXT;
CREATE INDEX alerts_unopened ON alerts (number) WHERE open_words IS NULL;
