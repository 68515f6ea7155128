public import ParlaAudio
package import ParlaFiles
import ParlaPlatform

/// The recordings in a list of files and folders.
public struct RecordingList: Sendable {
  /// A recording, and under which name its transcript is written.
  public struct Recording: Sendable, Equatable {
    /// The sound file.
    public let path: String

    /// The transcript's path below the output folder, without its extension.
    public let outputName: String
  }

  /// The recordings in the order of the arguments; those of a folder by name.
  public let recordings: [Recording]

  /// Entries of the folders that are named like sound files and are none.
  package let leftOut: [SpecialFile]

  /// Of folders, how many files there are of sound that is not read, by their extensions.
  package let unread: [(folder: String, counts: [String: Int])]

  /// Lists the files of `paths`, and the sound files in its folders and all that are in them; "-" is standard input.
  ///
  /// A transcript has the recording's name, below that of a folder named in `paths`. Where several would have the same, their
  /// extensions are kept, and where that is not enough the folders below the one that holds all recordings.
  /// Pipes, sockets and devices in folders are skipped; those that are named themselves are not.
  /// - Throws: `AudioError.missing`, and `.noRecordings` for a folder without sound files.
  public init(paths: [String]) throws(AudioError) {
    var found: [(path: String, name: String)] = []
    var leftOut: [SpecialFile] = []
    var unread: [(folder: String, counts: [String: Int])] = []
    for path in paths.map({ $0 == "-" ? "/dev/stdin" : $0 }) {
      guard let kind = FileKind(path) else { throw .missing(path: path) }
      if kind == .folder {
        let sounds = try AudioFile.names(in: path).map { (path.appendingName($0), $0) }
        let others = sounds.compactMap { SpecialFile($0.0) }
        guard others.count < sounds.count else { throw .noRecordings(folder: path) }
        leftOut += others
        let counts = AudioFile.unreadCounts(in: path)
        if !counts.isEmpty { unread.append((path, counts)) }
        found += sounds.filter { sound in !others.contains { $0.path == sound.0 } }
      } else {
        found.append((path, path.fileName))
      }
    }
    self.leftOut = leftOut
    self.unread = unread
    let names = OutputNames(found)
    recordings = found.indices.map { Recording(path: found[$0].path, outputName: names[$0]) }
  }
}

/// Names for the transcripts of recordings, no two alike.
private struct OutputNames {
  /// For each recording its possible names, the shortest first; the last is of no other recording.
  private let choices: [[String]]

  /// Which of its names each recording has.
  private var levels: [Int]

  init(_ found: [(path: String, name: String)]) {
    let places = found.map { Self.place($0.path) }
    let root = Self.commonFolder(places)
    choices = zip(found, places).map { found, place in
      let below = place.dropFirst(root).joined(separator: "/")
      return [found.name.withoutExtension, found.name, below.withoutExtension, below]
    }
    levels = found.map { _ in 0 }
    while let alike = alike(places) {
      for index in alike { levels[index] = min(levels[index] + 1, choices[index].count - 1) }
    }
  }

  subscript(index: Int) -> String { choices[index][levels[index]] }

  /// Recordings that have a name in common and could have another; file systems compare names byte by byte.
  private func alike(_ places: [[String]]) -> [Int]? {
    let groups = Dictionary(grouping: levels.indices) { Data(self[$0].utf8) }
    let shared = groups.values.filter { group in Set(group.map { places[$0] }).count > 1 }
    let movable = shared.joined().filter { levels[$0] + 1 < choices[$0].count }
    return movable.isEmpty ? nil : movable
  }

  /// The names on the way from the root to the recording.
  private static func place(_ path: String) -> [String] {
    let current = FileManager.default.currentDirectoryPath
    var parts: [String] = []
    for part in (path.hasPrefix("/") ? path : "\(current)/\(path)").split(separator: "/") {
      switch part {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(String(part))
      }
    }
    return parts
  }

  /// How many folders all `places` have in common.
  private static func commonFolder(_ places: [[String]]) -> Int {
    guard let first = places.first else { return 0 }
    return places.reduce(first.count - 1) { count, place in
      zip(first.prefix(count), place.dropLast()).prefix { $0 == $1 }.count
    }
  }
}
