-- Parts of room states that are read one by one: a table of their own keeps them out of the way of
-- those that are read and written all the time.

CREATE TABLE room_shelf (
  room TEXT NOT NULL,
  part TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (room, part)
) WITHOUT ROWID;
