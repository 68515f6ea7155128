/// Reasons why libtorch cannot train a graph.
public enum TorchError: Error, Equatable, CustomStringConvertible {
  /// The library is at none of these paths.
  case noLibrary(paths: [String])
  /// The system does not load it.
  case libraryDoesNotLoad(path: String, reason: String)
  /// It was built for another version of Parla.
  case libraryOfOtherVersion(path: String, found: Int, expected: Int)
  /// It was compiled for another torch than the one it finds.
  case otherTorch(path: String, found: String, expected: String)
  /// It cannot train this graph here.
  case cannotStart(reason: String)
  /// A single recording is too much for the device's memory.
  case outOfMemory(frames: Int, reason: String)
  /// A part of a batch is too much for it, where all processes compute theirs at the same time.
  case outOfMemoryTogether(frames: Int, reason: String)
  /// Processes that must exchange numbers within a step cannot do so on their devices.
  case noExchange(reason: String?)
  /// It failed in the middle of a training.
  case failed(reason: String)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    let build =
      "`scripts/build-torch-engine` of Parla's source (with --python if torch is not python3's)"
    switch self {
    case .noLibrary(let paths):
      return """
        --engine torch: found none of \(paths.joined(separator: ", ")), expected the library that \
        connects Parla with libtorch. Build it with \(build), or name it with --torch-library.
        """
    case .libraryDoesNotLoad(let path, let reason):
      return """
        \(path): does not load: \(reason). It needs the torch that it was built with: rebuild it with \(build).
        """
    case .libraryOfOtherVersion(let path, let found, let expected):
      return """
        \(path): found interface \(found), expected \(expected), that of this parla. Rebuild it with \(build).
        """
    case .otherTorch(let path, let found, let expected):
      return """
        \(path): found torch \(found), expected \(expected), which it was compiled for. Rebuild it with \(build).
        """
    case .cannotStart(let reason):
      return "--engine torch: \(reason)"
    case .outOfMemory(let frames, let reason):
      return """
        The device's memory is too small for one recording of \(frames) frames: \(reason). Cut or remove the \
        longest recordings, or choose a smaller network.
        """
    case .outOfMemoryTogether(let frames, let reason):
      return """
        The device's memory is too small for \(frames) frames of a batch: \(reason). With batch normalisation over several \
        processes it is not divided further; choose a smaller --batch-size, or more processes.
        """
    case .noExchange(let reason):
      return """
        --engine torch: batch normalisation over several processes needs NCCL or Gloo, by which devices exchange numbers: \
        \(reason ?? "found a libparla_torch.so without them; `scripts/build-torch-engine` says what it lacks.") \
        Train with one process, or with --engine cpu.
        """
    case .failed(let reason):
      return "--engine torch: the training stopped: \(reason) Resume it from its last checkpoint."
    }
  }
}
