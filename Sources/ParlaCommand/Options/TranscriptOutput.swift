import ArgumentParser
import Foundation
import ParlaFiles
import ParlaTranscripts

/// Where `parla transcribe --output` writes: a folder with a file for each recording, or one file for one recording.
struct TranscriptOutput {
  /// What was asked for.
  let path: String

  /// Whether `path` is the transcript itself.
  let isFile: Bool

  /// The form of the transcripts.
  let format: TranscriptFormat

  /// Decides by the existing file and by the name's ending whether `path` is a file; `format` is the requested one, if any.
  ///
  /// - Throws: `ValidationError` if a file is to hold several transcripts, or another format than its name indicates.
  init(path: String, format: TranscriptFormat?, recordingCount: Int) throws {
    var isFolder: ObjCBool = false
    let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let named = TranscriptFormat(fileName: path)
    self.path = path
    isFile = exists ? !isFolder.boolValue : named != nil && !path.hasSuffix("/")
    self.format = format ?? (isFile ? named : nil) ?? .text
    guard isFile else { return }
    guard recordingCount == 1 else {
      throw ValidationError(
        "--output \(path): found \(recordingCount) recordings, expected one for a file. "
          + "Pass a folder to get a file for each.")
    }
    if let named, named.fileExtension != self.format.fileExtension {
      throw ValidationError(
        "--output \(path): found --format \(self.format.rawValue), expected \(named.rawValue) for "
          + "this name. Let it end in .\(self.format.fileExtension).")
    }
  }

  /// Whether there is no transcript yet that a run before may have written: `path` leads to a pipe, a device or what is open.
  var isStream: Bool { isFile && !AtomicFile.isFile(path) }
}

extension TranscriptFormat {
  /// The form that the name of a file ends in, if it is one of them.
  fileprivate init?(fileName: String) {
    let ending = fileName.fileExtension.lowercased()
    guard let format = Self.allCases.first(where: { $0.fileExtension.lowercased() == ending })
    else { return nil }
    self = format
  }
}
