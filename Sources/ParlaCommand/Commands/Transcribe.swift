import ArgumentParser
import ParlaAcousticModel
import ParlaAudio
import ParlaRecognition
import ParlaTranscripts

/// `parla transcribe`.
struct Transcribe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write what is said in recordings.",
    discussion: """
      Example:

        parla transcribe --model model/model.safetensors interview.mp3
        parla transcribe --model model/model.safetensors --format json *.wav

      Reads WAV, FLAC, Ogg Vorbis and Opus, MP3, AIFF, NIST SPHERE, u-law, G.722 and what else \
      libsndfile knows, at any rate.
      """)

  @OptionGroup var model: ModelOptions

  @Argument(help: "The recordings.")
  var files: [String]

  @Option(help: "text, or json with the times of the words.")
  var format: Format = .text

  @Option(help: "How many transcripts of each recording are given; more than 1 need --beam-width.")
  var candidates: Int = 1

  @OptionGroup(title: "Decoder") var decoder: DecoderOptions
  @OptionGroup var threads: ThreadOptions

  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text
    case json
  }

  func validate() throws {
    guard candidates >= 1 else {
      throw ValidationError("--candidates: found \(candidates), expected 1 or more.")
    }
  }

  func run() throws {
    let model = try model.load()
    let width = decoder.width(advised: model.metadata?.beamWidth)
    guard candidates <= width else {
      throw ValidationError(
        "--candidates: found \(candidates), expected at most --beam-width, \(width).")
    }
    var recognizer = try Recognizer(model: model, threadCount: threads.count)
    recognizer.decoder = try decoder.beamSearch(model.alphabet, advisedWidth: width)
    var results: [TranscribedFile] = []
    var failures = 0
    for file in files {
      do {
        let found = try recognizer.candidates(AudioFile.read(file), count: candidates)
        let best = found.first ?? Transcript(text: "", words: [], naturalLogProbability: 0)
        results.append(
          TranscribedFile(file: file, transcript: best, candidates: candidates > 1 ? found : []))
        if format == .text { show(file, found) }
      } catch let error as AudioError {
        failures += 1
        Terminal.note("Error: \(error)")
      }
    }
    if format == .json { print(try JSONTranscriptWriter.text(for: results), terminator: "") }
    if failures > 0 { throw ExitCode.failure }
  }

  private func show(_ file: String, _ transcripts: [Transcript]) {
    for transcript in transcripts {
      print(files.count > 1 ? "\(file): \(transcript.text)" : transcript.text)
    }
  }
}
