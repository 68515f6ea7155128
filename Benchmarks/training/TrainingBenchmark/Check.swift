import ArgumentParser
import Foundation
import ParlaNeuralNetwork

/// Whether this processor's kernels compute what they should, on a machine without a compiler too.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Holds every kernel that this processor has against plain results.",
    discussion: """
      Random shapes, for each set of instructions and precision; a line each with the largest \
      error, in parts of the largest number. Ends with status 1 if one is too large.
      """)

  @Option(help: "Random shapes of each kernel.") var rounds = 24
  @Option var threads = 4
  @Option var seed: UInt64 = 1

  func validate() throws {
    guard rounds >= 1 && threads >= 1 else {
      throw ValidationError("--rounds and --threads: expected 1 or more.")
    }
  }

  func run() throws {
    print("instructions: \(KernelPath.best.rawValue), weights in bytes: \(Compute.int8Path)")
    let checks = KernelCheck.all(rounds: rounds, threadCount: threads, seed: seed)
    for check in checks {
      print(
        check.isPassed ? "ok    " : "WRONG ",
        String(format: "%.1e (at most %.0e)  ", check.largestError, check.tolerance) + check.name)
    }
    guard checks.allSatisfy(\.isPassed) else { throw ExitCode.failure }
  }
}
