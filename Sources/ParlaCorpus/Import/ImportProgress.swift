/// How far an import has come.
public enum ImportProgress: Sendable, Equatable {
  /// A package is being fetched; `byteCount` is its whole size, if known.
  case fetching(package: String, receivedBytes: Int, byteCount: Int?)
  /// A package is being unpacked.
  case unpacking(package: String)
  /// `done` of `total` recordings are converted.
  case converting(done: Int, total: Int)

  /// Is told how far an import has come, on any thread.
  public typealias Handler = @Sendable (ImportProgress) -> Void
}
