-- What the thread's `turn` was when it turned to this row, which was not the newest version: what holds of the rows above
-- it. As long as the thread leads through the row nothing above it changes. NULL: not known.
ALTER TABLE messages ADD COLUMN turn BIGINT;
