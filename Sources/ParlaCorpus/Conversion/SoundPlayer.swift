import Foundation
import ParlaAudio
import ParlaFiles

/// Plays samples of a corpus, changed as a training changes them, or writes them to a file.
package struct SoundPlayer {
  /// The programs that can play a WAV file, the first that there is being used.
  package static let programs = ["aplay", "paplay", "pw-play", "play", "ffplay", "afplay"]

  private let samples: [(index: Int, sample: Sample)]
  private let changes: SoundChanges

  /// Chooses `count` samples (-1 for all) of the corpus or recording at `source` from the `start`th on, which counts from the end
  /// where it is negative, or at random, as `seed` has it.
  ///
  /// - Throws: `CorpusError`, `.noSample` where there is none at `start`.
  package init(
    source: String, start: Int, count: Int, isRandom: Bool, seed: UInt64, changes: SoundChanges
  ) throws(CorpusError) {
    let isSound = AudioFile.isSoundExtension(SoundAddress(source).formatName.fileExtension)
    let all =
      isSound
      ? [Sample(audioPath: source, transcript: "")]
      : try Manifest(path: source, needsTranscripts: false).samples
    self.changes = changes
    let wanted = count < 0 ? all.count : count
    guard !isRandom else {
      samples = (0..<wanted).map { number in
        let place = SentenceSplit.position(of: "\(seed) \(number)")
        let index = min(Int(place * Double(all.count)), all.count - 1)
        return (index, all[index])
      }
      return
    }
    let first = start < 0 ? all.count + start : start
    guard all.indices.contains(first) else {
      throw .noSample(path: source, index: start, count: all.count)
    }
    samples = all.indices[first...].prefix(wanted).map { ($0, all[$0]) }
  }

  /// Plays the samples one after another, or writes them to `output` with half a second between; `tell` is called before each.
  ///
  /// - Throws: `AudioError`, `CorpusError.noPlayer`, `.playerFailed`.
  package func play(to output: String?, _ tell: (Sample) -> Void) throws {
    var joined: Waveform?
    for (index, sample) in samples {
      tell(sample)
      let sound = try changes.made(to: AudioFile.read(sample.audioPath), at: index)
      guard output != nil else {
        try Self.play(sound)
        continue
      }
      guard let before = joined else {
        joined = sound
        continue
      }
      let pause = [Float](repeating: 0, count: before.sampleRate / 2)
      joined = Waveform(
        samples: before.samples + pause + (try sound.resampled(to: before.sampleRate)).samples,
        sampleRate: before.sampleRate)
    }
    guard let output, let joined else { return }
    guard output == "-" else { return try AudioFile.write(joined, to: output) }
    let sound = Data(try SoundContent(joined, as: .wav).bytes)
    do { try FileHandle.standardOutput.write(contentsOf: sound) } catch {
      throw CorpusError.file(.unwritable(path: "standard output", reason: systemReason(error)))
    }
  }

  private static func play(_ sound: Waveform) throws {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    let places = path.split(separator: ":").map(String.init)
    let found = programs.lazy.compactMap { name in
      places.map { $0.appendingName(name) }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }.first
    guard let program = found else { throw CorpusError.noPlayer(known: programs) }
    let file = try TemporaryFile(in: NSTemporaryDirectory())
    try file.append(Data(try SoundContent(sound, as: .wav).bytes))
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    // Of a file without a name, the program finds what this process has open.
    let place = file.path.replacing("/self/", with: "/\(getpid())/")
    let options = [
      "aplay": ["-q"], "play": ["-q", "-t", "wav"],
      "ffplay": ["-nodisp", "-autoexit", "-loglevel", "error"],
    ]
    process.arguments = (options[program.fileName] ?? []) + [place]
    try process.run()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CorpusError.playerFailed(program: program, status: Int(process.terminationStatus))
    }
  }
}
