package store

import (
	"strings"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// unsynced is a file system on which Pebble's write-ahead log is never synced; all other files are.
//
// Pebble's own NoSync is not it: there the last records, up to 32 KiB of them, stay in this process until a block of the log is full, and a
// process that is killed loses whole chain blocks. Here a commit waits until the operating system has its records, but not until the disk has.
type unsynced struct{ vfs.FS }

func (fs unsynced) Create(name string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.Create(name, c)
	return fs.wrap(name, f), err
}

func (fs unsynced) ReuseForWrite(oldname, newname string, c vfs.DiskWriteCategory) (vfs.File, error) {
	f, err := fs.FS.ReuseForWrite(oldname, newname, c)
	return fs.wrap(newname, f), err
}

func (fs unsynced) wrap(name string, f vfs.File) vfs.File {
	if f != nil && strings.HasSuffix(name, ".log") {
		return unsyncedFile{f}
	}
	return f
}

// Unwrap is the file system below.
func (fs unsynced) Unwrap() vfs.FS { return fs.FS }

type unsyncedFile struct{ vfs.File }

func (unsyncedFile) Sync() error                { return nil }
func (unsyncedFile) SyncData() error            { return nil }
func (unsyncedFile) SyncTo(int64) (bool, error) { return true, nil }
