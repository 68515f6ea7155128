import Foundation
import ParlaAudio
import ParlaFiles
import ParlaWeb

/// Keeps what corpora of the web consist of in a folder of this machine, by host and path.
///
/// A list is fetched again when the server has a newer one; recordings are fetched once, and only those that are used. Of a recording in
/// another file (`clips.tar#bytes=512-40511`) only its bytes are asked for. The folder is `$PARLA_WEB_CACHE`, or `parla` in
/// `$XDG_CACHE_HOME` or `~/.cache`.
struct WebMirror: Sendable {
  private let folder: String
  private let download: WebDownload

  /// The mirror in `folder`, or the usual one.
  init(
    folder: String? = nil, fetch: @escaping WebDownload.Fetch = { WebProgram.get($0) }
  ) {
    let environment = ProcessInfo.processInfo.environment
    let caches =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
      ?? NSHomeDirectory().appendingName(".cache")
    self.folder = absolutePath(folder ?? environment["PARLA_WEB_CACHE"] ?? caches + "/parla/web")
    download = WebDownload(fetch)
  }

  /// Whether `text` is an address of the web.
  static func isAddress(_ text: String) -> Bool {
    text.hasPrefix("http://") || text.hasPrefix("https://")
  }

  /// Fetches the file at `address`, unless it is here and the server's is not newer; where it is then.
  ///
  /// - Throws: `CorpusError.badAddress`, `.notFetched`, `.file`.
  func list(_ address: String) throws(CorpusError) -> String {
    let path = try path(of: address)
    var request = try request(address, to: path)
    if FileStamp(path: path) != nil {
      request.known = path
      // What an earlier try left is no answer to whether the server has a newer one.
      try? FileManager.default.removeItem(atPath: WebDownload.part(of: path))
    }
    try run([request])
    return path
  }

  /// `samples` with their recordings on this machine: those with an address of the web, or next to a list that was fetched.
  ///
  /// - Throws: `CorpusError.badAddress`, `.notFetched`, `.file`.
  func fetched(_ samples: [Sample]) throws(CorpusError) -> [Sample] {
    guard samples.contains(where: { Self.isAddress($0.audioPath) || isHere($0.audioPath) }) else {
      return samples
    }
    var requests: [String: WebProgram.Request] = [:]
    var local: [Sample] = []
    for sample in samples {
      var place = SoundAddress(sample.audioPath)
      guard let address = address(of: place.path) else {
        local.append(sample)
        continue
      }
      let whole = try path(of: address)
      let bytes = place.bytes
      if FileStamp(path: whole) != nil {
        place.path = whole
      } else {
        place.path = bytes.map { part(of: whole, $0, place.name) } ?? whole
        if bytes != nil { (place.bytes, place.name) = (nil, nil) }
        if FileStamp(path: place.path) == nil, requests[place.path] == nil {
          requests[place.path] = try request(address, to: place.path)
          requests[place.path]?.bytes = bytes
        }
      }
      local.append(sample.with(audioPath: place.description))
    }
    try run(requests.values.sorted { $0.path < $1.path })
    return local
  }

  // MARK: - Names

  private func isHere(_ path: String) -> Bool { path.hasPrefix(folder + "/") }

  /// Where the file at `address` is kept.
  private func path(of address: String) throws(CorpusError) -> String {
    guard let url = URL(string: address), let host = url.host(percentEncoded: true), !host.isEmpty,
      let scheme = url.scheme
    else { throw .badAddress(address: address) }
    let parts = url.path(percentEncoded: true).split(separator: "/").map {
      String($0).removingPercentEncoding ?? ""
    }
    let isNamed = parts.allSatisfy { part in
      !["", ".", ".."].contains(part) && !part.contains("/") && !part.contains("\0")
    }
    guard isNamed, !parts.isEmpty, !address.hasSuffix("/") else {
      throw .badAddress(address: address)
    }
    let port = url.port.map { ":\($0)" } ?? ""
    let query = url.query(percentEncoded: true).map { "?" + $0.replacing("/", with: "%2F") } ?? ""
    return ([folder, scheme, host + port] + parts).joined(separator: "/") + query
  }

