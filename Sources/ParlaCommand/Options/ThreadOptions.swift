import ArgumentParser
import ParlaFiles
import ParlaMPI

/// How many processors a command may use.
struct ThreadOptions: ParsableArguments {
  @Option(
    name: .customLong("threads"),
    help: "Number of threads; by default one per processor, or the container's quota.")
  var count: Int = max(1, Processors.count / (MPIEnvironment.countOnHost ?? 1))

  func validate() throws {
    guard (1...1024).contains(count) else {
      throw ValidationError("--threads: found \(count), expected 1 to 1024.")
    }
  }
}
