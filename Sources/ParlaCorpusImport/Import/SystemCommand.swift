import Foundation
import ParlaCorpus
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
    do { return try outcome(of: executable, arguments, in: folder) } catch {
      return Outcome(exitStatus: 127, output: Data(), errors: systemReason(error))
    }
  }

  private static func executable(_ program: String) -> String? {
    let searchPath = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return searchPath.split(separator: ":").map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Output and complaints go to files: two pipes read one after the other could block the program.
  private static func outcome(
    of executable: String, _ arguments: [String], in folder: String
  ) throws -> Outcome {
    let output = try TemporaryFile(in: NSTemporaryDirectory())
    let errors = try TemporaryFile(in: NSTemporaryDirectory())
    let exitStatus = try ChildProcess(
      executable, arguments, folder: folder, outputPath: output.path, errorPath: errors.path
    ).exitStatus()
    return Outcome(
      exitStatus: exitStatus, output: try output.contents(),
      errors: String(decoding: try errors.contents(), as: UTF8.self))
  }
}

extension SystemCommand {
  /// The content of the file at `path`, uncompressed if its name ends in `.gz`.
  ///
  /// - Throws: `ImportError.file`, `.programMissing`, `.programFailed`.
  func contents(ofFile path: String) throws(ImportError) -> Data {
    guard path.hasSuffix(".gz") else {
      do { return try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
        throw .file(.unreadable(path: path, reason: systemReason(error)))
      }
    }
    guard let outcome = run("gzip", ["-dc", absolutePath(path)], "/") else {
      throw .programMissing(program: "gzip", purpose: "unpacks \(path)")
    }
    guard outcome.exitStatus == 0 else {
      throw .programFailed(program: "gzip", reason: outcome.reason)
    }
    return outcome.output
  }
}
