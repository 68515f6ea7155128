import CMPI
import Foundation

/// Open MPI's library, found where systems put it.
enum MPILibrary {
  /// Loads it and joins the other processes.
  ///
  /// - Throws: `MPIError`.
  static func start() throws(MPIError) {
    let paths = MPIEnvironment.libraryPaths
    var reason = ""
    for path in paths {
      switch UInt32(unsafe parla_mpi_start(path)) {
      case PARLA_MPI_OPENED.rawValue: return
      case PARLA_MPI_IS_ANOTHER.rawValue:
        throw unsafe .anotherLibrary(path: path, missing: String(cString: parla_mpi_problem()))
      case PARLA_MPI_LACKS_THREADS.rawValue: throw .withoutThreads(path: path)
      default: reason = unsafe String(cString: parla_mpi_problem())
      }
    }
    throw .noLibrary(paths: paths, reason: reason)
  }

  /// What this host is called.
  static var hostName: String {
    var name = [CChar](repeating: 0, count: Int(PARLA_MPI_NAME_LENGTH))
    unsafe parla_mpi_host(&name)
    return String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

/// The environment that `mpirun` gives to the processes it starts (mpirun(1), "Environment variables").
package enum MPIEnvironment {
  private static func number(_ name: String) -> Int? {
    ProcessInfo.processInfo.environment[name].flatMap(Int.init)
  }

  /// How many processes there are; nil when `mpirun` did not start this one.
  package static var count: Int? { number("OMPI_COMM_WORLD_SIZE") }

  /// Which of them this is.
  package static var index: Int? { number("OMPI_COMM_WORLD_RANK") }

  /// Which of those on this machine it is.
  package static var indexOnHost: Int? { number("OMPI_COMM_WORLD_LOCAL_RANK") }

  /// How many of them are on this machine.
  package static var countOnHost: Int? { number("OMPI_COMM_WORLD_LOCAL_SIZE") }

  /// Where the library may be.
  package static var libraryPaths: [String] {
    if let named = ProcessInfo.processInfo.environment["PARLA_MPI_LIBRARY"] { return [named] }
    #if os(macOS)
      let prefix = ProcessInfo.processInfo.environment["HOMEBREW_PREFIX"]
      return ["libmpi.40.dylib"] + (prefix.map { ["\($0)/lib/libmpi.40.dylib"] } ?? [])
    #else
      return ["libmpi.so.40", "libmpi.so"]
    #endif
  }
}
