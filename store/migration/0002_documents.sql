-- Documents, which conversations have them, and which pages an answer consulted.

CREATE TABLE document (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    sha256 TEXT    NOT NULL UNIQUE, -- of the file, hexadecimal
    path   TEXT    NOT NULL,        -- where the file was last seen
    title  TEXT    NOT NULL,
    format TEXT    NOT NULL,
    size   INTEGER NOT NULL,        -- of the file, in bytes
    pages  INTEGER NOT NULL,        -- how many
    digest TEXT    NOT NULL,        -- SHA-256 of what is in table page, hexadecimal
    added  INTEGER NOT NULL,
    used   INTEGER NOT NULL         -- when it was last added, attached or detached
) STRICT;

CREATE TABLE page (
    id       INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL, -- from 1
    text     TEXT    NOT NULL,
    no_text  INTEGER NOT NULL, -- 1: the page is blank or a picture
    problem  TEXT    NOT NULL, -- why text is not the whole page; empty: it is
    UNIQUE (document, number)
) STRICT;

CREATE TABLE attachment (
    conversation INTEGER NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    document     INTEGER NOT NULL REFERENCES document (id),
    position     INTEGER NOT NULL, -- order in the conversation
    PRIMARY KEY (conversation, document)
) STRICT, WITHOUT ROWID;

CREATE INDEX attachment_document ON attachment (document);

CREATE TABLE consulted (
    message  INTEGER NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    document INTEGER NOT NULL REFERENCES document (id),
    page     INTEGER NOT NULL, -- from 1
    share    REAL    NOT NULL, -- of the attention to all pages, 0 to 1
    PRIMARY KEY (message, document, page)
) STRICT, WITHOUT ROWID;

CREATE INDEX consulted_document ON consulted (document);
