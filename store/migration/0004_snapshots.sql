-- What models have read, which is kept in folders beside the database.

CREATE TABLE snapshot (
    name     TEXT PRIMARY KEY, -- of its folder
    -- The document that it ends with; NULL: a terminal program read it. Not a foreign key: where the
    -- document is gone, its snapshot is found by that and deleted.
    document INTEGER,
    title    TEXT    NOT NULL, -- the document's; empty: the snapshot is damaged
    model    TEXT    NOT NULL, -- name of the model that read it
    tokens   INTEGER NOT NULL, -- of the text up to the document's end
    read     INTEGER NOT NULL, -- of them
    bytes    INTEGER NOT NULL, -- on the disk
    used     INTEGER NOT NULL  -- when it was last written or read
) STRICT, WITHOUT ROWID;
