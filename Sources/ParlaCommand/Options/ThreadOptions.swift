import ArgumentParser
import Foundation

/// How many processors a command may use.
struct ThreadOptions: ParsableArguments {
  @Option(name: .customLong("threads"), help: "Threads that compute. (default: one a processor)")
  var count: Int = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard (1...1024).contains(count) else {
      throw ValidationError("--threads: found \(count), expected 1 to 1024.")
    }
  }
}
