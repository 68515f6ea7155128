import Foundation
public import ParlaAudio

/// The recordings that a user means with files and folders.
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

  /// Lists the files of `paths`, and the sound files in its folders and all that are in them.
  ///
  /// A transcript has the recording's name; where two differ in the extension only, it is kept.
  /// - Throws: `AudioError.missing`, and `.noRecordings` for a folder without sound files.
  public init(paths: [String]) throws(AudioError) {
    var found: [(path: String, name: String)] = []
    for path in paths {
      var isFolder: ObjCBool = false
      guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
        throw .missing(path: path)
      }
      if isFolder.boolValue {
        found += try AudioFile.names(in: path).map {
          ((path as NSString).appendingPathComponent($0), $0)
        }
      } else {
        found.append((path, (path as NSString).lastPathComponent))
      }
    }
    var counts: [String: Int] = [:]
    for (_, name) in found { counts[Self.stem(name), default: 0] += 1 }
    recordings = found.map { path, name in
      Recording(
        path: path, outputName: counts[Self.stem(name)] == 1 ? Self.stem(name) : name)
    }
  }

  private static func stem(_ name: String) -> String { (name as NSString).deletingPathExtension }
}
