-- What an answer that is still being written has grown by, a piece each time it is stored: storing the whole text again
-- each time would cost more the longer it is. They go when the answer settles, which stores it whole.

CREATE TABLE pieces (
    message_id TEXT NOT NULL,
    -- How many bytes of the answer come before it.
    place BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (message_id, place)
);
