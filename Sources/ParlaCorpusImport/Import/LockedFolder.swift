import ParlaFiles

/// Keeps other imports out of the folder at `path`, which is made if need be, as long as the result lives; nil where its file
/// system has no locks.
///
/// - Throws: `ImportError.file` with the host and the process of another import.
func lockedFolder(_ path: String) throws(ImportError) -> FolderLock? {
  try makeFolder(path)
  do { return try FolderLock(folder: path) } catch { throw .file(error) }
}
