import Foundation
import ParlaFiles
import Synchronization

/// A training that the corpus page has started: `parla train` as a process of its own, which a crash of either does not hurt.
final class TrainingRun: Sendable {
  private let state = Mutex(State())

  private struct State {
    var process: Process?
    var lines: [String] = []
    var partial = ""
    var hasEnded = false
    var exit: Int32?
  }

  /// How many lines are shown.
  private static let lineCount = 60

  /// Whether it is running.
  var isRunning: Bool { state.withLock { $0.process != nil } }

  /// What it has said lately, and how it ended.
  var report: [String: JSONValue] {
    state.withLock { state in
      [
        "running": .bool(state.process != nil), "ended": .bool(state.hasEnded),
        "succeeded": .bool(state.hasEnded && state.exit == 0),
        "log": .string(state.lines.joined(separator: "\n")),
      ]
    }
  }

  /// Starts `command`, unless one is running; `whenFinished` is called if it ends with status 0.
  func start(_ command: [String], whenFinished: @escaping @Sendable () -> Void) throws {
    guard let program = command.first else {
      throw RequestFailure.bad("This server was started without a program that trains.")
    }
    let process = Process()
    let isFirst = state.withLock { state in
      guard state.process == nil else { return false }
      state = State(process: process)
      return true
    }
    guard isFirst else {
      throw RequestFailure(status: 409, message: "A training is already running.")
    }
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = Array(command.dropFirst())
    process.standardInput = FileHandle.nullDevice
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    pipe.fileHandleForReading.readabilityHandler = { [self] handle in
      let data = handle.availableData
      guard !data.isEmpty else {
        handle.readabilityHandler = nil
        return
      }
      take(String(decoding: data, as: UTF8.self))
    }
    process.terminationHandler = { [self] process in
      if process.terminationStatus == 0 { whenFinished() }
      state.withLock { state in
        state.process = nil
        state.hasEnded = true
        state.exit = process.terminationStatus
      }
    }
    do { try process.run() } catch {
      state.withLock { $0 = State() }
      throw RequestFailure(
        status: 500, message: "\(program): cannot be started: \(systemReason(error))",
        type: "server_error")
    }
  }

  /// Lets it save and stop.
  func stop() {
    state.withLock { state in
      if let process = state.process, process.isRunning { process.interrupt() }
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
