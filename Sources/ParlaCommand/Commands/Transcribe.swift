public import ArgumentParser
import ParlaAcousticModel
import ParlaRecognition
public import ParlaTranscripts

/// `parla transcribe`.
struct Transcribe: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write what is said in recordings.",
    discussion: """
      Examples:

        parla transcribe --model model/model.safetensors interview.mp3
        parla transcribe --model model.pbmm --scorer english.scorer --format json *.wav
        parla transcribe --model model.tflite --format srt --output subtitles recordings/
        parla transcribe --model model/model.safetensors --output talk.vtt talk.mp3

      Reads WAV, FLAC, Ogg Vorbis and Opus, MP3, AIFF, NIST SPHERE, u-law, G.722 and what else \
      libsndfile knows, at any rate. Silences of a second and more are left out, so that nothing is \
      heard in them. With --output, a run that was stopped goes on where it was.
      """)

  @OptionGroup var model: ModelOptions

  @Argument(help: "The recordings, or folders of them.")
  var files: [String]

  @Option(
    help: """
      text; json with the times of the words; srt or vtt subtitles; ctm, textgrid or tsv with the times \
      of the words; deepspeech-json or deepspeech-python-json, as DeepSpeech's clients print.
      """)
  var format: TranscriptFormat?

  @Flag(help: "The same as --format json.")
  var json = false

  @Option(
    help: ArgumentHelp(
      """
      Write a file for each recording into this folder, or one recording's transcript into this file \
      (talk.vtt), and do not do again what is there.
      """, valueName: "folder or file"))
  var output: String?

  @Flag(help: "With --output, do all recordings again.")
  var overwrite = false

  @Option(help: "How many transcripts of each recording are given; more than 1 need --beam-width.")
  var candidates: Int = 1

  @Flag(inversion: .prefixedNo, help: "Hear only where somebody speaks.")
  var voiceActivity = true

  @OptionGroup(title: "Decoder") var decoder: DecoderOptions
  @OptionGroup var precision: PrecisionOptions
  @OptionGroup var threads: ThreadOptions

  func validate() throws {
    guard candidates >= 1 else {
      throw ValidationError("--candidates: found \(candidates), expected 1 or more.")
    }
    guard !json || format == nil || format == .json else {
      throw ValidationError("--json: found --format as well. Pass one of them.")
    }
  }

  func run() throws {
    let recordings = try RecordingList(paths: files).recordings
    let asked = json ? TranscriptFormat.json : format
    let output = try output.map {
      try TranscriptOutput(path: $0, format: asked, recordingCount: recordings.count)
    }
    let chosenFormat = output?.format ?? asked ?? .text
    guard output != nil || recordings.count == 1 || !chosenFormat.isFileByFile else {
      throw ValidationError(
        "--format \(chosenFormat.rawValue): found \(recordings.count) recordings, expected one. "
          + "Pass --output FOLDER for a file each.")
    }
    var recognizer = try Recognizer(
      modelPath: model.path, precision: precision.precision, threadCount: 1)
    let width = decoder.width(advised: recognizer.metadata.beamWidth)
    guard candidates <= width else {
      throw ValidationError(
        "--candidates: found \(candidates), expected at most --beam-width, \(width).")
    }
    recognizer.decoder = try decoder.beamSearch(
      recognizer.alphabet, model: model.path, advisedWidth: width)
    var batch = TranscriptionBatch(
      RecordingTranscriber(
        recognizer, candidateCount: candidates, leavesOutSilence: voiceActivity),
      format: chosenFormat, outputFolder: output?.path,
      overwrites: overwrite || output?.isStream ?? false,
      threadCount: threads.count)
    if let output, output.isFile { batch.outputFile = output.path }
    let report = TranscriptionReport(
      recordings: recordings, format: chosenFormat, isPrinted: output == nil)
    let interrupt = recordings.count > 1 ? InterruptFlag() : nil
    batch.run(recordings, isStopped: { interrupt?.isRaised ?? false }, tell: report.tell)
    try report.finish()
  }
}

extension TranscriptFormat: ExpressibleByArgument {}
