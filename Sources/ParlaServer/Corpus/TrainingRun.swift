import Foundation
import ParlaFiles
import Synchronization

/// A training that the corpus page has started: `parla train` as a process of its own, which no crash of it takes the server with.
///
/// The process reads a pipe that only this one holds open. However the server ends, the pipe ends with it, and the training saves and
/// stops (`parla train --stop-with-input`).
final class TrainingRun: Sendable {
  /// Where the record of the latest training is.
  private let recordPath: String
  private let log: @Sendable (String) -> Void
  private let state: Mutex<State>
  private let running = DispatchGroup()

  private struct State {
    var record: TrainingRecord?
    var process: Process?
    /// Open as long as the training is to continue.
    var lifeline: FileHandle?
    var wish: TrainingRecord.Outcome?
    /// Whether somebody prepares a training.
    var isPreparing = false
    var lines: [String] = []
    var partial = ""
  }

  /// How many lines are shown.
  private static let lineCount = 60

  /// By so much it yields to the streams of this server and to everybody else.
  private static let niceness: Int32 = 10

  /// So long the last lines are waited for when the process has ended.
  private static let patience = DispatchTimeInterval.seconds(2)

  /// Reads the record at `recordPath`; `log` receives what cannot be written there.
  init(recordPath: String, log: @escaping @Sendable (String) -> Void) {
    self.recordPath = recordPath
    self.log = log
    let record = TrainingRecord(reading: recordPath)
    state = Mutex(State(record: record, lines: record?.log ?? []))
  }

  /// Whether it is running.
  var isRunning: Bool { state.withLock { $0.process != nil } }

  /// The latest training, and what it has said lately; one that is noted as running and does not was interrupted.
  var latest: TrainingRecord? {
    state.withLock { state in
      var record = state.record
      record?.log = state.lines
      if record?.outcome == .running, state.process == nil { record?.outcome = .interrupted }
      return record
    }
  }

  /// Lets `prepare` get everything ready for a training, and starts it, unless one is running or is being prepared.
  ///
  /// - Throws: `RequestFailure`, `FileError.unwritable`, and what `prepare` throws.
  func start(
    in folder: String? = nil,
    preparing prepare: () async throws -> (command: [String], request: TrainingRecord.Request)
  ) async throws {
    try state.withLock { state in
      guard state.process == nil, !state.isPreparing else {
        throw RequestFailure(status: 409, message: "A training is already running.")
      }
      state.isPreparing = true
    }
    defer { state.withLock { $0.isPreparing = false } }
    let (command, request) = try await prepare()
    try start(command, request, in: folder)
  }

  /// Starts `command` for `request` in `folder`, unless one is running.
  ///
  /// - Throws: `RequestFailure`, `FileError.unwritable`.
  func start(
    _ command: [String], _ request: TrainingRecord.Request, in folder: String? = nil
  ) throws {
    guard let program = command.first else {
      throw RequestFailure.bad("This server was started without a program that trains.")
    }
    let process = Process()
    let lifeline = Pipe()
    try state.withLock { state in
      guard state.process == nil else {
        throw RequestFailure(status: 409, message: "A training is already running.")
      }
      let record = TrainingRecord(request)
      try record.write(to: recordPath)
      state = State(
        record: record, process: process, lifeline: lifeline.fileHandleForWriting,
        isPreparing: state.isPreparing)
    }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = Array(command.dropFirst())
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    // No other program that is started meanwhile may hold it open.
    _ = fcntl(lifeline.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    process.standardInput = lifeline
    let hasSaidAll = follow(process)
    running.enter()
    process.terminationHandler = { [self] process in
      _ = hasSaidAll.wait(timeout: .now() + Self.patience)
      end(process)
      running.leave()
    }
    do { try process.run() } catch {
      let problem = "\(program): cannot be started: \(systemReason(error))"
      end(.failed, problem)
      running.leave()
      throw RequestFailure(status: 500, message: problem, type: "server_error")
    }
    yieldProcessor(by: Self.niceness, process: process.processIdentifier)
  }

  /// Takes all that `process` will say; what is returned is signalled when it has said all.
  private func follow(_ process: Process) -> DispatchSemaphore {
    let hasSaidAll = DispatchSemaphore(value: 0)
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    pipe.fileHandleForReading.readabilityHandler = { [self] handle in
      let data = handle.availableData
      guard !data.isEmpty else {
        handle.readabilityHandler = nil
        hasSaidAll.signal()
        return
      }
      take(String(decoding: data, as: UTF8.self))
    }
    return hasSaidAll
  }

  private func end(_ process: Process) {
    let status = process.terminationStatus
    let wish = state.withLock { $0.wish }
    if process.terminationReason == .exit {
      end(status == 0 ? .finished : wish ?? .failed, nil)
    } else if let wish, status == SIGINT {
      // It was asked before it could answer.
      end(wish, nil)
    } else {
      end(.failed, "The training was ended by signal \(status).")
    }
  }

  /// Notes how it ended, with a last line for the log.
  private func end(_ outcome: TrainingRecord.Outcome, _ line: String?) {
    state.withLock { state in
      if let line { state.lines.append(line) }
      state.record?.outcome = outcome
      state.record?.log = state.lines
      do { try state.record?.write(to: recordPath) } catch { log("\(error)") }
      state.process = nil
      state.lifeline = nil
    }
  }

  /// Lets it save and stop; one that does not take signals yet finds its input ended.
  func stop() {
    ask(.stopped)
    letGo()
  }

  /// Lets it save and stop because the server ends, and waits for that at most so long, or until `isHasty`.
  func end(within seconds: Int, isHasty: @escaping @Sendable () -> Bool = { false }) async throws {
    ask(.interrupted)
    letGo()
    try await onOwnThread { [running] in
      for _ in 0..<10 * seconds where !isHasty() {
        if running.wait(timeout: .now() + .milliseconds(100)) == .success { return }
      }
    }
  }

  /// Ends the pipe, as the server's end does.
  func letGo() {
    state.withLock { state in
      try? state.lifeline?.close()
      state.lifeline = nil
    }
  }

  private func ask(_ wish: TrainingRecord.Outcome) {
    state.withLock { state in
      guard let process = state.process else { return }
      state.wish = state.wish ?? wish
      if process.isRunning { process.interrupt() }
    }
  }

  private func take(_ text: String) {
    state.withLock { state in
      state.partial += text
      var lines = state.partial.split(whereSeparator: { $0 == "\n" || $0 == "\r" || $0 == "\r\n" })
        .map(String.init)
      state.partial =
        text.last.map { $0 == "\n" || $0 == "\r" || $0 == "\r\n" } == true
        ? "" : lines.popLast() ?? ""
      state.lines = Array((state.lines + lines).suffix(Self.lineCount))
    }
  }
}
