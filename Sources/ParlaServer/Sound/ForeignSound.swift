import Foundation
import ParlaAudio
import ParlaFiles
import Synchronization

/// Sound that no library of the program decodes, such as AAC in MP4: the program ffmpeg does, where it is installed.
///
/// It runs as a process of its own, without a shell and a network, for a limited time.
enum ForeignSound {
  /// How files begin that ffmpeg may be asked for.
  private static let beginnings: [(offset: Int, bytes: [UInt8])] = [
    (4, Array("ftyp".utf8)), (0, [0x1A, 0x45, 0xDF, 0xA3]), (0, Array("#!AMR".utf8)),
    (0, Array("caff".utf8)),
    (0, [0x30, 0x26, 0xB2, 0x75]), (0, [0xFF, 0xF1]), (0, [0xFF, 0xF9]),
  ]

  /// As long as a conversion may take, in seconds.
  private static let longest = 300.0

  /// The program; nil where it is not installed.
  private static var program: String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(
      separator: ":")
    return folders.map { String($0).appendingName("ffmpeg") }.first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }

  /// `upload` as a WAV of `sampleRate`, for which `problem` was found; nil where that is not worth trying.
  ///
  /// - Throws: `FileError`, `RequestFailure` where ffmpeg would be needed and is not there.
  static func converted(
    _ upload: Upload, sampleRate: Int, longestSeconds: Int, after problem: AudioError
  ) async throws -> Upload? {
    let start = try? FileHandle(forReadingFrom: URL(fileURLWithPath: upload.path)).read(
      upToCount: 16)
    let bytes = [UInt8](start ?? Data())
    guard beginnings.contains(where: { bytes.dropFirst($0.offset).starts(with: $0.bytes) }) else {
      return nil
    }
    guard let program else {
      var failure = RequestFailure(problem, source: upload.path)
      failure.message += " With the program ffmpeg installed the server reads AAC and others too."
      throw failure
    }
    let target = try TemporaryFile(in: NSTemporaryDirectory())
    // The name without "self" is that of the same open file, seen by the other process.
    let source = upload.path.replacing(
      "/proc/self/", with: "/proc/\(getpid())/", maxReplacements: 1)
    let hasWorked = try await run(
      program,
      [
        "-nostdin", "-hide_banner", "-loglevel", "error", "-protocol_whitelist", "file,pipe", "-i",
        source,
        "-vn", "-t", "\(longestSeconds + 1)", "-ac", "1", "-ar", "\(sampleRate)", "-f", "wav",
        "pipe:1",
      ], output: target.descriptor)
    // A program that could not write does not say so; the file does.
    if !hasWorked { try target.append(Data(count: 1 << 16)) }
    let converted = Upload(target)
    return hasWorked && converted.file.byteCount > 0 ? converted : nil
  }

  /// Whether the program ended well; it is ended with the task, and when it takes too long.
  ///
  /// - Throws: `FileError.unreadable` where it cannot be started, `CancellationError`.
  static func run(_ program: String, _ arguments: [String], output: Int32) async throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.environment = ["PATH": "/usr/bin:/bin"]
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(fileDescriptor: output, closeOnDealloc: false)
    process.standardError = FileHandle.nullDevice
    let run = ProgramRun(process)
    let limit = Task {
      try await Task.sleep(for: .seconds(longest))
      run.end()
    }
    defer { limit.cancel() }
    let hasWorked = try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation {
        (continuation: CheckedContinuation<Bool, any Error>) in
        process.terminationHandler = { ended in
          continuation.resume(returning: ended.terminationStatus == 0)
        }
        do { try run.begin() } catch {
          process.terminationHandler = nil
          continuation.resume(throwing: error)
        }
      }
    } onCancel: {
      run.end()
    }
    try Task.checkCancellation()
    return hasWorked
  }
}

/// A program that may be asked to end at any time: even before it starts, when Foundation's `Process` would stop this one.
private final class ProgramRun: Sendable {
  private let process: Process
  private let state = Mutex(State.waiting)

  private enum State { case waiting, running, over }

  init(_ process: Process) { self.process = process }

  /// Starts it.
  ///
  /// - Throws: `FileError.unreadable` where that fails, `CancellationError` if it was asked to end.
  func begin() throws {
    try state.withLock { state in
      guard state == .waiting else { throw CancellationError() }
      do { try process.run() } catch {
        state = .over
        throw FileError.unreadable(
          path: process.executableURL?.path ?? "", reason: systemReason(error))
      }
      state = .running
    }
  }

  func end() {
    state.withLock { state in
      if state == .running { process.terminate() }
      state = .over
    }
  }
}
