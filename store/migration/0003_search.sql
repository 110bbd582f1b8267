-- Full-text search over messages and pages. The indexes keep no text of their own: FTS5 reads it
-- from the views. segment() is the program's function that parts the characters of scripts
-- without spaces between words; whoever changes it rebuilds both indexes in a migration, because
-- what is taken out of an index must be what was put in.

CREATE VIEW message_text (id, content) AS SELECT id, segment(content) FROM message;

CREATE VIRTUAL TABLE message_search USING fts5 (
    content, content = 'message_text', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'"
);

CREATE TRIGGER message_inserted AFTER INSERT ON message BEGIN
    INSERT INTO message_search (rowid, content) VALUES (new.id, segment(new.content));
END;

CREATE TRIGGER message_deleted AFTER DELETE ON message BEGIN
    INSERT INTO message_search (message_search, rowid, content) VALUES ('delete', old.id, segment(old.content));
END;

CREATE TRIGGER message_updated AFTER UPDATE OF content ON message WHEN old.content <> new.content BEGIN
    INSERT INTO message_search (message_search, rowid, content) VALUES ('delete', old.id, segment(old.content));
    INSERT INTO message_search (rowid, content) VALUES (new.id, segment(new.content));
END;

CREATE VIEW page_text (id, text) AS SELECT id, segment(text) FROM page;

CREATE VIRTUAL TABLE page_search USING fts5 (
    text, content = 'page_text', content_rowid = 'id',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* Co'"
);

-- A page is replaced as a whole: it has no trigger for updates.
CREATE TRIGGER page_inserted AFTER INSERT ON page BEGIN
    INSERT INTO page_search (rowid, text) VALUES (new.id, segment(new.text));
END;

CREATE TRIGGER page_deleted AFTER DELETE ON page BEGIN
    INSERT INTO page_search (page_search, rowid, text) VALUES ('delete', old.id, segment(old.text));
END;

INSERT INTO message_search (message_search) VALUES ('rebuild');
INSERT INTO page_search (page_search) VALUES ('rebuild');
