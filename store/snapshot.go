package store

import (
	"context"
	"database/sql"
	"time"
)

// Snapshot tells of what a model has read of a document, which is kept in a
// folder beside the database.
type Snapshot struct {
	Name     string     // of the folder
	Document DocumentID // that it ends with; 0: not known
	Title    string     // of the document; empty: the snapshot is damaged
	Model    string     // name
	Tokens   int        // of the text up to the document's end
	Read     int        // of them
	Bytes    int64      // on the disk
	Used     time.Time  // when it was last written or read
}

// SetSnapshots replaces the list of snapshots. One whose document is not given
// keeps the one that the list had for its name.
func (s *Store) SetSnapshots(ctx context.Context, all []Snapshot) error {
	return s.write(ctx, "list the snapshots", func(tx *sql.Tx) error {
		known, err := snapshotDocuments(ctx, tx)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM snapshot"); err != nil {
			return err
		}
		for _, n := range all {
			if n.Document == 0 {
				n.Document = known[n.Name]
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO snapshot (name, document, title, model, tokens, read, bytes, used)
				VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?)`,
				n.Name, n.Document, n.Title, n.Model, n.Tokens, n.Read, n.Bytes, n.Used.UnixMilli())
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func snapshotDocuments(ctx context.Context, tx *sql.Tx) (map[string]DocumentID, error) {
	rows, err := tx.QueryContext(ctx, "SELECT name, ifnull(document, 0) FROM snapshot")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	known := map[string]DocumentID{}
	for rows.Next() {
		var name string
		var d DocumentID
		if err := rows.Scan(&name, &d); err != nil {
			return nil, err
		}
		known[name] = d
	}
	return known, rows.Err()
}

const (
	snapshotsQuery = "SELECT name, ifnull(document, 0), title, model, tokens, read, bytes, used FROM snapshot ORDER BY used DESC, name"
	orphansQuery   = `SELECT name FROM snapshot s WHERE s.document IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM document d WHERE d.id = s.document)`
)

// Snapshots lists what is kept, the last one used first.
func (s *Store) Snapshots(ctx context.Context) ([]Snapshot, error) {
	return list(ctx, s, "list the snapshots", func(row scanner) (Snapshot, error) {
		var n Snapshot
		var used int64
		err := row.Scan(&n.Name, &n.Document, &n.Title, &n.Model, &n.Tokens, &n.Read, &n.Bytes, &used)
		n.Used = moment(used)
		return n, err
	}, snapshotsQuery)
}

// OrphanSnapshots lists the names of snapshots whose document was purged.
func (s *Store) OrphanSnapshots(ctx context.Context) ([]string, error) {
	return list(ctx, s, "list the snapshots of purged documents", func(row scanner) (name string, err error) {
		err = row.Scan(&name)
		return name, err
	}, orphansQuery)
}
