import Foundation
import ParlaAudio
import ParlaFiles

/// Writes corpora whose recordings are files of their own: lists of them, in one file or several.
final class ListingWriter: CorpusWriter {
  /// The texts of files, by their paths.
  typealias Texts = [(path: String, text: String)]

  let holdsSound: Bool
  private let sounds: String
  private let format: ([Sample]) throws(CorpusError) -> Texts
  private var samples: [Sample] = []
  private var hasSoundFolder = false

  /// Writes to `path`, a file or a folder, what `format` makes of the samples; recordings with content become files in `sounds`.
  ///
  /// - Throws: `CorpusError.file`, `.folderExists` where `sounds` is there and not empty and recordings go into it.
  init(
    _ path: String, sounds: String, isFolder: Bool = false, holdsSound: Bool = false,
    format: @escaping ([Sample]) throws(CorpusError) -> Texts
  ) throws(CorpusError) {
    self.sounds = sounds
    self.holdsSound = holdsSound
    self.format = format
    do {
      try AtomicFile.prepare(isFolder ? path.appendingName("text") : path)
    } catch { throw .file(error) }
  }

  func add(_ sample: Sample, _ content: RecordingContent?) throws(CorpusError) {
    guard let content else {
      samples.append(sample)
      return
    }
    try makeSoundFolder()
    let number = String(samples.count)
    let name = "sample" + String(repeating: "0", count: max(0, 8 - number.count)) + number
    let path = sounds.appendingName("\(name).\(content.fileExtension)")
    do { try AtomicFile.write(Data(content.bytes), to: path) } catch { throw .file(error) }
    samples.append(
      Sample(
        audioPath: path, fileSize: content.bytes.count, transcript: sample.transcript,
        speaker: sample.speaker, line: sample.line, otherColumns: sample.otherColumns))
  }

  func finish() throws(CorpusError) {
    for (path, text) in try format(samples) {
      do { try AtomicFile.write(Data(text.utf8), to: path) } catch { throw .file(error) }
    }
  }

  private func makeSoundFolder() throws(CorpusError) {
    guard !hasSoundFolder else { return }
    hasSoundFolder = true
    // Recordings of an earlier corpus must not be mixed with those of this one.
    if let names = try? FileManager.default.contentsOfDirectory(atPath: sounds), !names.isEmpty {
      throw .folderExists(path: sounds)
    }
    do {
      try FileManager.default.createDirectory(atPath: sounds, withIntermediateDirectories: true)
    } catch { throw .file(.unwritable(path: sounds, reason: systemReason(error))) }
  }
}

/// Where a sample's recording is, for forms that know files and passages.
struct RecordedPassage: Sendable {
  /// The file, from the root.
  let file: String
  /// Where the passage begins, in seconds; nil where all is meant.
  let start: Double?
  let channel: Int?
  /// How long it lasts.
  let seconds: Double
  /// What is known of the whole file.
  let whole: AudioFile.Information
}

extension CorpusForm {
  /// Where the recordings of `samples` are, and how long they last.
  ///
  /// - Throws: `CorpusError.needsSound` for parts of files that the form called `name` cannot name, `.recording`.
  static func durations(
    of samples: [Sample], _ name: String, allowsChannels: Bool = false
  ) throws(CorpusError) -> [RecordedPassage] {
    let results = concurrentMap(samples) { sample -> Result<RecordedPassage, CorpusError> in
      let address = SoundAddress(sample.audioPath)
      guard address.bytes == nil, allowsChannels || address.channel == nil else {
        return .failure(.needsSound(recording: sample.audioPath, form: name))
      }
      do throws(AudioError) {
        let whole = try AudioFile.information(address.path)
        let seconds =
          address.seconds == nil
          ? whole.duration : try AudioFile.information(sample.audioPath).duration
        return .success(
          RecordedPassage(
            file: absolutePath(address.path), start: address.seconds?.lowerBound,
            channel: address.channel, seconds: (seconds * 1e6).rounded() / 1e6, whole: whole))
      } catch {
        return .failure(.recording(error))
      }
    }
    var passages: [RecordedPassage] = []
    for result in results { passages.append(try result.get()) }
    return passages
  }
}
