import Foundation
import ParlaFiles

/// Runs the programs of the operating system; a test runs others in their place.
struct SystemCommand: Sendable {
  /// What a program left behind.
  struct Outcome: Sendable {
    let exitStatus: Int32
    let output: Data
    let errors: String

    /// The last line of complaint, or the exit status.
    var reason: String {
      errors.split(whereSeparator: \.isNewline).last.map { $0.trimmingCharacters(in: .whitespaces) }
        ?? "exit status \(exitStatus)"
    }
  }

  /// Runs a program with arguments in a folder; nil if there is no such program.
  let run: @Sendable (_ program: String, _ arguments: [String], _ folder: String) -> Outcome?

  /// Looks for programs along `PATH`.
  static let live = SystemCommand { program, arguments, folder in
    guard let executable = executable(program) else { return nil }
    do { return try start(executable, arguments, in: folder) } catch {
      return Outcome(exitStatus: 127, output: Data(), errors: systemReason(error))
    }
  }

  private static func executable(_ program: String) -> String? {
    let searchPath = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return searchPath.split(separator: ":").map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Complaints go to a file: two pipes read one after the other could block the program.
  private static func start(
    _ executable: String, _ arguments: [String], in folder: String
  ) throws -> Outcome {
    let errorFile = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try Data().write(to: errorFile)
    defer { try? FileManager.default.removeItem(at: errorFile) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: executable)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    // Messages in English, so that they can be recognised.
    process.environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { $1 }
    let output = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let errors = String(decoding: try Data(contentsOf: errorFile), as: UTF8.self)
    return Outcome(exitStatus: process.terminationStatus, output: data, errors: errors)
  }
}

extension SystemCommand {
  /// The content of the file at `path`, uncompressed if its name ends in `.gz`.
  ///
  /// - Throws: `CorpusError.file`, `.programMissing`, `.programFailed`.
  func contents(ofFile path: String) throws(CorpusError) -> Data {
    guard path.hasSuffix(".gz") else {
      do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
        throw .file(.unreadable(path: path, reason: systemReason(error)))
      }
    }
    guard let outcome = run("gzip", ["-dc", path], "/") else {
      throw .programMissing(program: "gzip", purpose: "unpacks \(path)")
    }
    guard outcome.exitStatus == 0 else {
      throw .programFailed(program: "gzip", reason: outcome.reason)
    }
    return outcome.output
  }
}
