-- A thread's rows are a tree; these columns make its questions cheap. All of them follow from the rows' parents and their
-- sequence, and can be made anew from these.

-- How far below the top: 1 there. 0: not known yet.
ALTER TABLE messages ADD COLUMN depth BIGINT NOT NULL DEFAULT 0;
-- A row further up on the same way (skew-binary jump pointers): with these every row above is found in O(log depth).
ALTER TABLE messages ADD COLUMN jump_id TEXT;
-- Its number among the rows with the same parent, from 1 and without gaps, the oldest first.
ALTER TABLE messages ADD COLUMN version BIGINT NOT NULL DEFAULT 1;
-- What these have in common: the id of the first there was.
ALTER TABLE messages ADD COLUMN group_id TEXT NOT NULL DEFAULT '';
-- How many rows have this one as their parent.
ALTER TABLE messages ADD COLUMN children BIGINT NOT NULL DEFAULT 0;
-- Where one gets who follows the newest version from here down; noted when the thread turned to another way. It is to be
-- looked for where none is noted, or where the noted row is gone or has children.
ALTER TABLE messages ADD COLUMN tip_id TEXT;
-- How many threads there are that began as a copy of the way to this row.
ALTER TABLE messages ADD COLUMN forks BIGINT NOT NULL DEFAULT 0;
-- The tokens that were counted for it in its thread's sum.
ALTER TABLE messages ADD COLUMN tokens BIGINT NOT NULL DEFAULT 0;

-- The same about the rows at the top.
ALTER TABLE threads ADD COLUMN roots BIGINT NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN root_group TEXT NOT NULL DEFAULT '';
-- No row of the way to the leaf with a greater sequence is anything but the newest version.
ALTER TABLE threads ADD COLUMN turn BIGINT NOT NULL DEFAULT 0;
-- What the thread is a copy of.
ALTER TABLE threads ADD COLUMN origin_thread TEXT;
ALTER TABLE threads ADD COLUMN origin_message TEXT;

-- The tokens of the answer that were counted before this run went on with it.
ALTER TABLE runs ADD COLUMN counted BIGINT NOT NULL DEFAULT 0;

DROP INDEX messages_by_parent;
CREATE INDEX messages_by_parent ON messages (parent_id, version);
CREATE INDEX messages_by_group ON messages (group_id, version);
-- Empty, but for rows that an older program or another hand left.
CREATE INDEX messages_unnumbered ON messages (thread_id) WHERE depth = 0 AND sequence > 0;
