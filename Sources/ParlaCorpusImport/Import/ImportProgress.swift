/// How far an import has come.
public enum ImportProgress: Sendable, Equatable {
  /// A package is being fetched; `byteCount` is its whole size, if known.
  case fetching(package: String, receivedBytes: Int, byteCount: Int?)
  /// A package is being unpacked.
  case unpacking(package: String)
  /// The source's files are being listed.
  case listing(source: String)
  /// What lies at `path` is no file and is left out; `reason` says so.
  case leftOut(path: String, reason: String)
  /// What is to come: `recordings` to look at, about `byteCount` bytes to write, and how many are free, if that is known.
  case planned(recordings: Int, byteCount: Int, free: Int?)
  /// `done` of `total` recordings are converted.
  case converting(done: Int, total: Int)

  /// Receives the progress of an import, on any thread.
  public typealias Handler = @Sendable (ImportProgress) -> Void
}
