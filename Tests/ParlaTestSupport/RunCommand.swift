public import Foundation

/// What a run of the program `parla` left behind.
public struct CommandResult: Sendable {
  /// Its exit status.
  public let status: Int32
  /// What it wrote to standard output.
  public let output: String
  /// What it wrote to standard error.
  public let errors: String

  /// What a run left.
  public init(status: Int32, output: String, errors: String) {
    self.status = status
    self.output = output
    self.errors = errors
  }
}

/// A run of the built program `parla`, as a person would start it.
public final class RunningCommand {
  private let process = Process()
  private let folder: URL

  /// Starts `program` with `arguments`; `environment` is added to this process's own.
  ///
  /// The program reads the text `input`, the file `inputFile` or the pipe `inputPipe`, and no file that it writes can have
  /// more than `fileBlocks` blocks of 512 bytes: beyond that, writing fails as on a full disk.
  public init(
    _ arguments: [String], environment: [String: String] = [:], input: String? = nil,
    inputFile: String? = nil, inputPipe: Pipe? = nil, fileBlocks: Int? = nil,
    program: String = "parla"
  ) throws {
    folder = FileManager.default.temporaryDirectory.appending(
      path: "parla-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    process.executableURL = Self.product(program)
    process.arguments = arguments
    if let fileBlocks {
      let script = "trap '' XFSZ; ulimit -f \(fileBlocks); exec \"$0\" \"$@\""
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", script, Self.product(program).path] + arguments
    }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    if let inputPipe {
      process.standardInput = inputPipe
    } else if let inputFile {
      process.standardInput = try FileHandle(forReadingFrom: URL(fileURLWithPath: inputFile))
    } else if let input {
      let file = folder.appending(path: "input")
      try Data(input.utf8).write(to: file)
      process.standardInput = try FileHandle(forReadingFrom: file)
    }
    process.standardOutput = try Self.file(folder.appending(path: "output"))
    process.standardError = try Self.file(folder.appending(path: "errors"))
    try process.run()
  }

  private static func product(_ name: String) -> URL {
    URL(fileURLWithPath: Bundle.module.bundlePath).deletingLastPathComponent()
      .appending(path: name)
  }

  /// The program's path and `arguments`, for a shell that is to run it.
  public static func command(_ arguments: [String]) -> [String] {
    [product("parla").path] + arguments
  }

  /// Sends the running program the signal `number`.
  public func send(signal number: Int32) { kill(process.processIdentifier, number) }

  /// Its number in the system.
  public var identifier: Int32 { process.processIdentifier }

  /// Whether it still runs.
  public var isRunning: Bool { process.isRunning }

  /// What it wrote to standard error so far.
  public var errorsSoFar: String { text("errors") }

  /// What it wrote to standard output so far.
  public var outputSoFar: String { text("output") }

  /// Waits for its end.
  public func finish() -> CommandResult {
    process.waitUntilExit()
    let result = CommandResult(
      status: process.terminationStatus, output: text("output"), errors: text("errors"))
    try? FileManager.default.removeItem(at: folder)
    return result
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
  }

  private static func file(_ url: URL) throws -> FileHandle {
    try Data().write(to: url)
    return try FileHandle(forWritingTo: url)
  }
}

/// Runs the built program `parla` with `arguments` to its end.
public func runCommand(_ arguments: String...) throws -> CommandResult {
  try RunningCommand(arguments).finish()
}
