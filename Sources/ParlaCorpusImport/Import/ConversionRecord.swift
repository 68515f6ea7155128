import Foundation
import ParlaCorpus
import ParlaFiles

/// How clips are made.
struct ClipSettings: Sendable, Equatable, Codable {
  /// To be raised when the conversion changes in a way that no other setting shows.
  var version = 1

  /// Samples a second, in hertz.
  var sampleRate = 16000

  /// How much of what is before and after the speech is kept, in seconds.
  var marginSeconds = 0.15

  /// The largest amplitude of every clip, in [0, 1]: the sources differ by 30 decibels.
  var peak: Float = 0.7

  /// What models are trained on.
  static let standard = ClipSettings()
}

/// The record of the clips in a folder, so that a repeated import need not convert them again.
struct ConversionRecord: Sendable, Equatable, Codable {
  /// What came of one recording.
  struct Measurement: Sendable, Equatable, Codable {
    /// The recording when it was converted.
    let source: FileStamp
    /// Length of the clip.
    let seconds: Double
    /// Length of the speech in it.
    let speechSeconds: Double
  }

  /// How the clips were made.
  private var settings = ClipSettings.standard

  /// What came of each recording, by the clip's name.
  var measurements: [String: Measurement] = [:]

  /// The record in `folder`; an empty one if there is none, or one of clips that were made in another way.
  static func saved(in folder: String) -> ConversionRecord {
    let data = FileManager.default.contents(atPath: path(in: folder)) ?? Data()
    let record = try? JSONDecoder().decode(ConversionRecord.self, from: data)
    return record.flatMap { $0.settings == .standard ? $0 : nil } ?? ConversionRecord()
  }

  func save(in folder: String) throws(ImportError) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    let path = Self.path(in: folder)
    do { try AtomicFile.write(try encoder.encode(self), to: path) } catch let error as FileError {
      throw .file(error)
    } catch { throw .file(.unwritable(path: path, reason: systemReason(error))) }
  }

  private static func path(in folder: String) -> String { folder + "/conversions.json" }
}
