import CArchives

/// The library that unpacks archives.
package enum ArchiveLibrary {
  /// Its version and those of the libraries that it uses; nil where it is not installed.
  package static var version: String? {
    unsafe parla_archive_library().map { unsafe String(cString: $0) }
  }
}
