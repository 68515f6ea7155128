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
  /// Where recordings are until the corpus is complete.
  private var unfinished: TemporaryFolder?
  private let folder: TargetFolder

  /// Writes to `path`, a file or a folder, what `format` makes of the samples; recordings with content become files in `sounds`.
  ///
  /// - Throws: `CorpusError.file`, `.folderExists` where `sounds` is there and not empty and recordings go into it.
  init(
    _ path: String, sounds: String, isFolder: Bool = false, holdsSound: Bool = false,
    format: @escaping ([Sample]) throws(CorpusError) -> Texts
  ) throws(CorpusError) {
    // Links are resolved, since a folder takes the place of `sounds` in the end.
    self.sounds = URL(fileURLWithPath: sounds).resolvingSymlinksInPath().path
    self.holdsSound = holdsSound
    self.format = format
    let file = isFolder ? path.appendingName("text") : path
    folder = try TargetFolder(of: file)
  }

  deinit {
    // Before the folder that it may be in.
    unfinished = nil
  }

  func add(_ sample: Sample, _ content: RecordingContent?) throws(CorpusError) {
    guard let content else {
      samples.append(sample)
      return
    }
    let number = String(samples.count)
    let stem = "sample" + String(repeating: "0", count: max(0, 8 - number.count)) + number
    let name = "\(stem).\(content.fileExtension)"
    let folder = try unfinishedFolder()
    do { try AtomicFile.write(Data(content.bytes), to: folder.appendingName(name)) } catch {
      throw .file(error)
    }
    samples.append(
      Sample(
        audioPath: sounds.appendingName(name), fileSize: content.bytes.count,
        transcript: sample.transcript, speaker: sample.speaker, line: sample.line,
        otherColumns: sample.otherColumns))
  }

  func finish() throws(CorpusError) {
    if let unfinished {
      guard unsafe rename(unfinished.path, sounds) == 0 else {
        throw .file(.unwritable(path: sounds, reason: systemReason(errno)))
      }
    }
    do throws(CorpusError) {
      let files = try format(samples).map { AtomicFile.Part($0.path, text: $0.text) }
      do { try AtomicFile.write(together: files) } catch { throw .file(error) }
    } catch {
      // Recordings that nothing lists would only be in the way.
      if unfinished != nil { try? FileManager.default.removeItem(atPath: sounds) }
      throw error
    }
  }

  /// Makes sure that there are no recordings of an earlier corpus in `sounds`, with which those of this one would be mixed.
  ///
  /// - Throws: `CorpusError.folderExists`.
  static func requireFree(_ sounds: String) throws(CorpusError) {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: sounds), !names.isEmpty
    else { return }
    throw .folderExists(path: sounds)
  }

  private func unfinishedFolder() throws(CorpusError) -> String {
    if let unfinished { return unfinished.path }
    try Self.requireFree(sounds)
    do {
      let folder = try TemporaryFolder(path: sounds + ".unfinished")
      unfinished = folder
      return folder.path
    } catch { throw .file(error) }
  }
}

/// Where a sample's recording is, for forms that know files and passages.
struct RecordedPassage: Sendable {
  /// The file, from the root.
  let file: String
  /// The start of the passage, in seconds; nil for the whole recording.
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
