-- What a person wrote while an answer was being written. A row leaves this table when it is sent, and is a message from
-- then on, under the same id.
CREATE TABLE queue (
    id TEXT NOT NULL PRIMARY KEY,
    thread_id TEXT NOT NULL REFERENCES threads (id),
    user_id TEXT NOT NULL,
    -- The lowest is sent next.
    position BIGINT NOT NULL,
    content TEXT NOT NULL,
    model TEXT,
    -- What the person wants of the answer.
    asked TEXT NOT NULL,
    client_id TEXT,
    created_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX queue_by_position ON queue (thread_id, position);
-- The same command sent twice makes one row.
CREATE UNIQUE INDEX queue_by_client ON queue (user_id, client_id) WHERE client_id IS NOT NULL;

-- What ended unseen: 'unread', 'failed', or nothing.
ALTER TABLE threads ADD COLUMN mark TEXT NOT NULL DEFAULT '';
