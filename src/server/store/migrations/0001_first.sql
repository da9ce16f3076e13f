-- One text for SQLite and PostgreSQL: ids and JSON are TEXT, numbers, times (milliseconds since 1970) and flags BIGINT.

CREATE TABLE flags (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    -- A PHC string; empty where nobody can sign in (the local person of a server without accounts).
    password TEXT NOT NULL,
    settings TEXT NOT NULL DEFAULT '{}',
    -- How many threads there are, so that a list never has to be counted.
    thread_count BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    user_agent TEXT NOT NULL DEFAULT ''
);

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE threads (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    project_id TEXT,
    title TEXT,
    title_source TEXT NOT NULL DEFAULT 'none',
    model TEXT,
    snippet TEXT NOT NULL DEFAULT '',
    leaf_id TEXT,
    last_message_at BIGINT NOT NULL,
    message_count BIGINT NOT NULL DEFAULT 0,
    token_total BIGINT NOT NULL DEFAULT 0,
    next_sequence BIGINT NOT NULL DEFAULT 1,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE INDEX threads_by_age ON threads (user_id, last_message_at DESC, id DESC);

CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    thread_id TEXT NOT NULL REFERENCES threads (id),
    -- No foreign key: removing a thread would look every child up for every row.
    parent_id TEXT,
    sequence BIGINT NOT NULL,
    role TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    content TEXT NOT NULL,
    meta TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX messages_by_sequence ON messages (thread_id, sequence);
CREATE INDEX messages_by_parent ON messages (parent_id);

CREATE TABLE runs (
    id TEXT NOT NULL PRIMARY KEY,
    thread_id TEXT NOT NULL REFERENCES threads (id),
    -- The answer that the run writes.
    message_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    model TEXT,
    state TEXT NOT NULL,
    node TEXT NOT NULL,
    lease_until BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    ended_at BIGINT,
    client_id TEXT
);

CREATE INDEX runs_by_thread ON runs (thread_id);
-- At most one run at a time in a thread.
CREATE UNIQUE INDEX runs_active ON runs (thread_id) WHERE state = 'running';
CREATE INDEX runs_by_lease ON runs (lease_until) WHERE state = 'running';
-- The same command sent twice makes one run.
CREATE UNIQUE INDEX runs_by_client ON runs (user_id, client_id) WHERE client_id IS NOT NULL;
