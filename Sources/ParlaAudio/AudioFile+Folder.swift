import ParlaFiles
import ParlaPlatform

extension AudioFile {
  /// The names of the sound files in `folder` and all folders below it, sorted, without hidden ones.
  ///
  /// - Throws: `AudioError.noRecordings` when there are none.
  package static func names(in folder: String) throws(AudioError) -> [String] {
    let names = names(below: folder, prefix: "")
    let sounds = names.filter { name in
      let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
      return !isHidden && isSoundExtension(name.fileExtension)
    }
    guard !sounds.isEmpty else { throw .noRecordings(folder: folder) }
    return sounds.sorted()
  }

  /// Whether the names of sound files end so, in any case of letters.
  package static func isSoundExtension(_ fileExtension: String) -> Bool {
    extensions.contains(fileExtension.lowercased())
  }

  /// How many files in `folder` and below it have names of sound that is not read, by their extensions.
  package static func unreadCounts(in folder: String) -> [String: Int] {
    names(below: folder, prefix: "")
      .filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }
      .map { $0.fileExtension.lowercased() }
      .filter(convertibleExtensions.contains)
      .reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }

  /// All that is in `folder` and the folders below it, which links are not.
  private static func names(below folder: String, prefix: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.flatMap { name -> [String] in
      let path = folder.appendingName(name)
      guard FileStatus(link: path)?.isFolder == true else { return [prefix + name] }
      return Self.names(below: path, prefix: prefix + name + "/")
    }
  }

  /// How the names of sound files end.
  private static let extensions: Set<String> = [
    "wav", "wave", "flac", "ogg", "oga", "opus", "mp3", "aif", "aiff", "aifc", "au", "snd", "caf",
    "sph", "nist", "w64", "rf64", "g722", "ul", "ulaw", "webm", "mka", "weba",
  ]

  /// How the names of sound and films end that other programs convert.
  package static let convertibleExtensions: Set<String> = [
    "m4a", "m4b", "mp4", "aac", "wma", "amr", "3gp", "mov", "mkv", "avi", "ac3", "ape", "wv",
  ]
}
