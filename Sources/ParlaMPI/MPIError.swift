/// What keeps processes from training together.
package enum MPIError: Error, Equatable, CustomStringConvertible {
  /// No library is at any of these places.
  case noLibrary(paths: [String], reason: String)
  /// It is not Open MPI's.
  case anotherLibrary(path: String, missing: String)
  /// It was built without what several threads need.
  case withoutThreads(path: String)
  /// There is no program that starts processes.
  case noLauncher(reason: String)

  private static let advice =
    "Install it (Debian and Ubuntu: apt-get install openmpi-bin; macOS: brew install open-mpi)."

  /// Place, what was found, what was expected, what to do.
  package var description: String {
    switch self {
    case .noLibrary(let paths, let reason):
      """
      MPI: found none of \(paths.joined(separator: ", ")) (\(reason)), expected Open MPI's library. \(Self.advice) \
      PARLA_MPI_LIBRARY names one that is elsewhere.
      """
    case .anotherLibrary(let path, let missing):
      "\(path): found an MPI without \(missing), expected Open MPI, release 3 to 5. \(Self.advice)"
    case .withoutThreads(let path):
      """
      \(path): found an Open MPI that was built for one thread, expected MPI_THREAD_MULTIPLE. \(Self.advice)
      """
    case .noLauncher(let reason):
      "mpirun: \(reason); expected Open MPI's program, which starts the processes. \(Self.advice)"
    }
  }
}
