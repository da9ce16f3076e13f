-- Which models a thread asked is found by a step a model, however many runs it had. An index on the thread alone is the
-- beginning of this one.

DROP INDEX runs_by_thread;
CREATE INDEX runs_by_thread ON runs (thread_id, model);
