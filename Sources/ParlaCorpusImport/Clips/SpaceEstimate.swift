import Foundation

/// How much room clips will take.
enum SpaceEstimate {
  /// About how many bytes the clips of `requests` take that are written in `form`.
  static func bytes(for requests: ClipRequests, _ tree: SourceTree, _ form: AudioForm) -> Int {
    requests.reduce(0) { sum, request in
      let files = request.audio.compactMap(tree.file)
      if let segment = request.segment {
        let seconds = min(segment.end - segment.start, 3600)
        return sum + Int(seconds * (form == .wav ? 32_000 : 18_000))
      }
      if form == .keep, files.count == 1 {
        return sum + (files[0].folder == nil ? files[0].byteCount : 0)
      }
      let plain = files.reduce(0.0) { $0 + Double($1.byteCount) * growth(of: $1.path) }
      return sum + Int(form == .wav ? plain : 0.55 * plain)
    }
  }

  /// How many bytes of 16 kHz in 16 bits come of a byte of the file at `path`, as corpora have them.
  private static func growth(of path: String) -> Double {
    switch path.ending {
    case "mp3": 6
    case "opus": 12
    case "ogg", "oga": 4
    case "flac": 2
    case "g722": 4
    default: 1
    }
  }

  /// The number of free bytes on the disk of `folder`; nil if unknown.
  static func free(in folder: String) -> Int? {
    let attributes = try? FileManager.default.attributesOfFileSystem(forPath: folder)
    return (attributes?[.systemFreeSize] as? NSNumber)?.intValue
  }
}