  /// The address of what is kept, or is to be kept, at `path`; nil for what is no part of the web.
  private func address(of path: String) -> String? {
    if Self.isAddress(path) { return path }
    guard isHere(path) else { return nil }
    let parts = absolutePath(path).dropFirst(folder.count + 1).split(separator: "/")
    guard parts.count > 2, isHere(absolutePath(path)) else { return nil }
    let names = parts.dropFirst(2).map { percentEncoded(String($0)) }
    return "\(parts[0])://\(parts[1])/" + names.joined(separator: "/")
  }

  private func part(of path: String, _ bytes: Range<Int>, _ name: String?) -> String {
    let end = bytes.upperBound == .max ? "" : "\(bytes.upperBound - 1)"
    return "\(path).parts/\(bytes.lowerBound)-\(end)-\(percentEncoded(name ?? path.fileName))"
  }

  // MARK: - Fetching

  private func request(_ address: String, to path: String) throws(CorpusError) -> WebProgram.Request
  {
    guard let url = URL(string: address) else { throw .badAddress(address: address) }
    return WebProgram.Request(url, to: path)
  }

  /// A batch for curl has to fit into a pipe.
  private static let batch = 64

  /// Fetches what `requests` ask for; each file has its name when it is whole.
  private func run(_ requests: [WebProgram.Request]) throws(CorpusError) {
    guard !requests.isEmpty else { return }
    let lock = try locked()
    defer { withExtendedLifetime(lock) {} }
    // Another process may have fetched them before this one had the lock.
    let missing = requests.filter { $0.known != nil || FileStamp(path: $0.path) == nil }
    var failures: [(address: String, reason: String)] = []
    defer { Self.show("") }
    for start in stride(from: 0, to: missing.count, by: Self.batch) {
      let batch = Array(missing[start..<min(start + Self.batch, missing.count)])
      Self.show("Fetching \(batch[0].source.host() ?? ""): \(start) of \(missing.count) files")
      for (request, problem) in zip(batch, download.parts(batch)) {
        guard let reason = problem ?? flaw(request) else {
          try keep(request)
          continue
        }
        failures.append((request.source.absoluteString, reason))
      }
      if failures.count >= Self.batch { break }
    }
    guard let first = failures.first else { return }
    throw .notFetched(
      address: first.address, reason: first.reason, count: failures.count, total: missing.count)
  }

  /// Shows the progress on a terminal.
  private static func show(_ text: String) {
    guard isatty(2) == 1 else { return }
    try? FileHandle.standardError.write(contentsOf: Data("\r\u{1B}[K\(text)".utf8))
  }

  /// What is wrong with a part of a file that arrived.
  private func flaw(_ request: WebProgram.Request) -> String? {
    let part = WebDownload.part(of: request.path)
    guard let bytes = request.bytes, bytes.upperBound != .max,
      let size = FileStamp(path: part)?.byteCount, size != bytes.count
    else { return nil }
    try? FileManager.default.removeItem(atPath: part)
    return size > bytes.count
      ? "this server does not send parts of files; name the file itself as the corpus"
      : "it ends before byte \(bytes.upperBound - 1)"
  }

  private func keep(_ request: WebProgram.Request) throws(CorpusError) {
    let part = WebDownload.part(of: request.path)
    let size = FileStamp(path: part)?.byteCount
    // Nothing arrives where the server's is not newer.
    if request.known != nil, size ?? 0 == 0 {
      try? FileManager.default.removeItem(atPath: part)
      return
    }
    // Of an empty file nothing arrives either.
    if size == nil { _ = FileManager.default.createFile(atPath: part, contents: nil) }
    do { try WebDownload.keep(request.path) } catch { throw .file(error) }
  }

  /// Waits until no other process fetches into the mirror.
  private func locked() throws(CorpusError) -> FolderLock? {
    do throws(FileError) {
      do {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      } catch { throw FileError.unwritable(path: folder, reason: systemReason(error)) }
      while true {
        do throws(FileError) { return try FolderLock(folder: folder) } catch {
          guard case .inUse = error else { throw error }
          Thread.sleep(forTimeInterval: 0.2)
        }
      }
    } catch { throw .file(error) }
  }
}
