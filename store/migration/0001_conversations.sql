-- Conversations: trees of messages in folders, and settings.
-- Times are milliseconds since 1970 in UTC. Numbers of rows are never reused.

PRAGMA application_id = 0x466f7665; -- "Fove"

CREATE TABLE folder (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    name    TEXT    NOT NULL,
    created INTEGER NOT NULL,
    deleted INTEGER -- NULL: it is not deleted
) STRICT;

CREATE TABLE conversation (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    folder   INTEGER REFERENCES folder (id) ON DELETE CASCADE, -- NULL: it is in none
    title    TEXT    NOT NULL,
    system   TEXT    NOT NULL, -- the system prompt
    sampling TEXT    NOT NULL, -- JSON
    draft    TEXT    NOT NULL,
    leaf     INTEGER,          -- the last message of the branch that is shown
    created  INTEGER NOT NULL,
    updated  INTEGER NOT NULL, -- when its last message was added
    deleted  INTEGER,          -- NULL: it is not deleted
    FOREIGN KEY (id, leaf) REFERENCES message (conversation, id)
) STRICT;

-- Has all that the list of conversations asks for, so that listing reads no prompts and drafts.
CREATE INDEX conversation_list ON conversation (updated DESC, id DESC, folder, title, deleted) WHERE deleted IS NULL;
CREATE INDEX conversation_folder ON conversation (folder);
CREATE INDEX conversation_deleted ON conversation (deleted) WHERE deleted IS NOT NULL;

CREATE TABLE message (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    parent       INTEGER,          -- NULL: a branch begins with it
    role         TEXT    NOT NULL CHECK (role IN ('system', 'user', 'assistant')),
    content      TEXT    NOT NULL,
    status       TEXT    NOT NULL CHECK (status IN ('complete', 'writing', 'stopped', 'failed')),
    details      TEXT    NOT NULL, -- JSON
    created      INTEGER NOT NULL,
    updated      INTEGER NOT NULL,
    UNIQUE (conversation, id),
    -- Not ON DELETE CASCADE: SQLite would descend one level a message, and 1,000 at most.
    -- A conversation takes all its messages along at once.
    FOREIGN KEY (conversation, parent) REFERENCES message (conversation, id)
) STRICT;

CREATE INDEX message_parent ON message (conversation, parent, id);
CREATE INDEX message_writing ON message (id) WHERE status = 'writing';

-- What the layers did while a message was written; apart, because it is large.
CREATE TABLE trace (
    message INTEGER PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    data    BLOB NOT NULL
) STRICT;

CREATE TABLE setting (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL -- JSON
) STRICT, WITHOUT ROWID;
