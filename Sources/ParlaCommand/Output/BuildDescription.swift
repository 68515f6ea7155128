import CBuild
import ParlaNeuralNetwork

/// Which Parla this is.
struct BuildDescription {
  /// Such as `0.1.0`.
  let version: String
  /// The version that it was built from; empty if the build did not record it.
  let commit: String

  /// This program.
  static let current = unsafe BuildDescription(
    version: String(cString: parla_build_version()), commit: String(cString: parla_build_commit()))

  /// What `parla --version` prints: version, commit, and the instructions that products use here.
  var text: String {
    let origin = commit.isEmpty ? "" : " (\(commit))"
    return "parla \(version)\(origin)\ninstructions: \(KernelPath.best.rawValue)"
  }
}
