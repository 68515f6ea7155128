import Foundation
import ParlaFiles
import Synchronization

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// Fetches a file, and continues where an earlier try stopped.
struct Download {
  private let source: URL
  private let target: String
  private let note: @Sendable (String) -> Void

  /// Fetches `source` to the file `target`; `note` is told how far it is.
  init(_ source: URL, to target: String, note: @escaping @Sendable (String) -> Void) {
    self.source = source
    self.target = target
    self.note = note
  }

  /// Where the file grows until it is whole.
  private var partPath: String { target + ".part" }

  /// - Throws: `KurError.download`, `.file`.
  func run() throws(KurError) {
    let folder = target.folderPath
    if !folder.isEmpty {
      do {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true)
      } catch {
        throw .file(.unwritable(path: folder, reason: systemReason(error)))
      }
    }
    if source.isFileURL {
      let path = source.path(percentEncoded: false)
      do { try FileManager.default.copyItem(atPath: path, toPath: target) } catch {
        throw .file(.unreadable(path: path, reason: systemReason(error)))
      }
      return
    }
    try fetch()
    do { try FileManager.default.moveItem(atPath: partPath, toPath: target) } catch {
      throw .file(.unwritable(path: target, reason: systemReason(error)))
    }
  }

  private func fetch() throws(KurError) {
    let receiver = DownloadReceiver(partPath, name: source.lastPathComponent, note: note)
    let session = URLSession(configuration: .ephemeral, delegate: receiver, delegateQueue: nil)
    defer { session.invalidateAndCancel() }
    var request = URLRequest(url: source)
    let size = receiver.startSize
    if size > 0 { request.setValue("bytes=\(size)-", forHTTPHeaderField: "Range") }
    session.dataTask(with: request).resume()
    if let problem = receiver.wait() {
      throw .download(url: source.absoluteString, problem: problem)
    }
  }
}

/// Appends what arrives to a file.
private final class DownloadReceiver: NSObject, URLSessionDataDelegate {
  private struct State {
    var handle: FileHandle?
    var received = 0
    var expected = 0
    var shownPercent = -1
    var problem: String?
  }

  let startSize: Int
  private let path: String
  private let name: String
  private let note: @Sendable (String) -> Void
  private let state = Mutex(State())
  private let isDone = DispatchSemaphore(value: 0)

  init(_ path: String, name: String, note: @escaping @Sendable (String) -> Void) {
    self.path = path
    self.name = name
    self.note = note
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    startSize = (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }

  /// Waits for the end; the problem, if there was one.
  func wait() -> String? {
    isDone.wait()
    return state.withLock { $0.problem }
  }

  func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    let status = (response as? HTTPURLResponse)?.statusCode ?? 200
    let isRest = status == 206
    state.withLock { state in
      guard status == 200 || isRest || status == 416 && startSize > 0 else {
        state.problem = "the server answers \(status)"
        return
      }
      if status == 416 { return }
      do {
        if !isRest || startSize == 0 { try Data().write(to: URL(fileURLWithPath: path)) }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        state.handle = handle
        state.received = isRest ? startSize : 0
        state.expected =
          response.expectedContentLength > 0
          ? state.received + Int(response.expectedContentLength) : 0
      } catch {
        state.problem = systemReason(error)
      }
    }
    completionHandler(state.withLock { $0.handle != nil } ? .allow : .cancel)
  }

  func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    let percent: Int? = state.withLock { state in
      do { try state.handle?.write(contentsOf: data) } catch {
        state.problem = systemReason(error)
        dataTask.cancel()
        return nil
      }
      state.received += data.count
      guard state.expected > 0 else { return nil }
      let percent = state.received * 100 / state.expected
      guard percent / 10 != state.shownPercent / 10 || state.shownPercent < 0 else { return nil }
      state.shownPercent = percent
      return percent
    }
    if let percent { note("\(name): \(percent) % fetched") }
  }

  func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    state.withLock { state in
      try? state.handle?.close()
      let isWhole = state.expected == 0 || state.received >= state.expected
      // A range beyond the end was asked for: all had arrived before.
      let hadAll = state.handle == nil && state.problem == nil && startSize > 0
      if state.problem == nil, !hadAll {
        if let error {
          state.problem = systemReason(error)
        } else if !isWhole {
          state.problem = "the connection ended after \(state.received) of \(state.expected) bytes"
        }
      }
    }
    isDone.signal()
  }
}
